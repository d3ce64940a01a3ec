/* What the tests of io share: running the loop until something holds, and connected sockets. */
#ifndef SALLYPORT_TESTS_UNIT_IO_HARNESS_H
#define SALLYPORT_TESTS_UNIT_IO_HARNESS_H

#include "base/addr.h"
#include "base/now.h"
#include "io/loop.h"
#include "io/stream.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* Longest wait of a test for something that has to come. */
enum { HARNESS_LIMIT_MS = 5000 };

/* Turns the loop, without sleeping in it, until `*flag` is true; fails the test when that takes too long. */
struct harness_watch {
    struct loop_task task;
    struct loop *loop;
    const bool *flag;
    int64_t give_up_ms;
};

static inline void harness_look(struct loop_task *task) {
    struct harness_watch *watch = list_entry(task, struct harness_watch, task);
    if (*watch->flag || now_ms() >= watch->give_up_ms)
        loop_stop(watch->loop);
    else
        loop_defer(watch->loop, task);
}

static inline void harness_run_until(struct loop *loop, const bool *flag) {
    struct harness_watch watch = {.loop = loop, .flag = flag, .give_up_ms = now_ms() + HARNESS_LIMIT_MS};
    loop_task_init(&watch.task, harness_look);
    loop_defer(loop, &watch.task);
    assert_true(loop_run(loop));
    loop_task_cancel(&watch.task);
    assert_true(*flag);
}

/* Turns the loop `count` times without sleeping. */
struct harness_counter {
    struct loop_task task;
    struct loop *loop;
    int left;
};

static inline void harness_count(struct loop_task *task) {
    struct harness_counter *counter = list_entry(task, struct harness_counter, task);
    if (--counter->left <= 0)
        loop_stop(counter->loop);
    else
        loop_defer(counter->loop, task);
}

static inline void harness_turns(struct loop *loop, int count) {
    struct harness_counter counter = {.loop = loop, .left = count};
    loop_task_init(&counter.task, harness_count);
    loop_defer(loop, &counter.task);
    assert_true(loop_run(loop));
}

/* Two connected Unix sockets; both non-blocking. */
static inline void harness_pair(int fds[2]) {
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds), 0);
}

/* A listening socket on 127.0.0.1 and its address. */
static inline int harness_listen(struct addr *addr) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    *addr = (struct addr){.v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}};
    addr->len = sizeof(addr->v4);
    assert_int_equal(bind(fd, &addr->any, addr->len), 0);
    assert_int_equal(listen(fd, 8), 0);
    assert_int_equal(getsockname(fd, &addr->any, &addr->len), 0);
    return fd;
}

/* Two connected TCP sockets; both non-blocking. */
static inline void harness_tcp_pair(int fds[2]) {
    struct addr addr;
    int listener = harness_listen(&addr);
    fds[0] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(connect(fds[0], &addr.any, addr.len), 0);
    assert_int_equal(fcntl(fds[0], F_SETFL, O_NONBLOCK), 0);
    fds[1] = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    assert_true(fds[1] >= 0);
    close(listener);
}

static inline void harness_send(int fd, const char *text) {
    assert_int_equal(write(fd, text, strlen(text)), (ssize_t)strlen(text));
}

#endif
