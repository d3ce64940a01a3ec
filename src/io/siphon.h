/* A pipe between two sockets, through which the kernel moves bytes without copying them: where nobody looks at the
 * bytes, that costs less than half. One direction's; it holds what the second socket has not taken yet. */
#ifndef SALLYPORT_IO_SIPHON_H
#define SALLYPORT_IO_SIPHON_H

#include "io/stream.h"

/* in and out: the pipe's ends, -1 when it is closed. */
struct siphon {
    int in;
    int out;
    size_t held_bytes;
};

/* Starts closed. */
void siphon_init(struct siphon *siphon);

/* Closes the pipe, with what it holds. */
void siphon_fini(struct siphon *siphon);

/* Opens the pipe, of two descriptors. False when there are none: nothing else has changed. */
[[nodiscard]] bool siphon_open(struct siphon *siphon);

/* Whether it is open. */
static inline bool siphon_is_open(const struct siphon *siphon) {
    return siphon->in >= 0;
}

/* Whether bytes can be moved from or to this stream without a look at them: a socket, with nothing put back. */
bool siphon_fits(const struct stream *stream);

/* Takes in what the socket `from` has, as far as an empty pipe holds it; never `drained` but with STREAM_AGAIN. Only
 * while nothing is held. */
struct stream_result siphon_fill(struct siphon *siphon, struct stream *from);

/* Gives what is held to the socket `to`, as far as it takes it. Only while something is held. */
struct stream_result siphon_drain(struct siphon *siphon, struct stream *to);

#endif
