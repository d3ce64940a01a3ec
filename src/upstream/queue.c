/* Nobody is served from within another's end, but from a task of its own: a queue of thousands must not become as many
 * calls inside of each other. Who is served and joins again at once, because the server failed, waits for the next
 * task. */
#include "upstream/queue.h"

#include "base/bug.h"

#include <stdlib.h>

static void queue_serve(struct loop_task *task) {
    struct queue *queue = list_entry(task, struct queue, serve);
    for (unsigned i = queue->count; i > 0 && queue->count > 0; i--) {
        struct queue_place *place = list_entry(list_first(&queue->waiting), struct queue_place, link);
        if (!place->ready(place))
            break;
    }
    queue_unref(&queue);
}

struct queue *queue_new(void) {
    struct queue *queue = calloc(1, sizeof *queue);
    if (!queue)
        return NULL;
    queue->references = 1;
    list_init(&queue->waiting);
    loop_task_init(&queue->serve, queue_serve);
    return queue;
}

struct queue *queue_ref(struct queue *queue) {
    queue->references++;
    return queue;
}

void queue_unref(struct queue **held) {
    struct queue *queue = *held;
    *held = NULL;
    if (!queue || --queue->references > 0)
        return;
    bug_on(queue->count != 0);
    free(queue);
}

void queue_place_init(struct queue_place *place, bool (*ready)(struct queue_place *place)) {
    list_init(&place->link);
    place->queue = NULL;
    place->ready = ready;
}

bool queue_join(struct queue *queue, struct queue_place *place, struct loop *loop, unsigned max) {
    if (queue->count >= max)
        return false;
    queue->loop = loop;
    place->queue = queue_ref(queue);
    list_append(&queue->waiting, &place->link);
    queue->count++;
    return true;
}

void queue_leave(struct queue_place *place) {
    if (!queue_waits(place))
        return;
    list_remove(&place->link);
    place->queue->count--;
    queue_unref(&place->queue);
}

bool queue_waits(const struct queue_place *place) {
    return place->queue != NULL;
}

void queue_stir(struct queue *queue) {
    if (queue->count == 0 || !list_empty(&queue->serve.link))
        return;
    queue_ref(queue);
    loop_defer(queue->loop, &queue->serve);
}
