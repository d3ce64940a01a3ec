/* Objects and lists nest, commas stand between members, hostile texts stay inside of their quotes. */
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void members_are_separated_at_every_depth(void **state) {
    (void)state;
    struct json json;
    struct buf text;
    buf_init(&text, 1000);
    json_begin(&json, &text);
    json_open(&json, NULL, '{');
    json_text(&json, "a", slice_text("x\"\n"));
    json_text(&json, "left out", slice_of(NULL, 0));
    json_open(&json, "list", '[');
    json_number(&json, NULL, -7);
    json_bool(&json, NULL, false);
    json_open(&json, NULL, '{');
    json_close(&json, '}');
    json_close(&json, ']');
    json_seconds(&json, "time", 1767225600);
    json_raw(&json, "raw", slice_text("[1]"));
    json_close(&json, '}');
    assert_true(json.fits);
    static const char expected[] =
        "{\"a\":\"x\\\"\\u000a\",\"list\":[-7,false,{}],\"time\":\"2026-01-01T00:00:00.000Z\",\"raw\":[1]}";
    assert_true(slice_equal(buf_view(&text), slice_text(expected)));
    buf_fini(&text);
}

static void a_full_buffer_is_told(void **state) {
    (void)state;
    struct json json;
    struct buf text;
    buf_init(&text, 10);
    json_begin(&json, &text);
    json_open(&json, NULL, '{');
    json_text(&json, "name", slice_text("value"));
    json_close(&json, '}');
    assert_false(json.fits);
    buf_fini(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_separated_at_every_depth),
        cmocka_unit_test(a_full_buffer_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
