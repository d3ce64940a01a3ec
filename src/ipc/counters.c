/* Counters: plain adds of one writer, read by others at any time without a lock. */
#include "ipc/counters.h"

#include "base/bug.h"
#include "os/sealed.h"

#include <stdatomic.h>

static const struct counter_row rows[] = {
#define COUNTER(name, label, kind, help) [COUNTER_##name] = {label, COUNTER_KIND_##kind, help},
#include "ipc/counters_table.h"
#undef COUNTER
};

static void add(_Atomic uint64_t *value, uint64_t amount);

const struct counter_row *counters_row(enum counter counter) {
    bug_on((unsigned)counter >= COUNTER_COUNT);
    return &rows[counter];
}

struct counters *counters_open(int memory_fd) {
    return sealed_map_shared(memory_fd, sizeof(struct counters));
}

void counters_close(struct counters **counters) {
    if (*counters)
        sealed_unmap_shared(*counters, sizeof(struct counters));
    *counters = NULL;
}

void counters_add(struct counters *counters, enum counter counter, int64_t amount) {
    add(&counters->values[counter], (uint64_t)amount);
}

void counters_reason(struct counters *counters, enum reason reason) {
    add(&counters->reasons[reason], 1);
}

void counters_would_refuse(struct counters *counters, enum reason reason) {
    add(&counters->would_refuse[reason], 1);
}

uint64_t counters_get(const struct counters *counters, enum counter counter) {
    return atomic_load_explicit(&counters->values[counter], memory_order_relaxed);
}

uint64_t counters_get_reason(const struct counters *counters, enum reason reason) {
    return atomic_load_explicit(&counters->reasons[reason], memory_order_relaxed);
}

uint64_t counters_get_would_refuse(const struct counters *counters, enum reason reason) {
    return atomic_load_explicit(&counters->would_refuse[reason], memory_order_relaxed);
}

void counters_reset_gauges(struct counters *counters) {
    for (size_t i = 0; i < COUNTER_COUNT; i++)
        if (rows[i].kind != COUNTER_KIND_TOTAL)
            atomic_store_explicit(&counters->values[i], 0, memory_order_relaxed);
}

void counters_peak(struct counters *counters, enum counter counter, int64_t value) {
    if (value > 0 && (uint64_t)value > counters_get(counters, counter))
        atomic_store_explicit(&counters->values[counter], (uint64_t)value, memory_order_relaxed);
}

void counters_beat(struct counters *counters, int64_t now_ms) {
    atomic_store_explicit(&counters->heartbeat_ms, now_ms, memory_order_relaxed);
}

int64_t counters_last_beat(const struct counters *counters) {
    return atomic_load_explicit(&counters->heartbeat_ms, memory_order_relaxed);
}

/* One writer: a load and a store do, without the price of a locked add. */
static void add(_Atomic uint64_t *value, uint64_t amount) {
    uint64_t before = atomic_load_explicit(value, memory_order_relaxed);
    atomic_store_explicit(value, before + amount, memory_order_relaxed);
}
