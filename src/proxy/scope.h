/* What servers may be told of a session's client by a connection itself, and the connections that tell it. */
#ifndef SALLYPORT_PROXY_SCOPE_H
#define SALLYPORT_PROXY_SCOPE_H

#include "proxy/session.h"
#include "upstream/pool.h"

/* What is known of the client of an admitted session; borrowed from the session. */
struct dial_scope scope_tell(const struct session *session);

/* The connections to servers that are this session's alone, made at first need; NULL when memory is short. They end
 * with the session. */
struct pool_scope *scope_of(struct session *session);

#endif
