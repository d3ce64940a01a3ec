/* The heads of the phases' lists are the longest in them. */
#include "proxy/relief.h"

#include "proxy/account.h"
#include "proxy/admit.h"
#include "proxy/web.h"

/* A client that asks again and again is idle for less than this, and an honest handshake is over by then. */
enum { RELIEF_SPARED_MS = 1000 };

/* The session that is longest in this phase, unless that is not long. */
static struct session *relief_longest(struct session_room *room, enum session_phase phase) {
    struct list *first = list_first(&room->phases[phase]);
    struct session *session = first ? list_entry(first, struct session, link) : NULL;
    return session && loop_now_ms(room->loop) - session->entered_ms >= RELIEF_SPARED_MS ? session : NULL;
}

static bool relief_of_idle(struct session_room *room) {
    struct session *session = relief_longest(room, SESSION_IDLE);
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
        struct session *session = relief_longest(room, phases[i]);
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
