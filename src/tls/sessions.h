/* TLS sessions with servers, kept to be resumed: a few for each server, each with the proof of the server's chain, so
 * that it can be judged again. Bounded; the servers that were dialled least recently go first. */
#ifndef SALLYPORT_TLS_SESSIONS_H
#define SALLYPORT_TLS_SESSIONS_H

#include "pki/peer.h"

struct ssl_session_st;
struct sessions;

/* Of one server: as many as connections that begin at a time, which is what TLS 1.3 needs one each for. LIFETIME: how
 * long after the full handshake, which proved that the server has its key. */
enum { SESSIONS_PER_SERVER_MAX = 4, SESSIONS_SERVERS_MAX = 1024, SESSIONS_LIFETIME_S = 3600 };

/* One session; until: the last second (since 1970) at which it is used. Owns both references. */
struct sessions_item {
    struct ssl_session_st *session;
    struct verified_peer *peer;
    int64_t until;
};

/* An empty set; NULL when memory is short. */
[[nodiscard]] struct sessions *sessions_new(void);
void sessions_free(struct sessions **sessions);

/* Keeps a session with `server` (any bytes that name it), taking over both references; of too many, the oldest goes. */
void sessions_put(struct sessions *sessions, struct slice server, struct sessions_item item);

/* Takes the newest session with `server` that may be used at `now` out; false when there is none. The references are
 * the caller's. */
[[nodiscard]] bool sessions_take(struct sessions *sessions, struct slice server, int64_t now,
                                 struct sessions_item *item);

/* Lets go of both references. */
void sessions_drop(struct sessions_item *item);

#endif
