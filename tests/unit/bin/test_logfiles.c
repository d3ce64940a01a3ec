/* Logs are opened for appending, or not at all. */
#include "bin/logfiles.h"

#include "os/fd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static struct outline outline;
static struct error error;

static void log_to(struct outline_log *log, enum outline_log_target target, const char *path) {
    log->target = target;
    snprintf(log->path, sizeof(log->path), "%s", path);
}

static void file_is_made_and_appended_to(void **state) {
    (void)state;
    struct logfiles files;
    struct stat about;
    char path[64];
    snprintf(path, sizeof(path), "/tmp/sallyport-test-log-%d", (int)getpid());
    log_to(&outline.access, OUTLINE_LOG_FILE, path);
    log_to(&outline.refusals, OUTLINE_LOG_OFF, "");
    for (unsigned i = 1; i <= 2; i++) {
        assert_true(logfiles_open(&files, &outline, &error));
        assert_int_equal(files.fds[LOGFILES_REFUSALS], -1);
        assert_true(fd_write_all(files.fds[LOGFILES_ACCESS], slice_text("line\n")));
        assert_int_equal(fstat(files.fds[LOGFILES_ACCESS], &about), 0);
        assert_int_equal(about.st_size, 5 * i);
        assert_int_equal(about.st_mode & 07, 0);
        logfiles_close(&files);
        assert_int_equal(files.fds[LOGFILES_ACCESS], -1);
    }
    unlink(path);
}

static void stderr_is_copied(void **state) {
    (void)state;
    struct logfiles files;
    log_to(&outline.access, OUTLINE_LOG_STDERR, "");
    log_to(&outline.refusals, OUTLINE_LOG_STDERR, "");
    assert_true(logfiles_open(&files, &outline, &error));
    assert_true(files.fds[LOGFILES_ACCESS] > STDERR_FILENO);
    assert_true(files.fds[LOGFILES_REFUSALS] > STDERR_FILENO);
    logfiles_close(&files);
}

static void one_that_cannot_be_opened_is_named_and_nothing_stays_open(void **state) {
    (void)state;
    struct logfiles files;
    log_to(&outline.access, OUTLINE_LOG_STDERR, "");
    log_to(&outline.refusals, OUTLINE_LOG_FILE, "/nonexistent/refusals.log");
    assert_false(logfiles_open(&files, &outline, &error));
    assert_string_equal(error.file, "/nonexistent/refusals.log");
    assert_int_equal(files.fds[LOGFILES_ACCESS], -1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(file_is_made_and_appended_to),
        cmocka_unit_test(stderr_is_copied),
        cmocka_unit_test(one_that_cannot_be_opened_is_named_and_nothing_stays_open),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
