#include "pki/crl.h"

#include "base/bug.h"
#include "pki/crlext.h"
#include "pki/der.h"

static const char *parse_outer(struct slice der, struct crl *crl, struct slice *inner);
static const char *parse_inner(struct slice inner, struct crl *crl);
static bool take_version(struct slice *rest, struct crl *crl);
static const char *parse_extensions(struct slice rest, struct crl *crl);
static const char *check_head(const struct crl *crl);
static const char *check_entries(struct crl *crl);
static const char *take_entry(const struct crl *crl, struct slice *rest, struct crl_entry *entry);

bool crl_parse(struct slice der, struct crl *crl, const char **fault) {
    struct slice inner;
    *crl = (struct crl){.scope.reasons = DISTPOINT_REASONS_ALL};
    *fault = parse_outer(der, crl, &inner);
    if (!*fault)
        *fault = parse_inner(inner, crl);
    if (!*fault)
        *fault = check_head(crl);
    if (!*fault)
        *fault = check_entries(crl);
    return !*fault;
}

/* crl_parse has checked them all. */
bool crl_next(const struct crl *crl, struct slice *rest, struct crl_entry *entry) {
    struct slice content;
    struct der_item time;
    struct slice extensions;
    if (rest->len == 0)
        return false;
    *entry = (struct crl_entry){.reason = CRL_CODE_UNSPECIFIED};
    bug_on(!der_take(rest, DER_SEQUENCE, &content) || !der_take(&content, DER_INTEGER, &entry->serial) ||
           !der_next(&content, &time));
    if (der_take(&content, DER_SEQUENCE, &extensions))
        bug_on(crlext_entry(extensions, crl, entry));
    return true;
}

int crl_number_compare(const struct crl_number *a, const struct crl_number *b) {
    if (a->is_given != b->is_given)
        return a->is_given ? 1 : -1;
    if (a->len != b->len)
        return a->len < b->len ? -1 : 1;
    return memcmp(a->bytes, b->bytes, a->len);
}

/* CertificateList: what is signed, by which algorithm, the signature. */
static const char *parse_outer(struct slice der, struct crl *crl, struct slice *inner) {
    static const char fault[] = "it is not a DER-encoded list (X.509 CertificateList)";
    struct slice rest;
    if (!der_take(&der, DER_SEQUENCE, &rest) || der.len || !dersigned_take(rest, &crl->signed_part))
        return fault;
    rest = crl->signed_part.content;
    return der_take(&rest, DER_SEQUENCE, inner) ? NULL : fault;
}

static const char *parse_inner(struct slice inner, struct crl *crl) {
    struct der_item algorithm;
    struct der_item issuer;
    if (!take_version(&inner, crl))
        return "its version is not 2";
    if (!der_next(&inner, &algorithm) || !slice_equal(algorithm.whole, crl->signed_part.algorithm))
        return "its two signature algorithms differ";
    if (!der_next(&inner, &issuer) || issuer.tag != DER_SEQUENCE || issuer.content.len == 0)
        return "its issuer is malformed";
    crl->issuer = issuer.whole;
    if (!der_take_time(&inner, &crl->this_update))
        return "its thisUpdate is malformed";
    if (!der_take_time(&inner, &crl->next_update))
        return "it has no nextUpdate, or a malformed one";
    bool has_entries = der_take(&inner, DER_SEQUENCE, &crl->entries);
    if (has_entries && crl->entries.len == 0)
        return "it has an empty sequence of entries";
    return parse_extensions(inner, crl);
}

/* Absent means version 1, 1 means version 2. */
static bool take_version(struct slice *rest, struct crl *crl) {
    struct slice version;
    crl->is_v2 = der_take(rest, DER_INTEGER, &version);
    return !crl->is_v2 || slice_equal(version, slice_of("\x01", 1));
}

static const char *parse_extensions(struct slice rest, struct crl *crl) {
    struct slice wrapped;
    struct slice extensions;
    if (rest.len == 0)
        return NULL;
    if (!crl->is_v2)
        return "it has extensions, but is of version 1";
    if (!der_take(&rest, DER_CONTEXT_0_CONSTRUCTED, &wrapped) || rest.len ||
        !der_take(&wrapped, DER_SEQUENCE, &extensions) || wrapped.len || extensions.len == 0)
        return "its extensions are malformed";
    return crlext_list(extensions, crl);
}

static const char *check_head(const struct crl *crl) {
    if (crl->scope.only_attributes)
        return "it is a list of attribute certificates only";
    if (crl->next_update < crl->this_update)
        return "its nextUpdate is before its thisUpdate";
    if (crl->is_delta && crl_number_compare(&crl->base, &crl->number) > 0)
        return "it is a delta list with a number lower than that of its base";
    return NULL;
}

static const char *check_entries(struct crl *crl) {
    struct slice rest = crl->entries;
    struct crl_entry entry;
    while (rest.len) {
        const char *fault = take_entry(crl, &rest, &entry);
        if (fault)
            return fault;
        crl->entry_count++;
        crl->serial_bytes_max = entry.serial.len > crl->serial_bytes_max ? entry.serial.len : crl->serial_bytes_max;
    }
    return NULL;
}

static const char *take_entry(const struct crl *crl, struct slice *rest, struct crl_entry *entry) {
    struct slice content;
    struct slice extensions;
    int64_t revoked_at;
    *entry = (struct crl_entry){.reason = CRL_CODE_UNSPECIFIED};
    if (!der_take(rest, DER_SEQUENCE, &content) || !der_take(&content, DER_INTEGER, &entry->serial) ||
        !der_is_integer(entry->serial) || !der_take_time(&content, &revoked_at))
        return "an entry is malformed";
    if (entry->serial.len > CRL_SERIAL_MAX)
        return "a serial number has more than 20 bytes";
    if (content.len == 0)
        return NULL;
    if (!crl->is_v2 || !der_take(&content, DER_SEQUENCE, &extensions) || content.len || extensions.len == 0)
        return "the extensions of an entry are malformed";
    return crlext_entry(extensions, crl, entry);
}
