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
 * starve those under way. */
enum { SOCKETS_MAX = OUTLINE_LISTENS_MAX * OUTLINE_WORKERS_MAX, BATCH_MAX = 32 };

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
    acceptor_take *take;
    acceptor_short *is_short;
    void *owner;
    bool is_paused;
    size_t count;
    struct socket *sockets[SOCKETS_MAX];
};

static struct socket *find(struct acceptor *acceptor, uint32_t number);
static void on_event(struct loop_source *source, uint32_t events);
static bool take_one(struct socket *socket);
static void close_socket(struct acceptor *acceptor, size_t index);
static bool is_in(uint32_t number, const uint32_t *numbers, size_t count);

struct acceptor *acceptor_new(struct loop *loop, acceptor_take *take, acceptor_short *is_short, void *owner) {
    struct acceptor *acceptor = calloc(1, sizeof(*acceptor));
    if (!acceptor)
        return NULL;
    acceptor->loop = loop;
    acceptor->take = take;
    acceptor->is_short = is_short;
    acceptor->owner = owner;
    return acceptor;
}

void acceptor_free(struct acceptor **acceptor) {
    if (!*acceptor)
        return;
    while ((*acceptor)->count > 0)
        close_socket(*acceptor, (*acceptor)->count - 1);
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
    return acceptor->is_paused || loop_add_level(acceptor->loop, &socket->source);
}

/* The sockets are level-triggered: leaving them in epoll would turn the loop without rest. */
void acceptor_pause(struct acceptor *acceptor, bool is_paused) {
    if (acceptor->is_paused == is_paused)
        return;
    acceptor->is_paused = is_paused;
    for (size_t i = 0; i < acceptor->count; i++) {
        struct socket *socket = acceptor->sockets[i];
        if (socket->listening && is_paused)
            loop_remove(acceptor->loop, &socket->source);
        else if (socket->listening && !loop_add_level(acceptor->loop, &socket->source))
            log_line(LOG_LEVEL_ERROR, "listener %s cannot be watched: %m", socket->listener);
    }
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
    while (taken < socket->batch && !socket->acceptor->is_paused && take_one(socket))
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
    int cause = errno;
    if (cause == EMFILE || cause == ENFILE || cause == ENOMEM || cause == ENOBUFS)
        acceptor->is_short(acceptor->owner, cause);
    return cause == ECONNABORTED || cause == EINTR || cause == EPROTO;
}

static void close_socket(struct acceptor *acceptor, size_t index) {
    struct socket *socket = acceptor->sockets[index];
    if (socket->listening && !acceptor->is_paused)
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
