/* The worker's listening sockets: those of its own slot, and those that were lent to it. Accepts and hands over; what a
 * connection is, is the gate's business. */
#ifndef SALLYPORT_BIN_ACCEPTOR_H
#define SALLYPORT_BIN_ACCEPTOR_H

#include "base/addr.h"
#include "io/loop.h"

struct acceptor;

/* Called for each accepted connection, which is the callee's. `listener` is borrowed. */
typedef void acceptor_take(void *owner, const char *listener, int fd, const struct addr *peer);

/* Called when the kernel accepts nothing for want of descriptors or memory: `cause` is its errno. Has to pause, or it
 * will be called again without end. */
typedef void acceptor_short(void *owner, int cause);

/* Makes an acceptor without sockets; NULL when memory is short. All of it outlives the acceptor. */
[[nodiscard]] struct acceptor *acceptor_new(struct loop *loop, acceptor_take *take, acceptor_short *is_short,
                                            void *owner);

/* Closes all sockets and frees the acceptor. */
void acceptor_free(struct acceptor **acceptor);

/* Takes a listening socket, on which nothing is accepted yet. False (and fd closed) when there is no room, or the
 * number is there already. */
[[nodiscard]] bool acceptor_add(struct acceptor *acceptor, uint32_t number, int fd);

/* Accepts on a socket from now on, for this listener (the name is copied). False when there is no such socket or epoll
 * refuses. */
[[nodiscard]] bool acceptor_listen(struct acceptor *acceptor, uint32_t number, const char *listener);

/* Accepts nothing while it is paused: what comes waits in the kernel's queues. May be called from within `take`. */
void acceptor_pause(struct acceptor *acceptor, bool is_paused);

/* Closes a socket without taking what waits in it: somebody else holds it, too. Unknown numbers are ignored. */
void acceptor_drop(struct acceptor *acceptor, uint32_t number);

/* Closes the sockets on which we do not accept yet: what they came for was called off. */
void acceptor_drop_idle(struct acceptor *acceptor);

/* Closes every socket that `keep` does not name, after taking what waits in those on which we accept. */
void acceptor_keep(struct acceptor *acceptor, const uint32_t *keep, size_t count);

#endif
