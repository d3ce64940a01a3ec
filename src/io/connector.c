/* Connecting: the socket becomes a tcp stream at once, and its first readiness is the answer. Every outcome is told
 * from the loop. */
#include "io/connector.h"

#include "io/tcp.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

/* `task` tells of a failure that connect had at once, and frees the connector in the end. */
struct connector {
    struct loop *loop;
    struct stream *stream;
    int fd;
    struct deadline deadline;
    struct loop_task task;
    connector_done *done;
    void *owner;
};

static bool begin(struct connector *connector, const struct addr *addr);
static void on_ready(void *owner, unsigned what);
static void on_deadline(struct deadline *deadline);
static void on_refused(struct loop_task *task);
static void finish(struct connector *connector, enum reason reason);
static void end(struct connector *connector);
static void free_after_turn(struct loop_task *task);

struct connector *connector_start(struct loop *loop, const struct addr *addr, int64_t timeout_ms, connector_done *done,
                                  void *owner) {
    struct connector *connector = calloc(1, sizeof(*connector));
    if (!connector)
        return NULL;
    connector->loop = loop;
    connector->done = done;
    connector->owner = owner;
    loop_task_init(&connector->task, on_refused);
    deadline_init(&connector->deadline, on_deadline);
    if (!begin(connector, addr)) {
        free(connector);
        return NULL;
    }
    deadline_set(loop_deadlines(loop), &connector->deadline, loop_now_ms(loop) + timeout_ms);
    return connector;
}

void connector_cancel(struct connector **connector) {
    if (!*connector)
        return;
    stream_close(&(*connector)->stream);
    end(*connector);
    *connector = NULL;
}

/* Makes the socket and sends it on its way. */
static bool begin(struct connector *connector, const struct addr *addr) {
    int fd = socket(addr->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return false;
    bool refused = connect(fd, &addr->any, addr->len) < 0 && errno != EINPROGRESS;
    connector->fd = fd;
    connector->stream = tcp_new(connector->loop, fd);
    if (!connector->stream)
        return false;
    if (refused) {
        loop_defer(connector->loop, &connector->task);
        return true;
    }
    tcp_expect_connect(connector->stream);
    stream_own(connector->stream, connector, on_ready);
    return true;
}

static void on_ready(void *owner, unsigned what) {
    (void)what;
    struct connector *connector = owner;
    int error = 0;
    socklen_t len = sizeof(error);
    if (getsockopt(connector->fd, SOL_SOCKET, SO_ERROR, &error, &len) < 0)
        error = errno;
    finish(connector, error ? REASON_BACKEND_CONNECT : REASON_NONE);
}

static void on_deadline(struct deadline *deadline) {
    finish(list_entry(deadline, struct connector, deadline), REASON_BACKEND_CONNECT_TIMEOUT);
}

static void on_refused(struct loop_task *task) {
    finish(list_entry(task, struct connector, task), REASON_BACKEND_CONNECT);
}

/* Tells the owner, who gets the stream unless there is a reason against it. */
static void finish(struct connector *connector, enum reason reason) {
    if (reason == REASON_NONE)
        stream_own(connector->stream, NULL, NULL);
    else
        stream_close(&connector->stream);
    end(connector);
    connector->done(connector->owner, connector->stream, reason);
}

static void end(struct connector *connector) {
    deadline_clear(loop_deadlines(connector->loop), &connector->deadline);
    loop_task_cancel(&connector->task);
    loop_task_init(&connector->task, free_after_turn);
    loop_defer(connector->loop, &connector->task);
}

static void free_after_turn(struct loop_task *task) {
    free(list_entry(task, struct connector, task));
}
