/* Opens a connection outward with a deadline and gives the stream of it. */
#ifndef SALLYPORT_IO_CONNECTOR_H
#define SALLYPORT_IO_CONNECTOR_H

#include "base/addr.h"
#include "io/loop.h"
#include "io/stream.h"

struct connector;

/* Called once, from the loop: `stream` is the connected stream (now the callee's, owned by nobody yet) with
 * REASON_NONE, or NULL with REASON_BACKEND_CONNECT or REASON_BACKEND_CONNECT_TIMEOUT. The connector is gone when it
 * is called. */
typedef void connector_done(void *owner, struct stream *stream, enum reason reason);

/* Starts to connect to `addr`, for `timeout_ms` at most. NULL when it could not even start for want of memory or
 * descriptors (then `done` is not called). */
[[nodiscard]] struct connector *connector_start(struct loop *loop, const struct addr *addr, int64_t timeout_ms,
                                                connector_done *done, void *owner);

/* Gives up: `done` will not be called. Sets the pointer to NULL. */
void connector_cancel(struct connector **connector);

#endif
