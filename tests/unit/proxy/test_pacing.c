/* The deadline of a body is the server's or the client's, and the client's gets shorter when it is slow. */
#include "proxy/pacing.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct plan_listener listener = {.body_pace = {.bytes_per_s = 1000, .grace_ms = 2000, .idle_ms = 10000}};
static struct backend backend = {.body_idle_timeout_ms = 7000};
static const struct plan_route route = {.backend = &backend};
static struct session session = {.listener = &listener};
static struct session_room *room;
static struct exchange exchange;

static void on_expired(struct deadline *deadline) {
    (void)deadline;
}

static int set_up(void **state) {
    (void)state;
    room = calloc(1, sizeof(*room));
    room->loop = loop_new();
    session.room = room;
    exchange = (struct exchange){.room = room, .session = &session, .route = &route};
    deadline_init(&exchange.deadline, on_expired);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    deadline_clear(loop_deadlines(room->loop), &exchange.deadline);
    loop_free(&room->loop);
    free(room);
    return 0;
}

static int64_t wait_ms(void) {
    return exchange.deadline.at_ms - loop_now_ms(room->loop);
}

static void begin(const char *content_type) {
    struct http_field fields[1] = {{.name = slice_text("Content-Type"), .value = slice_text(content_type)}};
    struct http_message head = {.fields = fields, .field_count = 1, .field_room = 1};
    pacing_begin(&exchange, &head);
}

static void each_side_has_its_time(void **state) {
    (void)state;
    begin("text/plain");
    pacing_turn(&exchange, true);
    assert_int_equal(wait_ms(), 2000);
    assert_true(pacing_is_too_slow(&exchange));
    pacing_carried(&exchange, 500, false);
    assert_int_equal(wait_ms(), 7000);
    pacing_carried(&exchange, 500, true);
    assert_int_equal(wait_ms(), 3000);
}

static void nothing_moved_puts_nothing_off(void **state) {
    (void)state;
    begin("text/plain");
    pacing_turn(&exchange, true);
    exchange.deadline.at_ms -= 100;
    pacing_carried(&exchange, 0, true);
    assert_int_equal(wait_ms(), 1900);
}

static void a_conversation_may_be_silent(void **state) {
    (void)state;
    begin("application/grpc+proto");
    pacing_turn(&exchange, true);
    assert_int_equal(wait_ms(), 10000);
    assert_false(pacing_is_too_slow(&exchange));
}

static void a_websocket_may_be_silent(void **state) {
    (void)state;
    struct http_message head = {.upgrade = slice_text("websocket")};
    pacing_begin(&exchange, &head);
    assert_false(pacing_is_too_slow(&exchange));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_side_has_its_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_moved_puts_nothing_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_conversation_may_be_silent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_websocket_may_be_silent, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
