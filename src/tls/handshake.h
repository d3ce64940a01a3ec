/* What happens inside of one handshake: the verdict on the client's certificate, the ticket that is taken or issued,
 * and what is kept for the record. The library calls back here. */
#ifndef SALLYPORT_TLS_HANDSHAKE_H
#define SALLYPORT_TLS_HANDSHAKE_H

#include "base/buf.h"
#include "pki/chaincache.h"
#include "tls/ticketdata.h"
#include "tls/tickets.h"

struct ssl_st;
struct ssl_ctx_st;

/* What a host asks of its clients. asks: for a certificate. judges_chain: of a presented one, under `trust`; without
 * it, possession of the key is all that counts. refuses_later: who is refused is let through the handshake, with a
 * verdict in the place of a proof. tickets is NULL where none are issued. */
struct handshake_rules {
    bool asks;
    bool judges_chain;
    bool is_required;
    bool refuses_later;
    bool has_tls13;
    struct trust *trust;
    struct verify_settings verify;
    struct chaincache *cache;
    struct tls_tickets *tickets;
    uint8_t context[TICKETDATA_CONTEXT_BYTES];
};

/* What came of a chain: a proof, or the verdict that refused it, or neither as long as there was none. */
struct handshake_outcome {
    struct verified_peer *peer;
    struct verify_verdict *verdict;
};

/* The state of one. hook: who has the last word on a client whose chain is good, in a full handshake and at a
 * resumption; nobody when its judge is NULL. now: seconds since 1970, set before each step. presented: by the
 * certificate message; carried: by the ticket that was looked at last. ticket: what the next ticket is to carry; empty:
 * none is given. is_chain_of_ticket: it is the chain that was presented in this handshake. */
struct handshake {
    const struct handshake_rules *rules;
    struct verify_judge hook;
    int64_t now;
    struct handshake_outcome presented;
    struct handshake_outcome carried;
    struct buf ticket;
    bool is_chain_of_ticket;
    uint8_t alert_sent;
    uint8_t alert_received;
    bool lacks_extended_secret;
};

/* Sets the callbacks of a context. Each connection of it needs handshake_begin. */
void handshake_install(struct ssl_ctx_st *context, const struct handshake_rules *rules);

/* Begins: `rules` must outlive the connection, the hook's owner the handshake. */
void handshake_begin(struct handshake *handshake, struct ssl_st *ssl, const struct handshake_rules *rules,
                     struct verify_judge hook);

/* Judges a presented chain (the leaf first) by a host's rules at `now`, asking `judge` (NULL: nobody) about each
 * good path, as a handshake asks its hook. For those who judge without a handshake, too: it is the same verdict. */
void handshake_verify(const struct handshake_rules *rules, const struct verify_judge *judge, const struct slice *chain,
                      size_t count, int64_t now, struct verify_verdict *verdict, struct verified_peer **peer);

/* Frees what it holds. */
void handshake_fini(struct handshake *handshake);

/* After success: the proof, borrowed, or NULL when there is none. */
struct verified_peer *handshake_peer(const struct handshake *handshake, const struct ssl_st *ssl);

/* The verdict that refused the client's certificate, borrowed, or NULL: after failure, why; after success, why it is to
 * be refused later. */
const struct verify_verdict *handshake_verdict(const struct handshake *handshake, const struct ssl_st *ssl);

/* After success: the same, and it is the caller's to free. */
struct verify_verdict *handshake_take_verdict(struct handshake *handshake, const struct ssl_st *ssl);
/* The time of the step that the connection's handshake is in: for callbacks of the library. */
int64_t handshake_now(const struct ssl_st *ssl);

/* After success: lets go of what only the handshake needed, the client's parsed certificates above all. */
void handshake_shed(struct handshake *handshake, struct ssl_st *ssl);

#endif
