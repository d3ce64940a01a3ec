/* Paths become absolute, and the admin socket's is found in a configuration. */
#include "bin/readconfig.h"

#include "bin/demofiles.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static void absolute_path_stays(void **state) {
    (void)state;
    char path[64];
    assert_true(readconfig_absolute("/a/b", path, sizeof(path)));
    assert_string_equal(path, "/a/b");
}

static void relative_path_begins_where_we_are(void **state) {
    (void)state;
    char here[4096];
    char expected[4200];
    char path[4200];
    assert_non_null(getcwd(here, sizeof(here)));
    snprintf(expected, sizeof(expected), "%s/a/b", here);
    assert_true(readconfig_absolute("a/b", path, sizeof(path)));
    assert_string_equal(path, expected);
    assert_true(readconfig_absolute("././a/b", path, sizeof(path)));
    assert_string_equal(path, expected);
}

static void path_without_room_fails(void **state) {
    (void)state;
    char path[4];
    assert_false(readconfig_absolute("/abc", path, sizeof(path)));
    assert_false(readconfig_absolute("a", path, sizeof(path)));
    assert_true(readconfig_absolute("/ab", path, sizeof(path)));
}

static void socket_of_a_configuration_is_found(void **state) {
    (void)state;
    struct demofiles files;
    struct error error;
    char config[128];
    char path[128];
    assert_true(demofiles_make(&files, &error));
    assert_true(demofiles_configure(&files, "127.0.0.1:8443", "127.0.0.1:8080", &error));
    snprintf(config, sizeof(config), "%s/sallyport.yaml", files.directory);
    assert_true(readconfig_socket(config, path, sizeof(path)));
    assert_string_equal(path, files.socket);
    assert_false(readconfig_socket(config, path, 10));
    demofiles_remove(&files);
    assert_false(readconfig_socket(config, path, sizeof(path)));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(absolute_path_stays),
        cmocka_unit_test(relative_path_begins_where_we_are),
        cmocka_unit_test(path_without_room_fails),
        cmocka_unit_test(socket_of_a_configuration_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
