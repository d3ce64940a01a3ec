/* Landlock by itself: what is not listed cannot be opened, and the lists give no more than they say. */
#include "os/landlock.h"

#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/stat.h>

#include <cmocka.h>

static char directory[] = "/tmp/sallyport-landlock-XXXXXX";
static char readable[100], writable[100], inside[120], outside[100];

static void make_file(const char *path) {
    int fd = open(path, O_CREAT | O_WRONLY, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static int make_tree(void **state) {
    (void)state;
    if (landlock_version() == 0) {
        print_message("this kernel has no Landlock: skipped\n");
        exit(77);
    }
    if (mkdtemp(directory) == NULL)
        return -1;
    snprintf(readable, sizeof(readable), "%s/readable", directory);
    snprintf(writable, sizeof(writable), "%s/writable", directory);
    snprintf(inside, sizeof(inside), "%s/file", readable);
    snprintf(outside, sizeof(outside), "%s/outside", directory);
    mkdir(readable, 0700);
    mkdir(writable, 0700);
    make_file(inside);
    make_file(outside);
    return 0;
}

static int remove_tree(void **state) {
    (void)state;
    unlink(inside);
    unlink(outside);
    rmdir(readable);
    rmdir(writable);
    return rmdir(directory);
}

static bool can_open(const char *path, int flags) {
    int fd = open(path, flags, 0600);
    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

static bool enter(const struct landlock_access *access) {
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && landlock_enter(access);
}

static int open_with_nothing(void *context) {
    (void)context;
    int kept = open(inside, O_RDONLY);
    if (!enter(&(struct landlock_access){.connect = false}))
        return 10;
    char byte;
    if (read(kept, &byte, 1) != 0) /* what is open already stays usable */
        return 11;
    if (can_open(inside, O_RDONLY) || errno != EACCES || can_open("/etc/passwd", O_RDONLY) || can_open("/", O_RDONLY))
        return 12;
    return 0;
}

static int open_readable(void *context) {
    (void)context;
    const char *const paths[] = {readable, "/nowhere/at/all", NULL};
    if (!enter(&(struct landlock_access){.readable_paths = paths}))
        return 10;
    if (!can_open(inside, O_RDONLY) || !can_open(readable, O_RDONLY | O_DIRECTORY))
        return 11;
    if (can_open(inside, O_WRONLY) || can_open(inside, O_RDONLY | O_TRUNC) || can_open(outside, O_RDONLY))
        return 12;
    return unlink(inside) != 0 ? 0 : 13;
}

static int open_one_file(void *context) {
    (void)context;
    const char *const paths[] = {inside, NULL};
    if (!enter(&(struct landlock_access){.further_paths = paths}))
        return 10;
    return can_open(inside, O_RDONLY) && !can_open(readable, O_RDONLY) && !can_open(outside, O_RDONLY) ? 0 : 11;
}

static int change_writable(void *context) {
    (void)context;
    const char *const paths[] = {writable, NULL};
    char first[200], second[200];
    snprintf(first, sizeof(first), "%s/a", writable);
    snprintf(second, sizeof(second), "%s/b", writable);
    if (!enter(&(struct landlock_access){.writable_paths = paths}))
        return 10;
    if (!can_open(first, O_CREAT | O_WRONLY | O_TRUNC) || rename(first, second) != 0 || unlink(second) != 0)
        return 11;
    if (symlink("/etc/passwd", first) == 0 || can_open(outside, O_WRONLY) || can_open(inside, O_RDONLY))
        return 12;
    return 0;
}

static int execute(void *context) {
    const bool *allowed = context;
    static const char *const paths[] = {"/", NULL};
    if (!enter(&(struct landlock_access){.readable_paths = paths, .execute = *allowed}))
        return 10;
    execl("/bin/true", "true", NULL);
    return errno == EACCES ? 20 : 11;
}

static int signal_parent(void *context) {
    const bool *allowed = context;
    if (!enter(&(struct landlock_access){.signal = *allowed}))
        return 10;
    return kill(getppid(), 0) == 0 ? 0 : 20;
}

static void nothing_listed_is_nothing_opened(void **state) {
    (void)state;
    assert_true(child_exited(child_run(open_with_nothing, NULL), 0));
}

static void readable_is_not_writable(void **state) {
    (void)state;
    assert_true(child_exited(child_run(open_readable, NULL), 0));
    assert_true(child_exited(child_run(open_one_file, NULL), 0));
}

static void writable_is_below_its_directory_only(void **state) {
    (void)state;
    assert_true(child_exited(child_run(change_writable, NULL), 0));
}

static void execution_has_to_be_asked_for(void **state) {
    (void)state;
    bool yes = true, no = false;
    assert_true(child_exited(child_run(execute, &yes), 0));
    assert_true(child_exited(child_run(execute, &no), 20));
}

static void signals_stay_inside(void **state) {
    (void)state;
    bool yes = true, no = false;
    assert_true(child_exited(child_run(signal_parent, &yes), 0));
    assert_true(child_exited(child_run(signal_parent, &no), landlock_version() >= 6 ? 20 : 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_listed_is_nothing_opened),
        cmocka_unit_test(readable_is_not_writable),
        cmocka_unit_test(writable_is_below_its_directory_only),
        cmocka_unit_test(execution_has_to_be_asked_for),
        cmocka_unit_test(signals_stay_inside),
    };
    return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
