#include "pki/revsigners.h"

#include "base/bug.h"
#include "pki/crlsign.h"

#include <openssl/err.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>

struct signer {
    X509 *certificate;
    struct revsigners_row row;
};

struct revsigners {
    const struct trust *trust;
    STACK_OF(X509) *intermediates;
    struct signer *items;
    size_t count;
    size_t room;
};

static bool add_anchors(struct revsigners *signers);
static bool chain_up(struct revsigners *signers, X509 *certificate);
static bool prepare(X509_STORE_CTX *context, const struct revsigners *signers, X509 *certificate);
static int on_error(int is_good, X509_STORE_CTX *context);
static bool append(struct revsigners *signers, X509 *certificate, X509 *issuer, const X509 *anchor);
static void group(struct revsigners *signers);
static bool is_together(const struct signer *a, const struct signer *b);
static void unite(struct revsigners *signers, unsigned from, unsigned to);

struct revsigners *revsigners_new(const struct trust *trust) {
    struct revsigners *signers = calloc(1, sizeof *signers);
    if (!signers)
        return NULL;
    signers->trust = trust;
    signers->intermediates = sk_X509_new_null();
    signers->room = REVSIGNERS_MAX;
    signers->items = calloc(signers->room, sizeof *signers->items);
    if (!signers->intermediates || !signers->items)
        revsigners_free(&signers);
    return signers;
}

void revsigners_free(struct revsigners **signers) {
    struct revsigners *old = *signers;
    *signers = NULL;
    if (!old)
        return;
    for (size_t i = 0; i < old->count; i++)
        X509_free(old->items[i].certificate);
    sk_X509_pop_free(old->intermediates, X509_free);
    free(old->items);
    free(old);
}

bool revsigners_add(struct revsigners *signers, struct slice der) {
    X509 *certificate = cert_parse(der);
    size_t count = (size_t)sk_X509_num(signers->intermediates) + trust_count(signers->trust);
    if (certificate && count < REVSIGNERS_MAX && sk_X509_push(signers->intermediates, certificate))
        return true;
    X509_free(certificate);
    return false;
}

bool revsigners_settle(struct revsigners *signers) {
    bool has_memory = add_anchors(signers);
    for (int i = 0; has_memory && i < sk_X509_num(signers->intermediates); i++)
        has_memory = chain_up(signers, sk_X509_value(signers->intermediates, i));
    group(signers);
    ERR_clear_error();
    return has_memory;
}

size_t revsigners_count(const struct revsigners *signers) {
    return signers->count;
}

const struct revsigners_row *revsigners_at(const struct revsigners *signers, size_t index) {
    bug_on(index >= signers->count);
    return &signers->items[index].row;
}

const X509 *revsigners_certificate(const struct revsigners *signers, size_t index) {
    bug_on(index >= signers->count);
    return signers->items[index].certificate;
}

bool revsigners_share_anchor(const struct revsigners_row *a, const struct revsigners_row *b) {
    return memcmp(a->anchor, b->anchor, sizeof a->anchor) == 0;
}

const char *revsigners_judge(const struct revsigners *signers, const struct crl *crl,
                             const struct revsigners_row **found) {
    const char *fault = "no certificate of its issuer is known; add it to \"issuers\"";
    for (size_t i = 0; i < signers->count; i++) {
        struct signer *signer = &signers->items[i];
        if (!crlsign_is_name(crl, signer->certificate))
            continue;
        *found = &signer->row;
        fault = crlsign_check(crl, signer->certificate);
        if (!fault)
            return NULL;
    }
    return fault;
}

static bool add_anchors(struct revsigners *signers) {
    STACK_OF(X509_OBJECT) *objects = X509_STORE_get0_objects(trust_store(signers->trust));
    for (int i = 0; i < sk_X509_OBJECT_num(objects); i++) {
        X509 *anchor = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(objects, i));
        if (anchor && !append(signers, anchor, NULL, anchor))
            return false;
    }
    return true;
}

/* Who does not chain to the trust is left out; false is for memory only. */
static bool chain_up(struct revsigners *signers, X509 *certificate) {
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    bool has_memory = context && prepare(context, signers, certificate);
    if (has_memory && X509_verify_cert(context) == 1) {
        STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(context);
        int last = sk_X509_num(path) - 1;
        X509 *issuer = last > 0 ? sk_X509_value(path, 1) : NULL;
        has_memory = append(signers, certificate, issuer, sk_X509_value(path, last));
    }
    X509_STORE_CTX_free(context);
    return has_memory;
}

static bool prepare(X509_STORE_CTX *context, const struct revsigners *signers, X509 *certificate) {
    if (!X509_STORE_CTX_init(context, trust_store(signers->trust), certificate, signers->intermediates))
        return false;
    X509_VERIFY_PARAM *rules = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_auth_level(rules, 2);
    X509_STORE_CTX_set_verify_cb(context, on_error);
    return X509_VERIFY_PARAM_set_flags(rules,
                                       X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST |
                                           X509_V_FLAG_NO_CHECK_TIME);
}

/* A CA's certificate for its own next key is at the end here, but in the middle of the paths that matter, where name
 * constraints do not bind its own name (RFC 5280 section 6.1.3). */
static int on_error(int is_good, X509_STORE_CTX *context) {
    int error = X509_STORE_CTX_get_error(context);
    const X509 *certificate = X509_STORE_CTX_get_current_cert(context);
    bool is_of_name = error == X509_V_ERR_PERMITTED_VIOLATION || error == X509_V_ERR_EXCLUDED_VIOLATION;
    if (is_good || !is_of_name || !certificate ||
        X509_NAME_cmp(X509_get_subject_name(certificate), X509_get_issuer_name(certificate)) != 0)
        return is_good;
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

/* issuer NULL: it is an anchor itself. */
static int on_error(int is_good, X509_STORE_CTX *context);
static bool append(struct revsigners *signers, X509 *certificate, X509 *issuer, const X509 *anchor) {
    struct signer *signer = &signers->items[signers->count];
    unsigned len = 0;
    bug_on(signers->count == signers->room);
    signer->row.is_anchor = !issuer;
    if (!X509_digest(anchor, EVP_sha256(), signer->row.anchor, &len) ||
        !revkey_authority(certificate, signer->row.key) ||
        (issuer && !revkey_make(certificate, issuer, &signer->row.own)) || !X509_up_ref(certificate))
        return false;
    signer->certificate = certificate;
    signers->count++;
    return true;
}

static void group(struct revsigners *signers) {
    for (size_t i = 0; i < signers->count; i++)
        signers->items[i].row.authority = (unsigned)i;
    for (size_t i = 1; i < signers->count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (is_together(&signers->items[i], &signers->items[k]))
                unite(signers, signers->items[i].row.authority, signers->items[k].row.authority);
        }
    }
}

static bool is_together(const struct signer *a, const struct signer *b) {
    if (memcmp(a->row.key, b->row.key, sizeof a->row.key) == 0)
        return true;
    return revsigners_share_anchor(&a->row, &b->row) &&
        X509_NAME_cmp(X509_get_subject_name(a->certificate), X509_get_subject_name(b->certificate)) == 0;
}

static void unite(struct revsigners *signers, unsigned from, unsigned to) {
    for (size_t i = 0; from != to && i < signers->count; i++) {
        if (signers->items[i].row.authority == from)
            signers->items[i].row.authority = to;
    }
}
