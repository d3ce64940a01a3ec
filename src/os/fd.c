/* Thin helpers over fcntl, dup and close_range. */
#include "os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

static bool set_flag(int fd, int get, int set, int flag, bool on);
static bool wait_writable(int fd);

void fd_close(int *fd) {
    int kept_errno = errno;
    if (*fd >= 0)
        close(*fd);
    *fd = -1;
    errno = kept_errno;
}

bool fd_set_cloexec(int fd, bool on) {
    return set_flag(fd, F_GETFD, F_SETFD, FD_CLOEXEC, on);
}

bool fd_set_nonblocking(int fd, bool on) {
    return set_flag(fd, F_GETFL, F_SETFL, O_NONBLOCK, on);
}

bool fd_place(int fd, int number) {
    if (fd == number)
        return fd_set_cloexec(fd, false);
    return dup2(fd, number) == number;
}

int fd_copy(int fd, int lowest) {
    return fcntl(fd, F_DUPFD_CLOEXEC, lowest);
}

bool fd_write_all(int fd, struct slice bytes) {
    while (bytes.len > 0) {
        ssize_t written = write(fd, bytes.data, bytes.len);
        if (written >= 0)
            bytes = slice_sub(bytes, (size_t)written, bytes.len);
        else if (errno == EAGAIN && !wait_writable(fd))
            return false;
        else if (errno != EAGAIN && errno != EINTR)
            return false;
    }
    return true;
}

void fd_close_from(int lowest) {
    if (close_range((unsigned)lowest, ~0u, 0) == 0)
        return;
    long limit = sysconf(_SC_OPEN_MAX); /* a kernel older than 5.9 */
    for (int fd = lowest; fd < limit; fd++)
        close(fd);
}

static bool set_flag(int fd, int get, int set, int flag, bool on) {
    int flags = fcntl(fd, get);
    if (flags < 0)
        return false;
    int wanted = on ? flags | flag : flags & ~flag;
    return wanted == flags || fcntl(fd, set, wanted) == 0;
}

/* After an interrupted wait the caller's write tells again. */
static bool wait_writable(int fd) {
    struct pollfd wanted = {.fd = fd, .events = POLLOUT};
    return poll(&wanted, 1, -1) >= 0 || errno == EINTR;
}
