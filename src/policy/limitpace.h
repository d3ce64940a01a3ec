/* How slow a client may be with a body, in either direction. Whoever sends one byte now and then, or reads one, is
 * never idle and never done: so each wait for the client costs patience, and each byte gives some back. Only waiting
 * for the client counts, never that for a server. Pure: time is given. */
#ifndef SALLYPORT_POLICY_LIMITPACE_H
#define SALLYPORT_POLICY_LIMITPACE_H

#include <stdbool.h>
#include <stdint.h>

/* bytes_per_s: on average, after grace_ms; 0: no limit. idle_ms: without any byte; also the most patience that bytes
 * give, so that who was fast may not be idle for longer afterwards. */
struct limitpace_rules {
    uint64_t bytes_per_s;
    int64_t grace_ms;
    int64_t idle_ms;
};

/* left_us: how much waiting is left. since_ms: when it was last counted. */
struct limitpace {
    int64_t left_us;
    int64_t since_ms;
    bool is_waiting;
};

/* Begins with the grace; nobody waits yet. */
void limitpace_init(struct limitpace *pace, const struct limitpace_rules *rules);

/* `bytes` of the client's have moved, and from now on we wait for the client (or no longer do). */
void limitpace_note(struct limitpace *pace, const struct limitpace_rules *rules, uint64_t bytes, bool is_waiting,
                    int64_t now_ms);

/* How long from the last note the client may be waited for. */
int64_t limitpace_wait_ms(const struct limitpace *pace, const struct limitpace_rules *rules);

/* When that time is over: true when the client was too slow, false when it did not move at all for idle_ms. */
bool limitpace_is_too_slow(const struct limitpace *pace, const struct limitpace_rules *rules);

#endif
