/* What a run has counted, and the line it prints. */
#ifndef SALLYPORT_BENCH_TALLY_H
#define SALLYPORT_BENCH_TALLY_H

#include "options.h"

#include <stdbool.h>
#include <stdint.h>

/* So many errors end a run early: it is invalid from the first. */
#define TALLY_ERRORS_MAX 100

/* Counters that only grow; the window is the difference of two copies. */
struct tally_counts {
    uint64_t operations;
    uint64_t resumed; /* operations on resumed connections */
    uint64_t body_bytes;
};

struct tally {
    struct tally_counts counts; /* of the whole run, warm-up and rest after the window too */
    struct tally_counts window; /* of the window, once it has ended */
    uint64_t errors;            /* of the whole run */
    char first_error[200];
    int64_t window_ns;
    uint64_t load_cpu_ns;  /* the load tool's own, in the window */
    uint64_t proxy_cpu_ns; /* the measured tree's, in the window */
    uint64_t memory_before_kb;
    uint64_t memory_after_kb;
};

/* Counts an error and keeps the first one's text. */
void tally_error(struct tally *tally, const char *sentence);

/* Sets `window` to what was counted since the copy `begin`. */
void tally_close_window(struct tally *tally, const struct tally_counts *begin);

/* Prints the run as one line of JSON on stdout. Returns true when the row is valid: no errors, and something was
 * counted. */
bool tally_print(struct tally *tally, const struct options *options);

#endif
