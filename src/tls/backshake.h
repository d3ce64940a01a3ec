/* What happens inside of a handshake with a server: the session that is offered, the verdict on the server's
 * certificate and its OCSP response, the session that is kept. The library calls back here. */
#ifndef SALLYPORT_TLS_BACKSHAKE_H
#define SALLYPORT_TLS_BACKSHAKE_H

#include "pki/chaincache.h"
#include "tls/sessions.h"

struct ssl_st;
struct ssl_ctx_st;

/* Whether the server has to show an OCSP response (RFC 6066 section 8). off: it is not asked for one. if_present: one
 * that comes has to be good, and one has to come where the certificate promises it (RFC 7633). */
enum backshake_staple { BACKSHAKE_STAPLE_OFF, BACKSHAKE_STAPLE_IF_PRESENT, BACKSHAKE_STAPLE_REQUIRED };

/* What is asked of servers. judges_chain: the certificate is judged under `trust`; without it anybody may be the
 * server. sessions: where those to be resumed are kept, or NULL. */
struct backshake_rules {
    bool judges_chain;
    enum backshake_staple staple;
    struct trust *trust;
    struct verify_settings verify;
    struct chaincache *cache;
    struct sessions *sessions;
};

/* The server that is dialled. address: names it among those that sessions are kept with. sni: the name that is sent,
 * or empty. name: the DNS name or IP address that its certificate has to be for, or empty; spiffe_id: likewise. */
struct backshake_server {
    struct slice address;
    struct slice sni;
    struct slice name;
    struct slice spiffe_id;
};

/* The state of one. hook: who has the last word on a chain that is good. now: seconds since 1970, set before each step.
 * key: what sessions are kept under. until: how long those of this connection may be used. */
struct backshake {
    const struct backshake_rules *rules;
    const struct backshake_server *server;
    struct slice key;
    struct verify_judge hook;
    int64_t now;
    int64_t until;
    struct verified_peer *peer;
    struct verify_verdict *verdict;
    uint8_t alert_sent;
    uint8_t alert_received;
};

/* Sets the callbacks of a context. Each connection of it needs backshake_begin. */
void backshake_install(struct ssl_ctx_st *context, const struct backshake_rules *rules);

/* Begins: says the server's name, and offers a session with it whose chain is still good at `now`. `rules` outlive the
 * connection, `server` and the hook's owner the handshake. False when memory is short; after either:
 * backshake_fini. */
[[nodiscard]] bool backshake_begin(struct backshake *backshake, struct ssl_st *ssl, const struct backshake_rules *rules,
                                   const struct backshake_server *server, struct verify_judge hook, int64_t now);

/* After the library's success: false when the handshake is no good all the same, as TLS 1.2 without the extended master
 * secret (RFC 7627). Lets go of what only the handshake needed. */
[[nodiscard]] bool backshake_finish(struct backshake *backshake, struct ssl_st *ssl);

/* Frees what it holds. */
void backshake_fini(struct backshake *backshake);

#endif
