/* One edge-triggered epoll loop per process. A turn: wait, deliver events, fire deadlines, run tasks. Objects that
 * ended in a turn are freed by tasks at its end, never inside a callback. */
#ifndef SALLYPORT_IO_LOOP_H
#define SALLYPORT_IO_LOOP_H

#include "base/list.h"
#include "io/deadline.h"

#include <stdbool.h>
#include <stdint.h>

struct loop;

/* A descriptor in the loop, embedded in its owner. on_event gets EPOLL* bits. The loop does not own the descriptor. */
struct loop_source {
    int fd;
    void (*on_event)(struct loop_source *source, uint32_t events);
};

/* Work for the end of the turn, embedded in its owner; at most once queued. */
struct loop_task {
    struct list link;
    void (*run)(struct loop_task *task);
};

/* Makes a loop; NULL when the kernel has no descriptors or memory left. */
[[nodiscard]] struct loop *loop_new(void);

/* Runs the tasks that wait, and those that they queue, then frees the loop. Sources must have been removed by their
 * owners. */
void loop_free(struct loop **loop);

/* Registers a source once for reading and writing, edge-triggered (EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET); false
 * when epoll refuses. */
[[nodiscard]] bool loop_add(struct loop *loop, struct loop_source *source);

/* Registers a source level-triggered for reading: listening sockets, event descriptors, signals. */
[[nodiscard]] bool loop_add_level(struct loop *loop, struct loop_source *source);

/* Takes a source that was added out; pending events of this turn for it are dropped. Call before closing its
 * descriptor. */
void loop_remove(struct loop *loop, struct loop_source *source);

/* As loop_remove, for a descriptor that the caller closes at once and of which there is no duplicate: closing takes
 * it out, a system call is saved. */
void loop_forget(struct loop *loop, struct loop_source *source);

/* How many sources are registered: nearly all descriptors that a process of ours has open. */
size_t loop_sources(const struct loop *loop);

/* Queues a task for the end of this turn (or of the next, when called by a task). Queued already: nothing happens. */
void loop_defer(struct loop *loop, struct loop_task *task);

/* Makes a task that is in no queue. */
void loop_task_init(struct loop_task *task, void (*run)(struct loop_task *task));

/* Takes a task out of the queue, if it is in one. */
void loop_task_cancel(struct loop_task *task);

/* Monotonic milliseconds, and milliseconds since 1970, read once at the start of the turn. */
int64_t loop_now_ms(const struct loop *loop);
int64_t loop_unix_ms(const struct loop *loop);

/* How long the longest turn took, without its wait, since this was asked last; microseconds. */
int64_t loop_take_longest_us(struct loop *loop);

/* The loop's deadlines. */
struct deadline_wheel *loop_deadlines(struct loop *loop);

enum { LOOP_SCRATCH_BYTES = 65536 };

/* LOOP_SCRATCH_BYTES that everything on the loop shares: for who reads a stream and passes the bytes on before it
 * returns. What is in it is lost with every return and every call to another user; streams themselves (a filter's
 * own input) do not use it. */
uint8_t *loop_scratch(struct loop *loop);

/* Runs until loop_stop; false when epoll_wait fails for another reason than a signal. */
[[nodiscard]] bool loop_run(struct loop *loop);

/* Ends loop_run after this turn. Without effect before loop_run, which begins anew. */
void loop_stop(struct loop *loop);

#endif
