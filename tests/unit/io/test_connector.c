/* Connecting outward: every outcome comes from the loop, once, or not at all after a cancel. */
#include "harness.h"

#include "io/connector.h"

#include <stdio.h>

struct outcome {
    bool told;
    int calls;
    struct stream *stream;
    enum reason reason;
};

static struct loop *loop;
static struct outcome outcome;

static void on_done(void *owner, struct stream *stream, enum reason reason) {
    struct outcome *self = owner;
    self->told = true;
    self->calls++;
    self->stream = stream;
    self->reason = reason;
}

static int set_up(void **state) {
    (void)state;
    loop = loop_new();
    outcome = (struct outcome){0};
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    stream_close(&outcome.stream);
    loop_free(&loop);
    return 0;
}

static void start_and_wait(const struct addr *addr, int64_t timeout_ms) {
    assert_non_null(connector_start(loop, addr, timeout_ms, on_done, &outcome));
    assert_false(outcome.told);
    harness_run_until(loop, &outcome.told);
    harness_turns(loop, 3);
    assert_int_equal(outcome.calls, 1);
    assert_int_equal(deadline_wheel_wait_ms(loop_deadlines(loop), loop_now_ms(loop)), -1);
}

static void check_talks(int listener) {
    assert_int_equal(outcome.reason, REASON_NONE);
    assert_non_null(outcome.stream);
    assert_null(outcome.stream->owner);
    int peer = accept(listener, NULL, NULL);
    struct slice part = slice_text("ping");
    assert_int_equal(stream_write(outcome.stream, &part, 1).bytes, 4);
    char got[4];
    assert_int_equal(read(peer, got, 4), 4);
    close(peer);
    close(listener);
}

static void connects_over_tcp(void **state) {
    (void)state;
    struct addr addr;
    int listener = harness_listen(&addr);
    start_and_wait(&addr, 1000);
    check_talks(listener);
}

static struct addr unix_addr(void) {
    struct addr addr = {.local = {.sun_family = AF_UNIX}};
    /* an abstract name: nothing is left in the file system */
    snprintf(addr.local.sun_path + 1, sizeof(addr.local.sun_path) - 1, "sallyport-test-%d", (int)getpid());
    addr.len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + 1 + strlen(addr.local.sun_path + 1));
    return addr;
}

static void connects_over_a_unix_socket(void **state) {
    (void)state;
    struct addr addr = unix_addr();
    int listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listener, &addr.any, addr.len), 0);
    assert_int_equal(listen(listener, 1), 0);
    start_and_wait(&addr, 1000);
    check_talks(listener);
}

static void refused_at_once_is_told_from_the_loop(void **state) {
    (void)state;
    struct addr addr = unix_addr();
    start_and_wait(&addr, 1000);
    assert_int_equal(outcome.reason, REASON_BACKEND_CONNECT);
    assert_null(outcome.stream);
}

static void refused_by_the_other_host(void **state) {
    (void)state;
    struct addr addr;
    close(harness_listen(&addr));
    start_and_wait(&addr, 1000);
    assert_int_equal(outcome.reason, REASON_BACKEND_CONNECT);
    assert_null(outcome.stream);
}

/* A listener with a full queue lets further connects wait: the kernel drops their SYN. */
static int full_listener(struct addr *addr, int fillers[4]) {
    int listener = harness_listen(addr);
    assert_int_equal(listen(listener, 0), 0);
    for (int i = 0; i < 4; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        (void)connect(fillers[i], &addr->any, addr->len);
    }
    return listener;
}

static void close_all(int listener, const int fillers[4]) {
    close(listener);
    for (int i = 0; i < 4; i++)
        close(fillers[i]);
}

static void silence_ends_with_the_deadline(void **state) {
    (void)state;
    struct addr addr;
    int fillers[4];
    int listener = full_listener(&addr, fillers);
    int64_t start_ms = now_ms();
    start_and_wait(&addr, 100);
    assert_int_equal(outcome.reason, REASON_BACKEND_CONNECT_TIMEOUT);
    assert_null(outcome.stream);
    assert_true(now_ms() - start_ms >= 100);
    close_all(listener, fillers);
}

static void cancelled_connector_tells_nothing(void **state) {
    (void)state;
    struct addr addr;
    int listener = harness_listen(&addr);
    struct addr nowhere = unix_addr();
    struct connector *connecting = connector_start(loop, &addr, 100, on_done, &outcome);
    struct connector *refused = connector_start(loop, &nowhere, 100, on_done, &outcome);
    connector_cancel(&connecting);
    connector_cancel(&refused);
    assert_null(connecting);
    connector_cancel(&connecting);
    harness_turns(loop, 5);
    assert_false(outcome.told);
    close(listener);
}

static void unknown_family_does_not_start(void **state) {
    (void)state;
    struct addr addr = {.any = {.sa_family = AF_MAX}, .len = sizeof(struct sockaddr)};
    assert_null(connector_start(loop, &addr, 100, on_done, &outcome));
    harness_turns(loop, 2);
    assert_false(outcome.told);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(connects_over_tcp, set_up, tear_down),
        cmocka_unit_test_setup_teardown(connects_over_a_unix_socket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refused_at_once_is_told_from_the_loop, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refused_by_the_other_host, set_up, tear_down),
        cmocka_unit_test_setup_teardown(silence_ends_with_the_deadline, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cancelled_connector_tells_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unknown_family_does_not_start, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
