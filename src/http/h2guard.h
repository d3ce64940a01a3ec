/* Counts what a peer may do to keep us busy without asking for anything: resets, settings, pings and the like.
 * Pure: time is given. */
#ifndef SALLYPORT_HTTP_H2GUARD_H
#define SALLYPORT_HTTP_H2GUARD_H

#include "base/reason.h"
#include "http/h2limits.h"

#include <stddef.h>

/* The time in which so many of each kind may come. */
enum { H2GUARD_PERIOD_MS = 10000 };

/* RESET: the peer reset a stream, or made us reset it (RFC 9113 section 10.5). MALFORMED: a request that was refused
 * for its form. EMPTY_FRAME: DATA without data and without an end, HEADERS or CONTINUATION without fields. */
enum h2guard_kind {
    H2GUARD_RESET,
    H2GUARD_MALFORMED,
    H2GUARD_SETTINGS,
    H2GUARD_PING,
    H2GUARD_PRIORITY,
    H2GUARD_WINDOW_UPDATE,
    H2GUARD_EMPTY_FRAME,
    H2GUARD_KINDS
};

/* What came in the running period, and how many frames of the head that is being read. */
struct h2guard {
    int64_t period_start_ms;
    uint32_t counts[H2GUARD_KINDS];
    uint32_t continuations;
};

/* Begins with nothing counted. */
void h2guard_init(struct h2guard *guard, int64_t now_ms);

/* Counts one more; REASON_NONE, or the reason to end the connection for when that was one too many. */
enum reason h2guard_note(struct h2guard *guard, const struct h2limits *limits, enum h2guard_kind kind, int64_t now_ms);

/* Counts a CONTINUATION of the head that is being read; as above. */
enum reason h2guard_continuation(struct h2guard *guard, const struct h2limits *limits);

/* A head begins. */
void h2guard_head(struct h2guard *guard);

/* Real traffic explains some of the frames around it: a piece of a body of `len` bytes was sent to the peer, or its
 * request was read. Pings measure it, window updates allow it. A peer that lets us send a few bytes at a time gets
 * nothing for them. */
void h2guard_sent(struct h2guard *guard, size_t len, bool is_end);
void h2guard_asked(struct h2guard *guard);

#endif
