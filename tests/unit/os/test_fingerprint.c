/* Another number after every change, the same one without. */
#include "os/fingerprint.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[64];
static char file[96];
static char other[96];

static void put(const char *path, const char *text) {
    FILE *to = fopen(path, "w");
    assert_non_null(to);
    fputs(text, to);
    fclose(to);
}

static int set_up(void **state) {
    (void)state;
    snprintf(directory, sizeof(directory), "/tmp/sallyport-test-fingerprint-%d", (int)getpid());
    snprintf(file, sizeof(file), "%s/a.crl", directory);
    snprintf(other, sizeof(other), "%s/b.crl", directory);
    assert_int_equal(mkdir(directory, 0700), 0);
    put(file, "first");
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    unlink(file);
    unlink(other);
    return rmdir(directory);
}

static void replaced_file_is_another(void **state) {
    (void)state;
    uint64_t before = fingerprint_of(file);
    assert_true(before != 0 && before == fingerprint_of(file));
    put(other, "other");
    assert_int_equal(rename(other, file), 0);
    assert_true(before != fingerprint_of(file));
}

static void file_that_grows_is_another(void **state) {
    (void)state;
    uint64_t before = fingerprint_of(file);
    put(file, "longer than before");
    assert_true(before != fingerprint_of(file));
}

static void directory_is_all_that_is_in_it(void **state) {
    (void)state;
    uint64_t before = fingerprint_of(directory);
    assert_true(before == fingerprint_of(directory));
    put(other, "other");
    uint64_t two = fingerprint_of(directory);
    assert_true(before != two);
    put(file, "written in place");
    assert_true(two != fingerprint_of(directory));
    unlink(file);
    put(file, "new");
    assert_true(two != fingerprint_of(directory));
}

static void nothing_is_zero(void **state) {
    (void)state;
    assert_true(fingerprint_of(other) == 0);
    assert_true(fingerprint_of("/nowhere/at/all") == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(replaced_file_is_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(file_that_grows_is_another, set_up, tear_down),
        cmocka_unit_test_setup_teardown(directory_is_all_that_is_in_it, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_zero, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
