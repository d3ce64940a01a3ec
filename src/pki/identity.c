/* Everything is copied into one arena, so that it outlives libcrypto's object. */
#include "pki/identity.h"

#include "base/text.h"
#include "pki/altname.h"
#include "pki/spiffeid.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

enum { ARENA_BLOCK_BYTES = 2048, DOTTED_MAX = 80 };

static bool take_all(struct identity *identity, const X509 *certificate, struct slice der);
static bool take_digests(struct identity *identity, const X509 *certificate, struct slice der);
static bool take_usage(struct identity *identity, const X509 *certificate);
static bool take_subject(struct identity *identity, const X509_NAME *subject);
static bool take_attribute(struct identity *identity, const X509_NAME_ENTRY *entry);
static struct slice type_of(struct arena *arena, const ASN1_OBJECT *type);
static struct slice dotted_of(struct arena *arena, const ASN1_OBJECT *type);
static struct slice text_of(struct arena *arena, const ASN1_STRING *string, bool *is_text);
static bool is_clean(struct slice text);
static bool take_names(struct identity *identity, const X509 *certificate);
static struct identity_name name_of(struct arena *arena, const GENERAL_NAME *name);
static struct identity_name other_name_of(struct arena *arena, const GENERAL_NAME *name);
static struct slice encoded_name(struct arena *arena, const X509_NAME *name);
static bool take_spiffe_id(struct identity *identity);
static bool take_policies(struct identity *identity, const X509 *certificate);

struct identity *identity_new(const X509 *certificate, struct slice der) {
    struct identity *identity = calloc(1, sizeof *identity);
    if (!identity)
        return NULL;
    arena_init(&identity->arena, ARENA_BLOCK_BYTES, IDENTITY_BYTES_MAX);
    if (!take_all(identity, certificate, der))
        identity_free(&identity);
    ERR_clear_error();
    return identity;
}

void identity_free(struct identity **identity) {
    struct identity *old = *identity;
    *identity = NULL;
    if (!old)
        return;
    arena_fini(&old->arena);
    free(old);
}

const struct identity_attribute *identity_attribute(const struct identity *identity, const char *type) {
    for (size_t i = 0; i < identity->attribute_count; i++) {
        if (slice_equal(identity->attributes[i].type, slice_text(type)))
            return &identity->attributes[i];
    }
    return NULL;
}

/* X509-SVID sections 2 to 4. */
const char *identity_svid_fault(const struct identity *identity, struct slice trust_domain) {
    struct slice domain;
    struct slice path;
    if (!identity->spiffe_id.len || !spiffeid_split(identity->spiffe_id, &domain, &path))
        return "it has not exactly one URI, or that is no SPIFFE id";
    if (path.len == 0)
        return "its SPIFFE id has no path";
    if (trust_domain.len && !slice_equal(domain, trust_domain))
        return "its SPIFFE id belongs to another trust domain";
    if (identity->may_issue)
        return "it may sign certificates or lists";
    return identity->may_sign ? NULL : "its key usage lacks digitalSignature";
}

static bool take_all(struct identity *identity, const X509 *certificate, struct slice der) {
    const ASN1_INTEGER *serial = X509_get0_serialNumber(certificate);
    unsigned char *content = NULL;
    int len = i2d_ASN1_INTEGER(serial, &content);
    struct slice whole = slice_of(content, len > 0 ? (size_t)len : 0);
    size_t head = whole.len > 1 && whole.data[1] & 0x80 ? 2 + (size_t)(whole.data[1] & 0x7f) : 2;
    identity->serial = arena_copy(&identity->arena, slice_sub(whole, head, whole.len));
    OPENSSL_free(content);
    identity->subject = encoded_name(&identity->arena, X509_get_subject_name(certificate));
    identity->issuer = encoded_name(&identity->arena, X509_get_issuer_name(certificate));
    return identity->serial.data && identity->subject.data && identity->issuer.data &&
        take_digests(identity, certificate, der) && take_usage(identity, certificate) &&
        take_subject(identity, X509_get_subject_name(certificate)) && take_names(identity, certificate) &&
        take_spiffe_id(identity) && take_policies(identity, certificate);
}

static bool take_digests(struct identity *identity, const X509 *certificate, struct slice der) {
    unsigned char *key = NULL;
    int key_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key);
    bool is_good = key_len > 0 && EVP_Digest(key, (size_t)key_len, identity->key_digest, NULL, EVP_sha256(), NULL) &&
        EVP_Digest(der.data, der.len, identity->fingerprint, NULL, EVP_sha256(), NULL);
    OPENSSL_free(key);
    return is_good;
}

/* Absent key usage is all ones. */
static bool take_usage(struct identity *identity, const X509 *certificate) {
    X509 *asked = (X509 *)certificate; /* libcrypto keeps what it finds in there */
    uint32_t flags = X509_get_extension_flags(asked);
    uint32_t usage = X509_get_key_usage(asked);
    identity->may_sign = usage & KU_DIGITAL_SIGNATURE;
    identity->may_issue =
        (flags & EXFLAG_CA) || ((flags & EXFLAG_KUSAGE) && (usage & (KU_KEY_CERT_SIGN | KU_CRL_SIGN)));
    return true;
}

static bool take_subject(struct identity *identity, const X509_NAME *subject) {
    int count = X509_NAME_entry_count(subject);
    if (count > IDENTITY_ATTRIBUTES_MAX)
        return false;
    identity->attributes = arena_array(&identity->arena, (size_t)count, sizeof *identity->attributes);
    for (int i = 0; i < count; i++) {
        if (!take_attribute(identity, X509_NAME_get_entry(subject, i)))
            return false;
    }
    return identity->attributes || count == 0;
}

static bool take_attribute(struct identity *identity, const X509_NAME_ENTRY *entry) {
    if (!identity->attributes)
        return false;
    struct identity_attribute *attribute = &identity->attributes[identity->attribute_count++];
    attribute->rdn = (unsigned)X509_NAME_ENTRY_set(entry);
    attribute->type = type_of(&identity->arena, X509_NAME_ENTRY_get_object(entry));
    attribute->oid = dotted_of(&identity->arena, X509_NAME_ENTRY_get_object(entry));
    attribute->value = text_of(&identity->arena, X509_NAME_ENTRY_get_data(entry), &attribute->is_text);
    return attribute->type.data && attribute->oid.data && attribute->value.data;
}

static struct slice type_of(struct arena *arena, const ASN1_OBJECT *type) {
    int nid = OBJ_obj2nid(type);
    return nid != NID_undef ? arena_copy(arena, slice_text(OBJ_nid2sn(nid))) : dotted_of(arena, type);
}

static struct slice dotted_of(struct arena *arena, const ASN1_OBJECT *type) {
    char dotted[DOTTED_MAX];
    int len = OBJ_obj2txt(dotted, sizeof dotted, type, 1);
    return arena_copy(arena, len > 0 && len < DOTTED_MAX ? slice_of(dotted, (size_t)len) : slice_text("?"));
}

static struct slice text_of(struct arena *arena, const ASN1_STRING *string, bool *is_text) {
    unsigned char *utf8 = NULL;
    int len = ASN1_STRING_to_UTF8(&utf8, string);
    *is_text = len >= 0 && is_clean(slice_of(utf8, (size_t)len));
    struct slice raw = slice_of(ASN1_STRING_get0_data(string), (size_t)ASN1_STRING_length(string));
    struct slice copy = arena_copy(arena, *is_text ? slice_of(utf8, (size_t)len) : raw);
    OPENSSL_free(utf8);
    return copy;
}

/* Neither C0, DEL nor C1. */
static bool is_clean(struct slice text) {
    for (size_t i = 0; i < text.len; i++) {
        uint8_t byte = text.data[i];
        bool is_c1 = byte == 0xc2 && i + 1 < text.len && text.data[i + 1] < 0xa0;
        if (byte < 0x20 || byte == 0x7f || is_c1)
            return false;
    }
    return text_utf8(text);
}

static bool take_names(struct identity *identity, const X509 *certificate) {
    GENERAL_NAMES *names;
    if (!altname_read(certificate, &names))
        return false;
    size_t count = names ? (size_t)sk_GENERAL_NAME_num(names) : 0;
    bool is_good = count <= IDENTITY_NAMES_MAX;
    identity->names = is_good && count ? arena_array(&identity->arena, count, sizeof *identity->names) : NULL;
    is_good = is_good && (identity->names || count == 0);
    for (size_t i = 0; is_good && i < count; i++) {
        identity->names[i] = name_of(&identity->arena, sk_GENERAL_NAME_value(names, (int)i));
        is_good = identity->names[i].value.data;
    }
    identity->name_count = count;
    GENERAL_NAMES_free(names);
    return is_good;
}

static struct identity_name name_of(struct arena *arena, const GENERAL_NAME *name) {
    static const enum identity_kind kinds[] = {[GEN_EMAIL] = IDENTITY_MAIL,
                                               [GEN_DNS] = IDENTITY_DNS,
                                               [GEN_URI] = IDENTITY_URI,
                                               [GEN_IPADD] = IDENTITY_ADDRESS};
    int type;
    const void *value = GENERAL_NAME_get0_value(name, &type);
    if (type == GEN_DIRNAME)
        return (struct identity_name){IDENTITY_DIRECTORY, encoded_name(arena, value)};
    if (type == GEN_OTHERNAME)
        return other_name_of(arena, name);
    bool is_known = type == GEN_EMAIL || type == GEN_DNS || type == GEN_URI || type == GEN_IPADD;
    if (!is_known || altname_fault(name, false))
        return (struct identity_name){IDENTITY_UNKNOWN, arena_copy(arena, slice_text(""))};
    return (struct identity_name){kinds[type], arena_copy(arena, altname_bytes(name))};
}

static struct identity_name other_name_of(struct arena *arena, const GENERAL_NAME *name) {
    ASN1_OBJECT *type;
    ASN1_TYPE *value;
    bool is_text = false;
    struct slice text = {0};
    GENERAL_NAME_get0_otherName(name, &type, &value);
    if (OBJ_obj2nid(type) != NID_ms_upn)
        return (struct identity_name){IDENTITY_UNKNOWN, arena_copy(arena, slice_text(""))};
    if (value->type == V_ASN1_UTF8STRING)
        text = text_of(arena, value->value.utf8string, &is_text);
    return (struct identity_name){IDENTITY_PRINCIPAL, is_text ? text : arena_copy(arena, slice_text(""))};
}

static struct slice encoded_name(struct arena *arena, const X509_NAME *name) {
    const unsigned char *der;
    size_t len;
    if (!X509_NAME_get0_der(name, &der, &len))
        return (struct slice){0};
    return arena_copy(arena, slice_of(der, len));
}

/* Of two URIs neither counts: whoever reads the other one would see another owner. */
static bool take_spiffe_id(struct identity *identity) {
    const struct identity_name *found = NULL;
    struct slice domain;
    struct slice path;
    for (size_t i = 0; i < identity->name_count; i++) {
        const struct identity_name *name = &identity->names[i];
        if (name->kind == IDENTITY_URI && found)
            return true;
        found = name->kind == IDENTITY_URI ? name : found;
    }
    if (found && spiffeid_split(found->value, &domain, &path))
        identity->spiffe_id = found->value;
    return true;
}

static bool take_policies(struct identity *identity, const X509 *certificate) {
    int status;
    CERTIFICATEPOLICIES *policies = X509_get_ext_d2i(certificate, NID_certificate_policies, &status, NULL);
    size_t count = policies ? (size_t)sk_POLICYINFO_num(policies) : 0;
    bool is_good = (policies || status == -1) && count <= IDENTITY_POLICIES_MAX;
    identity->policies = is_good && count ? arena_array(&identity->arena, count, sizeof *identity->policies) : NULL;
    is_good = is_good && (identity->policies || count == 0);
    for (size_t i = 0; is_good && i < count; i++) {
        identity->policies[i] = dotted_of(&identity->arena, sk_POLICYINFO_value(policies, (int)i)->policyid);
        is_good = identity->policies[i].data;
    }
    identity->policy_count = is_good ? count : 0;
    CERTIFICATEPOLICIES_free(policies);
    return is_good;
}
