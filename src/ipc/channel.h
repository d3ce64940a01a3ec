/* A channel: the supervisor's line to one child, messages of ipc/catalog in both directions, with descriptors. Never
 * waits. Not for more than two processes: each child has its own. */
#ifndef SALLYPORT_IPC_CHANNEL_H
#define SALLYPORT_IPC_CHANNEL_H

#include "ipc/catalog.h"
#include "ipc/wire.h"

struct channel;

/* MESSAGE: one was read. EMPTY: none is there now. CLOSED: the peer is gone. BROKEN: the peer sent something outside
 * of its row (channel_fault says what); nothing more must be read from it. */
enum channel_status { CHANNEL_MESSAGE, CHANNEL_EMPTY, CHANNEL_CLOSED, CHANNEL_BROKEN };

/* A message that came; `in` is borrowed from the channel until the next channel_receive. */
struct channel_message {
    enum catalog_message type;
    struct wire_in in;
};

/* The number that a child's end of its channel has. */
enum { CHANNEL_CHILD_FD = 3 };

/* Makes two connected ends; each is given to channel_new, here or in a child. False with errno on failure. */
[[nodiscard]] bool channel_pair(int fds[2]);

/* Makes the end of a channel that `self` has towards `peer`. `fd` becomes the channel's; NULL (and fd closed) when
 * memory is short. */
[[nodiscard]] struct channel *channel_new(int fd, enum catalog_role self, enum catalog_role peer);

/* Closes the channel. */
void channel_free(struct channel **channel);

/* For waiting until it is readable. */
int channel_fd(const struct channel *channel);

/* Begins a message; write its values with wire_put, then send it. One at a time. A message that this end may not send
 * is a bug. */
struct wire_out *channel_begin(struct channel *channel, enum catalog_message type);

/* Sends the begun message with `fds` (as many as its row says, still the caller's). False when it is too large, the
 * peer does not read (its buffer is full) or is gone: end the peer then. */
[[nodiscard]] bool channel_send(struct channel *channel, const int *fds);

/* Overwrites what the last message that was sent (received) held: it was a secret. Nothing of a received one may be
 * read afterwards. */
void channel_wipe_sent(struct channel *channel);
void channel_wipe_received(struct channel *channel);

/* Reads the next message. Descriptors that were not taken from the last one are closed. */
[[nodiscard]] enum channel_status channel_receive(struct channel *channel, struct channel_message *message);

/* Takes a descriptor of the message that was read last: it is the caller's now. Each can be taken once; the row says
 * how many there are. */
int channel_take_fd(struct channel *channel, size_t index);

/* After BROKEN: what the peer did, for the log. */
const char *channel_fault(const struct channel *channel);

#endif
