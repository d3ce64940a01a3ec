/* The loop: epoll, the wheel of deadlines, and the tasks of the end of a turn. The time is read once, after the
 * wait. */
#include "io/loop.h"

#include "base/bug.h"
#include "base/now.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

/* Events taken in one turn: enough that a busy worker asks the kernel seldom, few enough that deadlines and tasks do
 * not wait long. */
enum { EVENTS_MAX = 256 };

/* events[delivered..fetched) of this turn have not been delivered yet. */
struct loop {
    int epoll_fd;
    bool running;
    int delivered;
    int fetched;
    size_t sources;
    int64_t now_us;
    int64_t longest_us;
    int64_t now_ms;
    int64_t unix_ms;
    struct list tasks;
    struct deadline_wheel deadlines;
    struct epoll_event events[EVENTS_MAX];
    uint8_t scratch[LOOP_SCRATCH_BYTES];
};

static void read_clock(struct loop *loop);
static void note_turn(struct loop *loop);
static bool add(struct loop *loop, struct loop_source *source, uint32_t interest);
static bool fetch_events(struct loop *loop);
static void deliver_events(struct loop *loop);
static void run_tasks(struct loop *loop);

struct loop *loop_new(void) {
    struct loop *loop = malloc(sizeof(*loop));
    if (!loop)
        return NULL;
    loop->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (loop->epoll_fd < 0) {
        free(loop);
        return NULL;
    }
    loop->running = false;
    loop->delivered = loop->fetched = 0;
    loop->sources = 0;
    list_init(&loop->tasks);
    read_clock(loop);
    deadline_wheel_init(&loop->deadlines, loop->now_ms);
    return loop;
}

void loop_free(struct loop **loop) {
    if (!*loop)
        return;
    while (!list_empty(&(*loop)->tasks))
        run_tasks(*loop);
    close((*loop)->epoll_fd);
    free(*loop);
    *loop = NULL;
}

bool loop_add(struct loop *loop, struct loop_source *source) {
    return add(loop, source, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET);
}

bool loop_add_level(struct loop *loop, struct loop_source *source) {
    return add(loop, source, EPOLLIN);
}

void loop_remove(struct loop *loop, struct loop_source *source) {
    int failed = epoll_ctl(loop->epoll_fd, EPOLL_CTL_DEL, source->fd, NULL);
    bug_on(failed);
    loop_forget(loop, source);
}

void loop_forget(struct loop *loop, struct loop_source *source) {
    loop->sources--;
    for (int i = loop->delivered; i < loop->fetched; i++) {
        if (loop->events[i].data.ptr == source) {
            loop->events[i].data.ptr = NULL;
            return;
        }
    }
}

size_t loop_sources(const struct loop *loop) {
    return loop->sources;
}

void loop_defer(struct loop *loop, struct loop_task *task) {
    if (list_empty(&task->link))
        list_append(&loop->tasks, &task->link);
}

void loop_task_init(struct loop_task *task, void (*run)(struct loop_task *task)) {
    list_init(&task->link);
    task->run = run;
}

void loop_task_cancel(struct loop_task *task) {
    list_remove(&task->link);
}

int64_t loop_now_ms(const struct loop *loop) {
    return loop->now_ms;
}

int64_t loop_unix_ms(const struct loop *loop) {
    return loop->unix_ms;
}

int64_t loop_take_longest_us(struct loop *loop) {
    int64_t longest_us = loop->longest_us;
    loop->longest_us = 0;
    return longest_us;
}

struct deadline_wheel *loop_deadlines(struct loop *loop) {
    return &loop->deadlines;
}

uint8_t *loop_scratch(struct loop *loop) {
    return loop->scratch;
}

bool loop_run(struct loop *loop) {
    loop->running = true;
    while (loop->running) {
        if (!fetch_events(loop))
            return false;
        deliver_events(loop);
        deadline_wheel_run(&loop->deadlines, loop->now_ms);
        run_tasks(loop);
        note_turn(loop);
    }
    return true;
}

void loop_stop(struct loop *loop) {
    loop->running = false;
}

static void read_clock(struct loop *loop) {
    loop->now_us = now_us();
    loop->now_ms = loop->now_us / 1000;
    loop->unix_ms = now_unix_ms();
}

static void note_turn(struct loop *loop) {
    int64_t turn_us = now_us() - loop->now_us;
    if (turn_us > loop->longest_us)
        loop->longest_us = turn_us;
}

static bool add(struct loop *loop, struct loop_source *source, uint32_t interest) {
    struct epoll_event event = {.events = interest, .data.ptr = source};
    if (epoll_ctl(loop->epoll_fd, EPOLL_CTL_ADD, source->fd, &event) != 0)
        return false;
    loop->sources++;
    return true;
}

/* Waits for events, or for nothing when tasks are left from the turn before. A signal makes an empty turn. */
static bool fetch_events(struct loop *loop) {
    int wait_ms = list_empty(&loop->tasks) ? deadline_wheel_wait_ms(&loop->deadlines, loop->now_ms) : 0;
    int fetched = epoll_wait(loop->epoll_fd, loop->events, EVENTS_MAX, wait_ms);
    if (fetched < 0 && errno != EINTR)
        return false;
    loop->fetched = fetched < 0 ? 0 : fetched;
    loop->delivered = 0;
    read_clock(loop);
    return true;
}

/* Each source has one event at most in a turn; those that were removed meanwhile are NULL. */
static void deliver_events(struct loop *loop) {
    while (loop->delivered < loop->fetched) {
        const struct epoll_event *event = &loop->events[loop->delivered++];
        struct loop_source *source = event->data.ptr;
        if (source)
            source->on_event(source, event->events);
    }
}

/* Runs the tasks that wait now; those that they queue are for the next turn. */
static void run_tasks(struct loop *loop) {
    struct list waiting;
    list_init(&waiting);
    list_take(&waiting, &loop->tasks);
    struct list *link;
    while ((link = list_first(&waiting)) != NULL) {
        struct loop_task *task = list_entry(link, struct loop_task, link);
        list_remove(link);
        task->run(task);
    }
}
