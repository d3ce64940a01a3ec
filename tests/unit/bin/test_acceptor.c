/* Connections are accepted for the right listener, never lost at a change, and not at all while descriptors are
 * short. */
#include "bin/acceptor.h"

#include "os/fd.h"
#include "os/sock.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

/* taken: connections by listener "a", "b". shortages: how often accepting paused. most: pauses when so many were
 * taken, 0 for never. */
struct setting {
    struct loop *loop;
    struct acceptor *acceptor;
    struct deadline limit;
    unsigned taken[2];
    unsigned shortages;
    unsigned most;
};

static void take(void *owner, const char *listener, int fd, const struct addr *peer) {
    struct setting *setting = owner;
    assert_int_equal(peer->any.sa_family, AF_INET);
    setting->taken[listener[0] - 'a']++;
    if (setting->taken[0] == setting->most)
        acceptor_pause(setting->acceptor, true);
    fd_close(&fd);
}

static void is_short(void *owner, int cause) {
    struct setting *setting = owner;
    assert_int_equal(cause, EMFILE);
    setting->shortages++;
    acceptor_pause(setting->acceptor, true);
}

static void on_limit(struct deadline *deadline) {
    loop_stop(list_entry(deadline, struct setting, limit)->loop);
}

static void make(struct setting *setting) {
    *setting = (struct setting){.loop = loop_new()};
    setting->acceptor = acceptor_new(setting->loop, take, is_short, setting);
    assert_non_null(setting->acceptor);
    deadline_init(&setting->limit, on_limit);
}

static void free_all(struct setting *setting) {
    acceptor_free(&setting->acceptor);
    loop_free(&setting->loop);
}

static int listen_on(struct addr *addr) {
    const struct sock_listen options = {.backlog = 100, .group = (gid_t)-1};
    struct error error;
    assert_true(addr_parse(slice_text("127.0.0.1:0"), addr));
    int fd = sock_listen(addr, &options, &error);
    assert_true(fd >= 0 && sock_local_addr(fd, addr));
    return fd;
}

static void connect_times(const struct addr *addr, unsigned times) {
    for (unsigned i = 0; i < times; i++) {
        int fd = sock_connect(addr);
        assert_true(fd >= 0);
        fd_close(&fd);
    }
}

static void run_for(struct setting *setting, int64_t milliseconds) {
    deadline_set(loop_deadlines(setting->loop), &setting->limit, loop_now_ms(setting->loop) + milliseconds);
    assert_true(loop_run(setting->loop));
}

static void nothing_is_accepted_before_listen(void **state) {
    (void)state;
    struct setting setting;
    struct addr addr;
    make(&setting);
    assert_true(acceptor_add(setting.acceptor, 7, listen_on(&addr)));
    connect_times(&addr, 50);
    run_for(&setting, 100);
    assert_int_equal(setting.taken[0], 0);
    assert_true(acceptor_listen(setting.acceptor, 7, "a"));
    run_for(&setting, 200);
    assert_int_equal(setting.taken[0], 50);
    free_all(&setting);
}

static void listener_may_be_renamed(void **state) {
    (void)state;
    struct setting setting;
    struct addr addr;
    make(&setting);
    assert_true(acceptor_add(setting.acceptor, 7, listen_on(&addr)));
    assert_true(acceptor_listen(setting.acceptor, 7, "a"));
    connect_times(&addr, 1);
    run_for(&setting, 100);
    assert_true(acceptor_listen(setting.acceptor, 7, "b"));
    connect_times(&addr, 2);
    run_for(&setting, 100);
    assert_int_equal(setting.taken[0], 1);
    assert_int_equal(setting.taken[1], 2);
    free_all(&setting);
}

static void unknown_and_doubled_numbers_are_refused(void **state) {
    (void)state;
    struct setting setting;
    struct addr addr;
    make(&setting);
    assert_true(acceptor_add(setting.acceptor, 7, listen_on(&addr)));
    assert_false(acceptor_add(setting.acceptor, 7, listen_on(&addr)));
    assert_false(acceptor_listen(setting.acceptor, 8, "a"));
    acceptor_drop(setting.acceptor, 8);
    free_all(&setting);
}

static void keep_takes_what_waits_before_it_closes(void **state) {
    (void)state;
    struct setting setting;
    struct addr going;
    struct addr staying;
    const uint32_t keep[] = {2};
    make(&setting);
    assert_true(acceptor_add(setting.acceptor, 1, listen_on(&going)));
    assert_true(acceptor_add(setting.acceptor, 2, listen_on(&staying)));
    assert_true(acceptor_listen(setting.acceptor, 1, "a"));
    assert_true(acceptor_listen(setting.acceptor, 2, "b"));
    connect_times(&going, 60);
    acceptor_keep(setting.acceptor, keep, 1);
    assert_int_equal(setting.taken[0], 60);
    connect_times(&staying, 1);
    run_for(&setting, 100);
    assert_int_equal(setting.taken[1], 1);
    assert_false(acceptor_listen(setting.acceptor, 1, "a"));
    free_all(&setting);
}

static void drop_leaves_what_waits_to_the_other_holder(void **state) {
    (void)state;
    struct setting setting;
    struct addr addr;
    make(&setting);
    int other = listen_on(&addr);
    assert_true(acceptor_add(setting.acceptor, 1, fd_copy(other, 3)));
    assert_true(acceptor_listen(setting.acceptor, 1, "a"));
    connect_times(&addr, 1);
    acceptor_drop(setting.acceptor, 1);
    run_for(&setting, 100);
    assert_int_equal(setting.taken[0], 0);
    int waiting = sock_accept(other, NULL);
    assert_true(waiting >= 0);
    fd_close(&waiting);
    fd_close(&other);
    free_all(&setting);
}

static void idle_sockets_can_be_dropped_alone(void **state) {
    (void)state;
    struct setting setting;
    struct addr addr;
    make(&setting);
    assert_true(acceptor_add(setting.acceptor, 1, listen_on(&addr)));
    assert_true(acceptor_listen(setting.acceptor, 1, "a"));
    assert_true(acceptor_add(setting.acceptor, 2, listen_on(&addr)));
    acceptor_drop_idle(setting.acceptor);
    assert_true(acceptor_listen(setting.acceptor, 1, "a"));
    assert_false(acceptor_listen(setting.acceptor, 2, "b"));
    free_all(&setting);
}

static void shortage_of_descriptors_pauses_and_passes(void **state) {
    (void)state;
    struct setting setting;
    struct addr addr;
    struct rlimit before;
    make(&setting);
    assert_true(acceptor_add(setting.acceptor, 1, listen_on(&addr)));
    assert_true(acceptor_listen(setting.acceptor, 1, "a"));
    connect_times(&addr, 3);
    int highest = fd_copy(STDERR_FILENO, 3);
    fd_close(&highest);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
    struct rlimit short_of = {.rlim_cur = 3, .rlim_max = before.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &short_of), 0);
    run_for(&setting, 30);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    assert_int_equal(setting.taken[0], 0);
    assert_int_equal(setting.shortages, 1);
    run_for(&setting, 100);
    assert_int_equal(setting.taken[0], 0);
    acceptor_pause(setting.acceptor, false);
    run_for(&setting, 100);
    assert_int_equal(setting.taken[0], 3);
    free_all(&setting);
}

/* Also in the middle of a batch, for a socket that comes meanwhile, and without a trace when it ends paused. */
static void nothing_is_taken_while_it_is_paused(void **state) {
    (void)state;
    struct setting setting;
    struct addr addr;
    struct addr other;
    make(&setting);
    setting.most = 2;
    assert_true(acceptor_add(setting.acceptor, 1, listen_on(&addr)));
    assert_true(acceptor_listen(setting.acceptor, 1, "a"));
    connect_times(&addr, 5);
    run_for(&setting, 100);
    assert_int_equal(setting.taken[0], 2);
    assert_true(acceptor_add(setting.acceptor, 2, listen_on(&other)));
    assert_true(acceptor_listen(setting.acceptor, 2, "b"));
    connect_times(&other, 1);
    run_for(&setting, 100);
    assert_int_equal(setting.taken[1], 0);
    acceptor_pause(setting.acceptor, false);
    run_for(&setting, 100);
    assert_int_equal(setting.taken[0], 5);
    assert_int_equal(setting.taken[1], 1);
    acceptor_pause(setting.acceptor, true);
    assert_int_equal(loop_sources(setting.loop), 0);
    free_all(&setting);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_accepted_before_listen),
        cmocka_unit_test(listener_may_be_renamed),
        cmocka_unit_test(unknown_and_doubled_numbers_are_refused),
        cmocka_unit_test(keep_takes_what_waits_before_it_closes),
        cmocka_unit_test(drop_leaves_what_waits_to_the_other_holder),
        cmocka_unit_test(idle_sockets_can_be_dropped_alone),
        cmocka_unit_test(shortage_of_descriptors_pauses_and_passes),
        cmocka_unit_test(nothing_is_taken_while_it_is_paused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
