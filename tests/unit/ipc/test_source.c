/* Sources come through the wire as they were; what cannot be one is refused. */
#include "ipc/source.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static uint8_t memory[65536];

static struct source url_source(void) {
    return (struct source){
        .kind = SOURCE_URL,
        .name = slice_text("staple 1"),
        .request = {.url = slice_text("http://a/"), .body = slice_text("q"), .max_bytes = 9, .limit_ms = 1000},
        .interval_ms = 60000,
        .expires = 1234567890,
        .verdict = SOURCE_VERDICT_REFUSED,
        .why = slice_text("It is too old."),
    };
}

static bool pass(const struct source *sent, struct source *got) {
    struct wire_out out;
    struct wire_in in;
    wire_out_init(&out, memory, sizeof(memory));
    source_put(sent, &out);
    assert_false(out.full);
    wire_in_init(&in, wire_out_view(&out));
    source_get(got, &in);
    return wire_in_done(&in);
}

static void url_comes_back(void **state) {
    (void)state;
    struct source sent = url_source();
    struct source got;
    assert_true(pass(&sent, &got));
    assert_int_equal(got.kind, SOURCE_URL);
    assert_true(slice_equal(got.name, sent.name) && slice_equal(got.why, sent.why));
    assert_true(slice_equal(got.request.url, sent.request.url) && slice_equal(got.request.body, sent.request.body));
    assert_int_equal(got.interval_ms, 60000);
    assert_int_equal(got.expires, 1234567890);
    assert_int_equal(got.verdict, SOURCE_VERDICT_REFUSED);
}

static void path_has_no_request(void **state) {
    (void)state;
    struct source sent = {.kind = SOURCE_PATH, .name = slice_text("/lists")};
    struct source got;
    assert_true(pass(&sent, &got));
    assert_int_equal(got.kind, SOURCE_PATH);
    assert_int_equal(got.request.url.len, 0);
}

static void what_cannot_be_is_refused(void **state) {
    (void)state;
    struct source got;
    struct source bad = url_source();
    bad.name = slice_text("");
    assert_false(pass(&bad, &got));
    bad = url_source();
    bad.interval_ms = -1;
    assert_false(pass(&bad, &got));
    bad = url_source();
    bad.verdict = (enum source_verdict)3;
    assert_false(pass(&bad, &got));
    assert_int_equal(got.verdict, SOURCE_VERDICT_NONE);
    bad = url_source();
    bad.request.limit_ms = 0;
    assert_false(pass(&bad, &got));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(url_comes_back),
        cmocka_unit_test(path_has_no_request),
        cmocka_unit_test(what_cannot_be_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
