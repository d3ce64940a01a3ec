/* Every serial of a list is found, and no other. */
#include "pki/revtable.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* A list of entries only: what a table is made from. */
struct entries {
    struct crl crl;
    uint8_t bytes[1 << 20];
    size_t len;
};

static struct entries list;
static uint8_t *table_bytes;
static struct revtable table;

static int tear_down(void **state) {
    (void)state;
    free(table_bytes);
    table_bytes = NULL;
    memset(&list, 0, sizeof list);
    return 0;
}

static void put(const void *bytes, size_t len) {
    assert_true(list.len + len <= sizeof list.bytes);
    memcpy(list.bytes + list.len, bytes, len);
    list.len += len;
}

/* SEQUENCE { INTEGER, UTCTime, optional { reasonCode } }; `code` below 0: without a reason. */
static void add(struct slice serial, int code) {
    uint8_t reason[] = {0x30, 0x0c, 0x30, 0x0a, 6, 3, 0x55, 0x1d, 0x15, 4, 3, 10, 1, (uint8_t)code};
    uint8_t head[] = {0x30, (uint8_t)(serial.len + 17 + (code < 0 ? 0 : sizeof reason)), 2, (uint8_t)serial.len};
    put(head, sizeof head);
    put(serial.data, serial.len);
    put("\x17\x0d"
        "260101000000Z",
        15);
    if (code >= 0)
        put(reason, sizeof reason);
    list.crl.entry_count++;
    if (serial.len > list.crl.serial_bytes_max)
        list.crl.serial_bytes_max = serial.len;
}

static void write_table(void) {
    list.crl.is_v2 = true;
    list.crl.entries = slice_of(list.bytes, list.len);
    table = revtable_shape(&list.crl);
    table_bytes = calloc(1, revtable_bytes(&table));
    revtable_write(&table, &list.crl, 77, table_bytes);
    assert_true(revtable_check(&table, slice_of(table_bytes, revtable_bytes(&table))));
}

static uint8_t find(struct slice serial) {
    return revtable_find(&table, table_bytes, 77, serial);
}

/* Serials that differ in every way that padding could hide. */
static void number(unsigned value, uint8_t serial[5]) {
    serial[0] = 1;
    for (size_t i = 1; i < 5; i++, value >>= 8)
        serial[i] = (uint8_t)value;
}

static void all_are_found_and_no_other(void **state) {
    (void)state;
    uint8_t serial[5];
    for (unsigned i = 0; i < 20000; i++) {
        number(i * 7, serial);
        add(slice_of(serial, sizeof serial), -1);
    }
    write_table();
    for (unsigned i = 0; i < 140000; i++) {
        number(i, serial);
        assert_int_equal(find(slice_of(serial, sizeof serial)), i % 7 ? REVTABLE_NONE : CRL_CODE_UNSPECIFIED);
    }
    assert_true(revtable_bytes(&table) < 20000 * 8);
}

static void signs_and_lengths_are_kept_apart(void **state) {
    (void)state;
    static const struct slice there[] = {{(const uint8_t *)"\xff", 1},
                                         {(const uint8_t *)"\x01\x00", 2},
                                         {(const uint8_t *)"\x00\x80\x00", 3},
                                         {(const uint8_t *)"\x00", 1}};
    static const struct slice absent[] = {{(const uint8_t *)"\x00\xff", 2},
                                          {(const uint8_t *)"\x01", 1},
                                          {(const uint8_t *)"\x80\x00", 2},
                                          {(const uint8_t *)"\x01\x00\x00", 3},
                                          {(const uint8_t *)"\x01\x00\x00\x00", 4},
                                          {NULL, 0}};
    for (size_t i = 0; i < 4; i++)
        add(there[i], 1);
    write_table();
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(find(there[i]), 1);
    for (size_t i = 0; i < 6; i++)
        assert_int_equal(find(absent[i]), REVTABLE_NONE);
}

static void of_two_entries_the_worse_counts(void **state) {
    (void)state;
    add(slice_text("a"), CRL_CODE_HOLD);
    add(slice_text("a"), 1);
    add(slice_text("b"), 1);
    add(slice_text("b"), CRL_CODE_HOLD);
    write_table();
    assert_int_equal(find(slice_text("a")), 1);
    assert_int_equal(find(slice_text("b")), 1);
}

static void an_empty_list_has_a_table(void **state) {
    (void)state;
    write_table();
    assert_int_equal(find(slice_text("a")), REVTABLE_NONE);
}

static void impossible_tables_are_refused(void **state) {
    (void)state;
    add(slice_text("a"), -1);
    write_table();
    struct slice bytes = slice_of(table_bytes, revtable_bytes(&table));
    struct revtable other = table;
    other.count++;
    assert_false(revtable_check(&other, bytes));
    other = (struct revtable){.count = table.count, .width = CRL_SERIAL_MAX + 1};
    assert_false(revtable_check(&other, bytes));
    assert_false(revtable_check(&table, slice_sub(bytes, 0, bytes.len - 1)));
    table_bytes[0] = 1;
    assert_false(revtable_check(&table, bytes));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(all_are_found_and_no_other, tear_down),
        cmocka_unit_test_teardown(signs_and_lengths_are_kept_apart, tear_down),
        cmocka_unit_test_teardown(of_two_entries_the_worse_counts, tear_down),
        cmocka_unit_test_teardown(an_empty_list_has_a_table, tear_down),
        cmocka_unit_test_teardown(impossible_tables_are_refused, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
