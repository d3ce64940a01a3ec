/* The backend: sessions over http/h1conn, one answer per request. */
#include "bin/whoami.h"

#include "base/log.h"
#include "bin/options.h"
#include "bin/told.h"
#include "http/h1conn.h"
#include "io/tcp.h"
#include "os/fd.h"
#include "os/sock.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* ANSWER_BYTES_MAX: all fields of a request, escaped. IDLE_MS: longer than the gateway keeps an idle connection. */
enum { ANSWER_BYTES_MAX = 1 << 20, SESSIONS_MAX = 4096, IDLE_MS = 120000 };

/* Fields with whole chains in them are large. */
static const struct h1parse_limits limits = {.head_bytes = 131072, .target_bytes = 8192, .fields = HTTP_FIELDS_MAX};

struct whoami {
    struct loop_source source;
    struct loop *loop;
    size_t sessions;
};

/* One connection; `answer` is what was not sent yet, `answering` that we have begun to. */
struct whoami_session {
    struct whoami *whoami;
    struct http_conn *conn;
    struct http_stream *stream;
    struct deadline idle;
    struct buf answer;
    bool as_json;
    bool answering;
};

static int serve(const struct addr *addr);
static void on_connection(struct loop_source *source, uint32_t events);
static void start_session(struct whoami *whoami, int fd);
static void on_request(void *owner, struct http_stream *stream, const struct http_message *head);
static bool send_continue(struct whoami_session *session);
static void read_body(void *owner);
static bool send_answer_head(struct whoami_session *session);
static void send_answer(void *owner);
static void on_failed(void *owner, enum reason reason);
static void on_refused(void *owner, enum reason reason);
static void on_ended(void *owner, enum reason reason);
static void on_idle(struct deadline *deadline);
static void on_nothing(void *owner);
static void close_session(struct whoami_session *session);
static void wait_longer(struct whoami_session *session);

static const struct http_conn_events conn_events = {
    .request = on_request,
    .began = on_nothing,
    .idle = on_nothing,
    .refused = on_refused,
    .ended = on_ended,
};
static const struct http_stream_events stream_events = {
    .readable = read_body,
    .writable = send_answer,
    .failed = on_failed,
};

int whoami_command(char *const *arguments) {
    const char *listen = NULL;
    struct addr addr;
    const struct options_row rows[] = {{.name = "listen", .text = &listen}, {0}};
    if (!options_read(arguments, rows, NULL))
        return 2;
    if (!listen || !addr_parse(slice_text(listen), &addr)) {
        fputs("usage: sallyport whoami --listen ADDRESS (127.0.0.1:8080, [::1]:8080, unix:/path)\n", stderr);
        return 2;
    }
    return serve(&addr);
}

static int serve(const struct addr *addr) {
    const struct sock_listen options = {.backlog = 256, .mode = 0666, .group = (gid_t)-1};
    struct error error;
    struct whoami whoami = {.source = {.on_event = on_connection}};
    struct addr bound;
    char text[ADDR_TEXT_MAX];
    log_open("whoami", LOG_LEVEL_INFO);
    signal(SIGPIPE, SIG_IGN);
    whoami.source.fd = sock_listen(addr, &options, &error);
    if (whoami.source.fd < 0) {
        fprintf(stderr, "sallyport: %s\n", error.sentence);
        return EXIT_FAILURE;
    }
    whoami.loop = loop_new();
    if (!whoami.loop || !loop_add_level(whoami.loop, &whoami.source) || !sock_local_addr(whoami.source.fd, &bound))
        return EXIT_FAILURE;
    addr_text(&bound, text);
    printf("whoami listens on %s\n", text);
    fflush(stdout);
    return loop_run(whoami.loop) ? EXIT_SUCCESS : EXIT_FAILURE;
}

static void on_connection(struct loop_source *source, uint32_t events) {
    (void)events;
    struct whoami *whoami = list_entry(source, struct whoami, source);
    int fd = sock_accept(source->fd, NULL);
    if (fd >= 0 && whoami->sessions < SESSIONS_MAX)
        start_session(whoami, fd);
    else
        fd_close(&fd);
}

static void start_session(struct whoami *whoami, int fd) {
    struct whoami_session *session = calloc(1, sizeof(*session));
    struct stream *stream = tcp_new(whoami->loop, fd);
    if (session && stream)
        session->conn = h1conn_new_front(whoami->loop, stream, &limits, slice_text("http"));
    if (!session || !session->conn) {
        free(session);
        return;
    }
    sock_set_nodelay(fd);
    session->whoami = whoami;
    buf_init(&session->answer, ANSWER_BYTES_MAX);
    deadline_init(&session->idle, on_idle);
    wait_longer(session);
    http_conn_own(session->conn, &conn_events, session);
    whoami->sessions++;
}

static void on_request(void *owner, struct http_stream *stream, const struct http_message *head) {
    struct whoami_session *session = owner;
    struct slice accept = http_message_find(head, slice_text("Accept"));
    bool as_json = accept.data && memmem(accept.data, accept.len, "application/json", 16) != NULL;
    session->stream = stream;
    session->answering = false;
    wait_longer(session);
    http_stream_own(stream, &stream_events, session);
    buf_consume(&session->answer, buf_len(&session->answer));
    session->as_json = as_json;
    bool printed = as_json ? told_print_json(head, &session->answer) : told_print_text(head, &session->answer);
    if (!printed || (head->expect_continue && !send_continue(session)))
        close_session(session);
    else
        read_body(session);
}

static bool send_continue(struct whoami_session *session) {
    struct http_message head;
    http_message_init(&head, NULL, 0);
    head.status = 100;
    bool sent = http_stream_send_head(session->stream, &head, false);
    http_conn_flush(session->conn);
    return sent;
}

/* The body is of no interest, but a client that is answered in the middle of it may not read the answer. */
static void read_body(void *owner) {
    struct whoami_session *session = owner;
    struct http_body_view view = http_stream_body(session->stream);
    while (view.bytes.len > 0) {
        http_stream_consume(session->stream, view.bytes.len);
        view = http_stream_body(session->stream);
    }
    wait_longer(session);
    if (!view.end || session->answering)
        return;
    session->answering = true;
    if (send_answer_head(session))
        send_answer(session);
    else
        close_session(session);
}

static bool send_answer_head(struct whoami_session *session) {
    struct http_field fields[2];
    struct http_message head;
    const char *type = session->as_json ? "application/json" : "text/plain; charset=utf-8";
    http_message_init(&head, fields, 2);
    head.status = 200;
    head.body = HTTP_BODY_LENGTH;
    head.content_length = buf_len(&session->answer);
    return http_message_add(&head, slice_text("Content-Type"), slice_text(type), 0) &&
        http_message_add(&head, slice_text("Cache-Control"), slice_text("no-store"), 0) &&
        http_stream_send_head(session->stream, &head, false);
}

static void send_answer(void *owner) {
    struct whoami_session *session = owner;
    size_t sent = http_stream_send_body(session->stream, buf_view(&session->answer), true);
    buf_consume(&session->answer, sent);
    if (buf_len(&session->answer) == 0)
        http_stream_release(&session->stream, REASON_NONE);
    http_conn_flush(session->conn);
}

static void on_failed(void *owner, enum reason reason) {
    struct whoami_session *session = owner;
    http_stream_release(&session->stream, reason);
}

static void on_refused(void *owner, enum reason reason) {
    (void)owner;
    log_line(LOG_LEVEL_WARNING, "a request was refused: %s", reason_row(reason)->sentence);
}

static void on_ended(void *owner, enum reason reason) {
    (void)reason;
    close_session(owner);
}

static void on_idle(struct deadline *deadline) {
    close_session(list_entry(deadline, struct whoami_session, idle));
}

static void on_nothing(void *owner) {
    (void)owner;
}

/* Its stream, if one is open, goes with the connection. */
static void close_session(struct whoami_session *session) {
    deadline_clear(loop_deadlines(session->whoami->loop), &session->idle);
    http_conn_close(&session->conn);
    buf_fini(&session->answer);
    session->whoami->sessions--;
    free(session);
}

static void wait_longer(struct whoami_session *session) {
    struct loop *loop = session->whoami->loop;
    deadline_set(loop_deadlines(loop), &session->idle, loop_now_ms(loop) + IDLE_MS);
}
