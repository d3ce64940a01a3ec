/* Windows of time: weekdays and hours under UTC or a fixed offset from it. Pure: time is given. */
#ifndef SALLYPORT_POLICY_WINDOW_H
#define SALLYPORT_POLICY_WINDOW_H

#include "base/slice.h"

/* days: bit 0 is Monday. from, until: minutes of the day; until is not in it. from > until: past midnight, and the day
 * is that on which it begins. offset_minutes: east of UTC. */
struct window {
    unsigned days;
    int from;
    int until;
    int offset_minutes;
};

/* Reads "[days] [hours] [zone]", at least days or hours, split by one space: "mon-fri 08:00-18:00 +02:00",
 * "sat,sun", "22:00-06:00 UTC". Days are three letters; without a zone it is UTC. Names of zones are not read: their
 * offsets change. */
[[nodiscard]] bool window_parse(struct slice text, struct window *window);

/* True when the second `unix_s` lies in the window. */
bool window_has(const struct window *window, int64_t unix_s);

#endif
