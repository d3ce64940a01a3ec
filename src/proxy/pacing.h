/* The deadline within the bodies of an exchange: of the side that has to move next, and for the client only as long as
 * its pace is good enough (policy/limitpace). */
#ifndef SALLYPORT_PROXY_PACING_H
#define SALLYPORT_PROXY_PACING_H

#include "proxy/exchange_state.h"

/* Takes the rules of the exchange's listener. Messages of gRPC and WebSocket come when there is something to say:
 * nobody is slow there, and only the idle time counts. */
void pacing_begin(struct exchange *exchange, const struct http_message *head);

/* Puts the deadline off to `wait_ms` from now, but not beyond the end of timeouts.total. */
void pacing_wait(struct exchange *exchange, int64_t wait_ms);

/* From now on it is this side's turn: sets the deadline. */
void pacing_turn(struct exchange *exchange, bool is_clients_turn);

/* Some of a body was carried (or nothing), and who has to move next is said again: puts the deadline off when something
 * moved or the turn changed. */
void pacing_carried(struct exchange *exchange, size_t bytes, bool is_clients_turn);

/* When the deadline is over in the client's turn: true when it was too slow, false when it stood still. */
bool pacing_is_too_slow(const struct exchange *exchange);

#endif
