/* gRPC's own words for what HTTP says. */
#include "proxy/grpc.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct http_field field;

static struct http_message with(const char *name, const char *value) {
    field = (struct http_field){.name = slice_text(name), .value = slice_text(value)};
    return (struct http_message){.fields = &field, .field_count = 1};
}

static void requests_are_told_by_their_content_type(void **state) {
    (void)state;
    static const struct {
        const char *type;
        bool is_grpc;
    } rows[] = {{"application/grpc", true},     {"application/grpc+proto", true},
                {"Application/gRPC;x=y", true}, {"application/grpc-web", false},
                {"application/grpcx", false},   {"application/json", false},
                {"application/grp", false},     {"", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_message message = with("Content-Type", rows[i].type);
        assert_int_equal(grpc_is_request(&message), rows[i].is_grpc);
    }
    struct http_message message = with("accept", "application/grpc");
    assert_false(grpc_is_request(&message));
}

/* Every status that a reason has, has a word in gRPC. */
static void every_reason_has_a_status(void **state) {
    (void)state;
    for (int reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
        uint16_t status = reason_row((enum reason)reason)->status;
        if (status != 0 && status != 414 && status != 417 && status != 505)
            assert_int_not_equal(grpc_status(status), 2);
    }
    assert_int_equal(grpc_status(401), 16);
    assert_int_equal(grpc_status(403), 7);
    assert_int_equal(grpc_status(429), 8);
    assert_int_equal(grpc_status(503), 14);
    assert_int_equal(grpc_status(504), 4);
    assert_int_equal(grpc_status(999), 2);
}

static void messages_are_percent_encoded(void **state) {
    (void)state;
    for (int reason = REASON_NONE + 1; reason < REASON_COUNT; reason++) {
        char message[GRPC_MESSAGE_MAX];
        size_t len = grpc_message(message, (enum reason)reason);
        assert_in_range(len, 1, GRPC_MESSAGE_MAX);
        for (size_t i = 0; i < len; i++)
            assert_true(message[i] >= ' ' && message[i] <= '~');
    }
}

static void timeouts_have_units(void **state) {
    (void)state;
    static const struct {
        const char *value;
        int64_t wait_ms;
    } rows[] = {{"2H", 7200000}, {"1M", 60000}, {"15S", 15000}, {"250m", 250}, {"99999999n", 99},
                {"5000u", 5},    {"1n", 1},     {"0S", 1},      {"", 0},       {"S", 0},
                {"10", 0},       {"1s", 0},     {"-1S", 0},     {"1 S", 0},    {"123456789S", 0}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct http_message message = with("grpc-timeout", rows[i].value);
        assert_int_equal(grpc_timeout_ms(&message), rows[i].wait_ms);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_told_by_their_content_type),
        cmocka_unit_test(every_reason_has_a_status),
        cmocka_unit_test(messages_are_percent_encoded),
        cmocka_unit_test(timeouts_have_units),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
