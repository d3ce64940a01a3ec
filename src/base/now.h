/* The clock. Everything else takes time as a parameter; only the loop and the commands ask here. */
#ifndef SALLYPORT_BASE_NOW_H
#define SALLYPORT_BASE_NOW_H

#include <stdint.h>

/* Milliseconds of the monotonic clock: for deadlines. */
int64_t now_ms(void);

/* Microseconds of the monotonic clock: for durations in logs. */
int64_t now_us(void);

/* Milliseconds since 1970-01-01 UTC: for certificates' dates and records. */
int64_t now_unix_ms(void);

#endif
