/* An admitted session that speaks HTTP: from request to request, until it ends. */
#ifndef SALLYPORT_PROXY_WEB_H
#define SALLYPORT_PROXY_WEB_H

#include "proxy/session.h"

/* Puts HTTP on the session's stream. */
void web_start(struct session *session);

/* Takes no further request: ends at once when idle, after the answer when busy. */
void web_drain(struct session *session);

/* The session's client is let in no more. It takes no further request, and what is in progress has the time of a
 * drain. */
void web_sweep(struct session *session);

/* Ends a session that is in phase IDLE, in order. */
void web_end_idle(struct session *session);

/* Ends what has gone on in WebSocket: it cannot be told anything, and has no end of its own. */
void web_end_upgraded(struct session *session, enum reason reason);

/* Ends the session and what it is doing. */
void web_close(struct session *session, enum reason reason);

/* The deadline of an admitted phase ran out. */
void web_expired(struct session *session);

#endif
