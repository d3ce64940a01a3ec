/* The way from accept to an admitted client: PROXY header, ClientHello, host, handshake, verdict. What fails is refused
 * with a record. */
#ifndef SALLYPORT_PROXY_ADMIT_H
#define SALLYPORT_PROXY_ADMIT_H

#include "proxy/session.h"

/* Starts on a new session; when all checks are passed, the room's `admitted` is called from the loop. */
void admit_start(struct session *session);

/* Goes on with a session whose handshake is done: lets it in, refuses it, or lets it wait for an OCSP responder. Called
 * again when there are news from that. */
void admit_go_on(struct session *session);

/* Ends a session that is not admitted: record, counter, alert (where the TLS stream has not sent one), close. */
void admit_refuse(struct session *session, enum reason reason);

#endif
