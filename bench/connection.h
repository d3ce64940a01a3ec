/* One TLS connection of the load tool to the proxy: non-blocking, moved on by events, reused slot after slot. */
#ifndef SALLYPORT_BENCH_CONNECTION_H
#define SALLYPORT_BENCH_CONNECTION_H

#include "answer.h"
#include "clientcontext.h"
#include "options.h"
#include "streams.h"

#include <openssl/ssl.h>
#include <stdbool.h>
#include <stdint.h>

enum connection_phase {
    CONNECTION_UNUSED,
    CONNECTION_SHAKING,   /* TCP connect and TLS handshake */
    CONNECTION_SENDING,   /* the request is being written */
    CONNECTION_READING,   /* the answer is being read */
    CONNECTION_STREAMING, /* HTTP/2: all streams are busy */
    CONNECTION_RESTING,   /* nothing is asked; whatever comes is a surprise */
    CONNECTION_CLOSING,   /* close_notify is sent; the proxy's end is awaited */
};

/* What moving a connection on has come to. */
enum connection_outcome {
    CONNECTION_WAITS,
    CONNECTION_ESTABLISHED,
    CONNECTION_ANSWERED,
    CONNECTION_CLOSED,
    CONNECTION_FAILED, /* `error` says why */
};

struct connection {
    SSL *ssl;
    int fd;
    enum connection_phase phase;
    int64_t moved_ns; /* when it last did something, by the caller's clock */
    bool resumed;
    struct client_ticket ticket; /* newest one; outlives the connections of the slot */
    uint64_t body_bytes;         /* of all bodies read in this slot so far */
    uint64_t operations;         /* that the last outcome stands for: many with HTTP/2 */
    struct answer answer;
    struct streams *streams; /* NULL: HTTP/1.1 */
    char error[160];
};

/* Opens a connection in an unused slot and registers it with `epoll_fd`, edge-triggered, with the slot as its data.
 * Offers the slot's ticket when the scenario resumes. False, with `error` set, when the system refuses. */
bool connection_open(struct connection *connection, SSL_CTX *context, const struct options *options, int epoll_fd);

/* Does what can be done without waiting. Call again after each outcome but CONNECTION_WAITS, CONNECTION_CLOSED and
 * CONNECTION_FAILED. */
enum connection_outcome connection_advance(struct connection *connection, const struct options *options);

/* Starts the scenario's request on an established, resting connection. */
void connection_ask(struct connection *connection);

/* Starts the orderly end: close_notify, then the proxy's answer to it. */
void connection_shut(struct connection *connection);

/* Frees the TLS object and closes the socket; the slot can be opened again. Its ticket stays. */
void connection_drop(struct connection *connection);

/* Drops the connection and frees the slot's ticket. */
void connection_fini(struct connection *connection);

/* Name of the connection's phase, for a message. */
const char *connection_phase_name(const struct connection *connection);

#endif
