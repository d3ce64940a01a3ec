/* Requests and replies come through the wire as they were; what cannot be one is refused. */
#include "ipc/fetch.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static uint8_t memory[65536];
static const uint8_t much[65536];

static struct fetch_request request = {.max_bytes = 1 << 20, .limit_ms = 10000};

static bool pass(const struct fetch_request *sent, struct fetch_request *got) {
    struct wire_out out;
    struct wire_in in;
    wire_out_init(&out, memory, sizeof(memory));
    fetch_put_request(sent, &out);
    wire_in_init(&in, wire_out_view(&out));
    fetch_get_request(got, &in);
    return wire_in_done(&in);
}

static void request_comes_back(void **state) {
    (void)state;
    struct fetch_request got;
    request.url = slice_text("http://a/b");
    request.body = slice_of("\0\1", 2);
    request.content_type = slice_text("application/ocsp-request");
    assert_true(pass(&request, &got));
    assert_true(slice_equal(got.url, request.url) && slice_equal(got.body, request.body));
    assert_true(slice_equal(got.content_type, request.content_type));
    assert_int_equal(got.max_bytes, 1 << 20);
    assert_int_equal(got.limit_ms, 10000);
}

static void request_without_bounds_is_refused(void **state) {
    (void)state;
    struct fetch_request got;
    struct fetch_request bad = request;
    bad.limit_ms = 0;
    assert_false(pass(&bad, &got));
    bad.limit_ms = FETCH_LIMIT_MS + 1;
    assert_false(pass(&bad, &got));
    bad = request;
    bad.body = slice_of(much, FETCH_BODY_MAX + 1);
    assert_false(pass(&bad, &got));
    bad = request;
    bad.url = slice_of(much, URL_MAX + 1);
    assert_false(pass(&bad, &got));
}

static void replies_come_back(void **state) {
    (void)state;
    const struct fetch_reply replies[] = {{.is_done = true, .document = slice_text("bytes")},
                                          {.is_done = false, .why = slice_text("The server answered 404.")}};
    for (size_t i = 0; i < 2; i++) {
        struct wire_out out;
        struct wire_in in;
        struct fetch_reply got;
        wire_out_init(&out, memory, sizeof(memory));
        fetch_put_reply(&replies[i], &out);
        wire_in_init(&in, wire_out_view(&out));
        fetch_get_reply(&got, 5, &in);
        assert_true(wire_in_done(&in));
        assert_int_equal(got.is_done, replies[i].is_done);
        assert_true(slice_equal(got.document, replies[i].document) && slice_equal(got.why, replies[i].why));
        wire_in_init(&in, wire_out_view(&out));
        fetch_get_reply(&got, 4, &in);
        assert_int_equal(wire_in_done(&in), !replies[i].is_done);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_comes_back),
        cmocka_unit_test(request_without_bounds_is_refused),
        cmocka_unit_test(replies_come_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
