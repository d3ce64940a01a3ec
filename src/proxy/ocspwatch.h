/* What a connection has to do with OCSP: at its admission the certificates of its client are asked about, and as
 * long as it lives it hears of each new answer. One question serves all connections that wait for it. */
#ifndef SALLYPORT_PROXY_OCSPWATCH_H
#define SALLYPORT_PROXY_OCSPWATCH_H

#include "proxy/ocspask.h"

struct ocspwatch;

/* What is asked of whoever watches (`owner` of ocspwatch_new). about: whom it is about; the depth is filled in here.
 * changed: there are news, so that the judge might decide otherwise now; it may end its watch. */
struct ocspwatch_events {
    struct ocspask_subject (*about)(void *owner);
    void (*changed)(void *owner);
};

/* One worker's: the cache, and the way to the responders. */
struct ocspwatch_desk {
    struct ocspcache *cache;
    struct ocspask_context asking;
    struct ocspwatch_events events;
};

/* Makes a desk with an empty cache; false when memory is short. What it is given outlives it. */
[[nodiscard]] bool ocspwatch_open(struct ocspwatch_desk *desk, struct loop *loop, struct asks *asks,
                                  struct counters *counters, struct ocspwatch_events events, uint64_t seed);

/* Forgets all questions and answers. Nobody may watch any more. */
void ocspwatch_close(struct ocspwatch_desk *desk);

/* Begins to watch the certificates of `peer` that the rules are about; NULL when there is no room. */
[[nodiscard]] struct ocspwatch *ocspwatch_new(struct ocspwatch_desk *desk, const struct plan_ocsp *rules,
                                              const struct verified_peer *peer, void *owner);
void ocspwatch_free(struct ocspwatch **watch);

/* Asks about those for which it is time, unless somebody else has asked already. */
void ocspwatch_ask(struct ocspwatch *watch);

#endif
