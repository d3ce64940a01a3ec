/* Reads the kernel's clocks. */
#include "base/now.h"

#include "base/bug.h"

#include <time.h>

static int64_t read_ns(clockid_t clock);

int64_t now_ms(void) {
    return read_ns(CLOCK_MONOTONIC) / 1000000;
}

int64_t now_us(void) {
    return read_ns(CLOCK_MONOTONIC) / 1000;
}

int64_t now_unix_ms(void) {
    return read_ns(CLOCK_REALTIME) / 1000000;
}

/* Nanoseconds in 64 bits last until the year 2262. */
static int64_t read_ns(clockid_t clock) {
    struct timespec now;
    bug_on(clock_gettime(clock, &now) != 0);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}
