/* The stream at the bottom: a connected TCP or Unix socket. */
#ifndef SALLYPORT_IO_TCP_H
#define SALLYPORT_IO_TCP_H

#include "io/loop.h"
#include "io/stream.h"

/* Takes the connected, non-blocking `fd` (closed with the stream, also on failure) into the loop; NULL when memory
 * or descriptors are short. */
[[nodiscard]] struct stream *tcp_new(struct loop *loop, int fd);

enum { TCP_UNREAD_MAX = 131072 };

/* Puts bytes that were read from the socket before (a peeked ClientHello, what followed a PROXY header) in front of
 * what is read next. They make no on_ready: the next owner reads by itself. At most TCP_UNREAD_MAX bytes in all: the
 * longest ClientHello in its worst records, and what came with it. False when that is exceeded or there is no
 * memory. */
[[nodiscard]] bool tcp_unread(struct stream *stream, struct slice bytes);

/* Says that the socket still connects: the first room to write (or the failure) is told to the owner though no write
 * was refused. */
void tcp_expect_connect(struct stream *stream);

/* Whether bytes can go from or to this stream by the kernel alone: it is a socket stream, and nothing was put back. */
bool tcp_can_splice(const struct stream *stream);

/* As stream_read and stream_write, but from the socket into the pipe `to`, and to the socket from the pipe `from`: the
 * kernel moves the bytes. A read is `drained` only with STREAM_AGAIN, and the pipe has to be empty before; a write that
 * moved less than `bytes` has to be tried again, until it says STREAM_AGAIN. */
struct stream_result tcp_splice_from(struct stream *stream, int to, size_t most);
struct stream_result tcp_splice_to(struct stream *stream, int from, size_t bytes);

#endif
