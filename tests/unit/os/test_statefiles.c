/* State files are opened below one directory that nobody else may write to, and replaced as a whole. */
#include "os/statefiles.h"

#include "os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static char directory[64];
static struct statefiles files;
static struct error error;

static const char *path_of(const char *name) {
    static char path[128];
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    return path;
}

static int open_directory(void **state) {
    (void)state;
    snprintf(directory, sizeof(directory), "/tmp/sallyport-test-state-XXXXXX");
    if (!mkdtemp(directory))
        return -1;
    return statefiles_open(&files, directory, &error) ? 0 : -1;
}

static int remove_directory(void **state) {
    (void)state;
    statefiles_close(&files);
    static const char *const names[] = {"list", "list.new", "pipe", "link"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unlink(path_of(names[i]));
    return rmdir(directory);
}

static void write_text(int fd, const char *text) {
    assert_true(fd >= 0);
    assert_true(fd_write_all(fd, slice_text(text)));
    fd_close(&fd);
}

static void assert_content(const char *expected) {
    char text[64] = "";
    int fd = statefiles_read(&files, "list");
    assert_true(fd >= 0);
    assert_int_equal(read(fd, text, sizeof(text) - 1), (ssize_t)strlen(expected));
    assert_string_equal(text, expected);
    fd_close(&fd);
}

static void file_is_made_for_us_alone_and_appended_to(void **state) {
    (void)state;
    struct stat about;
    write_text(statefiles_append(&files, "list"), "one ");
    write_text(statefiles_append(&files, "list"), "two");
    assert_int_equal(stat(path_of("list"), &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_content("one two");
}

static void missing_file_is_told(void **state) {
    (void)state;
    assert_int_equal(statefiles_read(&files, "list"), -1);
    assert_int_equal(errno, ENOENT);
}

static void old_file_stays_until_the_new_one_is_finished(void **state) {
    (void)state;
    write_text(statefiles_append(&files, "list"), "old");
    write_text(statefiles_begin(&files, "list"), "half");
    assert_content("old");
    write_text(statefiles_begin(&files, "list"), "new");
    assert_content("old");
    assert_true(statefiles_finish(&files, "list"));
    assert_content("new");
    assert_false(statefiles_finish(&files, "list"));
    assert_content("new");
}

static void what_others_could_write_is_not_opened(void **state) {
    (void)state;
    write_text(statefiles_append(&files, "list"), "mine");
    assert_int_equal(chmod(path_of("list"), 0620), 0);
    assert_int_equal(statefiles_append(&files, "list"), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(chmod(path_of("list"), 0602), 0);
    assert_int_equal(statefiles_read(&files, "list"), -1);
}

static void what_is_no_plain_file_is_not_opened(void **state) {
    (void)state;
    assert_int_equal(mkfifo(path_of("pipe"), 0600), 0);
    assert_int_equal(symlink("/etc/passwd", path_of("link")), 0);
    assert_int_equal(statefiles_append(&files, "pipe"), -1);
    assert_int_equal(statefiles_read(&files, "pipe"), -1);
    assert_int_equal(statefiles_append(&files, "link"), -1);
    assert_int_equal(statefiles_read(&files, "link"), -1);
}

static void too_long_a_name_is_refused(void **state) {
    (void)state;
    char name[STATEFILES_NAME_MAX + 8];
    memset(name, 'x', sizeof(name) - 1);
    name[sizeof(name) - 1] = '\0';
    assert_int_equal(statefiles_begin(&files, name), -1);
    assert_int_equal(errno, ENAMETOOLONG);
    assert_false(statefiles_finish(&files, name));
}

static void directory_serves_one_gateway(void **state) {
    (void)state;
    struct statefiles second;
    assert_false(statefiles_open(&second, directory, &error));
    assert_non_null(strstr(error.sentence, "in use by another gateway"));
    assert_false(statefiles_are_there(&second));
    statefiles_close(&files);
    assert_true(statefiles_open(&second, directory, &error));
    statefiles_close(&second);
}

static void assert_unusable(const char *path, const char *why) {
    struct statefiles other;
    assert_false(statefiles_may_use(path, &error));
    assert_non_null(strstr(error.sentence, why));
    assert_false(statefiles_open(&other, path, &error));
    assert_non_null(strstr(error.sentence, path));
}

static void directory_that_is_not_ours_alone_is_refused(void **state) {
    (void)state;
    assert_unusable("/nonexistent", "No such file");
    write_text(statefiles_append(&files, "list"), "");
    assert_unusable(path_of("list"), "it is no directory");
    statefiles_close(&files);
    assert_int_equal(chmod(directory, 0707), 0);
    assert_unusable(directory, "everybody may write to it");
    if (geteuid() == 0) {
        assert_int_equal(chmod(directory, 0700), 0);
        assert_int_equal(chown(directory, 12345, 0), 0);
        assert_unusable(directory, "it belongs to another user");
    }
}

static void without_a_directory_there_is_none(void **state) {
    (void)state;
    struct statefiles none;
    assert_true(statefiles_open(&none, "", &error));
    assert_false(statefiles_are_there(&none));
    statefiles_close(&none);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, open_directory, remove_directory)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(file_is_made_for_us_alone_and_appended_to),
        TEST(missing_file_is_told),
        TEST(old_file_stays_until_the_new_one_is_finished),
        TEST(what_others_could_write_is_not_opened),
        TEST(what_is_no_plain_file_is_not_opened),
        TEST(too_long_a_name_is_refused),
        TEST(directory_serves_one_gateway),
        TEST(directory_that_is_not_ours_alone_is_refused),
        cmocka_unit_test(without_a_directory_there_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
