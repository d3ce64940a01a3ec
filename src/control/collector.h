/* Reads what the workers write: their event rings, record by record, and their counters. */
#ifndef SALLYPORT_CONTROL_COLLECTOR_H
#define SALLYPORT_CONTROL_COLLECTOR_H

#include "io/loop.h"
#include "ipc/counters.h"
#include "ipc/events.h"

struct collector;

/* take: one record, borrowed for the call. flush: no more records for now. */
struct collector_sink {
    void (*take)(void *owner, enum event_kind kind, struct slice record);
    void (*flush)(void *owner);
    void *owner;
};

/* Makes a collector of no slots; NULL when memory is short. The sink is copied. */
[[nodiscard]] struct collector *collector_new(struct loop *loop, const struct collector_sink *sink);

/* Reads out all rings once more, and frees the collector. */
void collector_free(struct collector **collector);

/* Adds slot `number` (from 1): its counters, its ring, and the eventfd that its worker signals. The descriptors are
 * the collector's, also on failure. False when the number is taken or out of range, or the memory is not what it
 * must be. */
[[nodiscard]] bool collector_add(struct collector *collector, uint32_t number, int counters_fd, int events_fd,
                                 int wake_fd);

/* The counters of a slot, or NULL when it is not there. */
const struct counters *collector_counters(const struct collector *collector, uint32_t number);

/* Records lost in all rings. */
uint64_t collector_lost(const struct collector *collector);

#endif
