/* An account of waiting time. */
#include "policy/limitpace.h"

enum { US_PER_MS = 1000, US_PER_S = 1000000 };

static int64_t earned_us(uint64_t bytes, uint64_t bytes_per_s, int64_t most_us);

void limitpace_init(struct limitpace *pace, const struct limitpace_rules *rules) {
    *pace = (struct limitpace){.left_us = rules->grace_ms * US_PER_MS};
}

/* A grace longer than the idle time is left as it is: bytes add nothing to it then. */
void limitpace_note(struct limitpace *pace, const struct limitpace_rules *rules, uint64_t bytes, bool is_waiting,
                    int64_t now_ms) {
    int64_t most_us = rules->idle_ms * US_PER_MS;
    if (pace->is_waiting)
        pace->left_us -= (now_ms - pace->since_ms) * US_PER_MS;
    if (rules->bytes_per_s > 0 && pace->left_us < most_us)
        pace->left_us += earned_us(bytes, rules->bytes_per_s, most_us - pace->left_us);
    pace->since_ms = now_ms;
    pace->is_waiting = is_waiting;
}

int64_t limitpace_wait_ms(const struct limitpace *pace, const struct limitpace_rules *rules) {
    int64_t left_ms = pace->left_us > 0 ? pace->left_us / US_PER_MS : 0;
    return limitpace_is_too_slow(pace, rules) ? left_ms : rules->idle_ms;
}

bool limitpace_is_too_slow(const struct limitpace *pace, const struct limitpace_rules *rules) {
    return rules->bytes_per_s > 0 && pace->left_us < rules->idle_ms * US_PER_MS;
}

/* What so many bytes are worth, at most `most_us`; without a number that could overflow. */
static int64_t earned_us(uint64_t bytes, uint64_t bytes_per_s, int64_t most_us) {
    if (bytes / bytes_per_s >= (uint64_t)most_us / US_PER_S + 1)
        return most_us;
    uint64_t earned = bytes / bytes_per_s * US_PER_S + bytes % bytes_per_s * US_PER_S / bytes_per_s;
    return earned < (uint64_t)most_us ? (int64_t)earned : most_us;
}
