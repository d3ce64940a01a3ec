/* What a ticket carries: there and back, and every way in which it can be malformed. */
#include "tls/ticketdata.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct buf encoded;
static const uint8_t leaf[] = {1, 2, 3};
static const uint8_t other[] = {4};

static struct ticketdata sample(void) {
    struct ticketdata data = {.context = {5, [31] = 6}, .verified_at = 0x123456789a, .chain_count = 2};
    data.chain[0] = slice_of(leaf, sizeof leaf);
    data.chain[1] = slice_of(other, sizeof other);
    return data;
}

static int set_up(void **state) {
    (void)state;
    struct ticketdata data = sample();
    buf_init(&encoded, TICKETDATA_BYTES_MAX);
    return ticketdata_encode(&data, &encoded) ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    buf_fini(&encoded);
    return 0;
}

static void comes_back_as_it_was(void **state) {
    (void)state;
    struct ticketdata data;
    struct ticketdata expected = sample();
    assert_true(ticketdata_decode(buf_view(&encoded), &data));
    assert_memory_equal(data.context, expected.context, sizeof data.context);
    assert_int_equal(data.verified_at, expected.verified_at);
    assert_int_equal(data.chain_count, 2);
    assert_true(slice_equal(data.chain[0], expected.chain[0]));
    assert_true(slice_equal(data.chain[1], expected.chain[1]));
}

static void no_chain_is_fine(void **state) {
    (void)state;
    struct ticketdata data = {.verified_at = 1};
    buf_consume(&encoded, buf_len(&encoded));
    assert_true(ticketdata_encode(&data, &encoded));
    data.chain_count = 9;
    assert_true(ticketdata_decode(buf_view(&encoded), &data));
    assert_int_equal(data.chain_count, 0);
}

static void every_cut_is_refused(void **state) {
    (void)state;
    struct ticketdata data;
    struct slice whole = buf_view(&encoded);
    for (size_t len = 0; len < whole.len; len++)
        assert_false(ticketdata_decode(slice_sub(whole, 0, len), &data));
    assert_true(buf_append_byte(&encoded, 0));
    assert_false(ticketdata_decode(buf_view(&encoded), &data));
}

static void other_versions_and_counts_are_refused(void **state) {
    (void)state;
    struct ticketdata data;
    uint8_t *bytes = (uint8_t *)buf_view(&encoded).data;
    size_t count_at = 1 + TICKETDATA_CONTEXT_BYTES + 8;
    bytes[0] = 2;
    assert_false(ticketdata_decode(buf_view(&encoded), &data));
    bytes[0] = 1;
    for (int count = 0; count < 256; count++) {
        bytes[count_at] = (uint8_t)count;
        assert_int_equal(ticketdata_decode(buf_view(&encoded), &data), count == 2);
    }
    bytes[count_at] = 2;
    bytes[count_at + 2] = 0; /* a certificate of no bytes */
    assert_false(ticketdata_decode(buf_view(&encoded), &data));
}

static void large_chains_are_not_encoded(void **state) {
    (void)state;
    static uint8_t large[TICKETDATA_CHAIN_BYTES_MAX];
    struct ticketdata data = {.chain_count = 1};
    buf_consume(&encoded, buf_len(&encoded));
    data.chain[0] = slice_of(large, sizeof large - 1);
    assert_false(ticketdata_encode(&data, &encoded));
    assert_int_equal(buf_len(&encoded), 0);
    data.chain[0].len--;
    assert_true(ticketdata_encode(&data, &encoded));
    data.chain_count = VERIFY_CHAIN_MAX + 1;
    assert_false(ticketdata_encode(&data, &encoded));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(comes_back_as_it_was, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_chain_is_fine, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_cut_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_versions_and_counts_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(large_chains_are_not_encoded, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
