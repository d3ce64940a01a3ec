/* Opens a connection outward with a deadline and gives the stream of it. */
#ifndef SALLYPORT_IO_CONNECTOR_H
#define SALLYPORT_IO_CONNECTOR_H

#include "base/addr.h"
#include "io/loop.h"
#include "io/stream.h"

struct connector;

/* Called once, from the loop: `stream` is the connected stream (now the callee's), or NULL with the reason (REASON_BACKEND_CONNECT,
 * REASON_BACKEND_CONNECT_TIMEOUT, REASON_MEMORY). The connector is gone after it. */
typedef void connector_done(void *owner, struct stream *stream, enum reason reason);

/* Starts to connect to `addr`, for `timeout_ms` at most. NULL when it could not even start (then `done` is not called). */
[[nodiscard]] struct connector *connector_start(struct loop *loop, const struct addr *addr, int64_t timeout_ms, connector_done *done, void *owner);

/* Gives up: `done` will not be called. Sets the pointer to NULL. */
void connector_cancel(struct connector **connector);

#endif
