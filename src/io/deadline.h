/* Deadlines in a hashed wheel: set, move and clear cost O(1). A deadline never fires early, and at most
 * DEADLINE_TICK_MS late. Pure: time is given. */
#ifndef SALLYPORT_IO_DEADLINE_H
#define SALLYPORT_IO_DEADLINE_H

#include "base/list.h"

#include <stdbool.h>
#include <stdint.h>

/* 1024 slots of 64 ms are one round of 65 s; later deadlines stay in their slot for more rounds. */
enum { DEADLINE_TICK_MS = 64, DEADLINE_SLOTS = 1024 };

/* One deadline, embedded in its owner. Moving it to later only notes the time (at_ms) and leaves it in its slot; the
 * wheel then moves it when that slot comes, so that a deadline which is put off at each request costs a store. */
struct deadline {
    struct list link;
    int64_t at_ms;
    int64_t slot_ms;
    void (*expire)(struct deadline *deadline);
};

/* slots[i] holds ticks i, i + DEADLINE_SLOTS, … ; bit i of `filled` says that it is not empty; ticks up to
 * reached_ms have run. */
struct deadline_wheel {
    struct list slots[DEADLINE_SLOTS];
    uint64_t filled[DEADLINE_SLOTS / 64];
    int64_t reached_ms;
    uint32_t count;
};

/* Makes an empty wheel at the monotonic time `now_ms`. */
void deadline_wheel_init(struct deadline_wheel *wheel, int64_t now_ms);

/* Makes a deadline that is not set. */
void deadline_init(struct deadline *deadline, void (*expire)(struct deadline *deadline));

/* Sets or moves a deadline to `at_ms` (monotonic); one in the past fires with the next tick. */
void deadline_set(struct deadline_wheel *wheel, struct deadline *deadline, int64_t at_ms);

/* Clears a deadline; nothing happens when it is not set. */
void deadline_clear(struct deadline_wheel *wheel, struct deadline *deadline);

/* True while the deadline is set. */
bool deadline_is_set(const struct deadline *deadline);

/* Fires (clears, then calls expire) all that are due at `now_ms`; an expire may set and clear any deadline. */
void deadline_wheel_run(struct deadline_wheel *wheel, int64_t now_ms);

/* Milliseconds until the next tick with a deadline in it, 0 when it has come, -1 when nothing is set. O(1). */
int deadline_wheel_wait_ms(const struct deadline_wheel *wheel, int64_t now_ms);

#endif
