/* What is known of one tunnel: written by proxy/tunnel, read by proxy/account. */
#ifndef SALLYPORT_PROXY_TUNNEL_STATE_H
#define SALLYPORT_PROXY_TUNNEL_STATE_H

#include "io/pump.h"
#include "proxy/session.h"
#include "upstream/dial.h"

/* Owner of the attempt to connect, then of the pump, and of the references to snapshot and server. The snapshot is the
 * one that the tunnel began under: its backend goes on to be this one. is_draining: it may go on until the session's
 * deadline only. */
struct tunnel {
    struct session *session;
    struct snapshot *snapshot;
    struct backend *backend;
    struct server *server;
    struct dial *dial;
    struct pump *pump;
    struct loop_task bury;
    int64_t began_us;
    unsigned attempts;
    bool is_draining;
};

#endif
