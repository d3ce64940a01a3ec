/* Dialling a server: the stream of it, or the reason why there is none. */
#include "upstream/dial.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* A test waits this long for what must happen; more means that it does not. */
enum { PATIENCE_MS = 5000 };

static struct loop *loop;
static struct upstream *upstream;
static struct server *server;
static struct backend backend;
static int listening;
static struct stream *dialled;
static enum reason dialled_reason;
static struct deadline patience;

static void give_up(struct deadline *deadline) {
    (void)deadline;
    loop_stop(loop);
}

static int set_up(void **state) {
    (void)state;
    struct addr addr = {.v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
                        .len = sizeof addr.v4};
    listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listening, &addr.any, addr.len), 0);
    assert_int_equal(listen(listening, 8), 0);
    assert_int_equal(getsockname(listening, &addr.any, &addr.len), 0);
    loop = loop_new();
    upstream = upstream_new();
    server = server_get(upstream, "app", NULL, &addr);
    backend = (struct backend){.connect_timeout_ms = PATIENCE_MS};
    dialled = NULL;
    dialled_reason = REASON_COUNT;
    deadline_init(&patience, give_up);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    stream_close(&dialled);
    server_release(&server);
    deadline_clear(loop_deadlines(loop), &patience);
    loop_free(&loop);
    upstream_free(&upstream);
    close(listening);
    return 0;
}

static void on_dialled(void *owner, struct stream *stream, const struct dial_facts *facts, enum reason reason) {
    assert_ptr_equal(owner, &backend);
    assert_non_null(facts);
    dialled = stream;
    dialled_reason = reason;
    loop_stop(loop);
}

static struct dial *start(void) {
    return dial_start(loop, &backend, server, NULL, on_dialled, &backend);
}

static void run(int64_t wait_ms) {
    deadline_set(loop_deadlines(loop), &patience, loop_now_ms(loop) + wait_ms);
    assert_true(loop_run(loop));
    deadline_clear(loop_deadlines(loop), &patience);
}

static void a_clear_server_gets_what_is_written(void **state) {
    (void)state;
    char got[3];
    struct slice sent = slice_text("abc");
    assert_non_null(start());
    run(PATIENCE_MS);
    assert_int_equal(dialled_reason, REASON_NONE);
    assert_int_equal(server->references, 1);
    assert_int_equal(stream_write(dialled, &sent, 1).bytes, 3);
    int far_end = accept(listening, NULL, NULL);
    assert_int_equal(recv(far_end, got, sizeof got, MSG_WAITALL), 3);
    assert_memory_equal(got, "abc", 3);
    close(far_end);
}

static void nobody_listens(void **state) {
    (void)state;
    assert_int_equal(shutdown(listening, SHUT_RDWR), 0);
    if (start()) {
        run(PATIENCE_MS);
        assert_null(dialled);
        assert_int_equal(dialled_reason, REASON_BACKEND_CONNECT);
    }
    assert_int_equal(server->references, 1);
}

static void a_cancelled_attempt_says_nothing(void **state) {
    (void)state;
    struct dial *dial = start();
    assert_non_null(dial);
    dial_cancel(&dial);
    assert_null(dial);
    dial_cancel(&dial);
    run(100);
    assert_int_equal(dialled_reason, REASON_COUNT);
    assert_int_equal(server->references, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_clear_server_gets_what_is_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_listens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cancelled_attempt_says_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
