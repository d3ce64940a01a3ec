/* Who has to go when there is no room for those who come: first connections that are idle, the longest idle first, then
 * those that are slowest to come in. Who is in such a state for a moment only is spared, so that a flood pushes nobody
 * out who is at work, or on its way. */
#ifndef SALLYPORT_PROXY_RELIEF_H
#define SALLYPORT_PROXY_RELIEF_H

#include "proxy/session.h"

/* Ends up to `count` sessions, each with a record; says how many. */
size_t relief_make(struct session_room *room, size_t count);

/* Ends the session that is longest on its way to its handshake's end. False when all are spared. */
bool relief_of_arriving(struct session_room *room);

#endif
