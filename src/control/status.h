/* What `sallyport status` shows: the supervisor's report and all counters, for people and as JSON. */
#ifndef SALLYPORT_CONTROL_STATUS_H
#define SALLYPORT_CONTROL_STATUS_H

#include "base/buf.h"
#include "ipc/counters.h"
#include "ipc/report.h"

/* The deny-list. generation: the number of its last change. is_kept: it outlives the gateway. fault: why it cannot be
 * changed, or NULL. */
struct status_denials {
    size_t entries;
    uint64_t generation;
    bool is_kept;
    const char *fault;
};

/* Everything is borrowed. counters: one per slot of the report, NULL where there are none. sources: may be NULL.
 * now_ms: monotonic. */
struct status {
    const char *version;
    const struct report *report;
    const struct report_sources *sources;
    const struct counters *counters[OUTLINE_WORKERS_MAX];
    struct status_denials denials;
    uint64_t events_lost;
    uint64_t log_lines_lost;
    int64_t unix_ms;
    int64_t now_ms;
};

/* Appends the status as text of several lines; false when `to` is full. */
[[nodiscard]] bool status_print_text(const struct status *status, struct buf *to);

/* Appends it as one JSON object and a line end; false when `to` is full. */
[[nodiscard]] bool status_print_json(const struct status *status, struct buf *to);

#endif
