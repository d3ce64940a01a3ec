/* One check at a time for each server: a connection as the backend opens them, and for HTTP a request on it. */
#include "upstream/healthcheck.h"

#include "base/hash.h"
#include "io/connector.h"
#include "upstream/dial.h"
#include "upstream/pool.h"

#include <stdio.h>
#include <stdlib.h>

/* SPREAD: a pause is longer or shorter by up to a tenth, so that workers and servers do not fall into step. */
enum { SPREAD = 10, FIELDS_MAX = 2, AUTHORITY_MAX = 300, WHY_MAX = 160 };

/* One server that is checked. target: what is asked, the server itself or another port of it. timer: the next check, or
 * the end of the one under way. row: results in a row that say otherwise than is_up. Of connector, dial, and
 * http with stream, at most one is there, while a check is under way. */
struct healthcheck {
    struct list link;
    struct healthchecks *checks;
    struct server *server;
    struct server *target;
    const struct backend *backend;
    struct deadline timer;
    uint64_t pauses;
    bool is_wanted;
    bool is_under_way;
    bool is_up;
    unsigned row;
    struct connector *connector;
    struct dial *dial;
    struct http_conn *http;
    struct http_stream *stream;
};

struct healthchecks {
    struct loop *loop;
    struct list all;
    const struct healthcheck_events *events;
    void *owner;
};

static bool add_server(struct healthchecks *checks, const struct backend *backend, struct server *server);
static struct healthcheck *make(struct healthchecks *checks, struct server *server);
static struct server *target_of(const struct backend *backend, struct server *server);
static void use(struct healthcheck *check, const struct backend *backend, struct server *target);
static void drop(struct healthcheck *check);
static void on_timer(struct deadline *deadline);
static void begin(struct healthcheck *check);
static bool start(struct healthcheck *check);
static void on_connected(void *owner, struct stream *stream, enum reason reason);
static void on_dialled(void *owner, struct stream *stream, const struct dial_facts *facts, enum reason reason);
static void on_opened(void *owner, struct stream *stream, const struct dial_facts *facts, enum reason reason);
static void finish_stream(struct healthcheck *check, struct stream *stream, enum reason reason);
static bool send_request(struct healthcheck *check);
static const char *authority_of(const struct healthcheck *check, char *to);
static void on_head(void *owner, const struct http_message *head);
static bool is_expected(const struct backend_check *settings, uint16_t status);
static void on_failed(void *owner, enum reason reason);
static void on_nothing(void *owner);
static void on_ended(void *owner, enum reason reason);
static void finish(struct healthcheck *check, const char *why);
static void count(struct healthcheck *check, const char *why);
static void stop(struct healthcheck *check);
static int64_t pause_ms(struct healthcheck *check);

static const struct http_stream_events stream_events = {.head = on_head,
                                                        .readable = on_nothing,
                                                        .writable = on_nothing,
                                                        .failed = on_failed};

static const struct http_conn_events conn_events = {.idle = on_nothing, .ended = on_ended};

struct healthchecks *healthcheck_new(struct loop *loop, const struct healthcheck_events *events, void *owner) {
    struct healthchecks *checks = calloc(1, sizeof(*checks));
    if (!checks)
        return NULL;
    list_init(&checks->all);
    checks->loop = loop;
    checks->events = events;
    checks->owner = owner;
    return checks;
}

void healthcheck_free(struct healthchecks **checks) {
    struct list *item, *following;
    if (!*checks)
        return;
    list_each_safe(item, following, &(*checks)->all) drop(list_entry(item, struct healthcheck, link));
    free(*checks);
    *checks = NULL;
}

void healthcheck_begin(struct healthchecks *checks) {
    for (struct list *item = checks->all.next; item != &checks->all; item = item->next)
        list_entry(item, struct healthcheck, link)->is_wanted = false;
}

bool healthcheck_add(struct healthchecks *checks, const struct backend *backend) {
    bool done = true;
    for (size_t i = 0; backend->check.type != BACKEND_CHECK_OFF && i < backend->server_count; i++)
        done = add_server(checks, backend, backend->servers[i].server) && done;
    return done;
}

void healthcheck_end(struct healthchecks *checks) {
    struct list *item, *following;
    list_each_safe(item, following, &checks->all) {
        struct healthcheck *check = list_entry(item, struct healthcheck, link);
        if (check->is_wanted)
            continue;
        if (!check->is_up) {
            server_set_health(check->server, true, loop_now_ms(checks->loop));
            checks->events->changed(checks->owner, check->server, true, NULL);
        }
        drop(check);
    }
}

static bool add_server(struct healthchecks *checks, const struct backend *backend, struct server *server) {
    struct healthcheck *check = server->check ? server->check : make(checks, server);
    struct server *target = target_of(backend, server);
    if (check && target) {
        use(check, backend, target);
        return true;
    }
    server_release(&target);
    return false;
}

static struct healthcheck *make(struct healthchecks *checks, struct server *server) {
    struct healthcheck *check = calloc(1, sizeof(*check));
    if (!check)
        return NULL;
    check->checks = checks;
    check->server = server_ref(server);
    check->is_up = true;
    deadline_init(&check->timer, on_timer);
    list_append(&checks->all, &check->link);
    server->check = check;
    return check;
}

/* With a reference of its own. */
static struct server *target_of(const struct backend *backend, struct server *server) {
    struct addr addr = server->addr;
    if (backend->check.port == 0 || addr.any.sa_family == AF_UNIX)
        return server_ref(server);
    if (addr.any.sa_family == AF_INET6)
        addr.v6.sin6_port = htons((uint16_t)backend->check.port);
    else
        addr.v4.sin_port = htons((uint16_t)backend->check.port);
    return server_get_named(server->upstream, server->backend, server->label, server->host ? server->host : "", &addr);
}

/* What was under way for a backend that goes is given up and says nothing; the next check comes at once, as it does for
 * a new server. */
static void use(struct healthcheck *check, const struct backend *backend, struct server *target) {
    bool is_same = check->backend == backend && check->target == target;
    check->is_wanted = true;
    if (!is_same) {
        stop(check);
        int64_t now_ms = loop_now_ms(check->checks->loop);
        bool is_due = !check->backend || check->is_under_way || !deadline_is_set(&check->timer);
        check->is_under_way = false;
        if (is_due)
            deadline_set(loop_deadlines(check->checks->loop), &check->timer, now_ms);
    }
    check->backend = backend;
    server_release(&check->target);
    check->target = target;
}

static void drop(struct healthcheck *check) {
    stop(check);
    deadline_clear(loop_deadlines(check->checks->loop), &check->timer);
    list_remove(&check->link);
    check->server->check = NULL;
    server_release(&check->target);
    server_release(&check->server);
    free(check);
}

static void on_timer(struct deadline *deadline) {
    struct healthcheck *check = list_entry(deadline, struct healthcheck, timer);
    if (check->is_under_way)
        finish(check, "It did not answer in time.");
    else
        begin(check);
}

static void begin(struct healthcheck *check) {
    int64_t now_ms = loop_now_ms(check->checks->loop);
    check->is_under_way = true;
    deadline_set(loop_deadlines(check->checks->loop), &check->timer, now_ms + check->backend->check.timeout_ms);
    if (!start(check))
        finish(check, "There is no memory or descriptor for the check.");
}

static bool start(struct healthcheck *check) {
    const struct backend *backend = check->backend;
    struct loop *loop = check->checks->loop;
    switch (backend->check.type) {
    case BACKEND_CHECK_TCP:
        check->connector = connector_start(loop, &check->target->addr, backend->check.timeout_ms, on_connected, check);
        return check->connector != NULL;
    case BACKEND_CHECK_TLS:
        check->dial = dial_start(loop, backend, check->target, NULL, on_dialled, check);
        return check->dial != NULL;
    default:
        check->dial = dial_start(loop, backend, check->target, NULL, on_opened, check);
        return check->dial != NULL;
    }
}

static void on_connected(void *owner, struct stream *stream, enum reason reason) {
    struct healthcheck *check = owner;
    check->connector = NULL;
    finish_stream(check, stream, reason);
}

static void on_dialled(void *owner, struct stream *stream, const struct dial_facts *facts, enum reason reason) {
    (void)facts;
    struct healthcheck *check = owner;
    check->dial = NULL;
    finish_stream(check, stream, reason);
}

static void finish_stream(struct healthcheck *check, struct stream *stream, enum reason reason) {
    bool is_good = stream != NULL;
    stream_close(&stream);
    finish(check, is_good ? NULL : reason_row(reason)->sentence);
}

static void on_opened(void *owner, struct stream *stream, const struct dial_facts *facts, enum reason reason) {
    struct healthcheck *check = owner;
    check->dial = NULL;
    if (stream)
        check->http = pool_speak(check->checks->loop, check->backend, stream, facts, &reason);
    if (!check->http) {
        finish(check, reason_row(reason)->sentence);
        return;
    }
    http_conn_own(check->http, &conn_events, check);
    if (!send_request(check))
        finish(check, "The request could not be sent.");
}

static bool send_request(struct healthcheck *check) {
    const struct backend_check *settings = &check->backend->check;
    char authority[AUTHORITY_MAX];
    struct http_field fields[FIELDS_MAX];
    struct http_message request;
    http_message_init(&request, fields, FIELDS_MAX);
    request.method = slice_text(settings->method);
    request.scheme = slice_text(check->backend->tls.outpoint ? "https" : "http");
    request.authority = slice_text(authority_of(check, authority));
    request.path = slice_text(settings->path);
    check->stream = http_conn_open(check->http);
    if (!check->stream)
        return false;
    http_stream_own(check->stream, &stream_events, check);
    if (!http_message_add(&request, slice_text("User-Agent"), slice_text("sallyport-health-check"), 0) ||
        !http_stream_send_head(check->stream, &request, true))
        return false;
    http_conn_flush(check->http);
    return true;
}

/* A Unix socket has no name that a server could know. */
static const char *authority_of(const struct healthcheck *check, char *to) {
    const struct server *target = check->target;
    char text[ADDR_TEXT_MAX];
    if (check->backend->check.host)
        return check->backend->check.host;
    if (target->addr.any.sa_family == AF_UNIX)
        return "localhost";
    addr_text(&target->addr, text);
    if (!target->host)
        snprintf(to, AUTHORITY_MAX, "%s", text);
    else
        snprintf(to, AUTHORITY_MAX, "%s:%u", target->host, addr_ip_of(&target->addr).port);
    return to;
}

/* Interim answers are not what is waited for. */
static void on_head(void *owner, const struct http_message *head) {
    struct healthcheck *check = owner;
    char why[WHY_MAX];
    if (head->status < 200)
        return;
    bool is_good = is_expected(&check->backend->check, head->status);
    snprintf(why, sizeof(why), "It answered with status %u.", head->status);
    finish(check, is_good ? NULL : why);
}

/* Without a list, everything but errors is good. */
static bool is_expected(const struct backend_check *settings, uint16_t status) {
    bool is_listed = settings->status_count == 0 && status < 400;
    for (size_t i = 0; i < settings->status_count; i++)
        is_listed = is_listed || settings->statuses[i] == status;
    return is_listed;
}

static void on_failed(void *owner, enum reason reason) {
    finish(owner, reason_row(reason)->sentence);
}

static void on_nothing(void *owner) {
    (void)owner;
}

/* Its stream has failed before. */
static void on_ended(void *owner, enum reason reason) {
    (void)owner, (void)reason;
}

/* `why`: of a failure, else NULL. */
static void finish(struct healthcheck *check, const char *why) {
    struct healthchecks *checks = check->checks;
    stop(check);
    check->is_under_way = false;
    deadline_set(loop_deadlines(checks->loop), &check->timer, loop_now_ms(checks->loop) + pause_ms(check));
    checks->events->checked(checks->owner, why == NULL);
    count(check, why);
}

static void count(struct healthcheck *check, const char *why) {
    const struct backend_check *settings = &check->backend->check;
    bool is_good = why == NULL;
    check->row = is_good != check->is_up ? check->row + 1 : 0;
    if (check->row < (is_good ? settings->rise : settings->fall))
        return;
    check->row = 0;
    if (is_good == check->is_up)
        return;
    check->is_up = is_good;
    server_set_health(check->server, is_good, loop_now_ms(check->checks->loop));
    check->checks->events->changed(check->checks->owner, check->server, is_good, why);
}

/* Connections of checks are not kept: a new one each time is what is to be checked. */
static void stop(struct healthcheck *check) {
    connector_cancel(&check->connector);
    dial_cancel(&check->dial);
    http_stream_release(&check->stream, REASON_NONE);
    http_conn_close(&check->http);
}

static int64_t pause_ms(struct healthcheck *check) {
    int64_t interval_ms = check->backend->check.interval_ms;
    uint64_t drawn = hash_keyed(++check->pauses, check->server->key);
    int64_t most_ms = interval_ms / SPREAD;
    return interval_ms - most_ms + (int64_t)(drawn % (uint64_t)(2 * most_ms + 1));
}
