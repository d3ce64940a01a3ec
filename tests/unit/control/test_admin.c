/* The admin socket answers those who may ask, one line each, and never waits for anyone. */
#include "control/admin.h"

#include "os/fd.h"
#include "os/sock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* The server under test, and what it was asked. `holds`: leave the request open. */
struct setting {
    struct loop *loop;
    struct admin *admin;
    struct addr addr;
    char line[ADMIN_LINE_MAX];
    uint32_t client;
    bool holds;
    struct deadline limit;
};

static void on_request(void *owner, uint32_t client, struct slice line) {
    struct setting *setting = owner;
    snprintf(setting->line, sizeof(setting->line), "%.*s", (int)line.len, (const char *)line.data);
    setting->client = client;
    if (!setting->holds)
        admin_answer(setting->admin, client, slice_equal(line, slice_text("good")), slice_text("answer\n"));
}

static void on_limit(struct deadline *deadline) {
    loop_stop(list_entry(deadline, struct setting, limit)->loop);
}

static void make(struct setting *setting) {
    struct error error;
    char path[108];
    *setting = (struct setting){.loop = loop_new()};
    snprintf(path, sizeof(path), "unix:/tmp/sallyport-test-admin-%d.sock", (int)getpid());
    assert_true(addr_parse(slice_text(path), &setting->addr));
    const struct sock_listen options = {.backlog = 64, .mode = 0666, .group = (gid_t)-1};
    const struct admin_users users = {.owner = getuid()};
    int listener = sock_listen(&setting->addr, &options, &error);
    setting->admin = admin_new(setting->loop, listener, &users, on_request, setting);
    assert_non_null(setting->admin);
    deadline_init(&setting->limit, on_limit);
}

static void free_all(struct setting *setting) {
    admin_free(&setting->admin);
    loop_free(&setting->loop);
    unlink(setting->addr.local.sun_path);
}

/* Lets the server do what it has to do now. */
static void run_a_while(struct setting *setting) {
    deadline_set(loop_deadlines(setting->loop), &setting->limit, loop_now_ms(setting->loop) + 100);
    assert_true(loop_run(setting->loop));
}

static int connect_to(const struct setting *setting) {
    int fd = sock_connect(&setting->addr);
    assert_true(fd >= 0);
    return fd;
}

static void assert_answer(int fd, const char *expected) {
    char text[512] = "";
    ssize_t len = read(fd, text, sizeof(text) - 1);
    assert_int_equal(len, strlen(expected));
    assert_string_equal(text, expected);
    assert_int_equal(read(fd, text, 1), 0);
}

static void request_is_answered(void **state) {
    (void)state;
    struct setting setting;
    make(&setting);
    int fd = connect_to(&setting);
    assert_true(fd_write_all(fd, slice_text("good\n")));
    run_a_while(&setting);
    assert_string_equal(setting.line, "good");
    assert_answer(fd, "ok 7\nanswer\n");
    fd_close(&fd);
    fd = connect_to(&setting);
    assert_true(fd_write_all(fd, slice_text("bad\n")));
    run_a_while(&setting);
    assert_answer(fd, "failed 7\nanswer\n");
    fd_close(&fd);
    free_all(&setting);
}

static void line_may_come_in_pieces(void **state) {
    (void)state;
    struct setting setting;
    make(&setting);
    int fd = connect_to(&setting);
    assert_true(fd_write_all(fd, slice_text("go")));
    run_a_while(&setting);
    assert_true(fd_write_all(fd, slice_text("od\n")));
    run_a_while(&setting);
    assert_answer(fd, "ok 7\nanswer\n");
    fd_close(&fd);
    free_all(&setting);
}

static void malformed_lines_are_refused(void **state) {
    (void)state;
    static const char *const lines[] = {"good\nmore", "go\tod\n", "g\xc3\xb6od\n", "\x1b[2J\n"};
    struct setting setting;
    make(&setting);
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++) {
        int fd = connect_to(&setting);
        assert_true(fd_write_all(fd, slice_text(lines[i])));
        run_a_while(&setting);
        assert_answer(fd, "failed 26\nThe request is malformed.\n");
        fd_close(&fd);
    }
    assert_string_equal(setting.line, "");
    free_all(&setting);
}

static void endless_line_is_hung_up_on(void **state) {
    (void)state;
    static char line[ADMIN_LINE_MAX + 10];
    struct setting setting;
    make(&setting);
    int fd = connect_to(&setting);
    char byte;
    memset(line, 'a', sizeof(line));
    assert_true(fd_write_all(fd, slice_of(line, sizeof(line))));
    run_a_while(&setting);
    assert_true(read(fd, &byte, 1) <= 0);
    assert_string_equal(setting.line, "");
    fd_close(&fd);
    free_all(&setting);
}

static void late_answer_reaches_its_client_only(void **state) {
    (void)state;
    struct setting setting;
    make(&setting);
    setting.holds = true;
    int first = connect_to(&setting);
    assert_true(fd_write_all(first, slice_text("first\n")));
    run_a_while(&setting);
    uint32_t gone = setting.client;
    fd_close(&first);
    run_a_while(&setting);
    int second = connect_to(&setting);
    assert_true(fd_write_all(second, slice_text("second\n")));
    run_a_while(&setting);
    assert_int_not_equal(setting.client, gone);
    admin_answer(setting.admin, gone, true, slice_text("for the first\n"));
    admin_answer(setting.admin, setting.client, true, slice_text("for the second\n"));
    assert_answer(second, "ok 15\nfor the second\n");
    fd_close(&second);
    free_all(&setting);
}

static void one_client_too_many_is_told_so(void **state) {
    (void)state;
    struct setting setting;
    int fds[ADMIN_CLIENTS_MAX + 1];
    make(&setting);
    for (size_t i = 0; i < ADMIN_CLIENTS_MAX + 1; i++)
        fds[i] = connect_to(&setting);
    run_a_while(&setting);
    assert_answer(fds[ADMIN_CLIENTS_MAX], "failed 29\nToo many clients; try again.\n");
    for (size_t i = 0; i < ADMIN_CLIENTS_MAX + 1; i++)
        fd_close(&fds[i]);
    free_all(&setting);
}

static void long_answer_is_written_as_it_is_read(void **state) {
    (void)state;
    static uint8_t text[2 << 20];
    struct setting setting;
    make(&setting);
    setting.holds = true;
    int fd = connect_to(&setting);
    memset(text, 't', sizeof(text));
    assert_true(fd_write_all(fd, slice_text("good\n")));
    run_a_while(&setting);
    admin_answer(setting.admin, setting.client, true, slice_of(text, sizeof(text)));
    size_t total = 0;
    ssize_t got;
    do {
        static uint8_t part[65536];
        got = read(fd, part, sizeof(part));
        total += got > 0 ? (size_t)got : 0;
        if (got < 0)
            run_a_while(&setting);
    } while (got != 0);
    assert_int_equal(total, sizeof(text) + strlen("ok 2097152\n"));
    fd_close(&fd);
    free_all(&setting);
}

/* Only root can become somebody else to try it. */
static void stranger_is_turned_away(void **state) {
    (void)state;
    if (geteuid() != 0)
        skip();
    struct setting setting;
    make(&setting);
    pid_t pid = fork();
    if (pid == 0) {
        char text[256] = "";
        if (setgid(65534) != 0 || setuid(65534) != 0)
            _exit(2);
        int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (connect(fd, &setting.addr.any, setting.addr.len) != 0)
            _exit(3);
        ssize_t len = read(fd, text, sizeof(text) - 1);
        _exit(len > 0 && strncmp(text, "failed ", 7) == 0 ? 0 : 4);
    }
    int status;
    for (unsigned i = 0; i < 20; i++)
        run_a_while(&setting);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_string_equal(setting.line, "");
    free_all(&setting);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(request_is_answered),
        cmocka_unit_test(line_may_come_in_pieces),
        cmocka_unit_test(malformed_lines_are_refused),
        cmocka_unit_test(endless_line_is_hung_up_on),
        cmocka_unit_test(late_answer_reaches_its_client_only),
        cmocka_unit_test(one_client_too_many_is_told_so),
        cmocka_unit_test(long_answer_is_written_as_it_is_read),
        cmocka_unit_test(stranger_is_turned_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
