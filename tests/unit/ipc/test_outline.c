/* An outline comes through the wire as it was; what a broken compiler could send is refused. */
#include "ipc/outline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct outline sent;
static struct outline got;
static uint8_t memory[98304];

static void fill(void) {
    memset(&sent, 0, sizeof(sent));
    sent.workers = 4;
    sent.services = 1U << ASK_CHECKER;
    snprintf(sent.user, sizeof(sent.user), "sallyport");
    snprintf(sent.control_socket, sizeof(sent.control_socket), "/run/sallyport/control.sock");
    snprintf(sent.state_directory, sizeof(sent.state_directory), "/var/lib/sallyport");
    sent.access.target = OUTLINE_LOG_STDERR;
    sent.refusals.target = OUTLINE_LOG_FILE;
    snprintf(sent.refusals.path, sizeof(sent.refusals.path), "/var/log/refusals.log");
    sent.drain_ms = 30000;
    sent.ticket_lifetime_s = 28800;
    sent.listens_count = 2;
    assert_true(addr_parse(slice_text("0.0.0.0:8443"), &sent.listens[0].addr));
    assert_true(addr_parse(slice_text("[::1]:443"), &sent.listens[1].addr));
    snprintf(sent.listens[0].name, sizeof(sent.listens[0].name), "public");
    snprintf(sent.listens[1].name, sizeof(sent.listens[1].name), "inside");
    sent.listens[1].listener = 1;
}

static bool pass(void) {
    struct wire_out out;
    struct wire_in in;
    wire_out_init(&out, memory, sizeof(memory));
    outline_put(&sent, &out);
    assert_false(out.full);
    wire_in_init(&in, wire_out_view(&out));
    return outline_get(&got, &in);
}

static void outline_comes_back(void **state) {
    (void)state;
    fill();
    assert_true(pass());
    assert_int_equal(got.workers, 4);
    assert_int_equal(got.services, 1U << ASK_CHECKER);
    assert_string_equal(got.user, "sallyport");
    assert_string_equal(got.control_socket, "/run/sallyport/control.sock");
    assert_string_equal(got.state_directory, "/var/lib/sallyport");
    assert_int_equal(got.access.target, OUTLINE_LOG_STDERR);
    assert_string_equal(got.refusals.path, "/var/log/refusals.log");
    assert_int_equal(got.drain_ms, 30000);
    assert_int_equal(got.ticket_lifetime_s, 28800);
    assert_int_equal(got.listens_count, 2);
    assert_memory_equal(&got.listens[1].addr, &sent.listens[1].addr, sent.listens[1].addr.len);
    assert_int_equal(got.listens[1].listener, 1);
    assert_string_equal(got.listens[1].name, "inside");
}

static void largest_outline_fits_into_its_message(void **state) {
    (void)state;
    fill();
    sent.listens_count = OUTLINE_LISTENS_MAX;
    for (size_t i = 0; i < OUTLINE_LISTENS_MAX; i++) {
        sent.listens[i] = sent.listens[1];
        memset(sent.listens[i].name, 'n', OUTLINE_NAME_MAX - 1);
    }
    assert_true(pass());
}

static void no_workers_or_too_many_are_refused(void **state) {
    (void)state;
    fill();
    sent.workers = 0;
    assert_false(pass());
    sent.workers = OUTLINE_WORKERS_MAX + 1;
    assert_false(pass());
}

static void unknown_service_is_refused(void **state) {
    (void)state;
    fill();
    sent.services = 1U << ASK_SERVICE_COUNT;
    assert_false(pass());
}

static void log_without_an_absolute_path_is_refused(void **state) {
    (void)state;
    fill();
    snprintf(sent.refusals.path, sizeof(sent.refusals.path), "refusals.log");
    assert_false(pass());
    fill();
    sent.access.target = (enum outline_log_target)(OUTLINE_LOG_FILE + 1);
    assert_false(pass());
    fill();
    snprintf(sent.access.path, sizeof(sent.access.path), "/path/for/stderr");
    assert_false(pass());
}

static void negative_times_are_refused(void **state) {
    (void)state;
    fill();
    sent.drain_ms = -1;
    assert_false(pass());
    fill();
    sent.ticket_lifetime_s = -1;
    assert_false(pass());
}

static void every_cut_is_refused(void **state) {
    (void)state;
    struct wire_out out;
    fill();
    wire_out_init(&out, memory, sizeof(memory));
    outline_put(&sent, &out);
    for (size_t len = 0; len < out.len; len++) {
        struct wire_in in;
        wire_in_init(&in, slice_of(memory, len));
        assert_false(outline_get(&got, &in));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outline_comes_back),
        cmocka_unit_test(largest_outline_fits_into_its_message),
        cmocka_unit_test(no_workers_or_too_many_are_refused),
        cmocka_unit_test(unknown_service_is_refused),
        cmocka_unit_test(log_without_an_absolute_path_is_refused),
        cmocka_unit_test(negative_times_are_refused),
        cmocka_unit_test(every_cut_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
