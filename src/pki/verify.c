/* Bounds first, then parsing, then libcrypto's path validation, then our own rules on the path that it found. */
#include "pki/verify.h"

#include "base/bug.h"
#include "pki/cert.h"
#include "pki/keyrule.h"
#include "pki/peer_new.h"
#include "pki/verifyerror.h"

#include <openssl/err.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

/* One judgement. parsed[i] is chain[i]; `store` is libcrypto's working state, which holds the path when it found
 * one. */
struct judgement {
    const struct slice *chain;
    size_t count;
    X509 *parsed[VERIFY_CHAIN_MAX];
    STACK_OF(X509) *others;
    X509_STORE_CTX *store;
    struct trust *trust;
    const struct verify_settings *settings;
    int64_t now;
    struct verify_verdict *verdict;
};

static bool judge(struct judgement *judgement);
static void judgement_fini(struct judgement *judgement);
static bool check_bounds(struct judgement *judgement);
static bool parse_chain(struct judgement *judgement);
static bool check_sizes(struct judgement *judgement);
static bool validate_path(struct judgement *judgement);
static bool prepare_store(struct judgement *judgement);
static int on_error(int is_good, X509_STORE_CTX *store);
static bool is_formal(int error);
static bool refuse_path(struct judgement *judgement);
static bool check_path(struct judgement *judgement);
static bool check_leaf_usage(struct judgement *judgement, X509 *leaf);
static struct verified_peer *make_peer(struct judgement *judgement);
static size_t encode_path(STACK_OF(X509) *path, struct slice *to, uint8_t **encoded);
static int64_t path_expires(STACK_OF(X509) *path);
static bool refuse(struct judgement *judgement, enum reason reason, int depth, const char *detail);

void verify_chain(const struct slice *chain, size_t count, struct trust *trust, const struct verify_settings *settings,
                  int64_t now, struct verify_verdict *verdict, struct verified_peer **peer) {
    struct judgement judgement = {
        .chain = chain, .count = count, .trust = trust, .settings = settings, .now = now, .verdict = verdict};
    *verdict = (struct verify_verdict){.reason = REASON_NONE};
    *peer = judge(&judgement) ? make_peer(&judgement) : NULL;
    if (!*peer && verdict->reason == REASON_NONE)
        refuse(&judgement, REASON_MEMORY, 0, "no memory for the verdict");
    judgement_fini(&judgement);
    ERR_clear_error();
}

static bool judge(struct judgement *judgement) {
    return check_bounds(judgement) && parse_chain(judgement) && check_sizes(judgement) && validate_path(judgement) &&
        check_path(judgement);
}

static void judgement_fini(struct judgement *judgement) {
    X509_STORE_CTX_free(judgement->store);
    sk_X509_free(judgement->others);
    for (size_t i = 0; i < VERIFY_CHAIN_MAX; i++)
        X509_free(judgement->parsed[i]);
}

static bool check_bounds(struct judgement *judgement) {
    size_t total = 0;
    if (judgement->count == 0)
        return refuse(judgement, REASON_CERT_MISSING, 0, "no certificate was presented");
    for (size_t i = 0; i < judgement->count; i++) {
        total += judgement->chain[i].len;
        if (i >= VERIFY_CHAIN_MAX)
            return refuse(judgement, REASON_CERT_TOO_LARGE, (int)i, "more than 10 certificates");
        if (judgement->chain[i].len > VERIFY_CERT_BYTES_MAX)
            return refuse(judgement, REASON_CERT_TOO_LARGE, (int)i, "a certificate larger than 64 KiB");
        if (total > VERIFY_CHAIN_BYTES_MAX)
            return refuse(judgement, REASON_CERT_TOO_LARGE, (int)i, "a chain larger than 128 KiB");
    }
    return true;
}

static bool parse_chain(struct judgement *judgement) {
    judgement->others = sk_X509_new_null();
    bool has_memory = judgement->others;
    for (size_t i = 0; has_memory && i < judgement->count; i++) {
        judgement->parsed[i] = cert_parse(judgement->chain[i]);
        if (!judgement->parsed[i])
            return refuse(judgement, REASON_CERT_MALFORMED, (int)i, "not a DER-encoded X.509 certificate");
        has_memory = i == 0 || sk_X509_push(judgement->others, judgement->parsed[i]);
    }
    return has_memory || refuse(judgement, REASON_MEMORY, 0, "no memory for the chain");
}

/* Before any signature is computed: a huge key costs much time, in the path or not. */
static bool check_sizes(struct judgement *judgement) {
    for (size_t i = 0; i < judgement->count; i++) {
        if (keyrule_is_huge(judgement->parsed[i]))
            return refuse(judgement, REASON_CERT_WEAK_KEY, (int)i, "a key larger than 8192 bits");
    }
    return true;
}

static bool validate_path(struct judgement *judgement) {
    if (!prepare_store(judgement))
        return refuse(judgement, REASON_MEMORY, 0, "no memory for path validation");
    return X509_verify_cert(judgement->store) == 1 || refuse_path(judgement);
}

static bool prepare_store(struct judgement *judgement) {
    static const int purposes[] = {
        [VERIFY_CLIENT] = X509_PURPOSE_SSL_CLIENT, [VERIFY_SERVER] = X509_PURPOSE_SSL_SERVER};
    unsigned depth = judgement->settings->depth < VERIFY_CHAIN_MAX ? judgement->settings->depth : VERIFY_CHAIN_MAX;
    X509_STORE_CTX *store = judgement->store = X509_STORE_CTX_new();
    if (!store || !X509_STORE_CTX_init(store, trust_store(judgement->trust), judgement->parsed[0], judgement->others))
        return false;
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(store);
    X509_VERIFY_PARAM_set_flags(rules, X509_V_FLAG_X509_STRICT | X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
    X509_VERIFY_PARAM_set_time(rules, (time_t)judgement->now);
    X509_VERIFY_PARAM_set_depth(rules, (int)depth);
    X509_VERIFY_PARAM_set_auth_level(rules, 2); /* 112 bits: neither SHA-1 nor RSA below 2048 */
    X509_STORE_CTX_set_verify_cb(store, on_error);
    X509_STORE_CTX_set_app_data(store, judgement);
    return X509_VERIFY_PARAM_set_purpose(rules, purposes[judgement->settings->purpose]);
}

/* libcrypto asks before it refuses. It counts notAfter itself as too late, where RFC 5280 section 4.1.2.5 has it
 * inclusive. */
static int on_error(int is_good, X509_STORE_CTX *store) {
    const struct judgement *judgement = X509_STORE_CTX_get_app_data(store);
    int error = X509_STORE_CTX_get_error(store);
    int64_t not_before;
    int64_t not_after;
    if (is_good)
        return 1;
    bool is_last_second = error == X509_V_ERR_CERT_HAS_EXPIRED &&
        cert_dates(X509_STORE_CTX_get_current_cert(store), &not_before, &not_after) && judgement->now == not_after;
    if (!is_last_second && !is_formal(error))
        return 0;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

/* What RFC 5280 asks of those who issue (section 4.2) but not of those who validate (section 6), and widely used
 * tools leave out. */
static bool is_formal(int error) {
    return error == X509_V_ERR_MISSING_AUTHORITY_KEY_IDENTIFIER || error == X509_V_ERR_MISSING_SUBJECT_KEY_IDENTIFIER ||
        error == X509_V_ERR_CA_CERT_MISSING_KEY_USAGE || error == X509_V_ERR_CA_BCONS_NOT_CRITICAL;
}

static bool refuse_path(struct judgement *judgement) {
    int error = X509_STORE_CTX_get_error(judgement->store);
    int depth = X509_STORE_CTX_get_error_depth(judgement->store);
    enum reason reason = verifyerror_reason(error);
    const char *detail = X509_verify_cert_error_string(error);
    const X509 *failed = X509_STORE_CTX_get_current_cert(judgement->store);
    if (reason == REASON_CERT_UNKNOWN_ISSUER && failed &&
        trust_has_name(judgement->trust, X509_get_issuer_name(failed))) {
        reason = REASON_CERT_BAD_SIGNATURE;
        detail = "the trust has an anchor of the issuer's name, but with another key";
    }
    refuse(judgement, reason, depth, detail);
    if (depth > 0 && failed)
        cert_summarize(failed, &judgement->verdict->failed);
    return false;
}

static bool check_path(struct judgement *judgement) {
    STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(judgement->store);
    for (int i = 0; i < sk_X509_num(path); i++) {
        X509 *certificate = sk_X509_value(path, i);
        const char *fault = keyrule_fault(certificate, judgement->settings->rsa_bits_min);
        if (!fault)
            continue;
        refuse(judgement, REASON_CERT_WEAK_KEY, i, fault);
        if (i > 0)
            cert_summarize(certificate, &judgement->verdict->failed);
        return false;
    }
    return check_leaf_usage(judgement, sk_X509_value(path, 0));
}

/* libcrypto is content with keyAgreement, which no cipher of ours can use. Absent key usage allows everything (it is
 * all ones then). */
static bool check_leaf_usage(struct judgement *judgement, X509 *leaf) {
    return (X509_get_key_usage(leaf) & KU_DIGITAL_SIGNATURE) ||
        refuse(judgement, REASON_CERT_WRONG_USAGE, 0, "key usage lacks digitalSignature");
}

static struct verified_peer *make_peer(struct judgement *judgement) {
    STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(judgement->store);
    struct peer_summary summary;
    struct slice der[PEER_PATH_MAX];
    uint8_t *encoded[PEER_PATH_MAX] = {NULL};
    cert_summarize(judgement->parsed[0], &summary);
    size_t count = encode_path(path, der, encoded);
    struct verified_peer *peer = NULL;
    if (count) {
        uint8_t fingerprint[CERT_FINGERPRINT_BYTES];
        cert_fingerprint(der[0], fingerprint);
        peer = peer_new(&summary, fingerprint, path_expires(path), der, count);
    }
    for (size_t i = 0; i < PEER_PATH_MAX; i++)
        OPENSSL_free(encoded[i]);
    return peer;
}

/* The path without its anchor, unless the leaf itself is one; 0 when memory is short. */
static size_t encode_path(STACK_OF(X509) *path, struct slice *to, uint8_t **encoded) {
    int len = sk_X509_num(path) > 1 ? sk_X509_num(path) - 1 : 1;
    bug_on(len > PEER_PATH_MAX);
    for (int i = 0; i < len; i++) {
        int bytes = i2d_X509(sk_X509_value(path, i), &encoded[i]);
        if (bytes <= 0)
            return 0;
        to[i] = slice_of(encoded[i], (size_t)bytes);
    }
    return (size_t)len;
}

static int64_t path_expires(STACK_OF(X509) *path) {
    int64_t earliest = INT64_MAX;
    for (int i = 0; i < sk_X509_num(path); i++) {
        int64_t not_before;
        int64_t not_after;
        if (!cert_dates(sk_X509_value(path, i), &not_before, &not_after))
            return 0;
        earliest = not_after < earliest ? not_after : earliest;
    }
    return earliest + 1;
}

/* Always false, so that a check can end with it. */
static bool refuse(struct judgement *judgement, enum reason reason, int depth, const char *detail) {
    judgement->verdict->reason = reason;
    judgement->verdict->depth = depth;
    judgement->verdict->detail = detail;
    if (judgement->parsed[0])
        cert_summarize(judgement->parsed[0], &judgement->verdict->presented);
    else if (judgement->count && judgement->chain[0].len <= VERIFY_CERT_BYTES_MAX)
        cert_summarize_der(judgement->chain[0], &judgement->verdict->presented);
    return false;
}
