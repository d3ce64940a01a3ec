/* Joins two streams and carries bytes both ways with half-close and back-pressure, until both directions have ended:
 * tunnels and pass-through. */
#ifndef SALLYPORT_IO_PUMP_H
#define SALLYPORT_IO_PUMP_H

#include "io/loop.h"
#include "io/stream.h"

struct pump;

/* Whose end or failure came first; NOBODY when the pump ended by itself. */
enum pump_side { PUMP_NOBODY, PUMP_FIRST, PUMP_SECOND };

/* Bytes carried from the first stream to the second and back, so far or in all, and who ended it. */
struct pump_count {
    uint64_t forth_bytes;
    uint64_t back_bytes;
    enum pump_side ended_by;
};

/* Called once, from the loop, when both directions have ended or one failed; both streams are closed by then.
 * REASON_CLOSED for a clean end. */
typedef void pump_done(void *owner, enum reason reason, struct pump_count count);

/* Joins `first` and `second`, which become the pump's (also on failure). NULL when memory is short. */
[[nodiscard]] struct pump *pump_start(struct loop *loop, struct stream *first, struct stream *second, int64_t idle_ms,
                                      pump_done *done, void *owner);

/* What was carried so far. */
struct pump_count pump_count(const struct pump *pump);

/* Ends the pump and closes both streams; `done` will not be called. Sets the pointer to NULL. */
void pump_stop(struct pump **pump);

#endif
