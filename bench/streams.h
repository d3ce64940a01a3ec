/* The client's side of HTTP/2 on one connection: a number of streams that are always busy with the same request. No
 * socket and no TLS here. */
#ifndef SALLYPORT_BENCH_STREAMS_H
#define SALLYPORT_BENCH_STREAMS_H

#include "options.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct streams;

/* Makes a session with its first requests ready to be sent, one on each of `options->streams` streams; `options` must
 * outlive it. NULL when there is no memory. */
struct streams *streams_new(const struct options *options);

/* Frees the session. NULL is fine. */
void streams_free(struct streams *streams);

/* Takes bytes of the proxy. Every stream that has ended well asks anew. False when something is wrong: `streams_error`
 * says what. */
bool streams_take(struct streams *streams, const uint8_t *bytes, size_t len);

/* The bytes to send next, of which `*len` is 0 when there are none; they stay until `streams_sent`. NULL when
 * something is wrong. */
const uint8_t *streams_to_send(struct streams *streams, size_t *len);

/* So many of the bytes to send have been sent. */
void streams_sent(struct streams *streams, size_t len);

/* How many answers have come in whole since this was last asked, and the bytes of their bodies. */
uint64_t streams_answered(struct streams *streams, uint64_t *body_bytes);

/* What went wrong. */
const char *streams_error(const struct streams *streams);

#endif
