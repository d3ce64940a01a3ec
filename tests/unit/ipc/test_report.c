/* A report comes through the wire as it was. */
#include "ipc/report.h"

#include "ipc/catalog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct report sent;
static struct report got;
static uint8_t memory[98304];

static void fill(void) {
    memset(&sent, 0, sizeof(sent));
    sent.pid = 4711;
    sent.started_ms = 1000;
    sent.generation = 3;
    sent.loaded_ms = 2000;
    snprintf(sent.config_path, sizeof(sent.config_path), "sallyport.yaml");
    sent.reload_ms = 3000;
    snprintf(sent.reload_text, sizeof(sent.reload_text), "sallyport.yaml:1:2: No.\n");
    sent.slots_count = 2;
    sent.slots[1] = (struct report_slot){.state = REPORT_RUNNING, .pid = 12, .restarts = 1, .since_ms = 5};
    snprintf(sent.slots[1].last_end, sizeof(sent.slots[1].last_end), "killed by signal 9 (Killed)");
    sent.listens_count = 1;
    snprintf(sent.listens[0].name, sizeof(sent.listens[0].name), "public");
    snprintf(sent.listens[0].addr, sizeof(sent.listens[0].addr), "0.0.0.0:8443");
}

static size_t put(void) {
    struct wire_out out;
    wire_out_init(&out, memory, catalog_row(CATALOG_REPORT)->bytes);
    report_put(&sent, &out);
    return wire_out_view(&out).len;
}

static bool get(size_t len) {
    struct wire_in in;
    wire_in_init(&in, slice_of(memory, len));
    return report_get(&got, &in);
}

static void report_comes_back(void **state) {
    (void)state;
    fill();
    assert_true(get(put()));
    assert_memory_equal(&got.slots[1], &sent.slots[1], sizeof(sent.slots[1]));
    assert_int_equal(got.generation, 3);
    assert_string_equal(got.reload_text, sent.reload_text);
    assert_false(got.reload_ok);
    assert_string_equal(got.listens[0].addr, "0.0.0.0:8443");
}

static void largest_report_fits_into_its_message(void **state) {
    (void)state;
    fill();
    memset(sent.config_path, 'c', sizeof(sent.config_path) - 1);
    memset(sent.reload_text, 'r', sizeof(sent.reload_text) - 1);
    sent.slots_count = OUTLINE_WORKERS_MAX;
    for (size_t i = 0; i < OUTLINE_WORKERS_MAX; i++)
        memset(sent.slots[i].last_end, 'e', REPORT_REASON_MAX - 1);
    sent.listens_count = OUTLINE_LISTENS_MAX;
    for (size_t i = 0; i < OUTLINE_LISTENS_MAX; i++) {
        memset(sent.listens[i].name, 'n', OUTLINE_NAME_MAX - 1);
        memset(sent.listens[i].addr, 'a', REPORT_ADDR_MAX - 1);
    }
    assert_true(get(put()));
}

static void unknown_state_and_every_cut_are_refused(void **state) {
    (void)state;
    fill();
    size_t len = put();
    for (size_t cut = 0; cut < len; cut++)
        assert_false(get(cut));
    sent.slots[0].state = (enum report_state)(REPORT_DRAINING + 1);
    assert_false(get(put()));
}

static void states_have_names(void **state) {
    (void)state;
    assert_string_equal(report_state_name(REPORT_WAITING), "waiting");
    assert_string_equal(report_state_name(REPORT_DRAINING), "draining");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(report_comes_back),
        cmocka_unit_test(largest_report_fits_into_its_message),
        cmocka_unit_test(unknown_state_and_every_cut_are_refused),
        cmocka_unit_test(states_have_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
