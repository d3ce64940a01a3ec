/* The stream at the bottom: a connected TCP or Unix socket. */
#ifndef SALLYPORT_IO_TCP_H
#define SALLYPORT_IO_TCP_H

#include "io/loop.h"
#include "io/stream.h"

/* Takes the connected, non-blocking `fd` (closed with the stream, also on failure) into the loop; NULL when memory or descriptors are short. */
[[nodiscard]] struct stream *tcp_new(struct loop *loop, int fd);

/* Puts bytes that were read from the socket before (a peeked ClientHello, what followed a PROXY header) in front of what is read next. At most
 * TCP_UNREAD_MAX bytes; false when there is no memory. */
enum { TCP_UNREAD_MAX = 65536 };
[[nodiscard]] bool tcp_unread(struct stream *stream, struct slice bytes);

#endif
