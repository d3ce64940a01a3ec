/* Listening sockets are kept over plans that name them, and closed with those that do not. */
#include "bin/sockets.h"

#include "os/fd.h"
#include "os/sock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

enum { SLOTS = 2 };

static struct outline outline;
static struct sockets current;
static struct sockets next;
static struct service service;
static struct error error;

/* A free port of the loopback, as text. */
static void choose_port(char text[ADDR_TEXT_MAX]) {
    const struct sock_listen options = {.backlog = 1, .group = (gid_t)-1};
    struct addr addr;
    assert_true(addr_parse(slice_text("127.0.0.1:0"), &addr));
    int fd = sock_listen(&addr, &options, &error);
    assert_true(fd >= 0 && sock_local_addr(fd, &addr));
    addr_text(&addr, text);
    fd_close(&fd);
}

static void want(size_t index, const char *addr, const char *name) {
    struct outline_listen *listen = &outline.listens[index];
    assert_true(addr_parse(slice_text(addr), &listen->addr));
    listen->listener = (uint32_t)index;
    snprintf(listen->name, sizeof(listen->name), "%s", name);
    outline.listens_count = (uint32_t)index + 1;
}

static bool is_listening(int fd) {
    int value = 0;
    socklen_t len = sizeof(value);
    return getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &value, &len) == 0 && value == 1;
}

static int begin(void **state) {
    (void)state;
    memset(&outline, 0, sizeof(outline));
    sockets_init(&current, SLOTS);
    return 0;
}

static int end(void **state) {
    (void)state;
    sockets_close(&current);
    return 0;
}

static void each_slot_gets_a_socket_of_its_own(void **state) {
    (void)state;
    char addr[ADDR_TEXT_MAX];
    choose_port(addr);
    want(0, addr, "public");
    assert_true(sockets_plan(&current, &outline, &service, &next, &error));
    assert_true(next.items[0].fresh);
    sockets_commit(&current, &next);
    assert_int_equal(current.count, 1);
    assert_false(current.items[0].fresh);
    assert_string_equal(current.items[0].name, "public");
    assert_int_not_equal(current.items[0].fds[0], current.items[0].fds[1]);
    for (size_t i = 0; i < SLOTS; i++)
        assert_true(is_listening(current.items[0].fds[i]));
    assert_int_not_equal(sockets_number(&current.items[0], 1), sockets_number(&current.items[0], 2));
}

static void kept_address_keeps_its_sockets_and_number(void **state) {
    (void)state;
    char first[ADDR_TEXT_MAX];
    char second[ADDR_TEXT_MAX];
    choose_port(first);
    choose_port(second);
    want(0, first, "one");
    assert_true(sockets_plan(&current, &outline, &service, &next, &error));
    sockets_commit(&current, &next);
    struct sockets_address before = current.items[0];
    want(0, second, "two");
    want(1, first, "renamed");
    assert_true(sockets_plan(&current, &outline, &service, &next, &error));
    assert_true(next.items[0].fresh);
    assert_false(next.items[1].fresh);
    sockets_commit(&current, &next);
    assert_int_equal(current.items[1].fds[0], before.fds[0]);
    assert_int_equal(current.items[1].id, before.id);
    assert_int_equal(current.items[1].listener, 1);
    assert_string_equal(current.items[1].name, "renamed");
    assert_int_not_equal(current.items[0].id, before.id);
}

static void address_that_goes_is_closed_at_the_commit_only(void **state) {
    (void)state;
    char first[ADDR_TEXT_MAX];
    char second[ADDR_TEXT_MAX];
    choose_port(first);
    choose_port(second);
    want(0, first, "one");
    assert_true(sockets_plan(&current, &outline, &service, &next, &error));
    sockets_commit(&current, &next);
    int old = current.items[0].fds[0];
    want(0, second, "two");
    assert_true(sockets_plan(&current, &outline, &service, &next, &error));
    assert_true(is_listening(old));
    int fresh = next.items[0].fds[0];
    sockets_abort(&next);
    assert_false(is_listening(fresh));
    assert_true(is_listening(old));
    assert_true(sockets_plan(&current, &outline, &service, &next, &error));
    sockets_commit(&current, &next);
    want(1, first, "again");
    assert_true(sockets_plan(&current, &outline, &service, &next, &error));
    sockets_abort(&next);
}

static void address_of_somebody_else_is_refused(void **state) {
    (void)state;
    const struct sock_listen options = {.backlog = 1, .reuse_port = true, .group = (gid_t)-1};
    char addr[ADDR_TEXT_MAX];
    struct addr taken;
    choose_port(addr);
    assert_true(addr_parse(slice_text(addr), &taken));
    int other = sock_listen(&taken, &options, &error);
    want(0, addr, "public");
    assert_false(sockets_plan(&current, &outline, &service, &next, &error));
    assert_non_null(strstr(error.sentence, "Somebody else listens"));
    fd_close(&other);
}

static void address_given_twice_is_refused_and_nothing_stays_open(void **state) {
    (void)state;
    char addr[ADDR_TEXT_MAX];
    choose_port(addr);
    want(0, addr, "one");
    want(1, addr, "two");
    assert_false(sockets_plan(&current, &outline, &service, &next, &error));
    assert_non_null(strstr(error.sentence, "given twice"));
    assert_int_equal(next.count, 0);
    assert_false(sock_is_taken(&outline.listens[0].addr));
}

static void passed_socket_is_shared_by_all_slots(void **state) {
    (void)state;
    const struct sock_listen options = {.backlog = 1, .group = (gid_t)-1};
    char addr[ADDR_TEXT_MAX];
    choose_port(addr);
    want(0, addr, "public");
    service.sockets[0].addr = outline.listens[0].addr;
    service.sockets[0].fd = sock_listen(&outline.listens[0].addr, &options, &error);
    service.sockets_count = 1;
    int passed = service.sockets[0].fd;
    assert_true(sockets_plan(&current, &outline, &service, &next, &error));
    sockets_commit(&current, &next);
    assert_int_equal(current.items[0].fds[0], passed);
    assert_true(is_listening(current.items[0].fds[1]));
    assert_int_not_equal(current.items[0].fds[1], passed);
    service.sockets_count = 0;
}

static void unix_socket_is_shared_by_all_slots(void **state) {
    (void)state;
    char path[64];
    snprintf(path, sizeof(path), "unix:/tmp/sallyport-test-sockets-%d", (int)getpid());
    want(0, path, "local");
    assert_true(sockets_plan(&current, &outline, &service, &next, &error));
    sockets_commit(&current, &next);
    for (size_t i = 0; i < SLOTS; i++)
        assert_true(is_listening(current.items[0].fds[i]));
    unlink(path + strlen("unix:"));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_slot_gets_a_socket_of_its_own, begin, end),
        cmocka_unit_test_setup_teardown(kept_address_keeps_its_sockets_and_number, begin, end),
        cmocka_unit_test_setup_teardown(address_that_goes_is_closed_at_the_commit_only, begin, end),
        cmocka_unit_test_setup_teardown(address_of_somebody_else_is_refused, begin, end),
        cmocka_unit_test_setup_teardown(address_given_twice_is_refused_and_nothing_stays_open, begin, end),
        cmocka_unit_test_setup_teardown(passed_socket_is_shared_by_all_slots, begin, end),
        cmocka_unit_test_setup_teardown(unix_socket_is_shared_by_all_slots, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
