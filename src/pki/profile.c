/* Each rule is a row: a function that says what is wrong with a certificate, and which profiles hold it. */
#include "pki/profile.h"

#include "pki/altname.h"

#include <openssl/asn1.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* One certificate of a path. */
struct place {
    X509 *certificate;
    bool is_leaf;
    bool is_root;
};

typedef const char *profile_rule(const struct place *place);

static const char *serial_fault(const struct place *place);
static const char *critical_policy_fault(const struct place *place);
static const char *bare_policy_fault(const struct place *place);
static const char *critical_names_fault(const struct place *place);
static const char *name_fault(const struct place *place);
static const char *version_fault(const struct place *place);
static const char *leaf_is_ca_fault(const struct place *place);
static const char *root_key_id_fault(const struct place *place);
static const char *any_usage_fault(const struct place *place);
static bool is_not_critical(const X509 *certificate, int nid);

static const struct {
    profile_rule *rule;
    bool is_rfc5280;
    bool is_webpki;
} rows[] = {
    {serial_fault, true, true},          {bare_policy_fault, true, false}, {critical_policy_fault, false, true},
    {critical_names_fault, true, false}, {name_fault, true, true},         {version_fault, false, true},
    {leaf_is_ca_fault, false, true},     {root_key_id_fault, false, true}, {any_usage_fault, false, true},
};

bool profile_allows(const struct path *path, const struct verify_settings *settings, struct fault *fault) {
    if (settings->profile == VERIFY_PROFILE_PATH)
        return true;
    for (size_t i = 0; i < path->len; i++) {
        struct place place = {.certificate = path->certificates[i], .is_leaf = i == 0, .is_root = i + 1 == path->len};
        for (size_t row = 0; row < sizeof rows / sizeof *rows; row++) {
            bool is_held = settings->profile == VERIFY_PROFILE_WEBPKI ? rows[row].is_webpki : rows[row].is_rfc5280;
            const char *words = is_held ? rows[row].rule(&place) : NULL;
            if (words)
                return fault_set(fault, REASON_CERT_PROFILE, FAULT_OF_CERTIFICATE, i, words);
        }
    }
    return true;
}

/* RFC 5280 section 4.1.2.2. Of anchors only the name and the key matter. */
static const char *serial_fault(const struct place *place) {
    const ASN1_INTEGER *serial = X509_get0_serialNumber(place->certificate);
    uint64_t number;
    if (place->is_root && !place->is_leaf)
        return NULL;
    bool is_zero = ASN1_INTEGER_get_uint64(&number, serial) && number == 0;
    return is_zero || ASN1_STRING_type(serial) == V_ASN1_NEG_INTEGER ? "a serial number that is not positive" : NULL;
}

/* RFC 5280 section 4.2.1.11. */
static const char *critical_policy_fault(const struct place *place) {
    return is_not_critical(place->certificate, NID_policy_constraints) ? "policy constraints that are not critical"
                                                                       : NULL;
}

/* RFC 3280 let them be so, and government PKIs, which live by policies, have them. They are obeyed in any case. */
static const char *bare_policy_fault(const struct place *place) {
    bool has_policies = X509_get_ext_by_NID(place->certificate, NID_certificate_policies, -1) >= 0;
    return has_policies ? NULL : critical_policy_fault(place);
}

/* RFC 5280 section 4.2.1.10. */
static const char *critical_names_fault(const struct place *place) {
    return is_not_critical(place->certificate, NID_name_constraints) ? "name constraints that are not critical" : NULL;
}

static const char *name_fault(const struct place *place);
/* RFC 5280 section 4.2.1.6: names as hosts have them. Malformed ones are refused in any case. */
static const char *name_fault(const struct place *place) {
    GENERAL_NAMES *names;
    const char *words = NULL;
    if (!altname_read(place->certificate, &names))
        return NULL;
    for (int i = 0; names && !words && i < sk_GENERAL_NAME_num(names); i++)
        words = altname_fault(sk_GENERAL_NAME_value(names, i), true) ? "a DNS name with an underscore" : NULL;
    GENERAL_NAMES_free(names);
    return words;
}

static const char *version_fault(const struct place *place) {
    return X509_get_version(place->certificate) != X509_VERSION_3 ? "a certificate of a version before 3" : NULL;
}

static const char *leaf_is_ca_fault(const struct place *place) {
    return place->is_leaf && (X509_get_extension_flags(place->certificate) & EXFLAG_CA) ? "a CA certificate as the leaf"
                                                                                        : NULL;
}

static const char *root_key_id_fault(const struct place *place) {
    bool is_found = place->is_root &&
        (X509_get0_authority_issuer(place->certificate) || X509_get0_authority_serial(place->certificate));
    return is_found ? "a root whose authority key identifier names an issuer or serial number" : NULL;
}

static const char *any_usage_fault(const struct place *place) {
    uint32_t flags = X509_get_extension_flags(place->certificate);
    bool is_found =
        place->is_leaf && (flags & EXFLAG_XKUSAGE) && (X509_get_extended_key_usage(place->certificate) & XKU_ANYEKU);
    return is_found ? "a leaf with the extended key usage anyExtendedKeyUsage" : NULL;
}

static bool is_not_critical(const X509 *certificate, int nid) {
    int at = X509_get_ext_by_NID(certificate, nid, -1);
    return at >= 0 && !X509_EXTENSION_get_critical(X509_get_ext(certificate, at));
}
