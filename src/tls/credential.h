/* A host's own certificate: chain and private key out of PEM, checked to belong together. */
#ifndef SALLYPORT_TLS_CREDENTIAL_H
#define SALLYPORT_TLS_CREDENTIAL_H

#include "base/error.h"
#include "base/slice.h"

#include <stdint.h>

struct ssl_ctx_st;

/* A certificate with its chain (PEM, the leaf first) and its private key (PEM, not encrypted), and the places that
 * named them. Keys in the chain's file and certificates in the key's are skipped, so that one file may serve as
 * both. staple: an OCSP response to show with it until staple_until (seconds since 1970, inclusive), or empty. */
struct tls_certificate {
    struct slice chain_pem;
    struct slice key_pem;
    const char *chain_path;
    const char *key_path;
    struct error_place chain_place;
    struct error_place key_place;
    struct slice staple;
    int64_t staple_until;
};

/* Gives the context the certificate. *expires is set to the leaf's notAfter, seconds since 1970. False and an error
 * with its place when something does not parse or the key does not match, or when the context has a certificate of
 * this key type already. */
[[nodiscard]] bool credential_use(struct ssl_ctx_st *context, const struct tls_certificate *certificate,
                                  int64_t *expires, struct error_list *errors);

#endif
