/* Anchors are read once into an X509_STORE; everything that could make the store weaker than the operator meant is
 * an error. */
#include "pki/trust.h"

#include "base/bug.h"
#include "pki/cert.h"
#include "pki/name.h"
#include "pki/pem.h"

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

struct anchor {
    uint8_t fingerprint[CERT_FINGERPRINT_BYTES];
    X509 *certificate;
    uint8_t *subject;
    size_t subject_len;
};

/* An anchor is in the bundle of a trust domain. */
struct membership {
    uint8_t fingerprint[CERT_FINGERPRINT_BYTES];
    char *domain;
};

/* `anchors` are sorted by fingerprint and without duplicates; `by_subject` has the same certificates sorted by name.
 * `memberships` are sorted by fingerprint, then by domain. */
struct trust {
    unsigned references;
    X509_STORE *store;
    struct anchor *anchors;
    X509 **by_subject;
    size_t count;
    struct membership *memberships;
    size_t membership_count;
    uint8_t digest[TRUST_DIGEST_BYTES];
};

/* What loading carries along. */
struct loading {
    struct trust *trust;
    const struct trust_source *source;
    int64_t now;
    struct error_list *errors;
};

static bool load_source(struct loading *loading);
static bool is_der(struct slice bytes);
static bool load_block(struct loading *loading, const struct pem_block *block);
static bool load_der(struct loading *loading, struct slice der, unsigned line);
static bool check_anchor(struct loading *loading, const X509 *certificate, unsigned line);
static bool add_anchor(struct loading *loading, X509 *certificate, struct slice der);
static bool add_membership(struct loading *loading, const uint8_t *fingerprint);
static bool complain(const struct loading *loading, unsigned line, const char *sentence);
static bool finish(struct trust *trust);
static bool hash_memberships(struct trust *trust, EVP_MD_CTX *hash);
static int compare_memberships(const void *a, const void *b);
static bool sort_by_subject(struct trust *trust);
static void drop_duplicates(struct trust *trust);
static int compare_anchors(const void *a, const void *b);
static int compare_subjects(const void *a, const void *b);
static void anchor_fini(struct anchor *anchor);

struct trust *trust_new(const struct trust_source *sources, size_t count, int64_t now, struct error_list *errors) {
    struct trust *trust = calloc(1, sizeof *trust);
    if (!trust)
        return error_add(errors, (struct error_place){0}, "There is no memory for a trust store."), NULL;
    trust->references = 1;
    bool is_good = true;
    for (size_t i = 0; i < count; i++) {
        struct loading loading = {.trust = trust, .source = &sources[i], .now = now, .errors = errors};
        is_good = load_source(&loading) && is_good;
    }
    if (is_good && trust->count && finish(trust))
        return trust;
    if (is_good)
        error_add(errors, count ? sources[0].place : (struct error_place){0},
                  "The trust store has no certificate in it.");
    trust_unref(&trust);
    return NULL;
}

struct trust *trust_ref(struct trust *trust) {
    trust->references++;
    return trust;
}

void trust_unref(struct trust **trust) {
    struct trust *old = *trust;
    *trust = NULL;
    if (!old || --old->references)
        return;
    for (size_t i = 0; i < old->count; i++)
        anchor_fini(&old->anchors[i]);
    for (size_t i = 0; i < old->membership_count; i++)
        free(old->memberships[i].domain);
    free(old->memberships);
    free(old->anchors);
    free(old->by_subject);
    X509_STORE_free(old->store);
    free(old);
}

const uint8_t *trust_digest(const struct trust *trust) {
    return trust->digest;
}

size_t trust_count(const struct trust *trust) {
    return trust->count;
}

struct slice trust_subject(const struct trust *trust, size_t index) {
    bug_on(index >= trust->count);
    return slice_of(trust->anchors[index].subject, trust->anchors[index].subject_len);
}

size_t trust_find(const struct trust *trust, const X509_NAME *subject, X509 *const **found) {
    size_t low = 0;
    for (size_t high = trust->count; low < high;) {
        size_t middle = low + (high - low) / 2;
        if (X509_NAME_cmp(X509_get_subject_name(trust->by_subject[middle]), subject) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    size_t end = low;
    while (end < trust->count && X509_NAME_cmp(X509_get_subject_name(trust->by_subject[end]), subject) == 0)
        end++;
    *found = trust->by_subject + low;
    return end - low;
}

bool trust_has(const struct trust *trust, const X509 *certificate) {
    X509 *const *found;
    size_t count = trust_find(trust, X509_get_subject_name(certificate), &found);
    for (size_t i = 0; i < count; i++) {
        if (X509_cmp(found[i], certificate) == 0)
            return true;
    }
    return false;
}

bool trust_has_domains(const struct trust *trust) {
    return trust->membership_count > 0;
}

bool trust_has_domain(const struct trust *trust, struct slice domain) {
    for (size_t i = 0; i < trust->membership_count; i++) {
        if (slice_equal(slice_text(trust->memberships[i].domain), domain))
            return true;
    }
    return false;
}

bool trust_speaks_for(const struct trust *trust, const X509 *anchor, struct slice domain) {
    uint8_t fingerprint[EVP_MAX_MD_SIZE];
    unsigned len;
    if (!X509_digest(anchor, EVP_sha256(), fingerprint, &len))
        return false;
    for (size_t i = 0; i < trust->membership_count; i++) {
        const struct membership *membership = &trust->memberships[i];
        if (memcmp(membership->fingerprint, fingerprint, CERT_FINGERPRINT_BYTES) == 0 &&
            slice_equal(slice_text(membership->domain), domain))
            return true;
    }
    return false;
}

X509_STORE *trust_store(const struct trust *trust) {
    return trust->store;
}

static bool load_source(struct loading *loading) {
    struct pem_reader reader;
    struct pem_block block;
    enum pem_status status;
    bool is_good = true;
    size_t blocks = 0;
    if (is_der(loading->source->pem))
        return load_der(loading, loading->source->pem, 1);
    pem_init(&reader, loading->source->pem);
    while ((status = pem_next(&reader, &block)) == PEM_FOUND && is_good) {
        is_good = load_block(loading, &block);
        blocks++;
    }
    if (status == PEM_BROKEN)
        return complain(loading, reader.line, reader.fault);
    if (blocks == 0)
        return error_add(loading->errors, loading->source->place, "%s has no certificate in it.",
                         loading->source->path);
    return is_good;
}

static bool load_block(struct loading *loading, const struct pem_block *block) {
    if (!pem_is(block, "CERTIFICATE"))
        return complain(loading, block->line, "this is not a certificate; a trust file holds CA certificates only");
    if (loading->trust->count == TRUST_ANCHORS_MAX)
        return complain(loading, block->line, "there are more than 1000 certificates");
    struct buf der;
    buf_init(&der, PEM_BLOCK_BYTES_MAX);
    bool is_good = pem_decode(block, &der) ? load_der(loading, buf_view(&der), block->line)
                                           : complain(loading, block->line, "the certificate is malformed");
    buf_fini(&der);
    return is_good;
}

/* A SEQUENCE whose length takes two bytes: no text begins so. */
static bool is_der(struct slice bytes) {
    return bytes.len > 2 && bytes.data[0] == 0x30 && bytes.data[1] == 0x82;
}

static bool load_der(struct loading *loading, struct slice der, unsigned line) {
    X509 *certificate = cert_parse(der);
    bool is_good = certificate ? check_anchor(loading, certificate, line) && add_anchor(loading, certificate, der)
                               : complain(loading, line, "the certificate is malformed");
    X509_free(certificate);
    return is_good;
}

static bool check_anchor(struct loading *loading, const X509 *certificate, unsigned line) {
    char subject[PEER_NAME_MAX];
    int64_t not_before;
    int64_t not_after;
    const char *fault = NULL;
    if (X509_check_ca((X509 *)certificate) != 1)
        fault = "is not a CA (basicConstraints CA is missing, or keyUsage lacks keyCertSign)";
    else if (!cert_dates(certificate, &not_before, &not_after))
        fault = "has malformed dates";
    else if (not_after < loading->now)
        fault = "has expired";
    if (!fault)
        return true;
    name_print(X509_get_subject_name(certificate), subject, sizeof subject);
    return error_add(loading->errors, loading->source->place, "%s line %u: the certificate of %s %s.",
                     loading->source->path, line, subject, fault);
}

/* Takes a reference to the certificate. */
static bool add_anchor(struct loading *loading, X509 *certificate, struct slice der) {
    struct trust *trust = loading->trust;
    struct anchor *grown = reallocarray(trust->anchors, trust->count + 1, sizeof *grown);
    if (!grown)
        return complain(loading, 0, "there is no memory");
    trust->anchors = grown;
    struct anchor *anchor = &grown[trust->count];
    *anchor = (struct anchor){0};
    int len = i2d_X509_NAME(X509_get_subject_name(certificate), &anchor->subject);
    if (len < 0 || !X509_up_ref(certificate)) {
        OPENSSL_free(anchor->subject);
        return complain(loading, 0, "there is no memory");
    }
    anchor->subject_len = (size_t)len;
    anchor->certificate = certificate;
    cert_fingerprint(der, anchor->fingerprint);
    trust->count++;
    return !loading->source->domain || add_membership(loading, anchor->fingerprint);
}

static bool add_membership(struct loading *loading, const uint8_t *fingerprint) {
    struct trust *trust = loading->trust;
    struct membership *grown = reallocarray(trust->memberships, trust->membership_count + 1, sizeof *grown);
    if (!grown)
        return complain(loading, 0, "there is no memory");
    trust->memberships = grown;
    struct membership *membership = &grown[trust->membership_count];
    memcpy(membership->fingerprint, fingerprint, sizeof membership->fingerprint);
    membership->domain = strdup(loading->source->domain);
    if (!membership->domain)
        return complain(loading, 0, "there is no memory");
    trust->membership_count++;
    return true;
}

static bool complain(const struct loading *loading, unsigned line, const char *sentence) {
    return error_add(loading->errors, loading->source->place, "%s line %u: %s.", loading->source->path, line, sentence);
}

static bool finish(struct trust *trust) {
    qsort(trust->anchors, trust->count, sizeof *trust->anchors, compare_anchors);
    drop_duplicates(trust);
    if (!sort_by_subject(trust))
        return false;
    trust->store = X509_STORE_new();
    EVP_MD_CTX *hash = EVP_MD_CTX_new();
    bool is_good = trust->store && hash && EVP_DigestInit_ex(hash, EVP_sha256(), NULL);
    for (size_t i = 0; is_good && i < trust->count; i++) {
        is_good = X509_STORE_add_cert(trust->store, trust->anchors[i].certificate) &&
            EVP_DigestUpdate(hash, trust->anchors[i].fingerprint, CERT_FINGERPRINT_BYTES);
    }
    is_good = is_good && hash_memberships(trust, hash) && EVP_DigestFinal_ex(hash, trust->digest, NULL);
    EVP_MD_CTX_free(hash);
    return is_good;
}

/* Without trust domains the digest is of the anchors alone. */
static bool hash_memberships(struct trust *trust, EVP_MD_CTX *hash) {
    bool is_good = true;
    if (trust->membership_count > 1)
        qsort(trust->memberships, trust->membership_count, sizeof *trust->memberships, compare_memberships);
    for (size_t i = 0; is_good && i < trust->membership_count; i++) {
        const struct membership *membership = &trust->memberships[i];
        if (i > 0 && compare_memberships(membership - 1, membership) == 0)
            continue;
        is_good = EVP_DigestUpdate(hash, membership->fingerprint, CERT_FINGERPRINT_BYTES) &&
            EVP_DigestUpdate(hash, membership->domain, strlen(membership->domain) + 1);
    }
    return is_good;
}

static int compare_memberships(const void *a, const void *b) {
    const struct membership *first = a, *second = b;
    int order = memcmp(first->fingerprint, second->fingerprint, CERT_FINGERPRINT_BYTES);
    return order ? order : strcmp(first->domain, second->domain);
}

static bool sort_by_subject(struct trust *trust) {
    trust->by_subject = calloc(trust->count, sizeof *trust->by_subject);
    if (!trust->by_subject)
        return false;
    for (size_t i = 0; i < trust->count; i++)
        trust->by_subject[i] = trust->anchors[i].certificate;
    qsort(trust->by_subject, trust->count, sizeof *trust->by_subject, compare_subjects);
    return true;
}

static void drop_duplicates(struct trust *trust) {
    size_t kept = 1;
    for (size_t i = 1; i < trust->count; i++) {
        if (compare_anchors(&trust->anchors[i], &trust->anchors[kept - 1]) == 0)
            anchor_fini(&trust->anchors[i]);
        else
            trust->anchors[kept++] = trust->anchors[i];
    }
    trust->count = kept;
}

static int compare_anchors(const void *a, const void *b) {
    return memcmp(((const struct anchor *)a)->fingerprint, ((const struct anchor *)b)->fingerprint,
                  CERT_FINGERPRINT_BYTES);
}

static int compare_subjects(const void *a, const void *b) {
    return X509_NAME_cmp(X509_get_subject_name(*(X509 *const *)a), X509_get_subject_name(*(X509 *const *)b));
}

static void anchor_fini(struct anchor *anchor) {
    X509_free(anchor->certificate);
    OPENSSL_free(anchor->subject);
}
