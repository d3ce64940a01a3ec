/* A configuration with its files becomes an outline and a sealed bundle, or sentences with their places. */
#include "bin/compiler.h"

#include "bin/demofiles.h"
#include "os/sealed.h"
#include "plan/bundle.h"
#include "tls/library.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct demofiles files;
static struct compiler_result result;
static struct order order;
static char path[128];

static int make_files(void **state) {
    (void)state;
    struct error error;
    tls_library_start();
    assert_true(demofiles_make(&files, &error));
    assert_true(demofiles_mint(&files, &error));
    assert_true(demofiles_configure(&files, "127.0.0.1:8443", "127.0.0.1:8080", &error));
    snprintf(path, sizeof(path), "%s/sallyport.yaml", files.directory);
    return 0;
}

static int remove_files(void **state) {
    (void)state;
    demofiles_remove(&files);
    assert_int_not_equal(access(files.directory, F_OK), 0);
    return 0;
}

static void append(const char *line) {
    FILE *file = fopen(path, "a");
    assert_non_null(file);
    fputs(line, file);
    fclose(file);
}

/* The errors as text, "" when there are none. */
static const char *compile(void) {
    static char text[65536];
    struct error_list errors;
    struct buf lines;
    buf_init(&lines, sizeof(text) - 1);
    error_list_init(&errors);
    order_init(&order);
    bool good = compiler_compile(path, 3, &order, &result, &errors);
    assert_int_equal(good, errors.total == 0);
    assert_int_equal(good, result.bundle_fd >= 0);
    assert_int_equal(good, result.list_fds[COMPILER_SOURCES] >= 0);
    assert_true(error_list_print(&errors, &lines));
    struct slice view = buf_view(&lines);
    snprintf(text, sizeof(text), "%.*s", (int)view.len, view.data ? (const char *)view.data : "");
    error_list_fini(&errors);
    buf_fini(&lines);
    compiler_drop(&result);
    order_fini(&order);
    return text;
}

static void good_configuration_has_its_outline(void **state) {
    (void)state;
    append("drain: 7s\ntickets: { lifetime: 1h }\nuser: somebody\n");
    assert_string_equal(compile(), "");
    assert_int_equal(result.outline.workers, 2);
    assert_int_equal(result.outline.drain_ms, 7000);
    assert_int_equal(result.outline.ticket_lifetime_s, 3600);
    assert_string_equal(result.outline.user, "somebody");
    assert_string_equal(result.outline.control_socket, files.socket);
    assert_string_equal(result.outline.state_directory, "");
    assert_int_equal(result.outline.access.target, OUTLINE_LOG_FILE);
    assert_int_equal(result.outline.access.path[0], '/');
    assert_int_equal(result.outline.listens_count, 1);
    assert_string_equal(result.outline.listens[0].name, "demo");
}

static void state_directory_is_told_and_looked_at(void **state) {
    (void)state;
    append("state_directory: .\n");
    assert_string_equal(compile(), "");
    assert_string_equal(result.outline.state_directory + strlen(result.outline.state_directory) - 2, "/.");
    assert_int_equal(chmod(files.directory, 0703), 0);
    const char *errors = compile();
    assert_non_null(strstr(errors, "sallyport.yaml:"));
    assert_non_null(strstr(errors, "everybody may write to it"));
    assert_int_equal(chmod(files.directory, 0700), 0);
}

static void missing_state_directory_is_named_with_its_place(void **state) {
    (void)state;
    append("state_directory: missing\n");
    const char *errors = compile();
    assert_non_null(strstr(errors, "sallyport.yaml:"));
    assert_non_null(strstr(errors, ":18: The state directory"));
    assert_non_null(strstr(errors, "missing cannot be used: No such file"));
}

static void relative_path_of_the_file_gives_absolute_ones(void **state) {
    (void)state;
    char before[4096];
    assert_non_null(getcwd(before, sizeof(before)));
    assert_int_equal(chdir(files.directory), 0);
    snprintf(path, sizeof(path), "sallyport.yaml");
    assert_string_equal(compile(), "");
    assert_string_equal(result.outline.control_socket, files.socket);
    assert_int_equal(chdir(before), 0);
}

static void error_of_the_text_has_its_place(void **state) {
    (void)state;
    append("drian: 7s\n");
    const char *errors = compile();
    assert_non_null(strstr(errors, "sallyport.yaml:"));
    assert_non_null(strstr(errors, "drian"));
}

static void missing_file_is_named(void **state) {
    (void)state;
    char missing[128];
    snprintf(missing, sizeof(missing), "%s/gateway.key", files.directory);
    assert_int_equal(unlink(missing), 0);
    assert_non_null(strstr(compile(), "gateway.key"));
}

static void key_that_does_not_match_is_found_by_the_trial(void **state) {
    (void)state;
    char from[128];
    char to[128];
    snprintf(from, sizeof(from), "%s/good.key", files.directory);
    snprintf(to, sizeof(to), "%s/gateway.key", files.directory);
    assert_int_equal(rename(from, to), 0);
    assert_string_not_equal(compile(), "");
}

static void configuration_that_is_no_file_is_refused(void **state) {
    (void)state;
    snprintf(path, sizeof(path), "%s", files.directory);
    assert_non_null(strstr(compile(), "cannot be read"));
    snprintf(path, sizeof(path), "/nonexistent.yaml");
    assert_non_null(strstr(compile(), "cannot be read"));
    snprintf(path, sizeof(path), "/dev/zero");
    assert_non_null(strstr(compile(), "cannot be read"));
}

static void cores_are_at_least_one(void **state) {
    (void)state;
    assert_in_range(compiler_cores(), 1, OUTLINE_WORKERS_MAX);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(good_configuration_has_its_outline, make_files, remove_files),
        cmocka_unit_test_setup_teardown(state_directory_is_told_and_looked_at, make_files, remove_files),
        cmocka_unit_test_setup_teardown(missing_state_directory_is_named_with_its_place, make_files, remove_files),
        cmocka_unit_test_setup_teardown(relative_path_of_the_file_gives_absolute_ones, make_files, remove_files),
        cmocka_unit_test_setup_teardown(error_of_the_text_has_its_place, make_files, remove_files),
        cmocka_unit_test_setup_teardown(missing_file_is_named, make_files, remove_files),
        cmocka_unit_test_setup_teardown(key_that_does_not_match_is_found_by_the_trial, make_files, remove_files),
        cmocka_unit_test_setup_teardown(configuration_that_is_no_file_is_refused, make_files, remove_files),
        cmocka_unit_test(cores_are_at_least_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
