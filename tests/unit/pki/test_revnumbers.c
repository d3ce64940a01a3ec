/* The highest number is remembered, through bytes, by issuer, scope and kind; bytes that are anything else are
 * refused. */
#include "pki/revnumbers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct revnumbers none;
static struct revnumbers_memory *memory;
static struct buf bytes;

static int set_up(void **state) {
    (void)state;
    buf_init(&bytes, REVNUMBERS_BYTES_MAX);
    memory = revnumbers_memory_new(&none);
    return memory ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    revnumbers_memory_free(&memory);
    buf_fini(&bytes);
    return 0;
}

static struct revnumbers_key key_of(uint8_t issuer, uint8_t scope, bool is_delta) {
    struct revnumbers_key key = {.is_delta = is_delta};
    memset(key.issuer, issuer, sizeof key.issuer);
    memset(key.scope, scope, sizeof key.scope);
    return key;
}

static struct crl_number number_of(uint16_t value) {
    struct crl_number number = {.is_given = true, .len = 2};
    number.bytes[0] = (uint8_t)(value >> 8);
    number.bytes[1] = (uint8_t)value;
    return number;
}

static void add(uint8_t issuer, uint8_t scope, bool is_delta, uint16_t value) {
    struct revnumbers_key key = key_of(issuer, scope, is_delta);
    struct crl_number number = number_of(value);
    assert_true(revnumbers_memory_add(memory, &key, &number));
}

static struct revnumbers written(void) {
    struct revnumbers numbers;
    assert_true(revnumbers_memory_write(memory, &bytes));
    assert_true(revnumbers_open(&numbers, buf_view(&bytes)));
    return numbers;
}

static bool went_back(const struct revnumbers *numbers, uint8_t issuer, uint8_t scope, bool is_delta, uint16_t value) {
    struct revnumbers_key key = key_of(issuer, scope, is_delta);
    struct crl_number number = number_of(value);
    return revnumbers_went_back(numbers, &key, &number);
}

static void highest_counts(void **state) {
    (void)state;
    add(1, 1, false, 256);
    add(1, 1, false, 300);
    add(1, 1, false, 7);
    struct revnumbers numbers = written();
    assert_int_equal(numbers.count, 1);
    assert_true(went_back(&numbers, 1, 1, false, 299));
    assert_false(went_back(&numbers, 1, 1, false, 300));
    assert_false(went_back(&numbers, 1, 1, false, 301));
}

static void each_issuer_scope_and_kind_has_its_own(void **state) {
    (void)state;
    add(2, 1, false, 10);
    add(1, 2, true, 20);
    add(1, 1, true, 30);
    struct revnumbers numbers = written();
    assert_int_equal(numbers.count, 3);
    assert_true(went_back(&numbers, 2, 1, false, 9) && went_back(&numbers, 1, 2, true, 19));
    assert_true(went_back(&numbers, 1, 1, true, 29));
    assert_false(went_back(&numbers, 2, 1, true, 1) || went_back(&numbers, 1, 2, false, 1));
    assert_false(went_back(&numbers, 3, 1, false, 1));
}

static void a_number_that_is_not_given_is_the_lowest(void **state) {
    (void)state;
    struct revnumbers_key key = key_of(1, 1, false);
    struct crl_number number = {0};
    assert_true(revnumbers_memory_add(memory, &key, &number));
    add(2, 1, false, 0);
    struct revnumbers numbers = written();
    assert_int_equal(numbers.count, 1);
    assert_false(revnumbers_went_back(&numbers, &key, &number));
    key = key_of(2, 1, false);
    assert_true(revnumbers_went_back(&numbers, &key, &number));
}

static void earlier_ones_are_kept(void **state) {
    (void)state;
    struct buf more;
    buf_init(&more, REVNUMBERS_BYTES_MAX);
    add(1, 1, false, 10);
    struct revnumbers earlier = written();
    revnumbers_memory_free(&memory);
    memory = revnumbers_memory_new(&earlier);
    add(2, 1, false, 20);
    add(1, 1, false, 9);
    for (uint16_t i = 0; i < 100; i++)
        add(3, (uint8_t)i, false, i);
    assert_true(revnumbers_memory_write(memory, &more));
    struct revnumbers numbers;
    assert_true(revnumbers_open(&numbers, buf_view(&more)));
    assert_int_equal(numbers.count, 102);
    assert_true(went_back(&numbers, 1, 1, false, 9));
    assert_true(went_back(&numbers, 3, 99, false, 98));
    buf_fini(&more);
}

static void nothing_is_remembered_of_empty_bytes(void **state) {
    (void)state;
    struct revnumbers numbers;
    assert_true(revnumbers_open(&numbers, slice_text("")));
    assert_false(went_back(&numbers, 1, 1, false, 0));
}

static void other_bytes_are_refused(void **state) {
    (void)state;
    add(1, 1, false, 10);
    add(2, 1, false, 20);
    written();
    struct revnumbers numbers;
    struct slice good = buf_view(&bytes);
    for (size_t len = 1; len < good.len; len++)
        assert_false(revnumbers_open(&numbers, slice_sub(good, 0, len)));
    static const size_t spoilt[] = {0, 8, 12, REVNUMBERS_HEADER_BYTES}; /* the last one breaks the order */
    for (size_t i = 0; i < sizeof spoilt / sizeof spoilt[0]; i++) {
        bytes.data[bytes.start + spoilt[i]] ^= 0x40;
        assert_false(revnumbers_open(&numbers, buf_view(&bytes)));
        assert_int_equal(numbers.count, 0);
        bytes.data[bytes.start + spoilt[i]] ^= 0x40;
    }
    assert_true(revnumbers_open(&numbers, buf_view(&bytes)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(highest_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_issuer_scope_and_kind_has_its_own, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_number_that_is_not_given_is_the_lowest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(earlier_ones_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_remembered_of_empty_bytes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_bytes_are_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
