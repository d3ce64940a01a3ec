/* A broken invariant ends the process with SIGABRT and one line that says where. */
#include "base/bug.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* Runs `broken` in a child and gives its stderr in `said`; returns the wait status. */
static int run_child(void (*broken)(void), char *said, size_t room) {
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        signal(SIGABRT, SIG_DFL);
        dup2(ends[1], STDERR_FILENO);
        broken();
        _exit(0);
    }
    close(ends[1]);
    size_t len = 0;
    for (ssize_t got; (got = read(ends[0], said + len, room - 1 - len)) > 0;)
        len += (size_t)got;
    said[len] = '\0';
    close(ends[0]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static void break_it(void) {
    int count = -1;
    bug_on(count < 0);
}

static void keep_it(void) {
    int count = 1;
    bug_on(count < 0);
}

static void say_much(void) {
    char text[5000];
    memset(text, 'c', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    bug_die("file.c", 7, text);
}

static void broken_invariant_dies_with_its_place(void **state) {
    (void)state;
    char said[1000];
    int status = run_child(break_it, said, sizeof(said));
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGABRT);
    assert_non_null(strstr(said, "sallyport: bug at "));
    assert_non_null(strstr(said, "test_bug.c:"));
    assert_non_null(strstr(said, ": count < 0\n"));
}

static void held_invariant_does_nothing(void **state) {
    (void)state;
    char said[1000];
    int status = run_child(keep_it, said, sizeof(said));
    assert_true(WIFEXITED(status));
    assert_string_equal(said, "");
}

static void long_condition_is_cut_to_one_line(void **state) {
    (void)state;
    char said[6000];
    int status = run_child(say_much, said, sizeof(said));
    assert_true(WIFSIGNALED(status));
    assert_true(strncmp(said, "sallyport: bug at file.c:7: ccc", 31) == 0);
    assert_true(strchr(said, '\n') != NULL && strchr(said, '\n') - said < 600);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(broken_invariant_dies_with_its_place),
        cmocka_unit_test(held_invariant_does_nothing),
        cmocka_unit_test(long_condition_is_cut_to_one_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
