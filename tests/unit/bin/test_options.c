/* Options are read by the table; what is not in it is refused. */
#include "bin/options.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const char *config;
static bool json;
static const struct options_row rows[] = {
    {.name = "config", .letter = 'c', .text = &config},
    {.name = "json", .flag = &json},
    {0},
};

static bool read_all(const char *first, const char *second, const char *third, const char **word) {
    char copies[3][32];
    char *arguments[4] = {NULL};
    const char *const given[] = {first, second, third};
    config = NULL;
    json = false;
    for (size_t i = 0; i < 3 && given[i]; i++) {
        strncpy(copies[i], given[i], sizeof(copies[i]) - 1);
        copies[i][sizeof(copies[i]) - 1] = '\0';
        arguments[i] = copies[i];
    }
    static char kept[32];
    bool good = options_read(arguments, rows, word);
    if (config) {
        memcpy(kept, config, strlen(config) + 1);
        config = kept;
    }
    return good;
}

static void values_are_taken_in_all_spellings(void **state) {
    (void)state;
    assert_true(read_all("-c", "a.yaml", NULL, NULL));
    assert_string_equal(config, "a.yaml");
    assert_true(read_all("--config", "b.yaml", "--json", NULL));
    assert_string_equal(config, "b.yaml");
    assert_true(json);
    assert_true(read_all("--config=c.yaml", NULL, NULL, NULL));
    assert_string_equal(config, "c.yaml");
    assert_true(read_all("--config=", NULL, NULL, NULL));
    assert_string_equal(config, "");
}

static void what_is_not_given_is_left_alone(void **state) {
    (void)state;
    assert_true(read_all(NULL, NULL, NULL, NULL));
    assert_null(config);
    assert_false(json);
}

static void one_word_is_taken_where_one_is_wanted(void **state) {
    (void)state;
    const char *word = NULL;
    assert_true(read_all("word", "--json", NULL, &word));
    assert_non_null(word);
    word = NULL;
    assert_false(read_all("one", "two", NULL, &word));
    assert_false(read_all("word", NULL, NULL, NULL));
}

static void mistakes_are_refused(void **state) {
    (void)state;
    assert_false(read_all("--confi", "a", NULL, NULL));
    assert_false(read_all("--configs", "a", NULL, NULL));
    assert_false(read_all("-x", NULL, NULL, NULL));
    assert_false(read_all("-cx", NULL, NULL, NULL));
    assert_false(read_all("-c", NULL, NULL, NULL));
    assert_false(read_all("--json=yes", NULL, NULL, NULL));
    assert_false(read_all("-", NULL, NULL, NULL));
}

static void times_are_read_strictly(void **state) {
    (void)state;
    static const char *const bad[] = {
        "", "tomorrow", "2026-01-31", "2026-01-31T12:00:00", "2026-01-31T12:00:00+01:00", "-5", "12x"};
    int64_t seconds = 7;
    assert_true(options_time(NULL, &seconds));
    assert_int_equal(seconds, 7);
    assert_true(options_time("1767225600", &seconds));
    assert_int_equal(seconds, 1767225600);
    assert_true(options_time("2026-01-01T00:00:01.999Z", &seconds));
    assert_int_equal(seconds, 1767225601);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
        assert_false(options_time(bad[i], &seconds));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(values_are_taken_in_all_spellings),
        cmocka_unit_test(what_is_not_given_is_left_alone),
        cmocka_unit_test(one_word_is_taken_where_one_is_wanted),
        cmocka_unit_test(mistakes_are_refused),
        cmocka_unit_test(times_are_read_strictly),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
