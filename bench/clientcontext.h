/* The client's TLS contexts: one per client certificate, made once, so that a connection costs the load tool little. */
#ifndef SALLYPORT_BENCH_CLIENTCONTEXT_H
#define SALLYPORT_BENCH_CLIENTCONTEXT_H

#include "options.h"

#include <openssl/ssl.h>

struct client_contexts {
    SSL_CTX **list;
    size_t count;
};

/* Makes a context for each certificate of `options` (one without a certificate when there is none). Says what is
 * wrong on stderr and returns false when a file cannot be used. */
bool clientcontext_init(struct client_contexts *contexts, const struct options *options);

/* Frees the contexts. */
void clientcontext_fini(struct client_contexts *contexts);

/* Where the newest ticket of a connection goes: the slot is handed to SSL_set_app_data; whoever owns the slot frees
 * the session. */
struct client_ticket {
    SSL_SESSION *session;
};

#endif
