/* Descriptors: flags, fixed numbers, whole writes, closing. */
#include "os/fd.h"

#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static bool is_open(int fd) {
    return fcntl(fd, F_GETFD) >= 0;
}

static int open_null(void) {
    int fd = open("/dev/null", O_RDWR);
    assert_true(fd >= 0);
    return fd;
}

static void close_sets_minus_one_and_keeps_errno(void **state) {
    (void)state;
    int fd = open_null(), number = fd;
    errno = EPERM;
    fd_close(&fd);
    assert_int_equal(fd, -1);
    assert_false(is_open(number));
    errno = EPERM;
    fd_close(&fd);
    assert_int_equal(errno, EPERM);
}

static void flags_go_on_and_off(void **state) {
    (void)state;
    int fd = open_null();
    assert_true(fd_set_cloexec(fd, true));
    assert_true(fd_set_nonblocking(fd, true));
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) != 0);
    assert_true(fd_set_cloexec(fd, false));
    assert_true(fd_set_nonblocking(fd, false));
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0);
    assert_true((fcntl(fd, F_GETFL) & O_NONBLOCK) == 0);
    fd_close(&fd);
    assert_false(fd_set_cloexec(-1, true));
    assert_false(fd_set_nonblocking(-1, true));
}

static void placed_descriptor_survives_exec(void **state) {
    (void)state;
    int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    assert_true(fd_place(fd, 77));
    assert_true((fcntl(77, F_GETFD) & FD_CLOEXEC) == 0);
    assert_true(fd_place(fd, fd));
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0);
    assert_false(fd_place(-1, 78));
    close(77);
    fd_close(&fd);
}

static void copy_is_high_and_closed_on_exec(void **state) {
    (void)state;
    int fd = open_null();
    int copy = fd_copy(fd, 100);
    assert_true(copy >= 100);
    assert_true((fcntl(copy, F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(fd_copy(-1, 100), -1);
    fd_close(&copy);
    fd_close(&fd);
}

struct reader {
    int fd;
    size_t expected;
};

static int read_slowly(void *context) {
    const struct reader *reader = context;
    char chunk[4096];
    size_t total = 0;
    for (ssize_t got; (got = read(reader->fd, chunk, sizeof(chunk))) > 0;)
        total += (size_t)got;
    return total == reader->expected ? 0 : 1;
}

static void write_waits_for_a_full_pipe(void **state) {
    (void)state;
    enum { BYTES = 1 << 20 };
    int ends[2];
    assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
    assert_true(fd_set_nonblocking(ends[1], true));
    pid_t child = fork();
    if (child == 0) {
        close(ends[1]);
        _exit(read_slowly(&(struct reader){.fd = ends[0], .expected = BYTES}));
    }
    uint8_t *bytes = calloc(1, BYTES);
    assert_true(fd_write_all(ends[1], slice_of(bytes, BYTES)));
    free(bytes);
    close(ends[0]);
    close(ends[1]);
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(child_exited(status, 0));
}

static void write_to_nobody_fails(void **state) {
    (void)state;
    int ends[2];
    signal(SIGPIPE, SIG_IGN);
    assert_int_equal(pipe(ends), 0);
    close(ends[0]);
    assert_false(fd_write_all(ends[1], slice_text("x")));
    assert_int_equal(errno, EPIPE);
    close(ends[1]);
    assert_false(fd_write_all(-1, slice_text("x")));
    assert_true(fd_write_all(-1, slice_of(NULL, 0)));
}

static int close_upwards(void *context) {
    (void)context;
    int low = fd_copy(0, 40), edge = fd_copy(0, 50), high = fd_copy(0, 200);
    if (low != 40 || edge != 50 || high != 200)
        return 1;
    fd_close_from(50);
    return is_open(40) && !is_open(50) && !is_open(200) && is_open(0) ? 0 : 2;
}

static void close_from_leaves_the_lower(void **state) {
    (void)state;
    assert_true(child_exited(child_run(close_upwards, NULL), 0));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(close_sets_minus_one_and_keeps_errno), cmocka_unit_test(flags_go_on_and_off),
        cmocka_unit_test(placed_descriptor_survives_exec),      cmocka_unit_test(copy_is_high_and_closed_on_exec),
        cmocka_unit_test(write_waits_for_a_full_pipe),          cmocka_unit_test(write_to_nobody_fails),
        cmocka_unit_test(close_from_leaves_the_lower),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
