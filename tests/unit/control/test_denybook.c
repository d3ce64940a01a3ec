/* A book comes back from its file as it was; a file that was damaged comes back with the line, never with less. */
#include "control/denybook.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static const int64_t now_ms = INT64_C(1767225600000);
static struct buf file;

static const char *word(uint8_t kind) {
    return kind == 0 ? "cert" : "owner";
}

static bool is_of_owner(uint8_t kind) {
    return kind == 1;
}

static bool is_value(uint8_t kind, struct slice value) {
    return value.len > 0 && value.data[0] != '!' && kind < 2;
}

static void make_key(uint8_t kind, struct slice value, uint8_t key[DENYBOOK_KEY_BYTES]) {
    memset(key, kind, DENYBOOK_KEY_BYTES);
    memcpy(key + 1, value.data, value.len < DENYBOOK_KEY_BYTES - 1 ? value.len : DENYBOOK_KEY_BYTES - 1);
}

static struct denybook *make_book(void) {
    static const struct denybook_kinds kinds = {
        .count = 2, .word = word, .is_of_owner = is_of_owner, .is_value = is_value, .make_key = make_key};
    struct denybook *book = denybook_new(&kinds, 7);
    assert_non_null(book);
    return book;
}

static int begin_file(void **state) {
    (void)state;
    size_t at = 0;
    buf_init(&file, DENYBOOK_FILE_BYTES_MAX);
    struct denybook *book = make_book();
    assert_true(denybook_rewrite(book, &at, &file));
    denybook_free(&book);
    return 0;
}

static int free_file(void **state) {
    (void)state;
    buf_fini(&file);
    return 0;
}

static struct denybook *read_book(void) {
    struct denybook *book = make_book();
    struct error error;
    size_t used;
    assert_true(denybook_read(book, buf_view(&file), "denylist", &used, &error));
    assert_int_equal(used, buf_len(&file));
    return book;
}

static struct denybook_change change_of(enum denybook_verb verb, const char *value) {
    return (struct denybook_change){.verb = verb, .value = slice_text(value), .time_ms = now_ms, .user = 1000};
}

static const char *change(struct denybook *book, const struct denybook_change *change) {
    const char *refusal = denybook_refuses(book, change, now_ms);
    if (refusal)
        return refusal;
    assert_true(denybook_line(book, change, &file));
    assert_true(denybook_apply(book, change));
    return "";
}

static void do_it(struct denybook *book, enum denybook_verb verb, const char *value) {
    const struct denybook_change wanted = change_of(verb, value);
    assert_string_equal(change(book, &wanted), "");
}

static const struct denybook_entry *find(const struct denybook *book, const char *value) {
    return denybook_find(book, 0, slice_text(value));
}

static void assert_damaged(unsigned line, const char *why) {
    struct denybook *book = make_book();
    struct error error;
    size_t used;
    assert_false(denybook_read(book, buf_view(&file), "denylist", &used, &error));
    assert_string_equal(error.file, "denylist");
    assert_int_equal(error.line, line);
    assert_non_null(strstr(error.sentence, why));
    denybook_free(&book);
}

static void what_was_changed_comes_back(void **state) {
    (void)state;
    struct denybook *book = read_book();
    struct denybook_change wanted = change_of(DENYBOOK_HOLD, "a");
    wanted.reason = slice_text("lost \"laptop\" \xc3\xbc");
    wanted.until_ms = now_ms + 60000;
    assert_string_equal(change(book, &wanted), "");
    do_it(book, DENYBOOK_REVOKE, "b");
    do_it(book, DENYBOOK_REVOKE, "c");
    do_it(book, DENYBOOK_RELEASE, "b");
    denybook_free(&book);
    book = read_book();
    assert_int_equal(denybook_count(book), 2);
    assert_int_equal(denybook_number(book), 4);
    assert_null(find(book, "b"));
    const struct denybook_entry *entry = find(book, "a");
    assert_true(entry->is_hold);
    assert_int_equal(entry->number, 1);
    assert_int_equal(entry->until_ms, now_ms + 60000);
    assert_int_equal(entry->time_ms, now_ms);
    assert_int_equal(entry->user, 1000);
    assert_string_equal(entry->reason, "lost \"laptop\" \xc3\xbc");
    assert_false(find(book, "c")->is_hold);
    denybook_free(&book);
}

static void changes_that_make_no_sense_are_refused(void **state) {
    (void)state;
    struct denybook *book = read_book();
    do_it(book, DENYBOOK_REVOKE, "a");
    struct denybook_change wanted = change_of(DENYBOOK_RELEASE, "b");
    assert_non_null(strstr(change(book, &wanted), "no such entry"));
    wanted = change_of(DENYBOOK_HOLD, "a");
    assert_non_null(strstr(change(book, &wanted), "revoked already"));
    wanted = change_of(DENYBOOK_REVOKE, "!");
    assert_non_null(strstr(change(book, &wanted), "none of its kind"));
    wanted = change_of(DENYBOOK_REVOKE, "c");
    wanted.until_ms = now_ms;
    assert_non_null(strstr(change(book, &wanted), "past"));
    static const char *const hostile[] = {"a\nb", "a\tb", "\x7f", "\xc2\x85", "\xff"};
    for (size_t i = 0; i < sizeof(hostile) / sizeof(hostile[0]); i++) {
        wanted = change_of(DENYBOOK_REVOKE, "c");
        wanted.reason = slice_text(hostile[i]);
        assert_non_null(strstr(change(book, &wanted), "control characters"));
    }
    assert_int_equal(denybook_number(book), 1);
    denybook_free(&book);
}

static void hold_becomes_revoked(void **state) {
    (void)state;
    struct denybook *book = read_book();
    do_it(book, DENYBOOK_HOLD, "a");
    do_it(book, DENYBOOK_REVOKE, "a");
    assert_false(find(book, "a")->is_hold);
    assert_int_equal(denybook_count(book), 1);
    denybook_free(&book);
}

static void entry_is_forgotten_after_its_time(void **state) {
    (void)state;
    struct denybook *book = read_book();
    struct denybook_change wanted = change_of(DENYBOOK_REVOKE, "a");
    wanted.until_ms = now_ms + 1;
    assert_string_equal(change(book, &wanted), "");
    do_it(book, DENYBOOK_REVOKE, "b");
    denybook_forget(book, now_ms);
    assert_int_equal(denybook_count(book), 2);
    denybook_forget(book, now_ms + 1);
    assert_int_equal(denybook_count(book), 1);
    assert_non_null(find(book, "b"));
    denybook_free(&book);
}

static void owners_are_fewer(void **state) {
    (void)state;
    struct denybook *book = read_book();
    struct denybook_change wanted = change_of(DENYBOOK_REVOKE, "");
    char value[16];
    wanted.kind = 1;
    for (size_t i = 0; i <= DENYBOOK_OWNERS_MAX; i++) {
        snprintf(value, sizeof(value), "%zu", i);
        wanted.value = slice_text(value);
        const char *refusal = change(book, &wanted);
        assert_true((refusal[0] != '\0') == (i == DENYBOOK_OWNERS_MAX));
    }
    do_it(book, DENYBOOK_REVOKE, "a certificate");
    wanted = change_of(DENYBOOK_RELEASE, "7");
    wanted.kind = 1;
    assert_string_equal(change(book, &wanted), "");
    wanted.verb = DENYBOOK_REVOKE;
    assert_string_equal(change(book, &wanted), "");
    denybook_free(&book);
}

static void line_that_a_crash_cut_is_left_out(void **state) {
    (void)state;
    struct denybook *book = read_book();
    do_it(book, DENYBOOK_REVOKE, "a");
    size_t whole = buf_len(&file);
    do_it(book, DENYBOOK_REVOKE, "b");
    denybook_free(&book);
    for (size_t len = buf_len(&file) - 1; len >= whole; len--) {
        struct error error;
        size_t used;
        book = make_book();
        assert_true(denybook_read(book, slice_sub(buf_view(&file), 0, len), "denylist", &used, &error));
        assert_int_equal(used, whole);
        assert_int_equal(denybook_count(book), 1);
        denybook_free(&book);
    }
}

/* Each byte of the file, each line, their order: nothing of it can change unseen. */
static void every_changed_byte_is_damage(void **state) {
    (void)state;
    struct denybook *book = read_book();
    do_it(book, DENYBOOK_REVOKE, "a");
    do_it(book, DENYBOOK_HOLD, "b");
    do_it(book, DENYBOOK_RELEASE, "a");
    denybook_free(&book);
    uint8_t *bytes = (uint8_t *)buf_view(&file).data;
    for (size_t i = 0; i + 1 < buf_len(&file); i++) {
        struct error error;
        size_t used;
        bytes[i] ^= 1;
        book = make_book();
        assert_false(denybook_read(book, buf_view(&file), "denylist", &used, &error));
        assert_true(error.line > 0);
        denybook_free(&book);
        bytes[i] ^= 1;
    }
}

static void lines_that_are_missing_are_damage(void **state) {
    (void)state;
    struct denybook *book = read_book();
    size_t first = buf_len(&file);
    do_it(book, DENYBOOK_REVOKE, "a");
    size_t second = buf_len(&file);
    do_it(book, DENYBOOK_REVOKE, "b");
    denybook_free(&book);
    char without[4096];
    size_t len = buf_len(&file);
    memcpy(without, buf_view(&file).data, first);
    memcpy(without + first, buf_view(&file).data + second, len - second);
    buf_truncate(&file, 0);
    assert_true(buf_append(&file, slice_of(without, first + len - second)));
    assert_damaged(2, "one before it is missing");
}

static void file_of_something_else_is_damage(void **state) {
    (void)state;
    buf_truncate(&file, 0);
    assert_true(buf_append_text(&file, "hello\n"));
    assert_damaged(1, "does not begin");
    buf_truncate(&file, 0);
    assert_true(buf_append_text(&file, "sallyport-denylist 2\t0\t0\t0000000000000000\n"));
    assert_damaged(1, "does not begin");
}

static void empty_file_is_a_new_one(void **state) {
    (void)state;
    struct denybook *book = make_book();
    struct error error;
    size_t used;
    assert_true(denybook_read(book, slice_text(""), "denylist", &used, &error));
    assert_true(denybook_read(book, slice_text("sallyport-den"), "denylist", &used, &error));
    assert_int_equal(used, 0);
    denybook_free(&book);
}

/* The new file goes on where the old one stopped: numbers included. */
static void book_is_written_anew_without_loss(void **state) {
    (void)state;
    struct denybook *book = read_book();
    char value[16];
    for (size_t i = 0; i < 1000; i++) {
        snprintf(value, sizeof(value), "v%zu", i);
        do_it(book, i % 2 ? DENYBOOK_HOLD : DENYBOOK_REVOKE, value);
    }
    for (size_t i = 0; i < DENYBOOK_SLACK; i++) {
        assert_false(denybook_is_long(book) && i < DENYBOOK_SLACK - 100);
        do_it(book, i % 2 ? DENYBOOK_RELEASE : DENYBOOK_REVOKE, "again");
    }
    for (size_t i = 0; i < 1100; i++)
        do_it(book, i % 2 ? DENYBOOK_RELEASE : DENYBOOK_REVOKE, "again");
    assert_true(denybook_is_long(book));
    uint64_t number = denybook_number(book);
    size_t at = 0;
    buf_truncate(&file, 0);
    do
        assert_true(denybook_rewrite(book, &at, &file));
    while (at < denybook_count(book));
    denybook_rewritten(book);
    assert_false(denybook_is_long(book));
    size_t rewritten = buf_len(&file);
    do_it(book, DENYBOOK_RELEASE, "v7");
    denybook_free(&book);
    book = read_book();
    assert_int_equal(denybook_count(book), 999);
    assert_int_equal(denybook_number(book), number + 1);
    assert_true(find(book, "v1")->is_hold);
    assert_int_equal(find(book, "v1")->number, 2);
    assert_null(find(book, "v7"));
    denybook_free(&book);
    buf_truncate(&file, rewritten);
    size_t last = rewritten - 1;
    while (buf_view(&file).data[last - 1] != '\n')
        last--;
    buf_truncate(&file, last);
    assert_damaged(1001, "lines are missing at the end");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, begin_file, free_file)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(what_was_changed_comes_back),
        TEST(changes_that_make_no_sense_are_refused),
        TEST(hold_becomes_revoked),
        TEST(entry_is_forgotten_after_its_time),
        TEST(owners_are_fewer),
        TEST(line_that_a_crash_cut_is_left_out),
        TEST(every_changed_byte_is_damage),
        TEST(lines_that_are_missing_are_damage),
        TEST(file_of_something_else_is_damage),
        TEST(empty_file_is_a_new_one),
        TEST(book_is_written_anew_without_loss),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
