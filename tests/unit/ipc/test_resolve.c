/* Names and addresses come over the wire as they were, in order, and nothing else does. */
#include "ipc/resolve.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static uint8_t memory[4096];

static struct wire_in sent(const struct wire_out *out) {
    struct wire_in in;
    wire_in_init(&in, wire_out_view(out));
    return in;
}

static void add(struct resolve_answer *answer, uint8_t last) {
    uint8_t bytes[RESOLVE_ADDRESS_BYTES] = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = last};
    resolve_add(answer, bytes);
}

static void settings_come_as_they_were(void **state) {
    (void)state;
    struct wire_out out;
    struct resolve_settings got;
    const struct resolve_settings settings = {.family = RESOLVE_IPV6,
                                              .every_ms = 0,
                                              .min_ttl_ms = 1000,
                                              .max_ttl_ms = 5000,
                                              .timeout_ms = 3000,
                                              .servers = slice_text("127.0.0.1:53")};
    wire_out_init(&out, memory, sizeof(memory));
    resolve_put_settings(&settings, &out);
    wire_put_text(&out, "app.internal");
    struct wire_in in = sent(&out);
    resolve_get_settings(&got, &in);
    assert_true(slice_equal(resolve_get_name(&in), slice_text("app.internal")));
    assert_true(wire_in_done(&in));
    assert_int_equal(got.family, RESOLVE_IPV6);
    assert_int_equal(got.min_ttl_ms, 1000);
    assert_int_equal(got.max_ttl_ms, 5000);
    assert_int_equal(got.timeout_ms, 3000);
    assert_true(slice_equal(got.servers, settings.servers));
}

static void requests_come_as_they_were(void **state) {
    (void)state;
    struct wire_out out;
    struct resolve_request got;
    const struct resolve_request request = {.name = slice_text("a.example"),
                                            .family = RESOLVE_IPV4,
                                            .timeout_ms = 1,
                                            .servers = slice_text("")};
    wire_out_init(&out, memory, sizeof(memory));
    resolve_put_request(&request, &out);
    struct wire_in in = sent(&out);
    resolve_get_request(&got, &in);
    assert_true(wire_in_done(&in));
    assert_true(slice_equal(got.name, request.name));
    assert_int_equal(got.family, RESOLVE_IPV4);
    assert_int_equal(got.timeout_ms, 1);
}

/* Each value that is out of its bounds spoils the whole. */
static void bad_requests_are_refused(void **state) {
    (void)state;
    static char name[RESOLVE_NAME_MAX + 2];
    memset(name, 'a', RESOLVE_NAME_MAX + 1);
    const struct resolve_request bad[] = {
        {.name = slice_text(""), .family = RESOLVE_BOTH, .timeout_ms = 1},
        {.name = slice_text(name), .family = RESOLVE_BOTH, .timeout_ms = 1},
        {.name = slice_text("a"), .family = (enum resolve_family)3, .timeout_ms = 1},
        {.name = slice_text("a"), .family = RESOLVE_BOTH, .timeout_ms = 0},
        {.name = slice_text("a"), .family = RESOLVE_BOTH, .timeout_ms = RESOLVE_TIMEOUT_MAX_MS + 1},
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct wire_out out;
        struct resolve_request got;
        wire_out_init(&out, memory, sizeof(memory));
        resolve_put_request(&bad[i], &out);
        struct wire_in in = sent(&out);
        resolve_get_request(&got, &in);
        assert_false(wire_in_done(&in));
    }
}

static void addresses_are_kept_in_order_and_once(void **state) {
    (void)state;
    struct resolve_answer answer = {.ttl_s = 60};
    struct resolve_answer other = {.ttl_s = 5};
    static const uint8_t shuffled[] = {7, 1, 9, 1, 7, 3};
    for (size_t i = 0; i < sizeof(shuffled); i++)
        add(&answer, shuffled[i]);
    assert_int_equal(answer.count, 4);
    static const uint8_t ordered[] = {1, 3, 7, 9};
    for (uint8_t i = 0; i < 4; i++)
        assert_int_equal(answer.addresses[i][15], ordered[i]);
    for (uint8_t i = 10; i > 0; i--)
        if (i % 2 == 1 && i != 5)
            add(&other, i);
    assert_true(resolve_equal(&answer, &other));
    add(&other, 5);
    assert_false(resolve_equal(&answer, &other));
}

static void too_many_addresses_are_cut(void **state) {
    (void)state;
    struct resolve_answer answer = {0};
    for (unsigned i = 0; i < 2 * RESOLVE_ADDRESSES_MAX; i++)
        add(&answer, (uint8_t)(200 - i));
    assert_int_equal(answer.count, RESOLVE_ADDRESSES_MAX);
}

static void answers_come_as_they_were(void **state) {
    (void)state;
    struct wire_out out;
    struct resolve_answer answer = {.ttl_s = 60}, got;
    add(&answer, 2);
    add(&answer, 1);
    wire_out_init(&out, memory, sizeof(memory));
    resolve_put_answer(&answer, &out);
    struct wire_in in = sent(&out);
    resolve_get_answer(&got, &in);
    assert_true(wire_in_done(&in));
    assert_int_equal(got.ttl_s, 60);
    assert_true(resolve_equal(&answer, &got));
}

/* Out of order, twice, or cut in the middle of an address. */
static void bad_answers_are_refused(void **state) {
    (void)state;
    uint8_t twice[2 * RESOLVE_ADDRESS_BYTES] = {0};
    uint8_t falling[2 * RESOLVE_ADDRESS_BYTES] = {[0] = 1};
    uint8_t cut[RESOLVE_ADDRESS_BYTES + 1] = {0};
    const struct slice bad[] = {slice_of(twice, sizeof(twice)), slice_of(falling, sizeof(falling)),
                                slice_of(cut, sizeof(cut))};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct wire_out out;
        struct resolve_answer got;
        wire_out_init(&out, memory, sizeof(memory));
        wire_put_u32(&out, 1);
        wire_put_bytes(&out, bad[i]);
        struct wire_in in = sent(&out);
        resolve_get_answer(&got, &in);
        assert_false(wire_in_done(&in));
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(settings_come_as_they_were), cmocka_unit_test(requests_come_as_they_were),
        cmocka_unit_test(bad_requests_are_refused),   cmocka_unit_test(addresses_are_kept_in_order_and_once),
        cmocka_unit_test(too_many_addresses_are_cut), cmocka_unit_test(answers_come_as_they_were),
        cmocka_unit_test(bad_answers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
