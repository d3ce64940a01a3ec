/* One attempt goes through its steps one after the other: connect. The last of them tells the owner. */
#include "upstream/dial.h"

#include "io/connector.h"

#include <stdlib.h>

struct dial {
    struct loop *loop;
    struct server *server;
    struct connector *connector;
    struct loop_task bury;
    dial_done *done;
    void *owner;
};

static void on_connected(void *owner, struct stream *stream, enum reason reason);
static void finish(struct dial *dial, struct stream *stream, enum reason reason);
static void end(struct dial *dial);
static void bury(struct loop_task *task);

struct dial *dial_start(struct loop *loop, const struct backend *backend, struct server *server,
                        const struct dial_scope *scope, dial_done *done, void *owner) {
    (void)scope;
    struct dial *dial = calloc(1, sizeof *dial);
    if (!dial)
        return NULL;
    *dial = (struct dial){.loop = loop, .done = done, .owner = owner};
    dial->connector = connector_start(loop, &server->addr, backend->connect_timeout_ms, on_connected, dial);
    if (!dial->connector) {
        free(dial);
        return NULL;
    }
    dial->server = server_ref(server);
    loop_task_init(&dial->bury, bury);
    return dial;
}

void dial_cancel(struct dial **held) {
    struct dial *dial = *held;
    *held = NULL;
    if (!dial)
        return;
    connector_cancel(&dial->connector);
    end(dial);
}

static void on_connected(void *owner, struct stream *stream, enum reason reason) {
    struct dial *dial = owner;
    dial->connector = NULL;
    finish(dial, stream, reason);
}

static void finish(struct dial *dial, struct stream *stream, enum reason reason) {
    const struct dial_facts facts = {.resumed = false};
    end(dial);
    dial->done(dial->owner, stream, &facts, reason);
}

static void end(struct dial *dial) {
    server_release(&dial->server);
    loop_defer(dial->loop, &dial->bury);
}

static void bury(struct loop_task *task) {
    free(list_entry(task, struct dial, bury));
}
