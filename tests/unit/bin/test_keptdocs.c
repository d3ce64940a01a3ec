/* Documents and numbers are there after a restart, each under its own name; what is not whole is not there. */
#include "bin/keptdocs.h"

#include "os/fd.h"
#include "os/sealed.h"

#include <dirent.h>
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

static int set_up(void **state) {
    (void)state;
    snprintf(directory, sizeof(directory), "/tmp/sallyport-test-keptdocs-%d", (int)getpid());
    assert_int_equal(mkdir(directory, 0700), 0);
    return statefiles_open(&files, directory, &error) ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    DIR *all = opendir(directory);
    const struct dirent *entry;
    while ((entry = readdir(all)))
        unlinkat(dirfd(all), entry->d_name, 0);
    closedir(all);
    statefiles_close(&files);
    return rmdir(directory);
}

static void save(const char *name, const char *document) {
    int fd = sealed_of("document", slice_text(document));
    assert_true(keptdocs_save(&files, slice_text(name), fd));
    fd_close(&fd);
}

static void assert_holds(int fd, const char *document) {
    struct slice bytes;
    assert_true(sealed_map(fd, 1000, &bytes, &error));
    assert_true(slice_equal(bytes, slice_text(document)));
    sealed_unmap(&bytes);
    fd_close(&fd);
}

static void document_comes_back_by_its_name(void **state) {
    (void)state;
    int64_t written_ms = 0;
    save("http://a/x", "first");
    save("http://a/y", "other");
    save("http://a/x", "second");
    assert_holds(keptdocs_load(&files, slice_text("http://a/x"), &written_ms), "second");
    assert_true(written_ms > 0);
    assert_holds(keptdocs_load(&files, slice_text("http://a/y"), &written_ms), "other");
    assert_int_equal(keptdocs_load(&files, slice_text("http://a/z"), &written_ms), -1);
}

static void file_of_another_name_is_none(void **state) {
    (void)state;
    int64_t written_ms;
    char path[512];
    save("http://a/x", "document");
    DIR *all = opendir(directory);
    const struct dirent *entry;
    while ((entry = readdir(all)))
        if (strncmp(entry->d_name, "document-", 9) == 0) {
            snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
            FILE *file = fopen(path, "w");
            fputs("sallyport document 1\nhttp://b/x\ndocument", file);
            fclose(file);
        }
    closedir(all);
    assert_int_equal(keptdocs_load(&files, slice_text("http://a/x"), &written_ms), -1);
}

static void numbers_come_back(void **state) {
    (void)state;
    assert_int_equal(keptdocs_load_numbers(&files), -1);
    int fd = sealed_of("numbers", slice_text("123"));
    keptdocs_save_numbers(&files, fd);
    fd_close(&fd);
    assert_holds(keptdocs_load_numbers(&files), "123");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(document_comes_back_by_its_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(file_of_another_name_is_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(numbers_come_back, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
