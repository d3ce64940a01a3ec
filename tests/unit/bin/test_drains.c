/* A drain goes to every worker that has begun, is kept for those that begin later, and is answered once. */
#include "bin/drains.h"

#include "children.h"

#include <stdio.h>
#include <string.h>

static struct drains drains;

static int begin(void **state) {
    (void)state;
    children_begin(true);
    drains_init(&drains);
    drains_greet(&drains, &control);
    return 0;
}

static int end(void **state) {
    (void)state;
    children_end();
    return 0;
}

static void hears_nothing(struct channel *channel) {
    struct channel_message message;
    assert_int_equal(channel_receive(channel, &message), CHANNEL_EMPTY);
}

static void ask(uint32_t client, bool is_drained, const char *name) {
    struct channel_message message;
    struct wire_out *out = channel_begin(control_end, CATALOG_SERVER_ASK);
    wire_put_u32(out, client);
    wire_put_bool(out, is_drained);
    wire_put_text(out, name);
    assert_true(channel_send(control_end, NULL));
    assert_int_equal(channel_receive(control.channel, &message), CHANNEL_MESSAGE);
    assert_true(drains_take(&drains, &message));
}

static uint32_t hears_set(unsigned slot, bool is_drained, const char *name) {
    struct channel_message message;
    char heard[DRAIN_NAME_MAX];
    assert_int_equal(channel_receive(worker_ends[slot], &message), CHANNEL_MESSAGE);
    assert_int_equal(message.type, CATALOG_SERVER_SET);
    uint32_t number = wire_get_u32(&message.in);
    assert_int_equal(wire_get_bool(&message.in), is_drained);
    wire_get_text(&message.in, heard, sizeof(heard));
    assert_true(wire_in_done(&message.in));
    assert_string_equal(heard, name);
    return number;
}

static bool count(unsigned slot, uint32_t number, uint32_t servers, uint64_t active) {
    struct channel_message message;
    struct wire_out *out = channel_begin(worker_ends[slot], CATALOG_SERVER_COUNTED);
    wire_put_u32(out, number);
    wire_put_u32(out, servers);
    wire_put_u64(out, active);
    assert_true(channel_send(worker_ends[slot], NULL));
    assert_int_equal(channel_receive(slots[slot].child.channel, &message), CHANNEL_MESSAGE);
    return drains_count(&drains, &slots[slot], &message.in);
}

static void tick(int64_t now_ms) {
    drains_tick(&drains, slots, SLOTS, now_ms);
}

static void hears_done(uint32_t client, bool done, const char *text) {
    struct channel_message message;
    assert_int_equal(channel_receive(control_end, &message), CHANNEL_MESSAGE);
    assert_int_equal(message.type, CATALOG_SERVER_DONE);
    assert_int_equal(wire_get_u32(&message.in), client);
    assert_int_equal(wire_get_bool(&message.in), done);
    struct slice heard = wire_get_bytes(&message.in, CATALOG_TEXT_MAX);
    assert_true(wire_in_done(&message.in));
    assert_true(slice_starts(heard, slice_text(text)));
}

/* A drain of app/a that both workers know. */
static void drain_it(void) {
    ask(1, true, "app/a");
    tick(0);
    uint32_t number = hears_set(0, true, "app/a");
    assert_int_equal(hears_set(1, true, "app/a"), number);
    assert_true(count(0, number, 1, 2));
    assert_true(count(1, number, 1, 3));
    tick(0);
    hears_done(1, true, "app/a is drained; in progress there: 5\n");
}

static void all_workers_are_asked_and_added_up(void **state) {
    (void)state;
    ask(1, true, "app/a");
    tick(0);
    uint32_t number = hears_set(0, true, "app/a");
    hears_set(1, true, "app/a");
    assert_true(count(0, number, 1, 2));
    tick(1);
    hears_nothing(control_end);
    assert_true(count(1, number, 1, 3));
    assert_true(count(1, number, 1, 3)); /* said twice, counted once */
    tick(2);
    hears_done(1, true, "app/a is drained; in progress there: 5\n");
    hears_nothing(control_end);
}

static void new_workers_are_told_what_is_kept(void **state) {
    (void)state;
    drain_it();
    drains_bring(&drains, &slots[0]);
    assert_int_equal(hears_set(0, true, "app/a"), 0);
    ask(2, false, "app/a");
    tick(0);
    uint32_t number = hears_set(0, false, "app/a");
    hears_set(1, false, "app/a");
    assert_true(count(0, number, 1, 0) && count(1, number, 1, 0));
    tick(0);
    hears_done(2, true, "app/a is enabled; in progress there: 0\n");
    drains_bring(&drains, &slots[0]);
    hears_nothing(worker_ends[0]);
}

static void one_that_has_not_begun_is_brought_it_instead(void **state) {
    (void)state;
    slots[1].is_begun = false;
    ask(1, true, "app/a");
    tick(0);
    uint32_t number = hears_set(0, true, "app/a");
    hears_nothing(worker_ends[1]);
    drains_bring(&drains, &slots[1]);
    assert_int_equal(hears_set(1, true, "app/a"), 0);
    assert_true(count(0, number, 1, 0));
    tick(0);
    hears_done(1, true, "app/a is drained; in progress there: 0\n");
}

static void unknown_names_are_taken_back(void **state) {
    (void)state;
    ask(1, true, "app/x");
    tick(0);
    uint32_t number = hears_set(0, true, "app/x");
    hears_set(1, true, "app/x");
    assert_true(count(0, number, 0, 0) && count(1, number, 0, 0));
    tick(0);
    assert_int_equal(hears_set(0, false, "app/x"), 0);
    assert_int_equal(hears_set(1, false, "app/x"), 0);
    hears_done(1, false, "There is no such server");
    drains_bring(&drains, &slots[0]);
    hears_nothing(worker_ends[0]);
}

/* It may be away only now: a reload took it out, and the next one brings it back. */
static void what_is_kept_is_known(void **state) {
    (void)state;
    drain_it();
    ask(2, true, "app/a");
    tick(0);
    uint32_t number = hears_set(0, true, "app/a");
    hears_set(1, true, "app/a");
    assert_true(count(0, number, 0, 0) && count(1, number, 0, 0));
    tick(0);
    hears_done(2, true, "app/a is drained");
}

static void one_request_after_the_other(void **state) {
    (void)state;
    ask(1, true, "app/x");
    ask(2, true, "app/x");
    tick(0);
    for (uint32_t client = 1; client <= 2; client++) {
        uint32_t number = hears_set(0, true, "app/x");
        hears_set(1, true, "app/x");
        hears_nothing(worker_ends[0]);
        assert_true(count(0, number, 0, 0) && count(1, number, 0, 0));
        tick(0);
        hears_set(0, false, "app/x");
        hears_set(1, false, "app/x");
        hears_done(client, false, "There is no such server");
    }
}

static void the_dead_and_the_late_hold_nobody_up(void **state) {
    (void)state;
    ask(1, true, "app/a");
    tick(0);
    uint32_t number = hears_set(0, true, "app/a");
    hears_set(1, true, "app/a");
    drains_forget(&drains, &slots[1]);
    assert_true(count(0, number, 1, 4));
    tick(1);
    hears_done(1, true, "app/a is drained; in progress there: 4\n");
    ask(2, true, "app/a");
    tick(10);
    number = hears_set(0, true, "app/a");
    assert_true(count(0, number, 1, 4));
    tick(10 + DRAINS_WAIT_MS - 1);
    hears_nothing(control_end);
    tick(10 + DRAINS_WAIT_MS);
    hears_done(2, true, "app/a is drained; in progress there: 4; workers that have not answered: 1\n");
    assert_true(count(1, number, 1, 9)); /* too late, and no fault */
    tick(10 + DRAINS_WAIT_MS);
    hears_nothing(control_end);
}

static void without_workers_nothing_is_done(void **state) {
    (void)state;
    slots[0].is_begun = slots[1].is_begun = false;
    ask(1, true, "app/a");
    tick(0);
    hears_done(1, false, "No worker serves just now");
    assert_int_equal(drains.kept_count, 0);
}

static void a_new_control_process_hears_nothing_of_the_old_ones_requests(void **state) {
    (void)state;
    ask(1, true, "app/a");
    tick(0);
    uint32_t number = hears_set(0, true, "app/a");
    drains_greet(&drains, &control);
    assert_true(count(0, number, 1, 0) && count(1, number, 1, 0));
    tick(0);
    hears_nothing(control_end);
    assert_int_equal(drains.kept_count, 1);
}

/* And a worker that has read nothing yet can be told all of them, however long they are. */
static void only_so_many_are_kept(void **state) {
    (void)state;
    char name[DRAIN_NAME_MAX];
    for (size_t i = 0; i <= DRAINS_KEPT_MAX; i++) {
        snprintf(name, sizeof(name), "app/%0*zu", DRAIN_NAME_MAX - 5, i);
        ask(1, true, name);
        tick(0);
        if (i == DRAINS_KEPT_MAX)
            break;
        uint32_t number = hears_set(0, true, name);
        hears_set(1, true, name);
        assert_true(count(0, number, 1, 0) && count(1, number, 1, 0));
        tick(0);
        hears_done(1, true, name);
    }
    hears_done(1, false, "Too many servers are drained");
    hears_nothing(worker_ends[0]);
    drains_bring(&drains, &slots[0]);
    for (size_t i = 0; i < DRAINS_KEPT_MAX; i++) {
        snprintf(name, sizeof(name), "app/%0*zu", DRAIN_NAME_MAX - 5, i);
        assert_int_equal(hears_set(0, true, name), 0);
    }
}

static void malformed_words_are_refused(void **state) {
    (void)state;
    ask(1, true, "app/a");
    tick(0);
    uint32_t number = hears_set(0, true, "app/a");
    assert_false(count(0, 0, 1, 0));
    assert_false(count(0, number + 1, 1, 0));
    ask(2, true, ""); /* ends the control process */
    assert_int_equal(drains.requests_count, 1);
}

static void other_messages_are_left_alone(void **state) {
    (void)state;
    struct channel_message message = {.type = CATALOG_RELOAD};
    assert_false(drains_take(&drains, &message));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(all_workers_are_asked_and_added_up, begin, end),
        cmocka_unit_test_setup_teardown(new_workers_are_told_what_is_kept, begin, end),
        cmocka_unit_test_setup_teardown(one_that_has_not_begun_is_brought_it_instead, begin, end),
        cmocka_unit_test_setup_teardown(unknown_names_are_taken_back, begin, end),
        cmocka_unit_test_setup_teardown(what_is_kept_is_known, begin, end),
        cmocka_unit_test_setup_teardown(one_request_after_the_other, begin, end),
        cmocka_unit_test_setup_teardown(the_dead_and_the_late_hold_nobody_up, begin, end),
        cmocka_unit_test_setup_teardown(without_workers_nothing_is_done, begin, end),
        cmocka_unit_test_setup_teardown(a_new_control_process_hears_nothing_of_the_old_ones_requests, begin, end),
        cmocka_unit_test_setup_teardown(only_so_many_are_kept, begin, end),
        cmocka_unit_test_setup_teardown(malformed_words_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(other_messages_are_left_alone, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
