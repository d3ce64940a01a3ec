#include "tls/staples.h"

#include "tls/handshake.h"

#include <openssl/ssl.h>
#include <stdlib.h>

static int on_status(SSL *ssl, void *owner);
static const struct staple *find(const struct staples *staples, const X509 *certificate);

bool staples_add(struct staples *staples, SSL_CTX *context, struct slice response, int64_t until) {
    uint8_t *copy = staples->count < STAPLES_MAX ? malloc(response.len) : NULL;
    if (!copy)
        return false;
    memcpy(copy, response.data, response.len);
    staples->items[staples->count++] =
        (struct staple){SSL_CTX_get0_certificate(context), slice_of(copy, response.len), until};
    return true;
}

void staples_install(struct staples *staples, SSL_CTX *context) {
    if (staples->count == 0)
        return;
    SSL_CTX_set_tlsext_status_cb(context, on_status);
    SSL_CTX_set_tlsext_status_arg(context, staples);
}

void staples_fini(struct staples *staples) {
    while (staples->count)
        free((void *)staples->items[--staples->count].response.data);
}

/* The client asked, and the certificate is chosen. One that is too old is not shown: no answer is better. */
static int on_status(SSL *ssl, void *owner) {
    const struct staple *staple = find(owner, SSL_get_certificate(ssl));
    if (!staple || handshake_now(ssl) > staple->until)
        return SSL_TLSEXT_ERR_NOACK;
    void *copy = OPENSSL_memdup(staple->response.data, staple->response.len);
    if (!copy)
        return SSL_TLSEXT_ERR_NOACK;
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)staple->response.len); /* libssl frees it */
    return SSL_TLSEXT_ERR_OK;
}

static const struct staple *find(const struct staples *staples, const X509 *certificate) {
    for (size_t i = 0; i < staples->count; i++) {
        if (staples->items[i].certificate == certificate)
            return &staples->items[i];
    }
    return NULL;
}
