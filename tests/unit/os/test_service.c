/* systemd's protocols against a socket of our own, and what a broken environment does. */
#include "os/service.h"

#include "child.h"
#include "os/fd.h"
#include "os/sock.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static char directory[] = "/tmp/sallyport-service-XXXXXX";

static int make_directory(void **state) {
    (void)state;
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static int remove_directory(void **state) {
    (void)state;
    return rmdir(directory);
}

static int clear_environment(void **state) {
    (void)state;
    static const char *const names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
                                        "LISTEN_FDS",    "LISTEN_PID",    "LISTEN_FDNAMES"};
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unsetenv(names[i]);
    return 0;
}

static struct service read_environment(void) {
    struct service service;
    struct error error = {.sentence = ""};
    if (!service_init(&service, &error))
        fail_msg("%s", error.sentence);
    return service;
}

static void assert_wrong(const char *why) {
    struct service service;
    struct error error = {.sentence = ""};
    assert_false(service_init(&service, &error));
    assert_non_null(strstr(error.sentence, why));
    assert_int_equal(service.sockets_count, 0);
}

static void set_own_pid(const char *name) {
    char text[20];
    snprintf(text, sizeof(text), "%d", (int)getpid());
    setenv(name, text, 1);
}

static void without_systemd_nothing_happens(void **state) {
    (void)state;
    struct service service = read_environment();
    assert_int_equal(service.watchdog_ms, 0);
    assert_int_equal(service.sockets_count, 0);
    service_ready(&service);
    service_status(&service, "x");
    struct addr addr = {.len = 0};
    assert_int_equal(service_take(&service, &addr), -1);
    service_fini(&service);
}

/* A datagram socket in systemd's place; `name` is what NOTIFY_SOCKET says. */
static int notify_receiver(const char *name) {
    struct sockaddr_un where = {.sun_family = AF_UNIX};
    size_t len = strlen(name);
    memcpy(where.sun_path, name, len);
    if (name[0] == '@')
        where.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&where, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)), 0);
    setenv("NOTIFY_SOCKET", name, 1);
    return fd;
}

static void assert_note(int fd, const char *expected) {
    char note[1024];
    ssize_t len = recv(fd, note, sizeof(note) - 1, 0);
    assert_true(len > 0);
    note[len] = '\0';
    assert_string_equal(note, expected);
}

static void notes_reach_systemd(void **state) {
    (void)state;
    char path[200], abstract[100];
    snprintf(path, sizeof(path), "%s/notify", directory);
    snprintf(abstract, sizeof(abstract), "@sallyport-test-%d", (int)getpid());
    const char *const names[] = {path, abstract};
    for (size_t i = 0; i < 2; i++) {
        int fd = notify_receiver(names[i]);
        struct service service = read_environment();
        assert_null(getenv("NOTIFY_SOCKET"));
        service_ready(&service);
        assert_note(fd, "READY=1");
        service_reloading(&service, 123456789);
        assert_note(fd, "RELOADING=1\nMONOTONIC_USEC=123456789");
        service_alive(&service);
        assert_note(fd, "WATCHDOG=1");
        service_stopping(&service);
        assert_note(fd, "STOPPING=1");
        service_fini(&service);
        fd_close(&fd);
    }
    unlink(path);
}

static void status_is_one_line(void **state) {
    (void)state;
    char path[200], text[2000];
    snprintf(path, sizeof(path), "%s/notify", directory);
    int fd = notify_receiver(path);
    struct service service = read_environment();
    service_status(&service, "refused: x\nREADY=1");
    assert_note(fd, "STATUS=refused: x?READY=1");
    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    service_status(&service, text);
    char note[1024];
    assert_in_range(recv(fd, note, sizeof(note), 0), 100, 512);
    fd_close(&fd);
    service_status(&service, "nobody listens any more");
    service_fini(&service);
    unlink(path);
}

static void wrong_notify_socket_is_an_error(void **state) {
    (void)state;
    char text[200];
    setenv("NOTIFY_SOCKET", "relative/path", 1);
    assert_wrong("NOTIFY_SOCKET");
    memset(text, 'x', sizeof(text) - 1);
    text[0] = '/';
    text[sizeof(text) - 1] = '\0';
    setenv("NOTIFY_SOCKET", text, 1);
    assert_wrong("NOTIFY_SOCKET");
    assert_null(getenv("NOTIFY_SOCKET"));
}

static void watchdog_is_read_in_milliseconds(void **state) {
    (void)state;
    setenv("WATCHDOG_USEC", "30000000", 1);
    assert_int_equal(read_environment().watchdog_ms, 30000);
    setenv("WATCHDOG_USEC", "30000000", 1);
    set_own_pid("WATCHDOG_PID");
    assert_int_equal(read_environment().watchdog_ms, 30000);
    setenv("WATCHDOG_USEC", "1", 1);
    assert_int_equal(read_environment().watchdog_ms, 1);
    setenv("WATCHDOG_USEC", "30000000", 1);
    setenv("WATCHDOG_PID", "1", 1);
    assert_int_equal(read_environment().watchdog_ms, 0);
    setenv("WATCHDOG_USEC", "0", 1);
    assert_wrong("WATCHDOG_USEC");
    setenv("WATCHDOG_USEC", "30s", 1);
    assert_wrong("WATCHDOG_USEC");
}

static void sockets_of_others_are_left_alone(void **state) {
    (void)state;
    setenv("LISTEN_FDS", "1", 1);
    setenv("LISTEN_PID", "1", 1);
    assert_int_equal(read_environment().sockets_count, 0);
    assert_null(getenv("LISTEN_FDS"));
    setenv("LISTEN_FDS", "1", 1);
    assert_int_equal(read_environment().sockets_count, 0);
}

static int listen_tcp(void) {
    struct addr addr;
    struct error error;
    static const struct sock_listen options = {.backlog = 1, .reuse_port = true, .group = (gid_t)-1};
    if (!addr_parse(slice_text("127.0.0.1:0"), &addr))
        return -1;
    return sock_listen(&addr, &options, &error);
}

/* In a child, where descriptors 3 and up can be arranged at will. */
static int take_sockets(void *context) {
    (void)context;
    struct addr first, second, other;
    int one = fd_copy(listen_tcp(), 50), two = fd_copy(listen_tcp(), 50);
    if (!sock_local_addr(one, &first) || !sock_local_addr(two, &second) ||
        !addr_parse(slice_text("127.0.0.2:1"), &other))
        return 10;
    if (!fd_place(one, 3) || !fd_place(two, 4) || !fd_place(one, 5))
        return 11;
    setenv("LISTEN_FDS", "3", 1);
    set_own_pid("LISTEN_PID");
    struct service service;
    struct error error;
    if (!service_init(&service, &error) || service.sockets_count != 3)
        return 12;
    if ((fcntl(3, F_GETFD) & FD_CLOEXEC) == 0 || (fcntl(3, F_GETFL) & O_NONBLOCK) == 0)
        return 13;
    if (service_take(&service, &other) != -1 || service_take(&service, &second) != 4)
        return 14;
    if (service_take(&service, &first) != 3 || service_take(&service, &first) != 5 ||
        service_take(&service, &first) != -1)
        return 15;
    service_fini(&service);
    return fcntl(3, F_GETFD) >= 0 ? 0 : 16; /* what was taken is the taker's */
}

static void sockets_are_taken_by_address(void **state) {
    (void)state;
    assert_true(child_exited(child_run(take_sockets, NULL), 0));
}

static int leave_sockets(void *context) {
    (void)context;
    struct service service;
    struct error error;
    if (!fd_place(listen_tcp(), 3))
        return 10;
    setenv("LISTEN_FDS", "1", 1);
    set_own_pid("LISTEN_PID");
    if (!service_init(&service, &error))
        return 11;
    service_fini(&service);
    return fcntl(3, F_GETFD) < 0 ? 0 : 12;
}

static void sockets_not_taken_are_closed(void **state) {
    (void)state;
    assert_true(child_exited(child_run(leave_sockets, NULL), 0));
}

static int say_wrong_sockets(void *context) {
    (void)context;
    static const char *const counts[] = {"-1", "x", "65", "99999999999999999999", "2"};
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct service service;
        struct error error;
        fd_close_from(3);
        setenv("LISTEN_FDS", counts[i], 1);
        set_own_pid("LISTEN_PID");
        if (service_init(&service, &error) || service.sockets_count != 0)
            return 10 + (int)i;
    }
    return 0;
}

static int say_no_listener(void *context) {
    (void)context;
    struct service service;
    struct error error;
    if (!fd_place(open("/dev/null", O_RDONLY), 3))
        return 10;
    setenv("LISTEN_FDS", "1", 1);
    set_own_pid("LISTEN_PID");
    if (service_init(&service, &error))
        return 11;
    return strstr(error.sentence, "not a listening socket") != NULL ? 0 : 12;
}

static void wrong_sockets_are_errors(void **state) {
    (void)state;
    assert_true(child_exited(child_run(say_wrong_sockets, NULL), 0));
    assert_true(child_exited(child_run(say_no_listener, NULL), 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(without_systemd_nothing_happens, clear_environment),
        cmocka_unit_test_setup(notes_reach_systemd, clear_environment),
        cmocka_unit_test_setup(status_is_one_line, clear_environment),
        cmocka_unit_test_setup(wrong_notify_socket_is_an_error, clear_environment),
        cmocka_unit_test_setup(watchdog_is_read_in_milliseconds, clear_environment),
        cmocka_unit_test_setup(sockets_of_others_are_left_alone, clear_environment),
        cmocka_unit_test_setup(sockets_are_taken_by_address, clear_environment),
        cmocka_unit_test_setup(sockets_not_taken_are_closed, clear_environment),
        cmocka_unit_test_setup(wrong_sockets_are_errors, clear_environment),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
