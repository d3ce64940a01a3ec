/* The status says what the supervisor reported and what the workers counted; as JSON it is valid whatever is in it. */
#include "control/status.h"

#include "os/fd.h"
#include "os/sealed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct report report;
static struct status status;
static struct counters *counters;

static int make_status(void **state) {
    (void)state;
    int fd = sealed_shared("counters", sizeof(struct counters));
    counters = counters_open(fd);
    fd_close(&fd);
    memset(&report, 0, sizeof(report));
    report.pid = 4711;
    report.started_ms = 1000000;
    report.generation = 3;
    report.loaded_ms = 1000500;
    snprintf(report.config_path, sizeof(report.config_path), "/etc/sally\"port.yaml");
    report.slots_count = 2;
    report.slots[0] = (struct report_slot){.state = REPORT_RUNNING, .pid = 12, .since_ms = 1};
    report.slots[1] = (struct report_slot){.state = REPORT_WAITING, .restarts = 4, .last_end = "exited with 3"};
    report.listens_count = 1;
    snprintf(report.listens[0].name, sizeof(report.listens[0].name), "public");
    snprintf(report.listens[0].addr, sizeof(report.listens[0].addr), "0.0.0.0:8443");
    status = (struct status){.version = "1.2.3", .report = &report, .counters = {counters}, .events_lost = 9};
    status.denials = (struct status_denials){.entries = 2, .generation = 7, .is_kept = true};
    status.unix_ms = report.started_ms + 3 * 3600000 + 7 * 60000;
    status.now_ms = 5000;
    counters_add(counters, COUNTER_REQUESTS, 77);
    counters_add(counters, COUNTER_EVENTS_LOST, 5);
    counters_reason(counters, REASON_CERT_EXPIRED);
    counters_beat(counters, 4600);
    return 0;
}

static int free_status(void **state) {
    (void)state;
    counters_close(&counters);
    return 0;
}

static void assert_says(bool (*print)(const struct status *, struct buf *), const char *part) {
    struct buf text;
    buf_init(&text, 1 << 20);
    assert_true(print(&status, &text));
    struct slice view = buf_view(&text);
    if (!memmem(view.data, view.len, part, strlen(part)))
        fail_msg("\"%s\" is not in: %.*s", part, (int)view.len, (const char *)view.data);
    buf_fini(&text);
}

static void text_has_it_all(void **state) {
    (void)state;
    assert_says(status_print_text, "sallyport 1.2.3, process 4711, up 3 h 7 min\n");
    assert_says(status_print_text, "generation 3, loaded 1970-01-01T00:16:40.500Z\n");
    assert_says(status_print_text, "deny-list 2 entries after 7 changes\n");
    assert_says(status_print_text, "public                   0.0.0.0:8443\n");
    assert_says(status_print_text, "1       running        12         0      0.4 s");
    assert_says(status_print_text, "exited with 3\n");
    assert_says(status_print_text, "requests                               77");
    assert_says(status_print_text, "certificate-expired                             1\n");
}

static void json_has_it_all(void **state) {
    (void)state;
    assert_says(status_print_json, "{\"version\":\"1.2.3\",\"pid\":4711,\"draining\":false,");
    assert_says(status_print_json, "\"config\":\"/etc/sally\\\"port.yaml\"");
    assert_says(status_print_json, "\"last_reload\":null");
    assert_says(status_print_json, "\"deny_list\":{\"entries\":2,\"generation\":7,\"persisted\":true,\"fault\":null}");
    assert_says(status_print_json, "{\"number\":2,\"state\":\"waiting\",\"pid\":0,\"restarts\":4,");
    assert_says(status_print_json, "\"heartbeat_age_ms\":400");
    assert_says(status_print_json, "\"requests\":77,");
    assert_says(status_print_json, "\"reasons\":{\"certificate-expired\":1},\"would_refuse\":{}}\n");
}

static void deny_list_that_cannot_be_changed_says_why(void **state) {
    (void)state;
    status.denials = (struct status_denials){.entries = 1, .generation = 1, .fault = "denylist:3: It is \"damaged\"."};
    assert_says(status_print_text, "deny-list 1 entry after 1 change, forgotten at a restart\n  denylist:3: It is");
    assert_says(status_print_json, "\"persisted\":false,\"fault\":\"denylist:3: It is \\\"damaged\\\".\"}");
}

static void lost_records_are_those_of_the_rings(void **state) {
    (void)state;
    assert_says(status_print_json, "\"events_lost\":9,");
}

static void refused_reload_is_shown_with_its_sentences(void **state) {
    (void)state;
    report.reload_ms = 2000;
    snprintf(report.reload_text, sizeof(report.reload_text), "a.yaml:1:2: No.\nb.yaml:3:4: No \"either\".\n");
    assert_says(status_print_text, "last reload 1970-01-01T00:00:02.000Z: REFUSED\na.yaml:1:2: No.\n");
    assert_says(status_print_json,
                "\"done\":false,\"text\":\"a.yaml:1:2: No.\\u000ab.yaml:3:4: No \\\"either\\\".\\u000a\"}");
}

static void too_little_room_fails_at_any_size(void **state) {
    (void)state;
    struct buf text;
    buf_init(&text, 1 << 20);
    assert_true(status_print_json(&status, &text));
    size_t len = buf_len(&text);
    buf_fini(&text);
    for (size_t max = 0; max < len; max += 7) {
        buf_init(&text, max);
        assert_false(status_print_json(&status, &text));
        buf_fini(&text);
    }
}

static void uptimes_are_printed_in_two_units(void **state) {
    (void)state;
    status.unix_ms = report.started_ms + 59000;
    assert_says(status_print_text, "up 59 s\n");
    status.unix_ms = report.started_ms + 61000;
    assert_says(status_print_text, "up 1 min 1 s\n");
    status.unix_ms = report.started_ms + 90000000;
    assert_says(status_print_text, "up 1 d 1 h\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(text_has_it_all, make_status, free_status),
        cmocka_unit_test_setup_teardown(json_has_it_all, make_status, free_status),
        cmocka_unit_test_setup_teardown(deny_list_that_cannot_be_changed_says_why, make_status, free_status),
        cmocka_unit_test_setup_teardown(lost_records_are_those_of_the_rings, make_status, free_status),
        cmocka_unit_test_setup_teardown(refused_reload_is_shown_with_its_sentences, make_status, free_status),
        cmocka_unit_test_setup_teardown(too_little_room_fails_at_any_size, make_status, free_status),
        cmocka_unit_test_setup_teardown(uptimes_are_printed_in_two_units, make_status, free_status),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
