/* The book goes to control, the newest index to every worker; control hears when all have it, or who is late. */
#include "bin/denials.h"

#include "os/fd.h"
#include "os/sealed.h"

#include "children.h"

#include <stdio.h>
#include <string.h>

static struct denials denials;
static struct statefiles none;
static struct error error;

static int begin(void **state) {
    (void)state;
    children_begin(false);
    statefiles_init(&none);
    denials_init(&denials);
    assert_true(denials_open(&denials, &none, "", &error));
    denials_greet(&denials, &control);
    return 0;
}

static int end(void **state) {
    (void)state;
    denials_fini(&denials);
    children_end();
    return 0;
}

/* What the far end of a channel gets. */
static struct channel_message heard(struct channel *channel, enum catalog_message type) {
    struct channel_message message;
    assert_int_equal(channel_receive(channel, &message), CHANNEL_MESSAGE);
    assert_int_equal(message.type, type);
    return message;
}

static void hears_nothing(struct channel *channel) {
    struct channel_message message;
    assert_int_equal(channel_receive(channel, &message), CHANNEL_EMPTY);
}

static bool takes(void) {
    struct channel_message message;
    assert_int_equal(channel_receive(control.channel, &message), CHANNEL_MESSAGE);
    return denials_take(&denials, &message);
}

static void send_index(uint64_t generation, bool is_asked) {
    int fd = sealed_of("index", slice_text("index"));
    struct wire_out *out = channel_begin(control_end, CATALOG_DENY_INDEX);
    wire_put_u64(out, generation);
    wire_put_bool(out, is_asked);
    assert_true(channel_send(control_end, &fd));
    fd_close(&fd);
    assert_true(takes());
}

static void confirm(unsigned slot, uint64_t generation, uint32_t closed) {
    struct channel_message message;
    struct wire_out *out = channel_begin(worker_ends[slot], CATALOG_DENIED);
    wire_put_u64(out, generation);
    wire_put_u32(out, closed);
    assert_true(channel_send(worker_ends[slot], NULL));
    assert_int_equal(channel_receive(slots[slot].child.channel, &message), CHANNEL_MESSAGE);
    assert_true(denials_confirm(&denials, &slots[slot], &message.in));
}

static void gets_index(unsigned slot, uint64_t generation) {
    struct channel_message message = heard(worker_ends[slot], CATALOG_DENY);
    assert_int_equal(wire_get_u64(&message.in), generation);
    assert_true(wire_in_done(&message.in));
}

static void hears_enforced(uint64_t generation, uint32_t workers, uint32_t closed, uint64_t late) {
    struct channel_message message = heard(control_end, CATALOG_DENY_ENFORCED);
    assert_int_equal(wire_get_u64(&message.in), generation);
    assert_int_equal(wire_get_u32(&message.in), workers);
    assert_int_equal(wire_get_u32(&message.in), closed);
    assert_int_equal(wire_get_u64(&message.in), late);
    assert_true(wire_in_done(&message.in));
}

static void book_comes_first(void **state) {
    (void)state;
    struct channel_message message = heard(control_end, CATALOG_DENY_BOOK);
    char path[64];
    assert_false(wire_get_bool(&message.in));
    wire_get_text(&message.in, path, sizeof(path));
    assert_string_equal(path, "(memory)/denylist");
    int fd = channel_take_fd(control_end, 0);
    assert_true(fd_write_all(fd, slice_text("kept")));
    fd_close(&fd);
    denials_greet(&denials, &control);
    heard(control_end, CATALOG_DENY_BOOK);
    char kept[8] = "";
    fd = channel_take_fd(control_end, 0);
    assert_int_equal(pread(fd, kept, 4, 0), 4);
    assert_string_equal(kept, "kept");
    fd_close(&fd);
}

static void nobody_begins_before_the_list_is_known(void **state) {
    (void)state;
    assert_false(denials_bring(&denials, &slots[0]));
    hears_nothing(worker_ends[0]);
    send_index(0, false);
    assert_true(denials_bring(&denials, &slots[0]));
    hears_nothing(worker_ends[0]);
    send_index(5, false);
    assert_true(denials_bring(&denials, &slots[0]));
    gets_index(0, 5);
    assert_true(denials_bring(&denials, &slots[0]));
    hears_nothing(worker_ends[0]);
}

static void change_is_in_force_when_all_have_it(void **state) {
    (void)state;
    heard(control_end, CATALOG_DENY_BOOK);
    send_index(1, true);
    denials_tick(&denials, slots, SLOTS, 100);
    gets_index(0, 1);
    gets_index(1, 1);
    confirm(0, 1, 3);
    denials_tick(&denials, slots, SLOTS, 101);
    hears_nothing(control_end);
    confirm(1, 1, 4);
    denials_tick(&denials, slots, SLOTS, 102);
    hears_enforced(1, 2, 7, 0);
    denials_tick(&denials, slots, SLOTS, 103);
    hears_nothing(control_end);
}

static void changes_on_top_of_each_other_are_told_apart(void **state) {
    (void)state;
    heard(control_end, CATALOG_DENY_BOOK);
    send_index(1, true);
    denials_tick(&denials, slots, SLOTS, 100);
    send_index(2, true);
    denials_tick(&denials, slots, SLOTS, 100);
    confirm(0, 1, 1);
    confirm(1, 1, 1);
    confirm(1, 2, 5);
    denials_tick(&denials, slots, SLOTS, 101);
    hears_enforced(1, 2, 2, 0);
    hears_nothing(control_end);
    confirm(0, 2, 0);
    denials_tick(&denials, slots, SLOTS, 101);
    hears_enforced(2, 2, 5, 0);
}

static void late_worker_is_named(void **state) {
    (void)state;
    heard(control_end, CATALOG_DENY_BOOK);
    denials_tick(&denials, slots, SLOTS, 100);
    send_index(1, true);
    denials_tick(&denials, slots, SLOTS, 100);
    confirm(0, 1, 2);
    denials_tick(&denials, slots, SLOTS, 100 + DENIALS_WAIT_MS - 1);
    hears_nothing(control_end);
    denials_tick(&denials, slots, SLOTS, 100 + DENIALS_WAIT_MS);
    hears_enforced(1, 1, 2, 2);
}

static void worker_that_dies_or_starts_is_not_waited_for(void **state) {
    (void)state;
    heard(control_end, CATALOG_DENY_BOOK);
    slots[1].state = REPORT_STARTING;
    send_index(1, true);
    denials_tick(&denials, slots, SLOTS, 100);
    hears_nothing(worker_ends[1]);
    confirm(0, 1, 0);
    denials_tick(&denials, slots, SLOTS, 101);
    hears_enforced(1, 1, 0, 0);
    assert_true(denials_bring(&denials, &slots[1]));
    gets_index(1, 1);
    denials_forget(&denials, &slots[1]);
    assert_true(denials_bring(&denials, &slots[1]));
    gets_index(1, 1);
}

static void older_index_changes_nothing(void **state) {
    (void)state;
    heard(control_end, CATALOG_DENY_BOOK);
    send_index(3, false);
    denials_tick(&denials, slots, SLOTS, 100);
    gets_index(0, 3);
    gets_index(1, 3);
    send_index(2, false);
    denials_tick(&denials, slots, SLOTS, 101);
    hears_nothing(worker_ends[0]);
    assert_int_equal(denials.generation, 3);
}

static void worker_cannot_confirm_what_it_was_not_sent(void **state) {
    (void)state;
    struct wire_in in;
    uint8_t bytes[12] = {9};
    wire_in_init(&in, slice_of(bytes, sizeof(bytes)));
    assert_false(denials_confirm(&denials, &slots[0], &in));
    wire_in_init(&in, slice_of(bytes, 5));
    assert_false(denials_confirm(&denials, &slots[0], &in));
}

static void damaged_list_refuses_the_start(void **state) {
    (void)state;
    assert_null(denials_fault(&denials));
    wire_put_text(channel_begin(control_end, CATALOG_DENY_UNREADABLE), "denylist:3: The deny-list is damaged: so.");
    assert_true(channel_send(control_end, NULL));
    assert_true(takes());
    assert_string_equal(denials_fault(&denials), "denylist:3: The deny-list is damaged: so.");
    assert_false(denials_bring(&denials, &slots[0]));
}

static void control_that_ends_too_early_refuses_the_start(void **state) {
    (void)state;
    control.pid = 0;
    snprintf(control.last_end, sizeof(control.last_end), "killed by signal 9");
    assert_non_null(strstr(denials_fault(&denials), "killed by signal 9"));
    control.pid = pid;
}

static void running_list_outlives_a_damaged_file(void **state) {
    (void)state;
    send_index(1, false);
    wire_put_text(channel_begin(control_end, CATALOG_DENY_UNREADABLE), "denylist:3: The deny-list is damaged: so.");
    assert_true(channel_send(control_end, NULL));
    assert_true(takes());
    assert_null(denials_fault(&denials));
    assert_true(denials_bring(&denials, &slots[0]));
    gets_index(0, 1);
}

static void book_is_replaced_by_the_new_one(void **state) {
    (void)state;
    heard(control_end, CATALOG_DENY_BOOK);
    channel_begin(control_end, CATALOG_DENY_REWRITE);
    assert_true(channel_send(control_end, NULL));
    assert_true(takes());
    heard(control_end, CATALOG_DENY_PAPER);
    int fd = channel_take_fd(control_end, 0);
    assert_true(fd_write_all(fd, slice_text("anew")));
    fd_close(&fd);
    channel_begin(control_end, CATALOG_DENY_REWRITTEN);
    assert_true(channel_send(control_end, NULL));
    assert_true(takes());
    struct channel_message message = heard(control_end, CATALOG_DENY_REPLACED);
    assert_true(wire_get_bool(&message.in));
    denials_greet(&denials, &control);
    heard(control_end, CATALOG_DENY_BOOK);
    char text[8] = "";
    fd = channel_take_fd(control_end, 0);
    assert_int_equal(pread(fd, text, 4, 0), 4);
    assert_string_equal(text, "anew");
    fd_close(&fd);
}

static void other_messages_are_left_to_others(void **state) {
    (void)state;
    wire_put_u32(channel_begin(control_end, CATALOG_RELOAD), 1);
    assert_true(channel_send(control_end, NULL));
    assert_false(takes());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(book_comes_first),
        TEST(nobody_begins_before_the_list_is_known),
        TEST(change_is_in_force_when_all_have_it),
        TEST(changes_on_top_of_each_other_are_told_apart),
        TEST(late_worker_is_named),
        TEST(worker_that_dies_or_starts_is_not_waited_for),
        TEST(older_index_changes_nothing),
        TEST(worker_cannot_confirm_what_it_was_not_sent),
        TEST(damaged_list_refuses_the_start),
        TEST(control_that_ends_too_early_refuses_the_start),
        TEST(running_list_outlives_a_damaged_file),
        TEST(book_is_replaced_by_the_new_one),
        TEST(other_messages_are_left_to_others),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
