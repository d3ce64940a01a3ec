/* This program is found, and so is the supervisor beside it or in libexec. */
#include "bin/self.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char root[64];

static void make_program(const char *path) {
    char whole[PATH_MAX];
    snprintf(whole, sizeof(whole), "%s/%s", root, path);
    int fd = open(whole, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
    assert_true(fd >= 0);
    close(fd);
}

static void remove_path(const char *path) {
    char whole[PATH_MAX];
    snprintf(whole, sizeof(whole), "%s/%s", root, path);
    assert_int_equal(remove(whole), 0);
}

static void own_path_ends_with_the_own_name(void **state) {
    (void)state;
    char path[PATH_MAX];
    assert_true(self_path(path));
    assert_string_equal(strrchr(path, '/'), "/test_self");
}

static void supervisor_is_looked_for_beside_and_in_libexec(void **state) {
    (void)state;
    char self[PATH_MAX];
    char path[PATH_MAX];
    char expected[PATH_MAX];
    char directory[PATH_MAX];
    snprintf(root, sizeof(root), "/tmp/sallyport-test-self-%d", (int)getpid());
    static const char *const directories[] = {"", "/bin", "/libexec", "/libexec/sallyport"};
    for (size_t i = 0; i < 4; i++) {
        snprintf(directory, sizeof(directory), "%s%s", root, directories[i]);
        assert_int_equal(mkdir(directory, 0755), 0);
    }
    snprintf(self, sizeof(self), "%s/bin/sallyport", root);
    assert_false(self_supervisor(self, path));
    make_program("libexec/sallyport/sallyport-supervisor");
    assert_true(self_supervisor(self, path));
    snprintf(expected, sizeof(expected), "%s/bin/../libexec/sallyport/sallyport-supervisor", root);
    assert_string_equal(path, expected);
    make_program("bin/sallyport-supervisor");
    assert_true(self_supervisor(self, path));
    snprintf(expected, sizeof(expected), "%s/bin/sallyport-supervisor", root);
    assert_string_equal(path, expected);
    remove_path("bin/sallyport-supervisor");
    remove_path("libexec/sallyport/sallyport-supervisor");
    for (size_t i = 4; i-- > 0;)
        remove_path(directories[i]);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(own_path_ends_with_the_own_name),
        cmocka_unit_test(supervisor_is_looked_for_beside_and_in_libexec),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
