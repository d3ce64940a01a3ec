/* Children: what they get (and nothing else), how they end, and that given-up privileges stay given up. */
#include "os/spawn.h"

#include "child.h"
#include "os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>

#include <cmocka.h>

static int wait_for(pid_t child) {
    int status = -1;
    assert_int_equal(waitpid(child, &status, 0), child);
    return status;
}

static pid_t start(const struct spawn *spawn) {
    struct error error = {.sentence = ""};
    pid_t child = spawn_start(spawn, &error);
    if (child < 0)
        fail_msg("%s", error.sentence);
    return child;
}

/* Runs a shell line with its standard output caught in `said`; gives its wait status. */
static int run_shell(const char *line, struct spawn spawn, char *said, size_t room) {
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    const char *const arguments[] = {"sh", "-c", line, NULL};
    struct spawn_fd fds[4] = {{.fd = ends[1], .number = 1}};
    memcpy(fds + 1, spawn.fds, sizeof(fds[0]) * spawn.fds_count);
    spawn.executable = "/bin/sh";
    spawn.arguments = arguments;
    spawn.fds = fds;
    spawn.fds_count++;
    pid_t child = start(&spawn);
    close(ends[1]);
    size_t len = 0;
    for (ssize_t got; (got = read(ends[0], said + len, room - 1 - len)) > 0;)
        len += (size_t)got;
    said[len] = '\0';
    close(ends[0]);
    return wait_for(child);
}

static const struct spawn_fd no_fds[1];

static void child_runs_with_its_arguments(void **state) {
    (void)state;
    char said[100];
    int status = run_shell("echo $0; exit 3", (struct spawn){.fds = no_fds}, said, sizeof(said));
    assert_true(child_exited(status, 3));
    assert_string_equal(said, "sh\n");
}

static void environment_is_the_minimum(void **state) {
    (void)state;
    static const char *const further[] = {"SALLYPORT_ROLE=worker", NULL};
    char said[4000];
    setenv("SECRET_OF_THE_CALLER", "x", 1);
    setenv("LD_PRELOAD_NOT", "x", 1);
    setenv("NOTIFY_SOCKET", "/run/x", 1);
    setenv("TZ", "UTC", 1);
    int status = run_shell("env", (struct spawn){.fds = no_fds, .environment = further}, said, sizeof(said));
    assert_true(child_exited(status, 0));
    assert_non_null(strstr(said, "SALLYPORT_ROLE=worker\n"));
    assert_non_null(strstr(said, "TZ=UTC\n"));
    assert_null(strstr(said, "SECRET"));
    assert_null(strstr(said, "LD_PRELOAD"));
    assert_null(strstr(said, "NOTIFY_SOCKET"));
}

static void too_large_an_environment_is_refused(void **state) {
    (void)state;
    const char *further[40];
    for (size_t i = 0; i < 39; i++)
        further[i] = "A=b";
    further[39] = NULL;
    const char *const arguments[] = {"true", NULL};
    const struct spawn spawn = {.executable = "/bin/true", .arguments = arguments, .environment = further};
    struct error error;
    assert_int_equal(spawn_start(&spawn, &error), -1);
}

static void descriptors_are_those_listed(void **state) {
    (void)state;
    int first = open("/dev/zero", O_RDONLY), second = open("/proc/self/maps", O_RDONLY);
    int open_to_all = open("/etc/passwd", O_RDONLY);
    const struct spawn_fd fds[] = {{.fd = first, .number = 5}, {.fd = second, .number = 3}};
    char said[1000];
    static const char list[] = "cd /proc/$$/fd; for i in 0 1 2 3 4 5 6 7 8 9; do echo $i; readlink $i; done";
    int status = run_shell(list, (struct spawn){.fds = fds, .fds_count = 2}, said, sizeof(said));
    assert_true(child_exited(status, 1)); /* there is no 9 */
    assert_non_null(strstr(said, "0\n/dev/null\n"));
    assert_non_null(strstr(said, "5\n/dev/zero\n"));
    assert_non_null(strstr(said, "\n3\n/proc/"));
    assert_non_null(strstr(said, "\n4\n5\n"));
    assert_non_null(strstr(said, "\n6\n7\n8\n9\n"));
    assert_null(strstr(said, "/etc/passwd"));
    close(first);
    close(second);
    close(open_to_all);
}

static void numbers_may_be_exchanged(void **state) {
    (void)state;
    int zero = fd_copy(open("/dev/zero", O_RDONLY), 20), full = fd_copy(open("/dev/full", O_RDONLY), 20);
    const struct spawn_fd fds[] = {{.fd = zero, .number = full}, {.fd = full, .number = zero}};
    char line[100], said[100], expected[100];
    snprintf(line, sizeof(line), "readlink /proc/$$/fd/%d /proc/$$/fd/%d", zero, full);
    snprintf(expected, sizeof(expected), "/dev/full\n/dev/zero\n");
    assert_true(child_exited(run_shell(line, (struct spawn){.fds = fds, .fds_count = 2}, said, sizeof(said)), 0));
    assert_string_equal(said, expected);
    fd_close_from(3);
}

static void program_that_is_not_there_is_an_error(void **state) {
    (void)state;
    const char *const arguments[] = {"x", NULL};
    const struct spawn spawn = {.executable = "/nowhere/at/all", .arguments = arguments};
    struct error error;
    assert_int_equal(spawn_start(&spawn, &error), -1);
    assert_string_equal(error.sentence, "Cannot execute /nowhere/at/all: No such file or directory.");
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void bad_descriptor_is_an_error(void **state) {
    (void)state;
    const char *const arguments[] = {"true", NULL};
    const struct spawn_fd fds[] = {{.fd = 999, .number = 3}};
    const struct spawn spawn = {.executable = "/bin/true", .arguments = arguments, .fds = fds, .fds_count = 1};
    struct error error;
    assert_int_equal(spawn_start(&spawn, &error), -1);
    assert_non_null(strstr(error.sentence, "descriptors"));
}

/* Signals 32 and 33 are the C library's own: a parent that used posix_spawn (make) leaves them ignored, and nobody can
 * change that. */
static void signals_are_default_and_open(void **state) {
    const unsigned long of_the_library = 3UL << 31;
    unsigned long still_blocked, ignored;
    (void)state;
    char said[1000];
    sigset_t blocked, before;
    sigemptyset(&blocked);
    sigaddset(&blocked, SIGTERM);
    sigprocmask(SIG_BLOCK, &blocked, &before);
    signal(SIGPIPE, SIG_IGN);
    int status =
        run_shell("exec grep -E 'Sig(Blk|Ign)' /proc/self/status", (struct spawn){.fds = no_fds}, said, sizeof(said));
    sigprocmask(SIG_SETMASK, &before, NULL);
    assert_true(child_exited(status, 0));
    assert_int_equal(sscanf(said, "SigBlk: %lx SigIgn: %lx", &still_blocked, &ignored), 2);
    assert_int_equal(still_blocked, 0);
    assert_int_equal(ignored & ~of_the_library, 0);
}

/* A middle process starts a sleeper that is to die with it, writes its number to the pipe, and dies. */
static int start_a_sleeper(void *context) {
    int *pipe_end = context;
    const char *const arguments[] = {"sleep", "60", NULL};
    const struct spawn spawn = {.executable = "/bin/sleep", .arguments = arguments, .death_signal = SIGKILL};
    struct error error;
    pid_t sleeper = spawn_start(&spawn, &error);
    return write(*pipe_end, &sleeper, sizeof(sleeper)) == sizeof(sleeper) ? 0 : 1;
}

static void child_dies_with_its_parent(void **state) {
    (void)state;
    int ends[2];
    pid_t sleeper = -1;
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0);
    assert_true(child_exited(child_run(start_a_sleeper, &ends[1]), 0));
    assert_int_equal(read(ends[0], &sleeper, sizeof(sleeper)), sizeof(sleeper));
    assert_true(sleeper > 0);
    assert_true(child_killed(wait_for(sleeper), SIGKILL));
    prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
    close(ends[0]);
    close(ends[1]);
}

static void reap_gives_each_child_once(void **state) {
    (void)state;
    const char *const arguments[] = {"sh", "-c", "exit 7", NULL};
    const struct spawn spawn = {.executable = "/bin/sh", .arguments = arguments};
    int status;
    assert_int_equal(spawn_reap(&status), 0);
    pid_t child = start(&spawn), reaped = 0;
    for (int i = 0; i < 500 && reaped == 0; i++) {
        reaped = spawn_reap(&status);
        nanosleep(&(struct timespec){.tv_nsec = 10000000}, NULL);
    }
    assert_int_equal(reaped, child);
    assert_true(child_exited(status, 7));
    assert_int_equal(spawn_reap(&status), 0);
}

static void status_is_told_in_words(void **state) {
    (void)state;
    char text[SPAWN_STATUS_TEXT];
    spawn_status_text(3 << 8, text);
    assert_string_equal(text, "exited with 3");
    spawn_status_text(0, text);
    assert_string_equal(text, "exited with 0");
    spawn_status_text(SIGKILL, text);
    assert_string_equal(text, "killed by signal 9 (Killed)");
    spawn_status_text(SIGSYS, text);
    assert_string_equal(text, "killed by signal 31 (Bad system call)");
    spawn_status_text(64, text);
    assert_string_equal(text, "killed by signal 64 (unknown)");
    spawn_status_text(0x137f, text);
    assert_string_equal(text, "changed to state 0x137f");
}

static int become_nobody(void *context) {
    (void)context;
    struct error error;
    if (setgroups(2, (gid_t[]){1, 2}) != 0 || prctl(PR_SET_PDEATHSIG, SIGTERM) != 0)
        return 10;
    if (!spawn_become("nobody", &error))
        return 11;
    int death_signal = 0;
    prctl(PR_GET_PDEATHSIG, &death_signal);
    uid_t uid = getpwnam("nobody")->pw_uid;
    if (getuid() != uid || geteuid() != uid || getgroups(0, NULL) != 0 || death_signal != SIGTERM)
        return 12;
    bool way_back = setuid(0) == 0 || seteuid(0) == 0 || setresuid(-1u, 0, -1u) == 0 || setgid(0) == 0;
    return way_back ? 13 : 0;
}

static void given_up_root_is_gone(void **state) {
    (void)state;
    if (geteuid() != 0) {
        print_message("needs root: skipped\n");
        skip();
    }
    assert_true(child_exited(child_run(become_nobody, NULL), 0));
}

static int become_wrongly(void *context) {
    (void)context;
    struct error error;
    if (spawn_become("no-such-user-anywhere", &error) || strstr(error.sentence, "no-such-user-anywhere") == NULL)
        return 10;
    if (geteuid() == 0 && !spawn_become("nobody", &error))
        return 11;
    if (spawn_become("root", &error)) /* from nobody back to root */
        return 12;
    return spawn_become(NULL, &error) ? 0 : 13;
}

static void users_that_cannot_be_are_errors(void **state) {
    (void)state;
    assert_true(child_exited(child_run(become_wrongly, NULL), 0));
}

static int harden(void *context) {
    (void)context;
    struct error error;
    struct rlimit core;
    if (!spawn_no_new_privileges(&error) || prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) != 1)
        return 10;
    if (!spawn_hide_memory(&error) || getrlimit(RLIMIT_CORE, &core) != 0)
        return 11;
    return core.rlim_cur == 0 && core.rlim_max == 0 ? 0 : 12;
}

static void hardening_takes_effect(void **state) {
    (void)state;
    assert_true(child_exited(child_run(harden, NULL), 0));
}

static int raise_limit(void *context) {
    (void)context;
    struct rlimit limit;
    if (setrlimit(RLIMIT_NOFILE, &(struct rlimit){100, 200}) != 0)
        return 10;
    if (spawn_raise_descriptors(150) != 150 || spawn_raise_descriptors(50) != 150)
        return 11;
    getrlimit(RLIMIT_NOFILE, &limit);
    if (limit.rlim_cur != 150 || limit.rlim_max != 200)
        return 12;
    size_t most = spawn_raise_descriptors(300); /* even root may not raise the hard limit in some containers */
    if (most != 200 && (most != 300 || geteuid() != 0))
        return 13;
    struct error error;
    if (geteuid() == 0 && !spawn_become("nobody", &error))
        return 14;
    getrlimit(RLIMIT_NOFILE, &limit);
    return spawn_raise_descriptors(1000) == limit.rlim_max ? 0 : 15;
}

static void descriptor_limit_goes_as_far_as_allowed(void **state) {
    (void)state;
    assert_true(child_exited(child_run(raise_limit, NULL), 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(child_runs_with_its_arguments),
        cmocka_unit_test(environment_is_the_minimum),
        cmocka_unit_test(too_large_an_environment_is_refused),
        cmocka_unit_test(descriptors_are_those_listed),
        cmocka_unit_test(numbers_may_be_exchanged),
        cmocka_unit_test(program_that_is_not_there_is_an_error),
        cmocka_unit_test(bad_descriptor_is_an_error),
        cmocka_unit_test(signals_are_default_and_open),
        cmocka_unit_test(child_dies_with_its_parent),
        cmocka_unit_test(reap_gives_each_child_once),
        cmocka_unit_test(status_is_told_in_words),
        cmocka_unit_test(given_up_root_is_gone),
        cmocka_unit_test(users_that_cannot_be_are_errors),
        cmocka_unit_test(hardening_takes_effect),
        cmocka_unit_test(descriptor_limit_goes_as_far_as_allowed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
