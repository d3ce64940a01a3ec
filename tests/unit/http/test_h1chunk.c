/* Chunked bodies: the same data however the bytes are cut, and nothing but the grammar. */
#include "http/h1chunk.h"

#include "text.h"

/* Reads `bytes` in pieces of `step`; gives the data in `body`, the status of the end, and what was used. */
static enum h1parse_status read_in_steps(struct slice bytes, size_t step, char *body, size_t *used) {
    struct h1chunk chunk = {0};
    size_t available = 0;
    *used = 0;
    *body = '\0';
    for (;;) {
        struct slice data;
        bool last;
        struct h1parse_result result = h1chunk_next(&chunk, slice_sub(bytes, *used, available - *used), &data, &last);
        *used += result.used_bytes;
        if (result.status == H1PARSE_BAD || last)
            return result.status;
        if (result.status == H1PARSE_DONE) {
            size_t taken = data.len > 1 ? data.len - 1 : data.len; /* in part, so that both ways are gone */
            strncat(body, (const char *)data.data, taken);
            h1chunk_consumed(&chunk, taken);
            *used += taken;
        } else if (available == bytes.len) {
            return H1PARSE_MORE;
        } else {
            available = available + step < bytes.len ? available + step : bytes.len;
        }
    }
}

static void data_is_the_same_however_it_is_cut(void **state) {
    (void)state;
    struct slice bytes = S("5\r\nhello\r\n01;a=\"b;c\" ;d\r\n,\r\n6;\r\n world\r\n000;last\r\nA: b\r\n\r\n");
    for (size_t step = 1; step <= bytes.len; step++) {
        char body[64];
        size_t used;
        assert_int_equal(read_in_steps(bytes, step, body, &used), H1PARSE_DONE);
        assert_string_equal(body, "hello, world");
        assert_int_equal(bytes.len - used, strlen("A: b\r\n\r\n"));
    }
}

static void grammar_is_strict(void **state) {
    (void)state;
    static const char *const refused[] = {
        "\r\n",
        ";a\r\n",
        "g\r\n",
        " 5\r\nhello\r\n",
        "5 \r\nhello\r\n",
        "5 ;a\r\nhello\r\n",
        "5\nhello\r\n",
        "5\r\rhello",
        "5\r\nhello\n",
        "5\r\nhelloX\r\n",
        "5\r\nhello\r\r",
        "0x5\r\n",
        "-1\r\n",
        "5;a\nb\r\n",
        "5;a\x01\r\n",
        "1000000000000000\r\n",
        "ffffffffffffffff\r\n",
        "5\r\nhello\r\n\r\n",
    };
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        for (size_t step = 1; step <= strlen(refused[i]); step++) {
            char body[64];
            size_t used;
            if (read_in_steps(slice_text(refused[i]), step, body, &used) != H1PARSE_BAD)
                fail_msg("%s", refused[i]);
        }
}

static void the_largest_chunk(void **state) {
    (void)state;
    struct h1chunk chunk = {0};
    struct slice data;
    bool last;
    struct h1parse_result result = h1chunk_next(&chunk, S("FFFFFFFFFFFFFFF\r\nx"), &data, &last);
    assert_int_equal(result.status, H1PARSE_DONE);
    assert_int_equal(data.len, 1);
    assert_true(chunk.left_bytes == 0xfffffffffffffffULL);
}

static void extensions_and_zeros_are_bounded_over_the_whole_body(void **state) {
    (void)state;
    static const char *const lines[] = {"1;aaaaaaaaaaaaaaaa\r\nx\r\n", "000000000000000000001\r\nx\r\n"};
    for (size_t kind = 0; kind < 2; kind++) {
        struct h1chunk chunk = {0};
        enum h1parse_status status = H1PARSE_DONE;
        size_t rounds = 0;
        for (; status == H1PARSE_DONE && rounds < 2000; rounds++) {
            struct slice data;
            bool last;
            struct slice line = slice_text(lines[kind]);
            struct h1parse_result result = h1chunk_next(&chunk, line, &data, &last);
            status = result.status;
            if (status == H1PARSE_DONE) {
                h1chunk_consumed(&chunk, 1);
                assert_int_equal(h1chunk_next(&chunk, S("\r\n"), &data, &last).status, H1PARSE_MORE);
            }
        }
        assert_int_equal(status, H1PARSE_BAD);
        assert_in_range(rounds, H1CHUNK_EXTENSION_MAX / 32, H1CHUNK_EXTENSION_MAX / 8);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(data_is_the_same_however_it_is_cut),
        cmocka_unit_test(grammar_is_strict),
        cmocka_unit_test(the_largest_chunk),
        cmocka_unit_test(extensions_and_zeros_are_bounded_over_the_whole_body),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
