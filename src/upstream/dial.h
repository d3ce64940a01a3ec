/* The only way out to a server: connects as its backend says and gives the stream of it. */
#ifndef SALLYPORT_UPSTREAM_DIAL_H
#define SALLYPORT_UPSTREAM_DIAL_H

#include "base/arena.h"
#include "io/loop.h"
#include "io/stream.h"
#include "upstream/proxyhead.h"

/* What is known of an attempt, borrowed during the call. alpn: the application protocol that was agreed on, empty
 * for none; peer: the proof of the server, NULL without TLS; resumed: the TLS session was. After a failure of TLS:
 * detail: in more words, or NULL; alert: that the server sent, or 0; verdict: what was wrong with its certificates,
 * or NULL. */
struct dial_facts {
    struct slice alpn;
    struct verified_peer *peer;
    bool resumed;
    const char *detail;
    uint8_t alert;
    const struct verify_verdict *verdict;
};

/* A copy in `arena` that outlives the call; NULL when memory is short, or when there is nothing to be kept. Without the
 * protocol. */
const struct dial_facts *dial_keep_facts(const struct dial_facts *facts, struct arena *arena);

/* Called once, from the loop: the stream (now the callee's, owned by nobody yet) with REASON_NONE, or NULL and the
 * reason. The attempt is gone when it is called. */
typedef void dial_done(void *owner, struct stream *stream, const struct dial_facts *facts, enum reason reason);

struct dial;

/* Starts to connect to `server`, for the backend's connect timeout at most, whatever has to be done until bytes can
 * flow: a PROXY header about `scope` and TLS, where the backend has them, the server's certificate verified. `scope`
 * (NULL: none) is only read now; `backend` outlives the attempt. NULL when it could not even start for want of
 * memory or descriptors (then `done` is not called). */
[[nodiscard]] struct dial *dial_start(struct loop *loop, const struct backend *backend, struct server *server,
                                      const struct dial_scope *scope, dial_done *done, void *owner);

/* Whether a server that was dialled by `backend` is still good at `now` (seconds since 1970): NONE, or why not. It was
 * then, but certificates expire, and lists change. `peer`: of the facts. */
enum reason dial_check(const struct backend *backend, const struct verified_peer *peer, int64_t now);

/* Gives an attempt up: `done` will not be called. Sets the pointer to NULL; NULL is fine. */
void dial_cancel(struct dial **dial);

#endif
