/* A question gets its whole answer or a sentence why not. */
#include "bin/adminclient.h"

#include "os/fd.h"
#include "os/sock.h"

#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static char path[108];
static struct error error;
static struct buf answer;
static bool done;

/* A gateway that gives one answer, whatever is asked. */
static bool ask_one_that_says(const char *text) {
    const struct sock_listen options = {.backlog = 1, .mode = 0600, .group = (gid_t)-1};
    struct addr addr;
    char spelled[128];
    snprintf(path, sizeof(path), "/tmp/sallyport-test-adminclient-%d", (int)getpid());
    snprintf(spelled, sizeof(spelled), "unix:%s", path);
    assert_true(addr_parse(slice_text(spelled), &addr));
    int listener = sock_listen(&addr, &options, &error);
    pid_t pid = fork();
    if (pid == 0) {
        char line[64];
        struct pollfd polled = {.fd = listener, .events = POLLIN};
        poll(&polled, 1, -1);
        int fd = sock_accept(listener, NULL);
        polled.fd = fd;
        poll(&polled, 1, -1);
        ssize_t got = read(fd, line, sizeof(line));
        _exit(got == 7 && memcmp(line, "status\n", 7) == 0 && fd_write_all(fd, slice_text(text)) ? 0 : 1);
    }
    buf_init(&answer, 1 << 20);
    bool answered = adminclient_ask(path, "status", &answer, &done, &error);
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    fd_close(&listener);
    unlink(path);
    return answered;
}

static void whole_answer_comes(void **state) {
    (void)state;
    assert_true(ask_one_that_says("ok 12\nall is well\n"));
    assert_true(done);
    assert_true(slice_equal(buf_view(&answer), slice_text("all is well\n")));
    buf_fini(&answer);
    assert_true(ask_one_that_says("failed 4\nno!\n"));
    assert_false(done);
    assert_true(slice_equal(buf_view(&answer), slice_text("no!\n")));
    buf_fini(&answer);
    assert_true(ask_one_that_says("ok 0\n"));
    assert_true(done);
    buf_fini(&answer);
}

static void cut_or_strange_answer_is_none(void **state) {
    (void)state;
    static const char *const answers[] = {
        "ok 13\nall is well\n", "ok 11\nall is well\n", "fine 3\nabc", "ok\n", "ok x\nabc", "ok 3abc"};
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
        assert_false(ask_one_that_says(answers[i]));
        assert_non_null(strstr(error.sentence, "did not answer"));
        buf_fini(&answer);
    }
}

static void nobody_there_is_said(void **state) {
    (void)state;
    buf_init(&answer, 100);
    assert_false(adminclient_ask("/tmp/sallyport-test-nobody", "status", &answer, &done, &error));
    assert_string_equal(error.file, "/tmp/sallyport-test-nobody");
    assert_non_null(strstr(error.sentence, "No such file"));
    static char longer[300];
    memset(longer, 'x', sizeof(longer) - 1);
    assert_false(adminclient_ask(longer, "status", &answer, &done, &error));
    buf_fini(&answer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(whole_answer_comes),
        cmocka_unit_test(cut_or_strange_answer_is_none),
        cmocka_unit_test(nobody_there_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
