/* There is no setter for this. But a session can be written out, and reading it back into the same object sets every
 * field, the certificate to none if it is not there: it is cut out of the encoding (a SEQUENCE of tagged elements)
 * in between. */
#include "tls/baresession.h"

#include "base/slice.h"

#include <openssl/asn1.h>
#include <openssl/ssl.h>

/* The certificate's element: [3] EXPLICIT. */
enum { PEER_TAG = 3, SEQUENCE_HEAD_MAX = 16 };

static bool reload_without_peer(SSL_SESSION *session);
static bool find_peer(struct slice encoded, struct slice *before, struct slice *after);
static bool reload(SSL_SESSION *session, struct slice before, struct slice after);
static void drop_chain(STACK_OF(X509) *chain);

bool baresession_strip(SSL *ssl) {
    if (!SSL_get0_peer_certificate(ssl))
        return true;
    drop_chain(SSL_get_peer_cert_chain(ssl));
    return reload_without_peer(SSL_get_session(ssl));
}

static bool reload_without_peer(SSL_SESSION *session) {
    struct slice before;
    struct slice after;
    uint8_t *encoded = NULL;
    int len = i2d_SSL_SESSION(session, NULL);
    uint8_t *at = encoded = len > 0 ? OPENSSL_malloc((size_t)len) : NULL;
    bool is_good = encoded && i2d_SSL_SESSION(session, &at) == len &&
        find_peer(slice_of(encoded, (size_t)len), &before, &after) && reload(session, before, after);
    OPENSSL_clear_free(encoded, len > 0 ? (size_t)len : 0); /* the secret is in it */
    return is_good;
}

/* What lies before and behind the certificate inside of the sequence. */
static bool find_peer(struct slice encoded, struct slice *before, struct slice *after) {
    const uint8_t *at = encoded.data;
    const uint8_t *end = encoded.data + encoded.len;
    long len;
    int tag;
    int class;
    if (ASN1_get_object(&at, &len, &tag, &class, (long)encoded.len) & 0x80)
        return false;
    const uint8_t *first = at;
    while (at < end) {
        const uint8_t *element = at;
        if (ASN1_get_object(&at, &len, &tag, &class, end - at) & 0x80)
            return false;
        at += len;
        if (class == V_ASN1_CONTEXT_SPECIFIC && tag == PEER_TAG) {
            *before = slice_of(first, (size_t)(element - first));
            *after = slice_of(at, (size_t)(end - at));
            return true;
        }
    }
    return false;
}

static bool reload(SSL_SESSION *session, struct slice before, struct slice after) {
    size_t len = before.len + after.len;
    uint8_t *bare = OPENSSL_malloc(SEQUENCE_HEAD_MAX + len);
    if (!bare)
        return false;
    uint8_t *at = bare;
    ASN1_put_object(&at, 1, (int)len, V_ASN1_SEQUENCE, V_ASN1_UNIVERSAL);
    memcpy(at, before.data, before.len);
    memcpy(at + before.len, after.data, after.len);
    const uint8_t *from = bare;
    bool is_good = d2i_SSL_SESSION(&session, &from, (long)(at - bare) + (long)len);
    OPENSSL_clear_free(bare, SEQUENCE_HEAD_MAX + len);
    return is_good;
}

/* libssl lends its own list; what we take out of it is ours to free. */
static void drop_chain(STACK_OF(X509) *chain) {
    while (sk_X509_num(chain) > 0)
        X509_free(sk_X509_pop(chain));
}
