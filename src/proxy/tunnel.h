/* An admitted session whose bytes go to a server and back as they are: the bytes in TLS, all bytes of a listener
 * without TLS, or TLS itself, passed through. */
#ifndef SALLYPORT_PROXY_TUNNEL_H
#define SALLYPORT_PROXY_TUNNEL_H

#include "proxy/session.h"

/* Connects to a server of the host's backend, to another when that fails, and carries bytes both ways until both sides
 * have ended. The session ends with it. */
void tunnel_start(struct session *session);

/* Ends the tunnel and its session at once. */
void tunnel_close(struct session *session, enum reason reason);

/* The gateway shuts down: a tunnel that has no server yet ends, another one may go on. */
void tunnel_drain(struct session *session);

/* The session could not go over to the newest snapshot: the tunnel has the time of a drain. */
void tunnel_sweep(struct session *session);

/* The deadline of the session ran out: it is judged again, as certificates expire and times of rules end, and goes on
 * if it may. */
void tunnel_expired(struct session *session);

#endif
