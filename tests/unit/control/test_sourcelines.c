/* How sources fare is told to people and to programs. */
#include "control/sourcelines.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct report_sources sources;
static struct buf text;

static int set_up(void **state) {
    (void)state;
    sources.count = 2;
    sources.items[0] =
        (struct report_source){.kind = REPORT_SOURCE_URL, .good_ms = 1000, .bad_ms = 2000, .due_ms = 3000};
    snprintf(sources.items[0].name, SOURCE_NAME_MAX, "http://a/\"x");
    snprintf(sources.items[0].why, SOURCE_WHY_MAX, "The server answered 404.");
    sources.items[1] = (struct report_source){.good_ms = 5000, .bad_ms = 4000, .expires_ms = 86400000};
    snprintf(sources.items[1].name, SOURCE_NAME_MAX, "/lists");
    snprintf(sources.items[1].why, SOURCE_WHY_MAX, "Mended since.");
    buf_init(&text, 1 << 20);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    buf_fini(&text);
    return 0;
}

static void assert_text(const char *wanted) {
    if (!slice_equal(buf_view(&text), slice_text(wanted)))
        fail_msg("%.*s", (int)buf_len(&text), (const char *)buf_view(&text).data);
}

static void failure_is_told_until_it_is_mended(void **state) {
    (void)state;
    assert_true(sourcelines_print_text(&sources, &text));
    assert_text("\nSOURCE\nhttp://a/\"x\n"
                "  good 1970-01-01T00:00:01.000Z, ends never, next 1970-01-01T00:00:03.000Z\n"
                "  FAILED 1970-01-01T00:00:02.000Z: The server answered 404.\n"
                "/lists\n  good 1970-01-01T00:00:05.000Z, ends 1970-01-02T00:00:00.000Z, next never\n");
}

static void everything_is_in_the_json(void **state) {
    (void)state;
    sources.count = 1;
    assert_true(sourcelines_print_json(&sources, &text));
    assert_text(
        ",\"sources\":[{\"name\":\"http://a/\\\"x\",\"kind\":\"url\","
        "\"last_success\":\"1970-01-01T00:00:01.000Z\",\"last_failure\":\"1970-01-01T00:00:02.000Z\","
        "\"why\":\"The server answered 404.\",\"next_update\":null,\"next_try\":\"1970-01-01T00:00:03.000Z\"}]");
}

static void none_are_nothing(void **state) {
    (void)state;
    assert_true(sourcelines_print_text(NULL, &text));
    assert_int_equal(buf_len(&text), 0);
    assert_true(sourcelines_print_json(NULL, &text));
    assert_text(",\"sources\":[]");
}

static void full_buffer_is_told(void **state) {
    (void)state;
    buf_init(&text, 100);
    assert_false(sourcelines_print_text(&sources, &text));
    buf_fini(&text);
    buf_init(&text, 100);
    assert_false(sourcelines_print_json(&sources, &text));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(failure_is_told_until_it_is_mended, set_up, tear_down),
        cmocka_unit_test_setup_teardown(everything_is_in_the_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(none_are_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(full_buffer_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
