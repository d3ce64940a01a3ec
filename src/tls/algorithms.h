/* Ciphers, suites and groups as an operator names them, given to the library; each name is checked, which the library
 * does not do. */
#ifndef SALLYPORT_TLS_ALGORITHMS_H
#define SALLYPORT_TLS_ALGORITHMS_H

#include "base/error.h"

struct ssl_ctx_st;

/* Names in order of preference, separated by ':'; NULL or empty takes the safe default. ciphers: for TLS 1.2, in
 * OpenSSL's language of cipher strings. suites: for TLS 1.3. */
struct algorithms {
    const char *ciphers;
    const char *suites;
    const char *groups;
};

/* Sets them; false and an error at `place` for the first name that is unknown. */
[[nodiscard]] bool algorithms_use(struct ssl_ctx_st *context, const struct algorithms *algorithms,
                                  struct error_place place, struct error_list *errors);

#endif
