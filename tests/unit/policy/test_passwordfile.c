/* Files of users: what is read, and each mistake with its line. */
#include "policy/passwordfile.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define STRONG "$2b$10$KBCwKxOzLha2MUDgW0PjXe5iC0KgerkTIWLGUoONajjj98vdFiyt2"
#define OTHER  "$2b$12$KBCwKxOzLha2MUDgW0PjXe5iC0KgerkTIWLGUoONajjj98vdFiyt2"
#define ZEROS  "0000000000000000000000000000000000000000000000000000000000000000"
#define ONES   "11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:11:1F"

static struct arena arena;
static struct error_list errors;
static struct passwordfile file;

static int set_up(void **state) {
    (void)state;
    arena_init(&arena, 4096, 64 << 20);
    error_list_init(&errors);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    arena_fini(&arena);
    error_list_fini(&errors);
    return 0;
}

static bool read_text(const char *text, bool has_fingerprints) {
    return passwordfile_read(slice_text(text), "users", has_fingerprints, &arena, &file, &errors);
}

/* The last error is about this line and says this. */
static void refused(const char *text, bool has_fingerprints, unsigned line, const char *word) {
    assert_false(read_text(text, has_fingerprints));
    assert_int_equal(errors.count, errors.total);
    const struct error *error = &errors.items[errors.count - 1];
    assert_string_equal(error->file, "users");
    assert_int_equal(error->line, line);
    if (strstr(error->sentence, word) == NULL)
        fail_msg("\"%s\" does not say \"%s\"", error->sentence, word);
}

static void users_are_found_by_name(void **state) {
    (void)state;
    assert_true(read_text("# users\n\nbob:" STRONG "\r\nalice@example.com:" OTHER "\nJos\xc3\xa9:" STRONG, false));
    assert_int_equal(file.count, 3);
    const struct passwordfile_user *alice = passwordfile_find(&file, slice_text("alice@example.com"));
    assert_non_null(alice);
    assert_int_equal(alice->line, 4);
    assert_true(slice_equal(alice->stored, slice_text(OTHER)));
    assert_true(slice_equal(passwordfile_find(&file, slice_text("bob"))->stored, slice_text(STRONG)));
    assert_non_null(passwordfile_find(&file, slice_text("Jos\xc3\xa9")));
    assert_null(passwordfile_find(&file, slice_text("Bob")));
    assert_null(passwordfile_find(&file, slice_text("bo")));
    assert_null(passwordfile_find(&file, slice_text("")));
}

static void everybody_has_a_stand_in(void **state) {
    (void)state;
    assert_true(read_text("a:" STRONG "\nb:" STRONG "\n", false));
    for (uint64_t number = 0; number < 5; number++)
        assert_ptr_equal(passwordfile_stand_in(&file, number), passwordfile_stand_in(&file, number + 2));
    assert_ptr_not_equal(passwordfile_stand_in(&file, 0), passwordfile_stand_in(&file, 1));
}

static void fingerprints_bind_a_user(void **state) {
    (void)state;
    assert_true(read_text("a:" STRONG ":" ZEROS "\nb:" STRONG ":" ONES ", " ZEROS "\n", true));
    const struct passwordfile_user *bound = passwordfile_find(&file, slice_text("b"));
    assert_int_equal(bound->fingerprint_count, 2);
    assert_int_equal(bound->fingerprints[0][0], 0x11);
    assert_int_equal(bound->fingerprints[0][31], 0x1f);
    assert_int_equal(bound->fingerprints[1][31], 0);
    refused("a:" STRONG "\n", true, 1, "have to follow");
    refused("a:" STRONG ":\n", true, 1, "64 hex digits");
    refused("a:" STRONG ":00\n", true, 1, "64 hex digits");
    refused("a:" STRONG ":" ZEROS "0\n", true, 1, "64 hex digits");
    refused("a:" STRONG ":" ZEROS "00\n", true, 1, "64 hex digits");
    refused("a:" STRONG ":" ZEROS ",\n", true, 1, "64 hex digits");
    refused("a:" STRONG ":" ZEROS "," ZEROS "x\n", true, 1, "64 hex digits");
}

static void what_follows_the_password_has_to_have_a_meaning(void **state) {
    (void)state;
    refused("a:" STRONG ":" ZEROS "\n", false, 1, "bind: fingerprint");
    refused("a:" STRONG ":\n", false, 1, "bind: fingerprint");
}

static void mistakes_are_told_with_their_line(void **state) {
    (void)state;
    refused("a:" STRONG "\nb\n", false, 2, "user:password hash");
    refused("\n\n:" STRONG "\n", false, 3, "empty");
    refused("a:secret\n", false, 1, "plain");
    refused("a:$apr1$x$y\n", false, 1, "apr1");
    refused("a\tb:" STRONG "\n", false, 1, "control");
    refused("a\xff:" STRONG "\n", false, 1, "UTF-8");
}

/* Not only the first one. */
static void every_mistake_is_told(void **state) {
    (void)state;
    assert_false(read_text("a:x\nb:y\nc:" STRONG "\nc:" STRONG "\n", false));
    assert_int_equal(errors.total, 3);
}

static void nobody_is_given_twice(void **state) {
    (void)state;
    refused("a:" STRONG "\nb:" STRONG "\na:" OTHER "\n", false, 3, "first in line 1");
}

static void a_file_without_users_is_a_mistake(void **state) {
    (void)state;
    refused("# nobody\n", false, 0, "no user");
    refused("", false, 0, "no user");
}

static void lines_have_a_maximum(void **state) {
    (void)state;
    static char text[8192];
    memset(text, 'a', sizeof(text) - 1);
    refused(text, false, 1, "4096");
    memset(text, 'a', 256);
    snprintf(text + 256, sizeof(text) - 256, ":" STRONG "\n");
    refused(text, false, 1, "255");
}

static void many_users_are_found(void **state) {
    (void)state;
    struct buf text;
    buf_init(&text, 8 << 20);
    for (int i = 0; i < 10000; i++)
        assert_true(buf_printf(&text, "user-%d:" STRONG "\n", i));
    assert_true(passwordfile_read(buf_view(&text), "users", false, &arena, &file, &errors));
    buf_fini(&text);
    for (int i = 0; i < 10000; i++) {
        char name[32];
        snprintf(name, sizeof(name), "user-%d", i);
        assert_int_equal(passwordfile_find(&file, slice_text(name))->line, i + 1);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(users_are_found_by_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(everybody_has_a_stand_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(fingerprints_bind_a_user, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_follows_the_password_has_to_have_a_meaning, set_up, tear_down),
        cmocka_unit_test_setup_teardown(mistakes_are_told_with_their_line, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_mistake_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_is_given_twice, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_file_without_users_is_a_mistake, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lines_have_a_maximum, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_users_are_found, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
