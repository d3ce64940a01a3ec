/* A confined process has lost what it gave up. */
#include "bin/confine.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static const struct sandbox loop_only = {.promises = SANDBOX_LOOP};

/* What a confined child returns; it must end by itself. */
static int in_a_child(const char *user, int (*act)(void)) {
    pid_t pid = fork();
    if (pid == 0)
        _exit(confine_process(user, &loop_only) ? act() : 99);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static int open_a_file(void) {
    return open("/etc/hostname", O_RDONLY | O_CLOEXEC) < 0 && errno == EACCES ? 0 : 1;
}

static int execute(void) {
    execl("/bin/true", "true", (char *)NULL);
    return 1;
}

static int write_to_nobody(void) {
    int ends[2];
    if (pipe(ends) != 0)
        return 1;
    close(ends[0]);
    return write(ends[1], "x", 1) < 0 && errno == EPIPE ? 0 : 2;
}

static int tell_user(void) {
    return geteuid() == 0 ? 1 : 0;
}

static int do_nothing(void) {
    return 0;
}

static void files_are_out_of_reach(void **state) {
    (void)state;
    assert_int_equal(in_a_child(NULL, open_a_file), 0);
}

static void executing_a_program_ends_the_process(void **state) {
    (void)state;
    assert_int_equal(in_a_child("", execute), -SIGSYS);
}

static void broken_pipe_is_an_error_not_a_death(void **state) {
    (void)state;
    int result = in_a_child(NULL, write_to_nobody);
    if (result == -SIGSYS)
        skip(); /* this sandbox makes no pipes */
    assert_int_equal(result, 0);
}

static void root_becomes_the_user(void **state) {
    (void)state;
    if (geteuid() != 0)
        skip();
    assert_int_equal(in_a_child("nobody", tell_user), 0);
}

static void unknown_user_is_refused(void **state) {
    (void)state;
    assert_int_equal(in_a_child("no-such-user-here", do_nothing), 99);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_out_of_reach),
        cmocka_unit_test(executing_a_program_ends_the_process),
        cmocka_unit_test(broken_pipe_is_an_error_not_a_death),
        cmocka_unit_test(root_becomes_the_user),
        cmocka_unit_test(unknown_user_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
