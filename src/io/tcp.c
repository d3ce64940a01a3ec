/* The socket stream. One recv per read, one send per write, one epoll_ctl per connection, no buffer of its own but
 * what was put back.
 *
 * Why `drained` is safe with edges: when recv gave less than was asked, the socket was empty at that moment, and
 * whatever comes later (bytes, FIN, reset) makes a new edge. Only an end that the last event told of already makes
 * none; `ending` remembers it, and then no read counts as drained. */
#include "io/tcp.h"

#include "base/bug.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* Bytes that are read before the socket's own; readable are bytes[start..end). */
struct unread {
    size_t start;
    size_t end;
    uint8_t bytes[];
};

/* ending: an event told of FIN or an error. blocked: the last write (or the connect) was not done, so the owner
 * wants to hear of room. */
struct tcp {
    struct stream stream;
    struct loop_source source;
    struct loop_task freeing;
    struct loop *loop;
    struct unread *unread;
    int error;
    bool ending;
    bool blocked;
};

static struct stream_result tcp_read(struct stream *stream, uint8_t *to, size_t room);
static struct stream_result tcp_write(struct stream *stream, const struct slice *parts, size_t count);
static bool tcp_flush(struct stream *stream);
static void tcp_shut(struct stream *stream);
static void tcp_close(struct stream *stream);
static void tcp_quiet(struct stream *stream);
static enum reason tcp_failure(const struct stream *stream);
static void on_event(struct loop_source *source, uint32_t events);
static void free_after_turn(struct loop_task *task);
static struct stream_result take_unread(struct tcp *tcp, uint8_t *to, size_t room);
static struct stream_result at_end(const struct tcp *tcp);
static struct stream_result refused(struct tcp *tcp);
static ssize_t send_parts(int fd, const struct slice *parts, size_t count);

static const struct stream_ops tcp_ops = {
    .read = tcp_read,
    .write = tcp_write,
    .flush = tcp_flush,
    .shut = tcp_shut,
    .close = tcp_close,
    .quiet = tcp_quiet,
    .failure = tcp_failure,
};

static struct tcp *tcp_of(struct stream *stream) {
    bug_on(stream->ops != &tcp_ops);
    return (struct tcp *)stream;
}

struct stream *tcp_new(struct loop *loop, int fd) {
    struct tcp *tcp = calloc(1, sizeof(*tcp));
    if (!tcp) {
        close(fd);
        return NULL;
    }
    tcp->stream.ops = &tcp_ops;
    tcp->loop = loop;
    tcp->source = (struct loop_source){.fd = fd, .on_event = on_event};
    loop_task_init(&tcp->freeing, free_after_turn);
    (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &(int){1},
                     sizeof(int)); /* refused by Unix sockets, which need none */
    if (!loop_add(loop, &tcp->source)) {
        close(fd);
        free(tcp);
        return NULL;
    }
    return &tcp->stream;
}

bool tcp_unread(struct stream *stream, struct slice bytes) {
    struct tcp *tcp = tcp_of(stream);
    struct unread *old = tcp->unread;
    size_t old_len = old ? old->end - old->start : 0;
    if (bytes.len == 0)
        return true;
    if (bytes.len > TCP_UNREAD_MAX - old_len)
        return false;
    struct unread *unread = malloc(sizeof(*unread) + bytes.len + old_len);
    if (!unread)
        return false;
    unread->start = 0;
    unread->end = bytes.len + old_len;
    memcpy(unread->bytes, bytes.data, bytes.len);
    if (old)
        memcpy(unread->bytes + bytes.len, old->bytes + old->start, old_len);
    free(old);
    tcp->unread = unread;
    return true;
}

void tcp_expect_connect(struct stream *stream) {
    tcp_of(stream)->blocked = true;
}

bool tcp_can_splice(const struct stream *stream) {
    return stream->ops == &tcp_ops && !((const struct tcp *)stream)->unread;
}

struct stream_result tcp_splice_from(struct stream *stream, int to, size_t most) {
    struct tcp *tcp = tcp_of(stream);
    bug_on(tcp->unread || most == 0);
    ssize_t got = splice(tcp->source.fd, NULL, to, NULL, most, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    if (got > 0)
        return (struct stream_result){.status = STREAM_OK, .bytes = (size_t)got};
    if (got == 0)
        return at_end(tcp);
    return refused(tcp);
}

struct stream_result tcp_splice_to(struct stream *stream, int from, size_t bytes) {
    struct tcp *tcp = tcp_of(stream);
    ssize_t sent = splice(from, NULL, tcp->source.fd, NULL, bytes, SPLICE_F_MOVE | SPLICE_F_NONBLOCK);
    tcp->blocked = sent <= 0;
    return sent > 0 ? (struct stream_result){.status = STREAM_OK, .bytes = (size_t)sent} : refused(tcp);
}

static struct stream_result tcp_read(struct stream *stream, uint8_t *to, size_t room) {
    struct tcp *tcp = tcp_of(stream);
    bug_on(room == 0);
    if (tcp->unread)
        return take_unread(tcp, to, room);
    ssize_t got = recv(tcp->source.fd, to, room, 0);
    if (got > 0)
        return (struct stream_result){.status = STREAM_OK,
                                      .drained = (size_t)got < room && !tcp->ending,
                                      .bytes = (size_t)got};
    if (got == 0)
        return at_end(tcp);
    return refused(tcp);
}

static struct stream_result tcp_write(struct stream *stream, const struct slice *parts, size_t count) {
    struct tcp *tcp = tcp_of(stream);
    bug_on(count == 0 || count > STREAM_PARTS_MAX);
    size_t wanted = 0;
    for (size_t i = 0; i < count; i++)
        wanted += parts[i].len;
    ssize_t sent = send_parts(tcp->source.fd, parts, count);
    if (sent < 0) {
        tcp->blocked = true;
        return refused(tcp);
    }
    tcp->blocked = (size_t)sent < wanted;
    return (struct stream_result){.status = STREAM_OK, .bytes = (size_t)sent};
}

static bool tcp_flush(struct stream *stream) {
    (void)stream;
    return true;
}

static void tcp_shut(struct stream *stream) {
    (void)shutdown(tcp_of(stream)->source.fd, SHUT_WR); /* fails when the connection is gone; the next read says so */
}

static void tcp_close(struct stream *stream) {
    struct tcp *tcp = tcp_of(stream);
    bug_on(tcp->source.fd < 0);
    loop_forget(tcp->loop, &tcp->source);
    close(tcp->source.fd);
    tcp->source.fd = -1;
    stream_own(stream, NULL, NULL);
    loop_defer(tcp->loop, &tcp->freeing);
}

static void tcp_quiet(struct stream *stream) {
    (void)stream;
}

static enum reason tcp_failure(const struct stream *stream) {
    int error = ((const struct tcp *)stream)->error;
    return error == ENOMEM || error == ENOBUFS ? REASON_MEMORY : REASON_CLOSED;
}

/* Tells the owner what it can want to know: that there may be bytes or an end to read, and that there is room, if it
 * waits for that. */
static void on_event(struct loop_source *source, uint32_t events) {
    struct tcp *tcp = list_entry(source, struct tcp, source);
    unsigned what = 0;
    if (events & (EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        tcp->ending = true;
    if (events & (EPOLLIN | EPOLLRDHUP | EPOLLHUP | EPOLLERR))
        what |= STREAM_READABLE;
    if (tcp->blocked && events & (EPOLLOUT | EPOLLHUP | EPOLLERR)) {
        tcp->blocked = false;
        what |= STREAM_WRITABLE;
    }
    if (what && tcp->stream.owner)
        tcp->stream.on_ready(tcp->stream.owner, what);
}

static void free_after_turn(struct loop_task *task) {
    struct tcp *tcp = list_entry(task, struct tcp, freeing);
    free(tcp->unread);
    free(tcp);
}

static struct stream_result take_unread(struct tcp *tcp, uint8_t *to, size_t room) {
    struct unread *unread = tcp->unread;
    size_t bytes = unread->end - unread->start;
    if (bytes > room)
        bytes = room;
    memcpy(to, unread->bytes + unread->start, bytes);
    unread->start += bytes;
    if (unread->start == unread->end) {
        free(unread);
        tcp->unread = NULL;
    }
    return (struct stream_result){.status = STREAM_OK, .bytes = bytes};
}

/* The kernel tells of a reset once only, and of an end from then on: a write that met the reset must not make the
 * read look complete. EPIPE is what a write meets after the peer's FIN, and the peer's direction was complete then. */
static struct stream_result at_end(const struct tcp *tcp) {
    bool cut = tcp->error != 0 && tcp->error != EPIPE;
    return (struct stream_result){.status = cut ? STREAM_FAILED : STREAM_END};
}

/* What errno means for a recv or send that moved nothing; calls that do not block are not interrupted. */
static struct stream_result refused(struct tcp *tcp) {
    if (errno == EAGAIN)
        return (struct stream_result){.status = STREAM_AGAIN, .drained = true};
    if (!tcp->error)
        tcp->error = errno;
    return (struct stream_result){.status = STREAM_FAILED};
}

static ssize_t send_parts(int fd, const struct slice *parts, size_t count) {
    if (count == 1)
        return send(fd, parts[0].data, parts[0].len, MSG_NOSIGNAL);
    struct iovec vectors[STREAM_PARTS_MAX];
    for (size_t i = 0; i < count; i++)
        vectors[i] = (struct iovec){.iov_base = (void *)(uintptr_t)parts[i].data, .iov_len = parts[i].len};
    struct msghdr message = {.msg_iov = vectors, .msg_iovlen = count};
    return sendmsg(fd, &message, MSG_NOSIGNAL);
}
