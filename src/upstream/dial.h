/* The only way out to a server: connects as its backend says and gives the stream of it. */
#ifndef SALLYPORT_UPSTREAM_DIAL_H
#define SALLYPORT_UPSTREAM_DIAL_H

#include "io/loop.h"
#include "io/stream.h"
#include "upstream/backend.h"

/* What of a client goes into a connection itself: then nobody else may use that connection. source: the client;
 * destination: where it connected to, family AF_UNSPEC when that is not known. */
struct dial_scope {
    struct addr_ip source;
    struct addr_ip destination;
};

/* What is known of an attempt. alpn: the application protocol that was agreed on, empty for none; resumed: the TLS
 * session was. Borrowed during the call. */
struct dial_facts {
    struct slice alpn;
    bool resumed;
};

/* Called once, from the loop: the stream (now the callee's, owned by nobody yet) with REASON_NONE, or NULL and the
 * reason. The attempt is gone when it is called. */
typedef void dial_done(void *owner, struct stream *stream, const struct dial_facts *facts, enum reason reason);

struct dial;

/* Starts to connect to `server`, for the backend's connect timeout at most, whatever has to be done until bytes can
 * flow. `scope` (NULL: none) is only read now; `backend` outlives the attempt. NULL when it could not even start
 * for want of memory or descriptors (then `done` is not called). */
[[nodiscard]] struct dial *dial_start(struct loop *loop, const struct backend *backend, struct server *server,
                                      const struct dial_scope *scope, dial_done *done, void *owner);

/* Gives an attempt up: `done` will not be called. Sets the pointer to NULL; NULL is fine. */
void dial_cancel(struct dial **dial);

#endif
