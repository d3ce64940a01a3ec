/* Keys are gathered kind by kind, so that only those are made that the list has entries of. */
#include "pki/denykey.h"

#include "base/text.h"
#include "pki/cert.h"
#include "pki/der.h"
#include "pki/digest.h"
#include "pki/identity.h"
#include "pki/nametext.h"

#include <arpa/inet.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <stdlib.h>

/* ROOM: what an ordinary client has. */
enum { ROOM = 8 };

static void free_keys(void *attached);
static bool gather(struct denykeys *keys, const struct verified_peer *peer, unsigned kinds);
static bool gather_fingerprints(struct denykeys *keys, const struct verified_peer *peer);
static bool gather_serials(struct denykeys *keys, const struct verified_peer *peer);
static bool serial_of(struct slice certificate, char value[DENYNAME_VALUE_MAX]);
static bool gather_subject(struct denykeys *keys, const struct identity *identity, unsigned kinds);
static bool gather_part(struct denykeys *keys, const struct nametext_part *part, unsigned kinds);
static bool gather_names(struct denykeys *keys, const struct identity *identity, unsigned kinds);
static bool gather_address(struct denykeys *keys, struct slice bytes);
static bool add_made(struct denykeys *keys, enum denyname_kind kind, struct slice value);
static bool add(struct denykeys *keys, enum denyname_kind kind, struct slice value, size_t depth);
static bool grow(struct denykeys *keys);
static bool read_serial(struct slice certificate, struct slice *serial, struct slice *issuer);
static bool print_name(struct slice der, char to[NAMETEXT_MAX]);
static unsigned bit(enum denyname_kind kind);

void denykey_of(enum denyname_kind kind, struct slice value, uint8_t to[DENYKEY_BYTES]) {
    uint8_t digest[DIGEST_BYTES];
    uint8_t number = (uint8_t)kind;
    const struct slice parts[] = {slice_of(&number, 1), value};
    digest_parts(parts, 2, digest);
    memcpy(to, digest, DENYKEY_BYTES);
}

bool denykey_name(struct slice certificate, bool by_fingerprint, struct denyname *name, const char **fault) {
    uint8_t fingerprint[CERT_FINGERPRINT_BYTES];
    char digits[2 * CERT_FINGERPRINT_BYTES];
    X509 *parsed = cert_parse(certificate);
    X509_free(parsed);
    *fault = parsed ? NULL : "is no certificate";
    if (!parsed)
        return false;
    if (by_fingerprint) {
        cert_fingerprint(certificate, fingerprint);
        text_hex(digits, slice_of(fingerprint, sizeof fingerprint));
        return denyname_make(DENYNAME_FINGERPRINT, slice_of(digits, sizeof digits), name, fault);
    }
    name->kind = DENYNAME_SERIAL;
    if (!serial_of(certificate, name->value))
        *fault = "has no issuer and serial number to name it by: use --by fingerprint";
    return !*fault;
}

const struct denykeys *denykey_of_peer(const struct verified_peer *peer, unsigned kinds) {
    struct denykeys *keys = verified_peer_attachment(peer, PEER_SLOT_DENYKEYS);
    if (!keys) {
        keys = calloc(1, sizeof *keys);
        if (!keys)
            return NULL;
        /* remembered on the way: nobody sees a difference */
        verified_peer_attach((struct verified_peer *)peer, PEER_SLOT_DENYKEYS, keys, free_keys);
    }
    unsigned missing = kinds & ~keys->kinds;
    size_t count = keys->count;
    if (missing && !gather(keys, peer, missing)) {
        keys->count = count;
        return NULL;
    }
    keys->kinds |= missing;
    return keys;
}

static void free_keys(void *attached) {
    struct denykeys *keys = attached;
    free(keys->items);
    free(keys);
}

static bool gather(struct denykeys *keys, const struct verified_peer *peer, unsigned kinds) {
    const struct identity *identity = verified_peer_identity(peer);
    bool good = !(kinds & bit(DENYNAME_FINGERPRINT)) || gather_fingerprints(keys, peer);
    good = good && (!(kinds & bit(DENYNAME_SERIAL)) || gather_serials(keys, peer));
    return good && (!identity || (gather_subject(keys, identity, kinds) && gather_names(keys, identity, kinds)));
}

static bool gather_fingerprints(struct denykeys *keys, const struct verified_peer *peer) {
    for (size_t i = 0; i < verified_peer_path_len(peer); i++) {
        uint8_t fingerprint[CERT_FINGERPRINT_BYTES];
        char digits[2 * CERT_FINGERPRINT_BYTES];
        cert_fingerprint(verified_peer_path(peer, i), fingerprint);
        text_hex(digits, slice_of(fingerprint, sizeof fingerprint));
        if (!add(keys, DENYNAME_FINGERPRINT, slice_of(digits, sizeof digits), i))
            return false;
    }
    return true;
}

/* One whose serial number is longer than lawful, or whose issuer's name is too long, has no such key: no entry can name
 * it so. */
static bool gather_serials(struct denykeys *keys, const struct verified_peer *peer) {
    for (size_t i = 0; i < verified_peer_path_len(peer); i++) {
        char value[DENYNAME_VALUE_MAX];
        if (serial_of(verified_peer_path(peer, i), value) && !add(keys, DENYNAME_SERIAL, slice_text(value), i))
            return false;
    }
    return true;
}

static bool serial_of(struct slice certificate, char value[DENYNAME_VALUE_MAX]) {
    struct slice serial;
    struct slice issuer;
    char name[NAMETEXT_MAX];
    return read_serial(certificate, &serial, &issuer) && print_name(issuer, name) &&
        denyname_of_serial(serial, name, value);
}

static bool gather_subject(struct denykeys *keys, const struct identity *identity, unsigned kinds) {
    char text[NAMETEXT_MAX];
    struct nametext_part part;
    bool is_wanted = kinds & (bit(DENYNAME_SUBJECT) | bit(DENYNAME_CN) | bit(DENYNAME_MAIL));
    if (!is_wanted || !print_name(identity->subject, text))
        return true;
    bool good = !(kinds & bit(DENYNAME_SUBJECT)) || add(keys, DENYNAME_SUBJECT, slice_text(text), 0);
    for (struct slice rest = slice_text(text); good && nametext_next(&rest, &part);)
        good = part.has_der || gather_part(keys, &part, kinds);
    return good;
}

static bool gather_part(struct denykeys *keys, const struct nametext_part *part, unsigned kinds) {
    bool is_cn = slice_equal(part->type, slice_text("cn"));
    bool is_mail = is_cn || slice_equal(part->type, slice_text("emailaddress"));
    if (is_cn && (kinds & bit(DENYNAME_CN)) && !add(keys, DENYNAME_CN, part->escaped, 0))
        return false;
    return !is_mail || !(kinds & bit(DENYNAME_MAIL)) || add_made(keys, DENYNAME_MAIL, part->value);
}

static bool gather_names(struct denykeys *keys, const struct identity *identity, unsigned kinds) {
    static const int kind_of[] = {
        [IDENTITY_DNS] = DENYNAME_DNS, [IDENTITY_MAIL] = DENYNAME_MAIL,
        [IDENTITY_URI] = DENYNAME_URI, [IDENTITY_ADDRESS] = DENYNAME_ADDRESS,
        [IDENTITY_DIRECTORY] = -1,     [IDENTITY_PRINCIPAL] = DENYNAME_MAIL,
        [IDENTITY_UNKNOWN] = -1,
    };
    bool good = true;
    for (size_t i = 0; good && i < identity->name_count; i++) {
        const struct identity_name *name = &identity->names[i];
        int kind = kind_of[name->kind];
        if (kind == DENYNAME_URI && slice_starts(name->value, slice_text("spiffe://")))
            kind = DENYNAME_SPIFFE;
        if (kind < 0 || !(kinds & bit((enum denyname_kind)kind)))
            continue;
        good = kind == DENYNAME_ADDRESS ? gather_address(keys, name->value)
                                        : add_made(keys, (enum denyname_kind)kind, name->value);
    }
    return good;
}

static bool gather_address(struct denykeys *keys, struct slice bytes) {
    char text[INET6_ADDRSTRLEN];
    int family = bytes.len == 4 ? AF_INET : AF_INET6;
    bool is_address = (bytes.len == 4 || bytes.len == 16) && inet_ntop(family, bytes.data, text, sizeof text);
    return !is_address || add(keys, DENYNAME_ADDRESS, slice_text(text), 0);
}

/* What has no form cannot be named by an entry. */
static bool add_made(struct denykeys *keys, enum denyname_kind kind, struct slice value) {
    struct denyname name;
    const char *fault;
    return !denyname_make(kind, value, &name, &fault) || add(keys, kind, slice_text(name.value), 0);
}

static bool add(struct denykeys *keys, enum denyname_kind kind, struct slice value, size_t depth) {
    if (keys->count == keys->room && !grow(keys))
        return false;
    struct denykey *key = &keys->items[keys->count++];
    key->kind = (uint8_t)kind;
    key->depth = (uint8_t)depth;
    denykey_of(kind, value, key->bytes);
    return true;
}

static bool grow(struct denykeys *keys) {
    size_t room = keys->room ? 2 * keys->room : ROOM;
    struct denykey *items = realloc(keys->items, room * sizeof *items);
    if (!items)
        return false;
    keys->items = items;
    keys->room = room;
    return true;
}

/* TBSCertificate (RFC 5280 section 4.1): version, serial number, signature algorithm, issuer. */
static bool read_serial(struct slice certificate, struct slice *serial, struct slice *issuer) {
    struct slice whole;
    struct slice fields;
    struct slice skipped;
    struct der_item name;
    bool is_good = der_take(&certificate, DER_SEQUENCE, &whole) && der_take(&whole, DER_SEQUENCE, &fields);
    bool has_version = is_good && der_take(&fields, DER_CONTEXT_0_CONSTRUCTED, &skipped);
    (void)has_version;
    is_good = is_good && der_take(&fields, DER_INTEGER, serial) && der_take(&fields, DER_SEQUENCE, &skipped) &&
        der_next(&fields, &name);
    if (is_good)
        *issuer = name.whole;
    return is_good;
}

static bool print_name(struct slice der, char to[NAMETEXT_MAX]) {
    const unsigned char *at = der.data;
    X509_NAME *name = der.len <= LONG_MAX ? d2i_X509_NAME(NULL, &at, (long)der.len) : NULL;
    bool printed = name && nametext_of(name, to);
    X509_NAME_free(name);
    ERR_clear_error();
    return printed;
}

static unsigned bit(enum denyname_kind kind) {
    return 1U << kind;
}
