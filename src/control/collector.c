/* Collecting. While records flow the rings are read by a timer, in large batches, and the workers pay nothing for it;
 * an idle collector sleeps until the first record wakes it. */
#include "control/collector.h"

#include "ipc/outline.h"
#include "os/fd.h"

#include <stdlib.h>
#include <unistd.h>

/* BUSY_MS: between two readings. BUSY_WAKE_BYTES: a worker that fills its ring faster wakes us earlier: at a
 * quarter. */
enum { BUSY_MS = 50, BUSY_WAKE_BYTES = EVENTS_RING_BYTES / 4 };

/* source first: events lead back to the slot. events NULL: the slot is not there. */
struct collector_slot {
    struct loop_source source;
    struct collector *collector;
    struct counters *counters;
    struct events *events;
};

struct collector {
    struct loop *loop;
    struct collector_sink sink;
    struct deadline again;
    struct collector_slot slots[OUTLINE_WORKERS_MAX];
};

static void on_wake(struct loop_source *source, uint32_t events);
static void on_again(struct deadline *deadline);
static bool read_out(struct collector_slot *slot);
static void set_again(struct collector *collector);
static void close_slot(struct collector_slot *slot);

struct collector *collector_new(struct loop *loop, const struct collector_sink *sink) {
    struct collector *collector = calloc(1, sizeof(*collector));
    if (!collector)
        return NULL;
    collector->loop = loop;
    collector->sink = *sink;
    deadline_init(&collector->again, on_again);
    return collector;
}

void collector_free(struct collector **collector) {
    if (!*collector)
        return;
    deadline_clear(loop_deadlines((*collector)->loop), &(*collector)->again);
    for (size_t i = 0; i < OUTLINE_WORKERS_MAX; i++) {
        struct collector_slot *slot = &(*collector)->slots[i];
        if (!slot->events)
            continue;
        read_out(slot);
        loop_remove((*collector)->loop, &slot->source);
        close_slot(slot);
    }
    (*collector)->sink.flush((*collector)->sink.owner);
    free(*collector);
    *collector = NULL;
}

bool collector_add(struct collector *collector, uint32_t number, int counters_fd, int events_fd, int wake_fd) {
    bool fits = number >= 1 && number <= OUTLINE_WORKERS_MAX && !collector->slots[number - 1].events;
    struct collector_slot slot = {.source = {.fd = wake_fd, .on_event = on_wake}, .collector = collector};
    if (fits) {
        slot.counters = counters_open(counters_fd);
        slot.events = events_open_reader(events_fd);
    }
    fd_close(&counters_fd);
    fd_close(&events_fd);
    if (!slot.counters || !slot.events) {
        close_slot(&slot);
        return false;
    }
    collector->slots[number - 1] = slot;
    if (!loop_add_level(collector->loop, &collector->slots[number - 1].source)) {
        close_slot(&collector->slots[number - 1]);
        return false;
    }
    set_again(collector);
    return true;
}

const struct counters *collector_counters(const struct collector *collector, uint32_t number) {
    bool fits = number >= 1 && number <= OUTLINE_WORKERS_MAX;
    return fits ? collector->slots[number - 1].counters : NULL;
}

uint64_t collector_lost(const struct collector *collector) {
    uint64_t lost = 0;
    for (size_t i = 0; i < OUTLINE_WORKERS_MAX; i++)
        lost += collector->slots[i].events ? events_lost(collector->slots[i].events) : 0;
    return lost;
}

static void on_wake(struct loop_source *source, uint32_t events) {
    (void)events;
    struct collector_slot *slot = (struct collector_slot *)(void *)source;
    uint64_t count;
    ssize_t ignored = read(source->fd, &count, sizeof(count));
    (void)ignored;
    set_again(slot->collector);
    on_again(&slot->collector->again);
}

/* Reads all rings. Where something was, more will come: look again by the timer, and be woken early only by a flood. */
static void on_again(struct deadline *deadline) {
    struct collector *collector = list_entry(deadline, struct collector, again);
    bool any = false;
    for (size_t i = 0; i < OUTLINE_WORKERS_MAX; i++) {
        struct collector_slot *slot = &collector->slots[i];
        if (!slot->events)
            continue;
        bool found = read_out(slot);
        if (!events_sleep(slot->events, found ? BUSY_WAKE_BYTES : 1))
            found = true;
        any = any || found;
    }
    if (any)
        set_again(collector);
    collector->sink.flush(collector->sink.owner);
}

/* Bounded by the ring: what comes meanwhile is for the next time. */
static bool read_out(struct collector_slot *slot) {
    enum event_kind kind;
    struct slice record;
    size_t bytes = 0;
    while (bytes < EVENTS_RING_BYTES && events_next(slot->events, &kind, &record)) {
        slot->collector->sink.take(slot->collector->sink.owner, kind, record);
        bytes += record.len;
    }
    return bytes > 0;
}

static void set_again(struct collector *collector) {
    deadline_set(loop_deadlines(collector->loop), &collector->again, loop_now_ms(collector->loop) + BUSY_MS);
}

static void close_slot(struct collector_slot *slot) {
    counters_close(&slot->counters);
    events_close(&slot->events);
    fd_close(&slot->source.fd);
}
