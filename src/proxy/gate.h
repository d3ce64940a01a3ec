/* The gate: all that one worker does with accepted connections. Owns the sessions; is given everything else. */
#ifndef SALLYPORT_PROXY_GATE_H
#define SALLYPORT_PROXY_GATE_H

#include "base/addr.h"
#include "io/loop.h"
#include "ipc/counters.h"
#include "ipc/events.h"
#include "plan/snapshot.h"
#include "proxy/asks.h"

struct denylist;
struct gate;

/* What the gate uses; all of it outlives the gate. */
struct gate_context {
    struct loop *loop;
    struct counters *counters;
    struct events *events;
    struct chaincache *cache;
    struct asks *asks;
};

/* Makes the gate without a snapshot: it accepts nothing before gate_use. NULL when memory is short. */
[[nodiscard]] struct gate *gate_new(const struct gate_context *context);

/* Closes every session and sets the pointer to NULL; the memory goes with the loop's next tasks (loop_free runs
 * them). */
void gate_free(struct gate **gate);

/* Makes `snapshot` (a reference is taken) the one for new connections. Sessions under way keep theirs for
 * forwarding; those whose host is gone or whose client authentication or trust changed are
 * drained: no further request is answered under old rules. */
void gate_use(struct gate *gate, struct snapshot *snapshot);

/* Puts a deny-list in force (its bytes outlive the next one's coming), and ends the sessions of those that it names.
 * Returns how many. */
size_t gate_deny(struct gate *gate, const struct denylist *denials);

/* Takes an accepted, non-blocking connection (closed by the gate in every case) of the listener with this name. */
void gate_accept(struct gate *gate, const char *listener, int fd, const struct addr *peer);

/* Ends idle connections, answers what is in progress with Connection: close; `done` is called from the loop when no
 * session is left. After `limit_ms` the rest is closed. */
void gate_drain(struct gate *gate, int64_t limit_ms, void (*done)(void *owner), void *owner);

/* Ends up to `count` connections that are idle, or slow to come in; says how many. */
size_t gate_relieve(struct gate *gate, size_t count);

/* Accepting pauses for this reason: a record. */
void gate_tell_paused(struct gate *gate, enum reason reason, const char *detail);

/* Open sessions. */
size_t gate_sessions(const struct gate *gate);

#endif
