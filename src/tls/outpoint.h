/* How connections to the servers of a backend speak TLS: our own certificate, what is asked of the servers, versions,
 * ciphers, sessions. Immutable but for the sessions it keeps, counted; made once per backend of a snapshot. */
#ifndef SALLYPORT_TLS_OUTPOINT_H
#define SALLYPORT_TLS_OUTPOINT_H

#include "tls/backshake.h"
#include "tls/endpoint.h"

struct tls_outpoint;

/* Everything borrowed during tls_outpoint_new only, but trust (a reference is taken) and cache (which outlives the
 * outpoint). certificate: shown to servers that ask for one, or NULL. Empty cipher, suite and group texts take the safe
 * defaults. alpn: offered, in order of preference; none: the extension is not sent. skips_verify: the server's
 * certificate is not judged, and `trust` is not needed. verify: without the name, which each connection has of its own.
 * resumes: sessions are kept. */
struct tls_outpoint_settings {
    const struct tls_certificate *certificate;
    enum tls_version min_version;
    enum tls_version max_version;
    const char *ciphers;
    const char *ciphersuites;
    const char *groups;
    const struct slice *alpn;
    size_t alpn_count;
    bool skips_verify;
    struct trust *trust;
    struct verify_settings verify;
    enum backshake_staple staple;
    bool resumes;
    struct error_place place;
    struct chaincache *cache;
};

/* Makes the outpoint. NULL and errors with their places for: a certificate or key that does not parse, a key that does
 * not match, unknown ciphers or groups, no trust where certificates are judged. */
[[nodiscard]] struct tls_outpoint *tls_outpoint_new(const struct tls_outpoint_settings *settings,
                                                    struct error_list *errors);

/* One more owner; one less, who gives up its pointer. The last one frees. */
struct tls_outpoint *tls_outpoint_ref(struct tls_outpoint *outpoint);
void tls_outpoint_unref(struct tls_outpoint **outpoint);

/* The notAfter of our own certificate, seconds since 1970; INT64_MAX without one. */
int64_t tls_outpoint_expires(const struct tls_outpoint *outpoint);

/* For tls/tlsstream: the library's context, and what is asked of servers. Borrowed. */
struct ssl_ctx_st *tls_outpoint_library(const struct tls_outpoint *outpoint);
const struct backshake_rules *tls_outpoint_rules(const struct tls_outpoint *outpoint);

#endif
