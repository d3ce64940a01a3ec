/* Accepting connections. */
#include "bin/acceptor.h"

#include "base/log.h"
#include "ipc/outline.h"
#include "os/fd.h"
#include "os/sock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

/* SOCKETS_MAX: all sockets of all slots. BATCH_MAX: connections taken per event, so that a flood of new ones does not
 * starve those under way. PAUSE_MS: when descriptors or memory are short, waiting connections stay in the queue. */
enum { SOCKETS_MAX = OUTLINE_LISTENS_MAX * OUTLINE_WORKERS_MAX, BATCH_MAX = 32, PAUSE_MS = 100 };

/* source first: events lead back to the socket. batch: how many to take at the next event. */
struct socket {
    struct loop_source source;
    struct acceptor *acceptor;
    uint32_t number;
    bool listening;
    unsigned batch;
    char listener[OUTLINE_NAME_MAX];
};

/* sockets grows by pointers: a source must not move. */
struct acceptor {
    struct loop *loop;
    struct counters *counters;
    acceptor_take *take;
    void *owner;
    struct deadline pause;
    size_t count;
    struct socket *sockets[SOCKETS_MAX];
};

static struct socket *find(struct acceptor *acceptor, uint32_t number);
static void on_event(struct loop_source *source, uint32_t events);
static bool take_one(struct socket *socket);
static void pause_all(struct acceptor *acceptor);
static void end_pause(struct deadline *deadline);
static void close_socket(struct acceptor *acceptor, size_t index);
static bool is_in(uint32_t number, const uint32_t *numbers, size_t count);

struct acceptor *acceptor_new(struct loop *loop, struct counters *counters, acceptor_take *take, void *owner) {
    struct acceptor *acceptor = calloc(1, sizeof(*acceptor));
    if (!acceptor)
        return NULL;
    acceptor->loop = loop;
    acceptor->counters = counters;
    acceptor->take = take;
    acceptor->owner = owner;
    deadline_init(&acceptor->pause, end_pause);
    return acceptor;
}

void acceptor_free(struct acceptor **acceptor) {
    if (!*acceptor)
        return;
    while ((*acceptor)->count > 0)
        close_socket(*acceptor, (*acceptor)->count - 1);
    deadline_clear(loop_deadlines((*acceptor)->loop), &(*acceptor)->pause);
    free(*acceptor);
    *acceptor = NULL;
}

bool acceptor_add(struct acceptor *acceptor, uint32_t number, int fd) {
    struct socket *socket = NULL;
    if (acceptor->count < SOCKETS_MAX && !find(acceptor, number))
        socket = calloc(1, sizeof(*socket));
    if (!socket) {
        fd_close(&fd);
        return false;
    }
    socket->source = (struct loop_source){.fd = fd, .on_event = on_event};
    socket->acceptor = acceptor;
    socket->number = number;
    socket->batch = 1;
    acceptor->sockets[acceptor->count++] = socket;
    return true;
}

bool acceptor_listen(struct acceptor *acceptor, uint32_t number, const char *listener) {
    struct socket *socket = find(acceptor, number);
    if (!socket)
        return false;
    snprintf(socket->listener, sizeof(socket->listener), "%s", listener);
    if (socket->listening)
        return true;
    socket->listening = true;
    return deadline_is_set(&acceptor->pause) || loop_add_level(acceptor->loop, &socket->source);
}

void acceptor_drop(struct acceptor *acceptor, uint32_t number) {
    for (size_t i = 0; i < acceptor->count; i++)
        if (acceptor->sockets[i]->number == number) {
            close_socket(acceptor, i);
            return;
        }
}

void acceptor_drop_idle(struct acceptor *acceptor) {
    for (size_t i = acceptor->count; i-- > 0;)
        if (!acceptor->sockets[i]->listening)
            close_socket(acceptor, i);
}

void acceptor_keep(struct acceptor *acceptor, const uint32_t *keep, size_t count) {
    for (size_t i = acceptor->count; i-- > 0;) {
        struct socket *socket = acceptor->sockets[i];
        if (is_in(socket->number, keep, count))
            continue;
        while (socket->listening && take_one(socket))
            ;
        close_socket(acceptor, i);
    }
}

static struct socket *find(struct acceptor *acceptor, uint32_t number) {
    for (size_t i = 0; i < acceptor->count; i++)
        if (acceptor->sockets[i]->number == number)
            return acceptor->sockets[i];
    return NULL;
}

/* To learn that nobody waits any more costs as much as to accept: the batch grows while it is filled, and starts again
 * with one. */
static void on_event(struct loop_source *source, uint32_t events) {
    (void)events;
    struct socket *socket = (struct socket *)(void *)source;
    unsigned taken = 0;
    while (taken < socket->batch && take_one(socket))
        taken++;
    bool filled = taken == socket->batch;
    socket->batch = !filled ? 1 : socket->batch < BATCH_MAX ? socket->batch * 2 : BATCH_MAX;
}

/* True when one was taken, or may be next: a client that left while it waited is no reason to stop. */
static bool take_one(struct socket *socket) {
    struct acceptor *acceptor = socket->acceptor;
    struct addr peer;
    int fd = sock_accept(socket->source.fd, &peer);
    if (fd >= 0) {
        acceptor->take(acceptor->owner, socket->listener, fd, &peer);
        return true;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
        pause_all(acceptor);
    return errno == ECONNABORTED || errno == EINTR || errno == EPROTO;
}

/* The sockets are level-triggered: leaving them in epoll would turn the loop without rest. */
static void pause_all(struct acceptor *acceptor) {
    int cause = errno;
    if (!deadline_is_set(&acceptor->pause)) {
        errno = cause;
        log_line(LOG_LEVEL_WARNING, "accepting pauses for %d ms: %m", PAUSE_MS);
        counters_add(acceptor->counters, COUNTER_ACCEPT_PAUSES, 1);
        for (size_t i = 0; i < acceptor->count; i++)
            if (acceptor->sockets[i]->listening)
                loop_remove(acceptor->loop, &acceptor->sockets[i]->source);
        deadline_set(loop_deadlines(acceptor->loop), &acceptor->pause, loop_now_ms(acceptor->loop) + PAUSE_MS);
    }
    errno = cause;
}

static void end_pause(struct deadline *deadline) {
    struct acceptor *acceptor = list_entry(deadline, struct acceptor, pause);
    for (size_t i = 0; i < acceptor->count; i++)
        if (acceptor->sockets[i]->listening && !loop_add_level(acceptor->loop, &acceptor->sockets[i]->source))
            log_line(LOG_LEVEL_ERROR, "listener %s cannot be watched: %m", acceptor->sockets[i]->listener);
}

static void close_socket(struct acceptor *acceptor, size_t index) {
    struct socket *socket = acceptor->sockets[index];
    if (socket->listening && !deadline_is_set(&acceptor->pause))
        loop_remove(acceptor->loop, &socket->source);
    fd_close(&socket->source.fd);
    free(socket);
    acceptor->sockets[index] = acceptor->sockets[--acceptor->count];
}

static bool is_in(uint32_t number, const uint32_t *numbers, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (numbers[i] == number)
            return true;
    return false;
}
