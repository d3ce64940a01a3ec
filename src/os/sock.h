/* Sockets: listening, connecting, accepting, who the peer is, passing descriptors. Every socket made here is closed
 * on exec and non-blocking. Functions that return a descriptor return -1 on failure with errno set, and those with a
 * struct error explain there. */
#ifndef SALLYPORT_OS_SOCK_H
#define SALLYPORT_OS_SOCK_H

#include "base/addr.h"
#include "base/error.h"

#include <sys/types.h>

/* SOCK_FDS_MAX: what one message of our processes carries at most (a set of listening sockets is sent in several). */
enum { SOCK_FDS_MAX = 16 };

/* mode and group are for Unix paths only; group (gid_t)-1 leaves the owner's. reuse_port is for TCP only. */
struct sock_listen {
    int backlog;
    bool reuse_port;
    mode_t mode;
    gid_t group;
};

/* Descriptors that came with a message; the receiver owns them. */
struct sock_fds {
    int fds[SOCK_FDS_MAX];
    size_t count;
};

/* The process at the other end of a Unix socket, as it was when it connected. */
struct sock_peer {
    pid_t pid;
    uid_t uid;
    gid_t gid;
};

/* Opens a listening stream socket. IPv6 takes no IPv4. A Unix path left over by a dead process is replaced; one on
 * which somebody still listens, or which is not a socket, is an error. */
[[nodiscard]] int sock_listen(const struct addr *addr, const struct sock_listen *options, struct error *error);

/* True when somebody listens on this TCP address already. With reuse_port the kernel would not say so: both would get a
 * part of the connections. */
bool sock_is_taken(const struct addr *addr);

/* Accepts one connection and gives its peer's address (`peer` may be NULL). */
[[nodiscard]] int sock_accept(int listener, struct addr *peer);

/* Starts to connect a stream socket; it is writable when that has ended: ask sock_error then. */
[[nodiscard]] int sock_connect(const struct addr *addr);

/* The pending error of a socket as an errno value, 0 for none; clears it. */
int sock_error(int fd);

/* The address that the socket is bound to; false when there is none. */
[[nodiscard]] bool sock_local_addr(int fd, struct addr *addr);

/* Two connected sockets that keep message bounds (SOCK_SEQPACKET). */
[[nodiscard]] bool sock_pair(int fds[2]);

/* Sends one message, not empty, with `count` descriptors (0 to SOCK_FDS_MAX), which stay the caller's: all of it or
 * nothing. */
[[nodiscard]] bool sock_send(int fd, struct slice message, const int *fds, size_t count);

/* Receives one message of at most `room` bytes and its descriptors (close-on-exec). Returns its length, 0 when the
 * peer has closed, -1 with
 * errno: EMSGSIZE when it is longer than `room`, EBADMSG when it has more descriptors than fit or other control
 * data. Nothing leaks then. */
[[nodiscard]] ssize_t sock_receive(int fd, void *to, size_t room, struct sock_fds *fds);

/* Who is at the other end of a connected Unix socket. */
[[nodiscard]] bool sock_peer(int fd, struct sock_peer *peer);

/* True when the peer of a Unix socket has `group` as its own or a supplementary group. False on any doubt. */
[[nodiscard]] bool sock_peer_in_group(int fd, gid_t group);

/* Looks a group's number up by name; false when there is none. Reads system files: call it before the sandbox is
 * entered. */
[[nodiscard]] bool sock_find_group(const char *name, gid_t *group);

/* TCP options. They are advice: failure (a Unix socket, an old kernel) is ignored. */
void sock_set_nodelay(int fd);
void sock_set_quickack(int fd);
void sock_set_user_timeout(int fd, unsigned timeout_ms);

#endif
