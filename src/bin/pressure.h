/* What a worker does when descriptors or memory become short, before they are gone: idle connections make room, and
 * accepting pauses until there is room again. Those that wait stay in the kernel's queue. The marks at which it begins
 * and ends are apart, so that it does not begin again at once. */
#ifndef SALLYPORT_BIN_PRESSURE_H
#define SALLYPORT_BIN_PRESSURE_H

#include "io/loop.h"
#include "ipc/counters.h"

struct pressure;

/* How it measures, and what it does.
 * descriptors, memory_bytes: in use now. relieve: ends up to `count` connections that nobody misses, and says how many.
 * pause: accepting stops, or goes on. tell: for the record, when a pause begins. */
struct pressure_hooks {
    size_t (*descriptors)(void *owner);
    size_t (*memory_bytes)(void *owner);
    size_t (*relieve)(void *owner, size_t count);
    void (*pause)(void *owner, bool is_paused);
    void (*tell)(void *owner, enum reason reason, const char *detail);
};

/* How much there is; 0: no limit. */
struct pressure_limits {
    size_t descriptors;
    size_t memory_bytes;
};

/* Makes one without limits; all of it outlives it. NULL when memory is short. */
[[nodiscard]] struct pressure *pressure_new(struct loop *loop, struct counters *counters,
                                            const struct pressure_hooks *hooks, void *owner);

/* Ends it without another word to its owner. */
void pressure_free(struct pressure **pressure);

/* The limits from now on, and a look at what is in use: for every second. */
void pressure_look(struct pressure *pressure, const struct pressure_limits *limits);

/* A connection was accepted. */
void pressure_accepted(struct pressure *pressure);

/* The kernel accepted none for want of something (errno of accept): pauses. */
void pressure_refused(struct pressure *pressure, int cause);

#endif
