/* The OCSP answers that a host shows with its certificates, in TLS 1.2 and 1.3, to clients that ask for them. */
#ifndef SALLYPORT_TLS_STAPLES_H
#define SALLYPORT_TLS_STAPLES_H

#include "base/slice.h"

#include <stdbool.h>
#include <stdint.h>

struct ssl_ctx_st;
struct x509_st;

/* A host has one certificate for each type of key. */
enum { STAPLES_MAX = 8 };

/* One: certificate is the context's; response is a copy. until: the last second at which it is shown. */
struct staple {
    const struct x509_st *certificate;
    struct slice response;
    int64_t until;
};

/* Those of a host. */
struct staples {
    struct staple items[STAPLES_MAX];
    size_t count;
};

/* Adds an answer (copied) about the certificate that the context was given last. False when there are too many, or
 * memory is short. */
[[nodiscard]] bool staples_add(struct staples *staples, struct ssl_ctx_st *context, struct slice response,
                               int64_t until);

/* Lets the context show them; they have to outlive it. */
void staples_install(struct staples *staples, struct ssl_ctx_st *context);

/* Frees the copies. */
void staples_fini(struct staples *staples);

#endif
