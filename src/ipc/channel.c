/* Channels over os/sock's message sockets. A message is its number in 16 bits and then its values. */
#include "ipc/channel.h"

#include "base/bug.h"
#include "base/text.h"
#include "os/fd.h"
#include "os/sock.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/socket.h>

/* QUEUE_BYTES: room for all sockets of a worker (OUTLINE_LISTENS_MAX small messages) that has just been started and
 * does not read yet; the kernel gives as much of it as it allows. */
enum { HEAD_BYTES = 2, FRAME_BYTES = HEAD_BYTES + CATALOG_BYTES_MAX, QUEUE_BYTES = 1 << 20 };

/* The two frames make it large, but memory that no message ever reached is never touched. */
struct channel {
    int fd;
    enum catalog_role self;
    enum catalog_role peer;
    enum catalog_message sending;
    struct wire_out out;
    struct sock_fds received;
    const char *fault;
    size_t in_len;
    uint8_t out_frame[FRAME_BYTES];
    uint8_t in_frame[FRAME_BYTES];
};

static enum channel_status check(struct channel *channel, size_t len, struct channel_message *message);
static enum channel_status broken(struct channel *channel, const char *fault);
static void drop_fds(struct sock_fds *received);

bool channel_pair(int fds[2]) {
    return sock_pair(fds);
}

struct channel *channel_new(int fd, enum catalog_role self, enum catalog_role peer) {
    struct channel *channel = calloc(1, sizeof(*channel));
    if (!channel) {
        fd_close(&fd);
        return NULL;
    }
    channel->fd = fd;
    channel->self = self;
    channel->peer = peer;
    int queue = QUEUE_BYTES;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &queue, sizeof(queue));
    return channel;
}

void channel_free(struct channel **channel) {
    if (!*channel)
        return;
    drop_fds(&(*channel)->received);
    fd_close(&(*channel)->fd);
    free(*channel);
    *channel = NULL;
}

int channel_fd(const struct channel *channel) {
    return channel->fd;
}

struct wire_out *channel_begin(struct channel *channel, enum catalog_message type) {
    const struct catalog_row *row = catalog_row(type);
    bug_on(row->from != channel->self || row->to != channel->peer);
    channel->sending = type;
    wire_out_init(&channel->out, channel->out_frame, HEAD_BYTES + row->bytes);
    wire_put_u16(&channel->out, (uint16_t)type);
    return &channel->out;
}

bool channel_send(struct channel *channel, const int *fds) {
    struct slice frame = wire_out_view(&channel->out);
    return frame.data && sock_send(channel->fd, frame, fds, catalog_row(channel->sending)->fds);
}

void channel_wipe_sent(struct channel *channel) {
    text_wipe(channel->out_frame, channel->out.len);
}

void channel_wipe_received(struct channel *channel) {
    text_wipe(channel->in_frame, channel->in_len);
}

enum channel_status channel_receive(struct channel *channel, struct channel_message *message) {
    drop_fds(&channel->received);
    ssize_t len = sock_receive(channel->fd, channel->in_frame, sizeof(channel->in_frame), &channel->received);
    channel->in_len = len > 0 ? (size_t)len : 0;
    if (len > 0)
        return check(channel, (size_t)len, message);
    if (len == 0 || errno == ECONNRESET)
        return CHANNEL_CLOSED;
    if (errno == EAGAIN || errno == EINTR)
        return CHANNEL_EMPTY;
    return broken(channel, "sent what cannot be received");
}

int channel_take_fd(struct channel *channel, size_t index) {
    bug_on(index >= channel->received.count || channel->received.fds[index] < 0);
    int fd = channel->received.fds[index];
    channel->received.fds[index] = -1;
    return fd;
}

const char *channel_fault(const struct channel *channel) {
    return channel->fault;
}

/* The row of the message decides; nothing of its values is looked at here. */
static enum channel_status check(struct channel *channel, size_t len, struct channel_message *message) {
    wire_in_init(&message->in, slice_of(channel->in_frame, len));
    uint16_t number = wire_get_u16(&message->in);
    if (message->in.bad || number >= CATALOG_COUNT)
        return broken(channel, "sent an unknown message");
    message->type = (enum catalog_message)number;
    const struct catalog_row *row = catalog_row(message->type);
    if (row->from != channel->peer || row->to != channel->self)
        return broken(channel, "sent a message that is not its own to send");
    if (message->in.rest.len > row->bytes)
        return broken(channel, "sent a message larger than allowed");
    if (channel->received.count != row->fds)
        return broken(channel, "sent a message with a wrong number of descriptors");
    return CHANNEL_MESSAGE;
}

static enum channel_status broken(struct channel *channel, const char *fault) {
    channel->fault = fault;
    return CHANNEL_BROKEN;
}

static void drop_fds(struct sock_fds *received) {
    for (size_t i = 0; i < received->count; i++)
        fd_close(&received->fds[i]);
    received->count = 0;
}
