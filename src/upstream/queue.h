/* Requests that wait because every server of their backend has as much to do as it may: first come, first served. One
 * queue for each backend of a worker; it outlives reloads as its servers do. */
#ifndef SALLYPORT_UPSTREAM_QUEUE_H
#define SALLYPORT_UPSTREAM_QUEUE_H

#include "io/loop.h"

/* Counted: by the servers of the backend, by who waits, and by itself while it is about to serve. waiting: places, the
 * first to go first. */
struct queue {
    unsigned references;
    struct loop *loop;
    struct list waiting;
    unsigned count;
    struct loop_task serve;
};

/* Where one waits, embedded in its owner. ready: asked at the end of a turn in which there may be room; it either
 * leaves the queue, whatever comes of it, and says true; or stays, when there is nothing for it yet, and says false:
 * then nobody behind it is asked. */
struct queue_place {
    struct list link;
    struct queue *queue;
    bool (*ready)(struct queue_place *place);
};

/* A queue with one reference; NULL when memory is short. */
[[nodiscard]] struct queue *queue_new(void);

/* Takes another reference; returns its argument. */
struct queue *queue_ref(struct queue *queue);

/* Drops a reference and sets the pointer to NULL. */
void queue_unref(struct queue **queue);

/* Makes a place that is in no queue. */
void queue_place_init(struct queue_place *place, bool (*ready)(struct queue_place *place));

/* Lines up behind all others; false when `max` wait already. */
[[nodiscard]] bool queue_join(struct queue *queue, struct queue_place *place, struct loop *loop, unsigned max);

/* Leaves, from wherever in the queue. Nothing happens when it is in none. */
void queue_leave(struct queue_place *place);

/* True while it waits. */
bool queue_waits(const struct queue_place *place);

/* There may be room: whoever is first is asked at the end of the turn. */
void queue_stir(struct queue *queue);

#endif
