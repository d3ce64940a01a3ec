/* Records for people: one access line per request or tunnel, one refusal record per refused connection or request.
 * Written straight into the event ring: no system call, no allocation. */
#ifndef SALLYPORT_PROXY_ACCOUNT_H
#define SALLYPORT_PROXY_ACCOUNT_H

#include "proxy/exchange_state.h"
#include "proxy/session.h"
#include "proxy/tunnel_state.h"

/* A connection that was refused before it became a session: limits and memory. */
void account_connection_refused(struct session_room *room, const struct plan_listener *listener,
                                const struct addr_ip *client, enum reason reason);

/* Accepting pauses: what is short, in the reason; how much of it there is, in the detail. Counts it. */
void account_accept_paused(struct session_room *room, enum reason reason, const char *detail);

/* A session that ends before it was admitted. Counts it. */
void account_handshake_refused(struct session *session, enum reason reason);

/* A request that could not even be read, or never came: there is no exchange. Counts it. */
void account_request_unread(struct session *session, enum reason reason);

/* An admitted session that has to end because of its client. Counts it. */
void account_session_ended(struct session *session, enum reason reason);

/* A connection for which no server could be reached: the refusal record. facts: what is known of the last attempt, or
 * NULL. Counts it. */
void account_tunnel_refused(const struct tunnel *tunnel, enum reason reason, const struct dial_facts *facts);

/* The end of a tunnel: bytes, time and whose end it was, in the access log. Counts the bytes. */
void account_tunnel(const struct tunnel *tunnel, enum reason reason, const struct pump_count *count);

/* A client with a certificate of a judged chain that was let in (under report_only: of any), or whose request showed
 * a reason that only records: for the table of identities that the control process keeps. Goes to no log. */
void account_seen(const struct session *session, enum reason would_refuse);

/* The end of an exchange: counters, the access line, and the refusal record when it was refused. */
void account_exchange(const struct exchange *exchange);

#endif
