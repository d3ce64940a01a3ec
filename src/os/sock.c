/* Sockets over IPv4, IPv6 and Unix paths. */
#include "os/sock.h"

#include "base/bug.h"
#include "os/fd.h"

#include <errno.h>
#include <grp.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* SUPPLEMENTARY_MAX: far more groups than any account has; a peer with more is not looked at. UNSENT: what the kernel
 * keeps of a connection beyond what the peer's window takes: enough for a fast reader until we are awake again, and a
 * slow one costs no megabytes and is seen to move. */
enum { SUPPLEMENTARY_MAX = 1024, GROUP_ENTRY_BYTES = 65536, UNSENT_BYTES = 131072 };

/* Room for control data of one more descriptor than we take: a sender's excess is then seen and closed, not cut off
 * by the kernel. */
union control {
    char bytes[CMSG_SPACE(sizeof(int) * (SOCK_FDS_MAX + 1))];
    struct cmsghdr align;
};

static bool fail(struct error *error, const struct addr *addr, const char *what);
static int open_stream(const struct addr *addr);
static bool set_listen_options(int fd, const struct addr *addr, const struct sock_listen *options);
static bool bind_local(int fd, const struct addr *addr, const struct sock_listen *options, struct error *error);
static bool remove_stale(const struct addr *addr, struct error *error);
static bool somebody_listens(const struct addr *addr);
static bool take_fds(struct msghdr *header, struct sock_fds *fds);
static void close_all(struct sock_fds *fds);
static bool set_int(int fd, int level, int option, int value);

int sock_listen(const struct addr *addr, const struct sock_listen *options, struct error *error) {
    int fd = open_stream(addr);
    bool local = addr->any.sa_family == AF_UNIX;
    bool done = fd >= 0 || fail(error, addr, "open a socket for");
    if (done && local)
        done = bind_local(fd, addr, options, error);
    else if (done)
        done = (set_listen_options(fd, addr, options) && bind(fd, &addr->any, addr->len) == 0) ||
            fail(error, addr, "bind to");
    if (done && listen(fd, options->backlog) != 0)
        done = fail(error, addr, "listen on");
    if (!done)
        fd_close(&fd);
    return fd;
}

bool sock_is_taken(const struct addr *addr) {
    const struct sock_listen alone = {.reuse_port = false};
    int fd = open_stream(addr);
    bool taken =
        fd >= 0 && set_listen_options(fd, addr, &alone) && bind(fd, &addr->any, addr->len) != 0 && errno == EADDRINUSE;
    fd_close(&fd);
    return taken;
}

int sock_accept(int listener, struct addr *peer) {
    struct addr ignored;
    if (peer == NULL)
        peer = &ignored;
    *peer = (struct addr){.len = sizeof(struct sockaddr_un)};
    return accept4(listener, &peer->any, &peer->len, SOCK_NONBLOCK | SOCK_CLOEXEC);
}

int sock_connect(const struct addr *addr) {
    int fd = open_stream(addr);
    if (fd >= 0 && connect(fd, &addr->any, addr->len) != 0 && errno != EINPROGRESS)
        fd_close(&fd);
    return fd;
}

int sock_error(int fd) {
    int error = 0;
    socklen_t len = sizeof(error);
    return getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) == 0 ? error : errno;
}

bool sock_local_addr(int fd, struct addr *addr) {
    *addr = (struct addr){.len = sizeof(struct sockaddr_un)};
    return getsockname(fd, &addr->any, &addr->len) == 0;
}

bool sock_pair(int fds[2]) {
    return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) == 0;
}

bool sock_send(int fd, struct slice message, const int *fds, size_t count) {
    bug_on(message.len == 0);
    bug_on(count > SOCK_FDS_MAX);
    union control control = {.bytes = {0}};
    struct iovec part = {.iov_base = (void *)(uintptr_t)message.data, .iov_len = message.len};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    if (count > 0) {
        header.msg_control = control.bytes;
        header.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *first = CMSG_FIRSTHDR(&header);
        *first = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
                                  .cmsg_type = SCM_RIGHTS,
                                  .cmsg_len = CMSG_LEN(sizeof(int) * count)};
        memcpy(CMSG_DATA(first), fds, sizeof(int) * count);
    }
    ssize_t sent;
    do {
        sent = sendmsg(fd, &header, MSG_NOSIGNAL);
    } while (sent < 0 && errno == EINTR);
    return sent >= 0;
}

ssize_t sock_receive(int fd, void *to, size_t room, struct sock_fds *fds) {
    union control control;
    struct iovec part = {.iov_base = to, .iov_len = room};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = sizeof(control.bytes)};
    fds->count = 0;
    ssize_t received;
    do {
        received = recvmsg(fd, &header, MSG_CMSG_CLOEXEC);
    } while (received < 0 && errno == EINTR);
    if (received < 0)
        return -1;
    bool clean = take_fds(&header, fds);
    bool whole = (header.msg_flags & MSG_TRUNC) == 0;
    if (clean && whole && received > 0)
        return received;
    close_all(fds);
    errno = clean ? EMSGSIZE : EBADMSG;
    return clean && whole ? 0 : -1;
}

bool sock_peer(int fd, struct sock_peer *peer) {
    struct ucred credentials;
    socklen_t len = sizeof(credentials);
    if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &len) != 0)
        return false;
    if (credentials.pid <= 0) { /* not a Unix socket, or not connected */
        errno = ENOTCONN;
        return false;
    }
    *peer = (struct sock_peer){.pid = credentials.pid, .uid = credentials.uid, .gid = credentials.gid};
    return true;
}

bool sock_peer_in_group(int fd, gid_t group) {
    struct sock_peer peer;
    gid_t groups[SUPPLEMENTARY_MAX];
    socklen_t len = sizeof(groups);
    if (!sock_peer(fd, &peer))
        return false;
    if (peer.gid == group)
        return true;
    if (getsockopt(fd, SOL_SOCKET, SO_PEERGROUPS, groups, &len) != 0)
        return false;
    for (size_t i = 0; i < len / sizeof(groups[0]); i++) {
        if (groups[i] == group)
            return true;
    }
    return false;
}

bool sock_find_group(const char *name, gid_t *group) {
    struct group entry, *found = NULL;
    char *room = malloc(GROUP_ENTRY_BYTES);
    if (room == NULL)
        return false;
    if (getgrnam_r(name, &entry, room, GROUP_ENTRY_BYTES, &found) != 0)
        found = NULL;
    if (found != NULL)
        *group = entry.gr_gid;
    free(room);
    return found != NULL;
}

void sock_set_nodelay(int fd) {
    (void)set_int(fd, IPPROTO_TCP, TCP_NODELAY, 1);
}

void sock_set_quickack(int fd) {
    (void)set_int(fd, IPPROTO_TCP, TCP_QUICKACK, 1);
}

void sock_set_user_timeout(int fd, unsigned timeout_ms) {
    (void)set_int(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, (int)timeout_ms);
}

/* Returns false, so that it can be the last of a condition. */
static bool fail(struct error *error, const struct addr *addr, const char *what) {
    char text[ADDR_TEXT_MAX];
    int kept_errno = errno;
    addr_text(addr, text);
    error_set(error, (struct error_place){.file = NULL}, "Cannot %s %s: %s.", what, text, strerror(kept_errno));
    errno = kept_errno;
    return false;
}

static int open_stream(const struct addr *addr) {
    return socket(addr->any.sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static bool set_listen_options(int fd, const struct addr *addr, const struct sock_listen *options) {
    bool v6 = addr->any.sa_family == AF_INET6;
    (void)set_int(fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, UNSENT_BYTES); /* accepted connections take it over */
    return set_int(fd, SOL_SOCKET, SO_REUSEADDR, 1) &&
        (!options->reuse_port || set_int(fd, SOL_SOCKET, SO_REUSEPORT, 1)) &&
        (!v6 || set_int(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1));
}

/* The mode set on the socket beforehand is an upper bound at birth, so that the path is never open to more than it
 * is to be. */
static bool bind_local(int fd, const struct addr *addr, const struct sock_listen *options, struct error *error) {
    const char *path = addr->local.sun_path;
    if (!remove_stale(addr, error))
        return false;
    if (fchmod(fd, S_IRUSR | S_IWUSR) != 0 || bind(fd, &addr->any, addr->len) != 0)
        return fail(error, addr, "bind to");
    if (options->group != (gid_t)-1 && chown(path, (uid_t)-1, options->group) != 0)
        return fail(error, addr, "set the group of");
    return chmod(path, options->mode) == 0 || fail(error, addr, "set the mode of");
}

static bool remove_stale(const struct addr *addr, struct error *error) {
    const char *path = addr->local.sun_path;
    struct stat what;
    if (lstat(path, &what) != 0)
        return errno == ENOENT || fail(error, addr, "look at");
    errno = S_ISSOCK(what.st_mode) ? 0 : EEXIST;
    if (errno == 0 && somebody_listens(addr))
        errno = EADDRINUSE;
    if (errno != 0)
        return fail(error, addr, "bind to");
    return unlink(path) == 0 || errno == ENOENT || fail(error, addr, "remove the stale");
}

/* Only a refusal proves that nobody does: any doubt counts as life. */
static bool somebody_listens(const struct addr *addr) {
    int kept_errno = errno;
    int fd = sock_connect(addr);
    bool dead = fd < 0 && (errno == ECONNREFUSED || errno == ENOENT);
    fd_close(&fd);
    errno = kept_errno;
    return !dead;
}

/* Moves every descriptor received into `fds`, and closes those that are too many. False when there was anything but
 * our descriptors. */
static bool take_fds(struct msghdr *header, struct sock_fds *fds) {
    bool clean = (header->msg_flags & MSG_CTRUNC) == 0;
    for (struct cmsghdr *item = CMSG_FIRSTHDR(header); item != NULL; item = CMSG_NXTHDR(header, item)) {
        if (item->cmsg_level != SOL_SOCKET || item->cmsg_type != SCM_RIGHTS) {
            clean = false;
            continue;
        }
        size_t count = (item->cmsg_len - CMSG_LEN(0)) / sizeof(int);
        for (size_t i = 0; i < count; i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(item) + i * sizeof(int), sizeof(int));
            if (fds->count < SOCK_FDS_MAX)
                fds->fds[fds->count++] = fd;
            else
                fd_close(&fd);
        }
        clean = clean && count <= SOCK_FDS_MAX;
    }
    return clean;
}

static void close_all(struct sock_fds *fds) {
    for (size_t i = 0; i < fds->count; i++)
        fd_close(&fds->fds[i]);
    fds->count = 0;
}

static bool set_int(int fd, int level, int option, int value) {
    return setsockopt(fd, level, option, &value, sizeof(value)) == 0;
}
