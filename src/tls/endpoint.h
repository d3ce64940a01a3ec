/* What one TLS host speaks: certificates, versions, ciphers, client authentication, tickets. Immutable, counted;
 * made once per host of a snapshot. */
#ifndef SALLYPORT_TLS_ENDPOINT_H
#define SALLYPORT_TLS_ENDPOINT_H

#include "base/error.h"
#include "base/slice.h"
#include "pki/chaincache.h"
#include "pki/trust.h"
#include "tls/credential.h"
#include "tls/handshake.h"
#include "tls/tickets.h"

#include <stdint.h>

struct tls_endpoint;

/* off: no certificate is asked for. request: asked for; none is fine, and any is taken without a look at its chain.
 * optional: none is fine, a bad one is refused. required: none is refused too. any_with_proof: one has to be there, and
 * any is taken without a look at its chain. report_only: judged as by required, and nobody is refused. Whoever presents
 * a certificate has to prove that it has the key, always. */
enum tls_client_auth {
    TLS_CLIENT_AUTH_OFF,
    TLS_CLIENT_AUTH_REQUEST,
    TLS_CLIENT_AUTH_OPTIONAL,
    TLS_CLIENT_AUTH_REQUIRED,
    TLS_CLIENT_AUTH_ANY_WITH_PROOF,
    TLS_CLIENT_AUTH_REPORT_ONLY
};

/* True when a presented chain is judged: then there has to be a trust. */
static inline bool tls_endpoint_judges(enum tls_client_auth mode) {
    return mode == TLS_CLIENT_AUTH_OPTIONAL || mode == TLS_CLIENT_AUTH_REQUIRED || mode == TLS_CLIENT_AUTH_REPORT_ONLY;
}

/* True when a client without a certificate is refused. */
static inline bool tls_endpoint_requires(enum tls_client_auth mode) {
    return mode == TLS_CLIENT_AUTH_REQUIRED || mode == TLS_CLIENT_AUTH_ANY_WITH_PROOF;
}

enum tls_version { TLS_VERSION_12, TLS_VERSION_13 };

/* Everything borrowed during tls_endpoint_new only, but trust (a reference is taken), cache and tickets (which must
 * outlive the endpoint). Empty cipher, suite and group texts take the safe defaults. alpn: names in order of
 * preference. refuses_later: a client whose certificate is refused is let through the handshake all the same; its
 * owner refuses each of its requests, or only keeps the record. context: what a session is bound to (host, client
 * authentication, trust, policy): a ticket of another context is not taken. */
struct tls_endpoint_settings {
    const struct tls_certificate *certificates;
    size_t certificate_count;
    enum tls_version min_version;
    enum tls_version max_version;
    const char *ciphers;
    const char *ciphersuites;
    const char *groups;
    const struct slice *alpn;
    size_t alpn_count;
    enum tls_client_auth client_auth;
    bool refuses_later;
    struct trust *trust;
    struct verify_settings verify;
    bool advertise_ca_names;
    bool tickets_enabled;
    uint8_t context[32];
    struct error_place place;
    struct chaincache *cache;
    struct tls_tickets *tickets;
};

/* Makes the endpoint of a host in front. NULL and errors with their places for: a chain or key that does not parse,
 * a key that does not match, two certificates of one key type, unknown ciphers or groups, client authentication
 * without trust. An expired own certificate is not an error; see tls_endpoint_expires. */
[[nodiscard]] struct tls_endpoint *tls_endpoint_new(const struct tls_endpoint_settings *settings,
                                                    struct error_list *errors);

/* One more owner; one less, who gives up its pointer. The last one frees. */
struct tls_endpoint *tls_endpoint_ref(struct tls_endpoint *endpoint);
void tls_endpoint_unref(struct tls_endpoint **endpoint);

/* The earliest notAfter of the endpoint's own certificates, seconds since 1970. */
int64_t tls_endpoint_expires(const struct tls_endpoint *endpoint);

/* For tls/tlsstream: the library's context, and what the host asks of its clients. Borrowed. */
struct ssl_ctx_st *tls_endpoint_library(const struct tls_endpoint *endpoint);
const struct handshake_rules *tls_endpoint_rules(const struct tls_endpoint *endpoint);

#endif
