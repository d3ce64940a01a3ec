/* One question, one answer, over a Unix socket. */
#include "bin/adminclient.h"

#include "base/addr.h"
#include "control/admin.h"
#include "os/fd.h"
#include "os/sock.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <unistd.h>

/* A reload of a large configuration takes seconds, and one may be under way already. */
enum { ANSWER_MS = 300000, READ_BYTES = 65536 };

static int open_socket(const char *path, struct error *error);
static bool read_all(int fd, struct buf *answer);
static bool split(struct buf *answer, bool *done);

bool adminclient_ask(const char *path, const char *request, struct buf *answer, bool *done, struct error *error) {
    int fd = open_socket(path, error);
    if (fd < 0)
        return false;
    char line[ADMIN_LINE_MAX];
    int len = snprintf(line, sizeof(line), "%s\n", request);
    if (len >= (int)sizeof(line)) {
        fd_close(&fd);
        error_set(error, (struct error_place){0}, "The request is too long.");
        return false;
    }
    /* A gateway that turns us away may have closed already; its answer is there all the same. */
    bool sent = fd_write_all(fd, slice_of(line, (size_t)len)) || errno == EPIPE || errno == ECONNRESET;
    bool answered = sent && read_all(fd, answer) && split(answer, done);
    fd_close(&fd);
    if (!answered)
        error_set(error, (struct error_place){.file = path}, "The gateway did not answer.");
    return answered;
}

static int open_socket(const char *path, struct error *error) {
    struct addr addr;
    char text[256];
    snprintf(text, sizeof(text), "unix:%s", path);
    int fd = addr_parse(slice_text(text), &addr) ? sock_connect(&addr) : -1;
    int cause = fd >= 0 ? sock_error(fd) : errno;
    if (fd >= 0 && cause == 0)
        return fd;
    fd_close(&fd);
    errno = cause;
    error_set(error, (struct error_place){.file = path}, "No gateway can be asked there: %m.");
    return -1;
}

static bool read_all(int fd, struct buf *answer) {
    for (;;) {
        struct pollfd polled = {.fd = fd, .events = POLLIN};
        if (poll(&polled, 1, ANSWER_MS) <= 0)
            return false;
        uint8_t *to = buf_reserve(answer, READ_BYTES);
        ssize_t got = to ? read(fd, to, READ_BYTES) : -1;
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (got <= 0)
            return got == 0 || buf_len(answer) > 0;
        buf_commit(answer, (size_t)got);
    }
}

/* Takes the first line off: "ok LENGTH" or "failed LENGTH"; an answer that was cut is none. */
static bool split(struct buf *answer, bool *done) {
    struct slice whole = buf_view(answer);
    ptrdiff_t end = slice_find(whole, '\n');
    ptrdiff_t space = slice_find(whole, ' ');
    if (end < 0 || space < 0 || space > end)
        return false;
    struct slice word = slice_sub(whole, 0, (size_t)space);
    struct slice digits = slice_sub(whole, (size_t)space + 1, (size_t)(end - space - 1));
    uint64_t len;
    *done = slice_equal(word, slice_text("ok"));
    if ((!*done && !slice_equal(word, slice_text("failed"))) || !slice_decimal(digits, &len))
        return false;
    buf_consume(answer, (size_t)end + 1);
    return buf_len(answer) == len;
}
