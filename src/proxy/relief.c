/* The heads of the phases' lists are the longest in them. */
#include "proxy/relief.h"

#include "proxy/account.h"
#include "proxy/admit.h"
#include "proxy/web.h"

/* IDLE: a client that asks again and again is idle for less. ARRIVING: most honest handshakes are over by then; the
 * longer they are spared, the longer a flood keeps those away who come after it. */
enum { RELIEF_IDLE_SPARED_MS = 1000, RELIEF_ARRIVING_SPARED_MS = 200 };

/* The session that is longest in this phase, unless that is not long. */
static struct session *relief_longest(struct session_room *room, enum session_phase phase, int64_t spared_ms) {
    struct list *first = list_first(&room->phases[phase]);
    struct session *session = first ? list_entry(first, struct session, link) : NULL;
    return session && loop_now_ms(room->loop) - session->entered_ms >= spared_ms ? session : NULL;
}

static bool relief_of_idle(struct session_room *room) {
    struct session *session = relief_longest(room, SESSION_IDLE, RELIEF_IDLE_SPARED_MS);
    if (!session)
        return false;
    account_session_ended(session, REASON_IDLE_CLOSED_EARLY);
    web_end_idle(session);
    return true;
}

bool relief_of_arriving(struct session_room *room) {
    static const enum session_phase phases[] = {SESSION_PROXY, SESSION_HELLO, SESSION_HANDSHAKE};
    struct session *longest = NULL;
    for (size_t i = 0; i < sizeof phases / sizeof phases[0]; i++) {
        struct session *session = relief_longest(room, phases[i], RELIEF_ARRIVING_SPARED_MS);
        if (session && (!longest || session->entered_ms < longest->entered_ms))
            longest = session;
    }
    if (longest)
        admit_refuse(longest, REASON_HANDSHAKE_GIVEN_UP);
    return longest;
}

size_t relief_make(struct session_room *room, size_t count) {
    size_t made = 0;
    while (made < count && (relief_of_idle(room) || relief_of_arriving(room)))
        made++;
    return made;
}
