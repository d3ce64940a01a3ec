/* X509_verify_cert over a store of one path: the anchor is all that is trusted, the rest all that is there, and who
 * issued whom is given. */
#include "pki/pathcheck.h"

#include "pki/cert.h"
#include "pki/verifyerror.h"

#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* One judgement under way: what the callbacks need. */
struct judgement {
    const struct pathcheck *check;
    const struct path *path;
    X509_STORE_CTX *store;
    STACK_OF(X509) *anchor;
    STACK_OF(X509) *below;
};

static bool prepare(struct judgement *judgement);
static bool stack_path(struct judgement *judgement);
static bool set_rules(struct judgement *judgement);
static bool set_policies(X509_VERIFY_PARAM *rules, const struct verify_settings *settings);
static bool add_policy(X509_VERIFY_PARAM *rules, struct slice dotted);
static bool has_policy_constraints(const struct path *path);
static int is_issued_by(X509_STORE_CTX *store, X509 *subject, X509 *issuer);
static bool is_next(const struct path *path, const X509 *subject, const X509 *issuer);
static int on_error(int is_good, X509_STORE_CTX *store);
static bool is_last_second(X509_STORE_CTX *store, int64_t now);
static bool is_formal(const struct judgement *judgement, int error);
static bool explain(const struct judgement *judgement, struct fault *fault);
static enum fault_scope scope_of(int error);

bool pathcheck_judge(const struct pathcheck *check, const struct path *path, struct fault *fault) {
    struct judgement judgement = {.check = check, .path = path};
    bool is_good;
    if (!prepare(&judgement))
        is_good = fault_set(fault, REASON_MEMORY, FAULT_OF_PATH, 0, "no memory for path validation");
    else
        is_good = X509_verify_cert(judgement.store) == 1 || explain(&judgement, fault);
    X509_STORE_CTX_free(judgement.store);
    sk_X509_free(judgement.anchor);
    sk_X509_free(judgement.below);
    return is_good;
}

static bool prepare(struct judgement *judgement) {
    X509_STORE_CTX *store = judgement->store = X509_STORE_CTX_new();
    if (!store || !stack_path(judgement))
        return false;
    X509_STORE *trusted = trust_store(judgement->check->trust);
    X509_STORE_set_check_issued(trusted, is_issued_by);
    if (!X509_STORE_CTX_init(store, trusted, judgement->path->certificates[0], judgement->below))
        return false;
    X509_STORE_CTX_set0_trusted_stack(store, judgement->anchor);
    X509_STORE_CTX_set_verify_cb(store, on_error);
    X509_STORE_CTX_set_app_data(store, judgement);
    return set_rules(judgement);
}

static bool stack_path(struct judgement *judgement) {
    const struct path *path = judgement->path;
    judgement->anchor = sk_X509_new_null();
    judgement->below = sk_X509_new_null();
    bool is_good =
        judgement->anchor && judgement->below && sk_X509_push(judgement->anchor, path->certificates[path->len - 1]);
    for (size_t i = 1; is_good && i + 1 < path->len; i++)
        is_good = sk_X509_push(judgement->below, path->certificates[i]);
    return is_good;
}

static bool set_rules(struct judgement *judgement) {
    static const int purposes[] = {
        [VERIFY_CLIENT] = X509_PURPOSE_SSL_CLIENT, [VERIFY_SERVER] = X509_PURPOSE_SSL_SERVER};
    const struct verify_settings *settings = judgement->check->settings;
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(judgement->store);
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
    X509_VERIFY_PARAM_set_hostflags(rules, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    X509_VERIFY_PARAM_set_time(rules, (time_t)judgement->check->now);
    X509_VERIFY_PARAM_set_depth(rules, settings->depth < PATH_MAX_LEN ? (int)settings->depth : PATH_MAX_LEN);
    X509_VERIFY_PARAM_set_auth_level(rules, settings->insecure_sha1 ? 0 : 2); /* 112 bits: no SHA-1, no short RSA */
    bool has_purpose = settings->purpose != VERIFY_ANY && settings->usage != VERIFY_USAGE_IGNORED;
    if (has_purpose && !X509_VERIFY_PARAM_set_purpose(rules, purposes[settings->purpose]))
        return false;
    bool has_policies = settings->policy_count || settings->explicit_policy || has_policy_constraints(judgement->path);
    return !has_policies || set_policies(rules, settings);
}

/* The tree of policies (RFC 5280 section 6.1.2) is built only where it can decide something. */
static bool set_policies(X509_VERIFY_PARAM *rules, const struct verify_settings *settings) {
    unsigned long flags = X509_V_FLAG_POLICY_CHECK;
    flags |= settings->explicit_policy ? X509_V_FLAG_EXPLICIT_POLICY : 0;
    flags |= settings->inhibit_policy_mapping ? X509_V_FLAG_INHIBIT_MAP : 0;
    flags |= settings->inhibit_any_policy ? X509_V_FLAG_INHIBIT_ANY : 0;
    X509_VERIFY_PARAM_set_flags(rules, flags);
    bool is_good = settings->policy_count || add_policy(rules, slice_text("2.5.29.32.0")); /* anyPolicy */
    for (size_t i = 0; is_good && i < settings->policy_count; i++)
        is_good = add_policy(rules, settings->policies[i]);
    return is_good;
}

static bool add_policy(X509_VERIFY_PARAM *rules, struct slice dotted) {
    char text[80];
    if (dotted.len >= sizeof text)
        return false;
    memcpy(text, dotted.data, dotted.len);
    text[dotted.len] = '\0';
    ASN1_OBJECT *policy = OBJ_txt2obj(text, 1);
    if (policy && X509_VERIFY_PARAM_add0_policy(rules, policy))
        return true;
    ASN1_OBJECT_free(policy);
    return false;
}

static bool has_policy_constraints(const struct path *path) {
    for (size_t i = 0; i < path->len; i++) {
        if (X509_get_ext_by_NID(path->certificates[i], NID_policy_constraints, -1) >= 0)
            return true;
    }
    return false;
}

/* libcrypto asks who issued whom; without app data others do with this store (pki/revsigners). A CA without the
 * right to sign certificates stays on the path, so that this is what is reported. */
static int is_issued_by(X509_STORE_CTX *store, X509 *subject, X509 *issuer) {
    const struct judgement *judgement = X509_STORE_CTX_get_app_data(store);
    if (judgement && !is_next(judgement->path, subject, issuer))
        return 0;
    int error = X509_check_issued(issuer, subject);
    return error == X509_V_OK || error == X509_V_ERR_KEYUSAGE_NO_CERTSIGN;
}

/* A self-signed certificate is its own issuer to libcrypto. */
static bool is_next(const struct path *path, const X509 *subject, const X509 *issuer) {
    for (size_t i = 0; i < path->len; i++) {
        if (path->certificates[i] == subject)
            return issuer == subject || (i + 1 < path->len && path->certificates[i + 1] == issuer);
    }
    return true;
}

/* libcrypto asks before it refuses. */
static int on_error(int is_good, X509_STORE_CTX *store) {
    const struct judgement *judgement = X509_STORE_CTX_get_app_data(store);
    int error = X509_STORE_CTX_get_error(store);
    bool is_forgiven = judgement &&
        ((error == X509_V_ERR_CERT_HAS_EXPIRED && is_last_second(store, judgement->check->now)) ||
         is_formal(judgement, error));
    if (is_good || !is_forgiven)
        return is_good;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

/* libcrypto counts notAfter itself as too late, where RFC 5280 section 4.1.2.5 has it inclusive. */
static bool is_last_second(X509_STORE_CTX *store, int64_t now) {
    int64_t not_before;
    int64_t not_after;
    return cert_dates(X509_STORE_CTX_get_current_cert(store), &not_before, &not_after) && now == not_after;
}

/* What RFC 5280 asks of those who issue (section 4.2) but not of those who validate (section 6), as far as the
 * profile does not mind. Roots without key usage are what openssl req -x509 makes. basicConstraints that are not
 * critical: x509-limbo wants such a root refused, PKITS an intermediate accepted. */
static bool is_formal(const struct judgement *judgement, int error) {
    enum verify_profile profile = judgement->check->settings->profile;
    size_t depth = (size_t)X509_STORE_CTX_get_error_depth(judgement->store);
    switch (error) {
    case X509_V_ERR_CA_BCONS_NOT_CRITICAL:
        if (depth + 1 == judgement->path->len)
            return profile == VERIFY_PROFILE_PATH;
        [[fallthrough]];
    case X509_V_ERR_CA_CERT_MISSING_KEY_USAGE:
        return profile != VERIFY_PROFILE_WEBPKI;
    case X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER:
    case X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER:
        return profile == VERIFY_PROFILE_PATH;
    default:
        return false;
    }
}

static bool explain(const struct judgement *judgement, struct fault *fault) {
    int error = X509_STORE_CTX_get_error(judgement->store);
    int depth = X509_STORE_CTX_get_error_depth(judgement->store);
    size_t at = depth > 0 && (size_t)depth < judgement->path->len ? (size_t)depth : 0;
    enum fault_scope scope = scope_of(error);
    if (scope == FAULT_OF_LINK && verifyerror_reason(error) == REASON_CERT_UNKNOWN_ISSUER)
        return fault_set(fault, REASON_CERT_BAD_SIGNATURE, scope, at,
                         "there is an issuer of that name, but with another key");
    return fault_set(fault, verifyerror_reason(error), scope, at, X509_verify_cert_error_string(error));
}

static enum fault_scope scope_of(int error) {
    switch (verifyerror_reason(error)) {
    case REASON_CERT_BAD_SIGNATURE:
    case REASON_CERT_UNKNOWN_ISSUER:
        return FAULT_OF_LINK;
    case REASON_CERT_EXPIRED:
    case REASON_CERT_NOT_YET_VALID:
    case REASON_CERT_MALFORMED:
    case REASON_CERT_PROFILE:
    case REASON_CERT_ISSUER_NOT_CA:
    case REASON_CERT_WEAK_KEY:
    case REASON_CERT_CRITICAL_EXTENSION:
        return FAULT_OF_CERTIFICATE;
    default:
        return FAULT_OF_PATH;
    }
}
