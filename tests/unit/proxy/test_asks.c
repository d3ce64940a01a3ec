/* A question ends once: by its answer, by failure or by its limit; what comes for nobody is dropped. */
#include "proxy/asks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct loop *loop;
static struct channel *worker;
static struct channel *supervisor;
static struct asks *asks;

/* What on_end was called with last, and how often. */
static unsigned ends;
static enum asks_end last_end;
static char last_answer[32];

static void on_end(struct ask *ask, enum asks_end end, struct slice answer) {
    assert_null(ask->asks);
    assert_true(answer.len < sizeof(last_answer));
    ends++;
    last_end = end;
    memcpy(last_answer, answer.data, answer.len);
    last_answer[answer.len] = '\0';
    loop_stop(loop);
}

static int set_up(void **state) {
    (void)state;
    int fds[2];
    assert_true(channel_pair(fds));
    worker = channel_new(fds[0], CATALOG_ROLE_WORKER, CATALOG_ROLE_SUPERVISOR);
    supervisor = channel_new(fds[1], CATALOG_ROLE_SUPERVISOR, CATALOG_ROLE_WORKER);
    loop = loop_new();
    asks = asks_new(loop, worker);
    ends = 0;
    return worker && supervisor && loop && asks ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    loop_free(&loop);
    asks_free(&asks);
    channel_free(&worker);
    channel_free(&supervisor);
    return 0;
}

/* Reads what the supervisor was asked; returns the worker's number for it. */
static uint32_t asked(enum ask_service service, const char *text) {
    struct channel_message message;
    assert_int_equal(channel_receive(supervisor, &message), CHANNEL_MESSAGE);
    assert_int_equal(message.type, CATALOG_ASK);
    assert_int_equal(wire_get_u8(&message.in), service);
    uint32_t number = wire_get_u32(&message.in);
    assert_true(slice_equal(wire_get_bytes(&message.in, ASK_BYTES_MAX), slice_text(text)));
    assert_true(wire_in_done(&message.in));
    return number;
}

/* What asks_take says to an ANSWER of the supervisor. */
static bool answer(uint32_t number, uint8_t outcome, const char *text) {
    struct channel_message message;
    struct wire_out *out = channel_begin(supervisor, CATALOG_ANSWER);
    wire_put_u32(out, number);
    wire_put_u8(out, outcome);
    wire_put_text(out, text);
    assert_true(channel_send(supervisor, NULL));
    assert_int_equal(channel_receive(worker, &message), CHANNEL_MESSAGE);
    return asks_take(asks, &message.in);
}

static void answer_ends_its_question(void **state) {
    (void)state;
    struct ask first, second;
    asks_init(&first, on_end);
    asks_init(&second, on_end);
    assert_true(asks_put(asks, &first, ASK_CHECKER, slice_text("one"), 1000));
    assert_true(asks_put(asks, &second, ASK_FETCHER, slice_text("two"), 1000));
    uint32_t one = asked(ASK_CHECKER, "one");
    uint32_t two = asked(ASK_FETCHER, "two");
    assert_true(answer(two, ASK_ANSWERED, "zwei"));
    assert_int_equal(ends, 1);
    assert_int_equal(last_end, ASKS_ANSWERED);
    assert_string_equal(last_answer, "zwei");
    assert_true(answer(one, ASK_FAILED, ""));
    assert_int_equal(ends, 2);
    assert_int_equal(last_end, ASKS_FAILED);
}

static void second_answer_ends_nothing(void **state) {
    (void)state;
    struct ask ask;
    asks_init(&ask, on_end);
    assert_true(asks_put(asks, &ask, ASK_CHECKER, slice_text("one"), 1000));
    uint32_t first = asked(ASK_CHECKER, "one");
    assert_true(answer(first, ASK_ANSWERED, "a"));
    assert_true(asks_put(asks, &ask, ASK_CHECKER, slice_text("two"), 1000));
    uint32_t second = asked(ASK_CHECKER, "two");
    assert_int_not_equal(first, second);
    assert_true(answer(first, ASK_ANSWERED, "a"));
    assert_int_equal(ends, 1);
    assert_ptr_equal(ask.asks, asks);
    asks_cancel(&ask);
}

static void cancelled_question_is_not_ended(void **state) {
    (void)state;
    struct ask ask;
    asks_init(&ask, on_end);
    assert_true(asks_put(asks, &ask, ASK_CHECKER, slice_text("one"), 1000));
    asks_cancel(&ask);
    asks_cancel(&ask);
    assert_true(answer(asked(ASK_CHECKER, "one"), ASK_ANSWERED, "a"));
    assert_int_equal(ends, 0);
}

static void question_without_an_answer_is_late(void **state) {
    (void)state;
    struct ask ask;
    asks_init(&ask, on_end);
    assert_true(asks_put(asks, &ask, ASK_CHECKER, slice_text("one"), 1));
    assert_true(loop_run(loop));
    assert_int_equal(ends, 1);
    assert_int_equal(last_end, ASKS_LATE);
    assert_true(answer(asked(ASK_CHECKER, "one"), ASK_ANSWERED, "a"));
    assert_int_equal(ends, 1);
}

static void no_more_than_the_maximum_is_open_for_one_service(void **state) {
    (void)state;
    static struct ask many[ASK_OPEN_MAX];
    struct ask ask;
    asks_init(&ask, on_end);
    for (size_t i = 0; i < ASK_OPEN_MAX; i++) {
        asks_init(&many[i], on_end);
        assert_true(asks_put(asks, &many[i], ASK_FETCHER, slice_text("x"), 1000));
        assert_int_equal(asked(ASK_FETCHER, "x"), many[i].number);
    }
    assert_false(asks_put(asks, &ask, ASK_FETCHER, slice_text("x"), 1000));
    assert_true(asks_put(asks, &ask, ASK_CHECKER, slice_text("x"), 1000));
    asks_cancel(&many[7]);
    asks_init(&many[7], on_end);
    assert_true(asks_put(asks, &many[7], ASK_FETCHER, slice_text("x"), 1000));
    for (size_t i = 0; i < ASK_OPEN_MAX; i++)
        asks_cancel(&many[i]);
    asks_cancel(&ask);
    assert_int_equal(ends, 0);
}

static void question_that_is_too_long_is_not_put(void **state) {
    (void)state;
    static uint8_t bytes[ASK_BYTES_MAX + 1];
    struct ask ask;
    asks_init(&ask, on_end);
    assert_false(asks_put(asks, &ask, ASK_CHECKER, slice_of(bytes, sizeof(bytes)), 1000));
    assert_null(ask.asks);
    assert_true(asks_put(asks, &ask, ASK_CHECKER, slice_of(bytes, sizeof(bytes) - 1), 1000));
    asks_cancel(&ask);
}

static void malformed_answer_is_refused(void **state) {
    (void)state;
    struct ask ask;
    asks_init(&ask, on_end);
    assert_true(asks_put(asks, &ask, ASK_CHECKER, slice_text("one"), 1000));
    assert_false(answer(asked(ASK_CHECKER, "one"), ASK_FAILED + 1, ""));
    assert_int_equal(ends, 0);
    assert_true(answer(0xffffffff, ASK_ANSWERED, "for nobody"));
    asks_cancel(&ask);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(answer_ends_its_question, set_up, tear_down),
        cmocka_unit_test_setup_teardown(second_answer_ends_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cancelled_question_is_not_ended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(question_without_an_answer_is_late, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_more_than_the_maximum_is_open_for_one_service, set_up, tear_down),
        cmocka_unit_test_setup_teardown(question_that_is_too_long_is_not_put, set_up, tear_down),
        cmocka_unit_test_setup_teardown(malformed_answer_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
