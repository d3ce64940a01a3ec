/* Counters in shared memory: one page set per worker slot, written by that worker only, read by the control process.
 * They live through a worker's death. */
#ifndef SALLYPORT_IPC_COUNTERS_H
#define SALLYPORT_IPC_COUNTERS_H

#include "base/reason.h"

#include <stddef.h>
#include <stdint.h>

/* COUNTER(NAME, label, kind, help): kind TOTAL only grows; GAUGE goes both ways; PEAK is a maximum, of all workers
 * together as well. GAUGE and PEAK are set to 0 when the worker starts. */
enum counter {
#define COUNTER(name, label, kind, help) COUNTER_##name,
#include "ipc/counters_table.h"
#undef COUNTER
    COUNTER_COUNT
};

enum counter_kind { COUNTER_KIND_TOTAL, COUNTER_KIND_GAUGE, COUNTER_KIND_PEAK };

struct counter_row {
    const char *label;
    enum counter_kind kind;
    const char *help;
};

/* One worker's counters. heartbeat_ms: monotonic time of the worker's last turn, for the supervisor's watch. */
struct counters {
    _Atomic uint64_t values[COUNTER_COUNT];
    _Atomic uint64_t reasons[REASON_COUNT];
    _Atomic uint64_t would_refuse[REASON_COUNT];
    _Atomic int64_t heartbeat_ms;
};

/* Maps the counters of a slot: shared memory of exactly sizeof(struct counters), which stays the caller's. NULL with
 * errno when it is anything else. */
[[nodiscard]] struct counters *counters_open(int memory_fd);

/* Ends the mapping; the values stay in the memory. */
void counters_close(struct counters **counters);

/* The row of a counter. */
const struct counter_row *counters_row(enum counter counter);

/* Adds to a counter of ours; relaxed, a plain add on the writer's side (one writer). */
void counters_add(struct counters *counters, enum counter counter, int64_t amount);

/* Raises a PEAK to `value`, if it is lower. */
void counters_peak(struct counters *counters, enum counter counter, int64_t value);

/* Counts one occurrence of a reason. */
void counters_reason(struct counters *counters, enum reason reason);

/* Counts one request that a reason would have refused, were it not only recorded. */
void counters_would_refuse(struct counters *counters, enum reason reason);

/* Reads one value. */
uint64_t counters_get(const struct counters *counters, enum counter counter);
uint64_t counters_get_reason(const struct counters *counters, enum reason reason);
uint64_t counters_get_would_refuse(const struct counters *counters, enum reason reason);

/* Sets all gauges to 0: a new worker in an old slot. */
void counters_reset_gauges(struct counters *counters);

/* The worker says that it is alive at `now_ms` (monotonic), and when it said so last (0: never). */
void counters_beat(struct counters *counters, int64_t now_ms);
int64_t counters_last_beat(const struct counters *counters);

#endif
