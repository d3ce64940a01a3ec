#include "pki/crlext.h"

#include "pki/der.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

/* A kind that we read, or know that we need not read (read is NULL). */
struct known {
    const char *type;
    const char *(*read)(struct slice value, struct crl *crl);
};

/* The last byte of those under 2.5.29 (id-ce). */
enum { TYPE_REASON = 21, TYPE_HOLD_INSTRUCTION = 23, TYPE_INVALIDITY = 24, TYPE_CERTIFICATE_ISSUER = 29 };

static const char malformed[] = "an extension is malformed";

static const char *read_key_id(struct slice value, struct crl *crl);
static const char *read_number(struct slice value, struct crl *crl);
static const char *read_base(struct slice value, struct crl *crl);
static const char *read_scope(struct slice value, struct crl *crl);
static bool set_scope(ISSUING_DIST_POINT *from, struct crl *crl);
static bool set_number(struct slice value, struct crl_number *number);
static const char *read_entry_extension(const struct der_extension *extension, const struct crl *crl,
                                        struct crl_entry *entry);
static const char *read_reason(struct slice value, bool is_delta, uint8_t *reason);

static const struct known kinds[] = {
    {"\x55\x1d\x23", read_key_id},
    {"\x55\x1d\x14", read_number},
    {"\x55\x1d\x1b", read_base},
    {"\x55\x1d\x1c", read_scope},
    {"\x55\x1d\x12", NULL},                     /* issuerAltName */
    {"\x55\x1d\x2e", NULL},                     /* freshestCRL: delta lists come from the configuration */
    {"\x2b\x06\x01\x05\x05\x07\x01\x01", NULL}, /* authorityInfoAccess: certificates come from there, too */
};
enum { KINDS = sizeof kinds / sizeof *kinds };

const char *crlext_list(struct slice extensions, struct crl *crl) {
    bool is_seen[KINDS] = {false};
    struct der_extension extension;
    while (extensions.len) {
        size_t kind = 0;
        if (!der_take_extension(&extensions, &extension))
            return malformed;
        while (kind < KINDS && !slice_equal(extension.type, slice_text(kinds[kind].type)))
            kind++;
        if (kind == KINDS && extension.is_critical)
            return "it has a critical extension that is not known";
        if (kind == KINDS)
            continue;
        if (is_seen[kind])
            return "it has an extension twice";
        is_seen[kind] = true;
        if (extension.is_critical && kinds[kind].read == read_number)
            return "its number is marked critical"; /* RFC 5280 section 5.2.3 */
        const char *fault = kinds[kind].read ? kinds[kind].read(extension.value, crl) : NULL;
        if (fault)
            return fault;
    }
    return NULL;
}

const char *crlext_entry(struct slice extensions, const struct crl *crl, struct crl_entry *entry) {
    struct der_extension extension;
    while (extensions.len) {
        if (!der_take_extension(&extensions, &extension))
            return malformed;
        const char *fault = read_entry_extension(&extension, crl, entry);
        if (fault)
            return fault;
    }
    return NULL;
}

/* AuthorityKeyIdentifier: only the key identifier counts; issuer and serial are found in the certificate. */
static const char *read_key_id(struct slice value, struct crl *crl) {
    struct slice content;
    if (!der_take(&value, DER_SEQUENCE, &content) || value.len)
        return malformed;
    if (!der_take(&content, DER_CONTEXT_0, &crl->key_id))
        crl->key_id = slice_of(NULL, 0);
    return NULL;
}

static const char *read_number(struct slice value, struct crl *crl) {
    return set_number(value, &crl->number) ? NULL : "its number is malformed";
}

static const char *read_base(struct slice value, struct crl *crl) {
    crl->is_delta = true;
    return set_number(value, &crl->base) ? NULL : "its delta indicator is malformed";
}

static const char *read_scope(struct slice value, struct crl *crl) {
    const uint8_t *at = value.data;
    crl->scope.der = value;
    ISSUING_DIST_POINT *scope = value.len <= LONG_MAX ? d2i_ISSUING_DIST_POINT(NULL, &at, (long)value.len) : NULL;
    bool is_good = scope && at == value.data + value.len && set_scope(scope, crl);
    ISSUING_DIST_POINT_free(scope);
    ERR_clear_error();
    return is_good ? NULL : "its issuing distribution point is malformed, or has more than 8 names";
}

static bool set_scope(ISSUING_DIST_POINT *from, struct crl *crl) {
    struct crl_scope *scope = &crl->scope;
    const uint8_t *at = crl->issuer.data;
    scope->only_users = from->onlyuser > 0;
    scope->only_cas = from->onlyCA > 0;
    scope->only_attributes = from->onlyattr > 0;
    scope->is_indirect = from->indirectCRL > 0;
    scope->has_points = from->distpoint;
    scope->reasons = distpoint_reasons(from->onlysomereasons);
    if (scope->only_users + scope->only_cas + scope->only_attributes > 1)
        return false;
    if (!from->distpoint)
        return true;
    X509_NAME *issuer = d2i_X509_NAME(NULL, &at, (long)crl->issuer.len);
    bool is_good = issuer && distpoint_add(&scope->points, from->distpoint, issuer, scope->reasons);
    X509_NAME_free(issuer);
    return is_good;
}

static bool set_number(struct slice value, struct crl_number *number) {
    struct slice digits;
    if (!der_take(&value, DER_INTEGER, &digits) || value.len || !der_is_integer(digits) || digits.data[0] & 0x80)
        return false;
    if (digits.data[0] == 0)
        digits = slice_sub(digits, 1, digits.len);
    if (digits.len > CRL_NUMBER_MAX)
        return false;
    number->is_given = true;
    number->len = (uint8_t)digits.len;
    if (digits.len)
        memcpy(number->bytes, digits.data, digits.len);
    return true;
}

static const char *read_entry_extension(const struct der_extension *extension, const struct crl *crl,
                                        struct crl_entry *entry) {
    struct slice type = extension->type;
    bool is_usual = type.len == 3 && type.data[0] == 0x55 && type.data[1] == 0x1d;
    uint8_t number = is_usual ? type.data[2] : 0;
    if (number == TYPE_REASON)
        return read_reason(extension->value, crl->is_delta, &entry->reason);
    if (number == TYPE_CERTIFICATE_ISSUER && !crl->scope.is_indirect)
        return "an entry names an issuer of its own, but the list is not indirect";
    if (number == TYPE_CERTIFICATE_ISSUER) {
        entry->issuer = extension->value;
        return NULL;
    }
    if (number == TYPE_HOLD_INSTRUCTION || number == TYPE_INVALIDITY || !extension->is_critical)
        return NULL;
    return "an entry has a critical extension that is not known";
}

static const char *read_reason(struct slice value, bool is_delta, uint8_t *reason) {
    struct slice code;
    if (!der_take(&value, DER_ENUMERATED, &code) || value.len || code.len != 1 || code.data[0] > CRL_CODE_LAST ||
        code.data[0] == 7)
        return "an entry has a malformed reason";
    if (code.data[0] == CRL_CODE_REMOVE && !is_delta)
        return "an entry is to be removed, but the list is no delta list";
    *reason = code.data[0];
    return NULL;
}
