/* Marks, and a pause between them. */
#include "bin/pressure.h"

#include "base/log.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* RESERVE: of the descriptors a quarter, at most so many, is for connections to servers and for what comes meanwhile.
 * RELIEVED: connections that make room for one that comes, and in each look of a pause. MEMORY_EVERY: accepted
 * connections between two looks at the memory, which together cost little of it. LOOK_MS: between two looks of a pause.
 * QUIET_MS: pauses that follow each other sooner are told of once. */
enum {
    RESERVE_MAX = 4096,
    RELIEVED_PER_ACCEPTED = 2,
    RELIEVED_PER_LOOK = 64,
    MEMORY_EVERY = 256,
    LOOK_MS = 100,
    QUIET_MS = 10000,
    DETAIL_MAX = 128,
};

/* Above `high` it begins, at `low` it ends. */
struct marks {
    size_t high;
    size_t low;
};

/* told_ms: when a pause was told of last. */
struct pressure {
    struct loop *loop;
    struct counters *counters;
    const struct pressure_hooks *hooks;
    void *owner;
    struct pressure_limits limits;
    struct deadline look;
    bool is_paused;
    bool is_told;
    int64_t paused_ms;
    int64_t told_ms;
    unsigned accepted;
};

static struct marks descriptor_marks(const struct pressure *pressure);
static struct marks memory_marks(const struct pressure *pressure);
static bool is_above(size_t used, size_t mark);
static void begin_pause(struct pressure *pressure, enum reason reason);
static void tell(struct pressure *pressure, enum reason reason);
static void look_again(struct deadline *deadline);
static bool has_room(const struct pressure *pressure);
static void end_pause(struct pressure *pressure);
static void set_gauge(struct pressure *pressure, enum counter counter, size_t value);

struct pressure *pressure_new(struct loop *loop, struct counters *counters, const struct pressure_hooks *hooks,
                              void *owner) {
    struct pressure *pressure = calloc(1, sizeof(*pressure));
    if (!pressure)
        return NULL;
    pressure->loop = loop;
    pressure->counters = counters;
    pressure->hooks = hooks;
    pressure->owner = owner;
    pressure->told_ms = loop_now_ms(loop) - QUIET_MS;
    deadline_init(&pressure->look, look_again);
    return pressure;
}

void pressure_free(struct pressure **pressure) {
    if (!*pressure)
        return;
    deadline_clear(loop_deadlines((*pressure)->loop), &(*pressure)->look);
    free(*pressure);
    *pressure = NULL;
}

void pressure_look(struct pressure *pressure, const struct pressure_limits *limits) {
    size_t memory_bytes = pressure->hooks->memory_bytes(pressure->owner);
    pressure->limits = *limits;
    set_gauge(pressure, COUNTER_MEMORY, memory_bytes);
    set_gauge(pressure, COUNTER_DESCRIPTORS, pressure->hooks->descriptors(pressure->owner));
    if (is_above(memory_bytes, memory_marks(pressure).high))
        begin_pause(pressure, REASON_ACCEPT_PAUSED_MEMORY);
}

/* While others make room for those who come, nobody has to wait. */
void pressure_accepted(struct pressure *pressure) {
    const struct pressure_hooks *hooks = pressure->hooks;
    void *owner = pressure->owner;
    bool looks_at_memory = ++pressure->accepted % MEMORY_EVERY == 0;
    if (looks_at_memory && is_above(hooks->memory_bytes(owner), memory_marks(pressure).high))
        begin_pause(pressure, REASON_ACCEPT_PAUSED_MEMORY);
    if (!is_above(hooks->descriptors(owner), descriptor_marks(pressure).high))
        return;
    if (hooks->relieve(owner, RELIEVED_PER_ACCEPTED) == 0)
        begin_pause(pressure, REASON_ACCEPT_PAUSED_DESCRIPTORS);
}

void pressure_refused(struct pressure *pressure, int cause) {
    bool of_memory = cause == ENOMEM || cause == ENOBUFS;
    begin_pause(pressure, of_memory ? REASON_ACCEPT_PAUSED_MEMORY : REASON_ACCEPT_PAUSED_DESCRIPTORS);
}

static struct marks descriptor_marks(const struct pressure *pressure) {
    size_t most = pressure->limits.descriptors;
    size_t reserve = most / 4 < RESERVE_MAX ? most / 4 : RESERVE_MAX;
    return (struct marks){.high = most - reserve, .low = most - reserve - reserve / 4};
}

static struct marks memory_marks(const struct pressure *pressure) {
    size_t most = pressure->limits.memory_bytes;
    return (struct marks){.high = most, .low = most - most / 16};
}

static bool is_above(size_t used, size_t mark) {
    return mark > 0 && used > mark;
}

static void begin_pause(struct pressure *pressure, enum reason reason) {
    if (pressure->is_paused)
        return;
    pressure->is_paused = true;
    pressure->paused_ms = loop_now_ms(pressure->loop);
    counters_add(pressure->counters, COUNTER_ACCEPT_PAUSES, 1);
    counters_add(pressure->counters, COUNTER_ACCEPT_PAUSED, 1);
    pressure->hooks->pause(pressure->owner, true);
    pressure->is_told = pressure->paused_ms - pressure->told_ms >= QUIET_MS;
    if (pressure->is_told)
        tell(pressure, reason);
    deadline_set(loop_deadlines(pressure->loop), &pressure->look, pressure->paused_ms + LOOK_MS);
}

static void tell(struct pressure *pressure, enum reason reason) {
    char detail[DETAIL_MAX];
    bool of_memory = reason == REASON_ACCEPT_PAUSED_MEMORY;
    size_t most = of_memory ? pressure->limits.memory_bytes : pressure->limits.descriptors;
    size_t used =
        of_memory ? pressure->hooks->memory_bytes(pressure->owner) : pressure->hooks->descriptors(pressure->owner);
    snprintf(detail, sizeof(detail), "%zu %s in use, of %zu", used, of_memory ? "bytes" : "descriptors", most);
    log_line(LOG_LEVEL_WARNING, "accepting pauses: %s", detail);
    pressure->told_ms = pressure->paused_ms;
    pressure->hooks->tell(pressure->owner, reason, detail);
}

static void look_again(struct deadline *deadline) {
    struct pressure *pressure = list_entry(deadline, struct pressure, look);
    if (has_room(pressure)) {
        end_pause(pressure);
        return;
    }
    pressure->hooks->relieve(pressure->owner, RELIEVED_PER_LOOK);
    deadline_set(loop_deadlines(pressure->loop), deadline, loop_now_ms(pressure->loop) + LOOK_MS);
}

static bool has_room(const struct pressure *pressure) {
    const struct pressure_hooks *hooks = pressure->hooks;
    return !is_above(hooks->descriptors(pressure->owner), descriptor_marks(pressure).low) &&
        !is_above(hooks->memory_bytes(pressure->owner), memory_marks(pressure).low);
}

static void end_pause(struct pressure *pressure) {
    pressure->is_paused = false;
    counters_add(pressure->counters, COUNTER_ACCEPT_PAUSED, -1);
    if (pressure->is_told)
        log_line(LOG_LEVEL_INFO, "accepting goes on after %lld ms",
                 (long long)(loop_now_ms(pressure->loop) - pressure->paused_ms));
    pressure->hooks->pause(pressure->owner, false);
}

static void set_gauge(struct pressure *pressure, enum counter counter, size_t value) {
    counters_add(pressure->counters, counter, (int64_t)(value - counters_get(pressure->counters, counter)));
}
