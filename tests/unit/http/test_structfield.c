/* Byte sequences have one spelling; a list of them is read member by member. */
#include "http/structfield.h"

#include "text.h"

static struct buf out;

static int set_up(void **state) {
    (void)state;
    buf_init(&out, 64);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    buf_fini(&out);
    return 0;
}

static void writes_what_it_reads(void **state) {
    (void)state;
    for (size_t len = 0; len < 20; len++) {
        char text[64];
        struct slice bytes = slice_of("\x00\xff\x01sallyport\x7f\x80....", len);
        size_t text_len = structfield_write_bytes(text, bytes);
        assert_int_equal(text_len, structfield_bytes_len(len));
        assert_true(structfield_read_bytes(slice_of(text, text_len), &out));
        assert_true(slice_equal(buf_view(&out), bytes));
        buf_consume(&out, buf_len(&out));
    }
    char text[16];
    assert_slice(slice_of(text, structfield_write_bytes(text, S("hello"))), ":aGVsbG8=:");
}

static void items_refused(void **state) {
    (void)state;
    static const char *const rows[] = {
        "",
        ":",
        "aGVsbG8=",
        ":aGVsbG8=",
        "aGVsbG8=:",
        ":aGVsbG8:",
        ":aGVsbG9=:",
        ":aGVs bG8=:",
        ":aGVs\nbG8=:",
        ":aGV_bG8=:",
        "\t:aGVsbG8=:",
        ":aGVsbG8=:\t",
        ":aGVsbG8=:;a",
        ":aGVsbG8=:, :aGVsbG8=:",
        "::aGVsbG8=::",
        "\"aGVsbG8=\"",
        ":aGVsbG8=:x",
        ":=:",
        ":AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA:",
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (structfield_read_bytes(slice_text(rows[i]), &out))
            fail_msg("%s", rows[i]);
        assert_int_equal(buf_len(&out), 0);
    }
    assert_true(structfield_read_bytes(S("  :aGVsbG8=:  "), &out));
}

/* Number of members, or -1 when the list is refused. */
static int members(const char *text) {
    struct structfield_list list = {.rest = slice_text(text)};
    for (int count = 0;; count++) {
        enum structfield_status status = structfield_next_bytes(&list, &out);
        if (status != STRUCTFIELD_NEXT)
            return status == STRUCTFIELD_END ? count : -1;
    }
}

static void lists(void **state) {
    (void)state;
    assert_int_equal(members(""), 0);
    assert_int_equal(members(":YQ==:"), 1);
    assert_int_equal(members(" :YQ==: \t,\t :Yg==:,:Yw==: "), 3);
    assert_slice(buf_view(&out), "aabc");
    static const char *const refused[] = {",",          ":YQ==:,",  ":YQ==:,,:YQ==:", ":YQ==: :YQ==:", ",:YQ==:",
                                          ":YQ==:;q=1", "(:YQ==:)", "\t:YQ==:",       ":YQ==:\t",      "a"};
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (members(refused[i]) != -1)
            fail_msg("%s", refused[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(writes_what_it_reads, set_up, tear_down),
        cmocka_unit_test_setup_teardown(items_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lists, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
