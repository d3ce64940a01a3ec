/* How often a backend's requests may be tried again: a share of all requests, so that retries cannot double the load
 * of servers that fail because of it. Pure. */
#ifndef SALLYPORT_UPSTREAM_RETRYBUDGET_H
#define SALLYPORT_UPSTREAM_RETRYBUDGET_H

#include <stdbool.h>
#include <stdint.h>

/* RESERVE: retries that may be saved up, and are there at the beginning: as many requests as may be on their way to a
 * server when it dies. */
enum { RETRYBUDGET_RESERVE = 100, RETRYBUDGET_WHOLE = 100 };

/* percent: what each request pays in, of a retry. saved: in percent of a retry. */
struct retrybudget {
    unsigned percent;
    unsigned saved;
};

/* A full budget. */
struct retrybudget retrybudget_full(unsigned percent);

/* A request came. */
void retrybudget_earn(struct retrybudget *budget);

/* Takes one retry; false when there is none left. */
[[nodiscard]] bool retrybudget_spend(struct retrybudget *budget);

#endif
