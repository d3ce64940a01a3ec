#include "pki/ocspsubject.h"

#include "base/bug.h"
#include "pki/cert.h"

#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

static X509 *find_issuer(const struct verified_peer *peer, size_t depth, const X509 *certificate,
                         const struct trust *trust);
static X509 *find_anchor(const struct trust *trust, const X509 *certificate, const uint8_t *authority);
static OCSP_REQUEST *make_request(const struct ocspsubject *subject, enum ocspsubject_hash hash, struct slice nonce);

bool ocspsubject_init(struct ocspsubject *subject, X509 *certificate, X509 *issuer) {
    *subject = (struct ocspsubject){.certificate = certificate, .issuer = issuer};
    bug_on(!X509_up_ref(certificate) || !X509_up_ref(issuer));
    return ocspid_make(certificate, issuer, &subject->id);
}

bool ocspsubject_of_peer(struct ocspsubject *subject, const struct verified_peer *peer, size_t depth,
                         const struct trust *trust) {
    *subject = (struct ocspsubject){.certificate = NULL};
    if (depth >= verified_peer_key_count(peer))
        return false;
    X509 *certificate = cert_parse(verified_peer_path(peer, depth));
    X509 *issuer = certificate ? find_issuer(peer, depth, certificate, trust) : NULL;
    bool is_good = issuer && ocspsubject_init(subject, certificate, issuer);
    X509_free(certificate);
    X509_free(issuer);
    return is_good;
}

void ocspsubject_fini(struct ocspsubject *subject) {
    X509_free(subject->certificate);
    X509_free(subject->issuer);
    *subject = (struct ocspsubject){.certificate = NULL};
}

bool ocspsubject_ask(const struct ocspsubject *subject, enum ocspsubject_hash hash, struct slice nonce,
                     struct buf *to) {
    uint8_t *der = NULL;
    OCSP_REQUEST *request = make_request(subject, hash, nonce);
    int len = request ? i2d_OCSP_REQUEST(request, &der) : 0;
    bool is_good = len > 0 && buf_append(to, slice_of(der, (size_t)len));
    OPENSSL_free(der);
    OCSP_REQUEST_free(request);
    ERR_clear_error();
    return is_good;
}

/* libcrypto leaves out what is no text without zeros. */
size_t ocspsubject_urls(const struct ocspsubject *subject, struct buf *to) {
    STACK_OF(OPENSSL_STRING) *urls = X509_get1_ocsp(subject->certificate);
    size_t count = 0;
    for (int i = 0; i < sk_OPENSSL_STRING_num(urls) && count < OCSPSUBJECT_URLS_MAX; i++) {
        const char *url = sk_OPENSSL_STRING_value(urls, i);
        if (buf_append(to, slice_of(url, strlen(url) + 1)))
            count++;
    }
    X509_email_free(urls);
    ERR_clear_error();
    return count;
}

/* A new reference, or NULL. */
static X509 *find_issuer(const struct verified_peer *peer, size_t depth, const X509 *certificate,
                         const struct trust *trust) {
    if (depth + 1 < verified_peer_path_len(peer))
        return cert_parse(verified_peer_path(peer, depth + 1));
    X509 *anchor = find_anchor(trust, certificate, verified_peer_key(peer, depth)->issuer);
    return anchor && X509_up_ref(anchor) ? anchor : NULL;
}

/* Several anchors may bear one name: the peer knows which of them it was. */
static X509 *find_anchor(const struct trust *trust, const X509 *certificate, const uint8_t *authority) {
    X509 *const *found;
    uint8_t own[REVKEY_ISSUER_BYTES];
    size_t count = trust_find(trust, X509_get_issuer_name(certificate), &found);
    for (size_t i = 0; i < count; i++) {
        if (revkey_authority(found[i], own) && memcmp(own, authority, sizeof own) == 0)
            return found[i];
    }
    return NULL;
}

static OCSP_REQUEST *make_request(const struct ocspsubject *subject, enum ocspsubject_hash hash, struct slice nonce) {
    const EVP_MD *digest = hash == OCSPSUBJECT_SHA256 ? EVP_sha256() : EVP_sha1();
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    OCSP_CERTID *id = request ? OCSP_cert_to_id(digest, subject->certificate, subject->issuer) : NULL;
    if (!id || !OCSP_request_add0_id(request, id))
        OCSP_CERTID_free(id);
    else if (!nonce.len || OCSP_request_add1_nonce(request, (unsigned char *)nonce.data, (int)nonce.len))
        return request;
    OCSP_REQUEST_free(request);
    return NULL;
}
