/* Log lines: one write each, the level, the role, and hostile text. */
#include "base/log.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

static int kept_stderr;
static int ends[2];

static int catch_stderr(void **state) {
    (void)state;
    unsetenv("JOURNAL_STREAM");
    kept_stderr = dup(STDERR_FILENO);
    return pipe2(ends, O_NONBLOCK) == 0 && dup2(ends[1], STDERR_FILENO) == STDERR_FILENO ? 0 : -1;
}

static int give_stderr_back(void **state) {
    (void)state;
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
    close(ends[0]);
    close(ends[1]);
    return 0;
}

static const char *caught(void) {
    static char text[8192];
    ssize_t len = read(ends[0], text, sizeof(text) - 1);
    text[len > 0 ? len : 0] = '\0';
    return text;
}

static void line_names_the_role(void **state) {
    (void)state;
    log_open("worker 1", LOG_LEVEL_INFO);
    log_line(LOG_LEVEL_INFO, "%d listeners", 3);
    assert_string_equal(caught(), "sallyport worker 1: 3 listeners\n");
    log_open("", LOG_LEVEL_INFO);
    log_line(LOG_LEVEL_ERROR, "no role");
    assert_string_equal(caught(), "sallyport: no role\n");
}

static void low_levels_are_left_out(void **state) {
    (void)state;
    log_open("worker 1", LOG_LEVEL_WARNING);
    log_line(LOG_LEVEL_DEBUG, "not this");
    log_line(LOG_LEVEL_INFO, "not this");
    assert_string_equal(caught(), "");
    log_line(LOG_LEVEL_WARNING, "this");
    assert_string_equal(caught(), "sallyport worker 1: this\n");
}

static void systemd_gets_priorities(void **state) {
    (void)state;
    setenv("JOURNAL_STREAM", "1:2", 1);
    log_open("supervisor", LOG_LEVEL_DEBUG);
    log_line(LOG_LEVEL_ERROR, "a");
    log_line(LOG_LEVEL_DEBUG, "b");
    assert_string_equal(caught(), "<3>sallyport supervisor: a\n<7>sallyport supervisor: b\n");
    unsetenv("JOURNAL_STREAM");
    log_open("supervisor", LOG_LEVEL_DEBUG);
}

static void hostile_text_stays_in_its_line(void **state) {
    (void)state;
    log_open("worker 1", LOG_LEVEL_INFO);
    log_line(LOG_LEVEL_INFO, "name %s", "x\nsallyport worker 1: forged\x1b[0m");
    assert_string_equal(caught(), "sallyport worker 1: name x?sallyport worker 1: forged?[0m\n");
}

static void long_line_is_cut(void **state) {
    (void)state;
    char text[5000];
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    log_open("a role whose name is much longer than what is kept of it", LOG_LEVEL_INFO);
    log_line(LOG_LEVEL_INFO, "%s", text);
    const char *line = caught();
    assert_true(strlen(line) <= 1024);
    assert_ptr_equal(strchr(line, '\n'), line + strlen(line) - 1);
    assert_true(strncmp(line, "sallyport a role whose name is much long: x", 10) == 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(line_names_the_role, catch_stderr, give_stderr_back),
        cmocka_unit_test_setup_teardown(low_levels_are_left_out, catch_stderr, give_stderr_back),
        cmocka_unit_test_setup_teardown(systemd_gets_priorities, catch_stderr, give_stderr_back),
        cmocka_unit_test_setup_teardown(hostile_text_stays_in_its_line, catch_stderr, give_stderr_back),
        cmocka_unit_test_setup_teardown(long_line_is_cut, catch_stderr, give_stderr_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
