/* One question to OCSP responders about one certificate: each is asked in turn, until one gives a usable answer. How it
 * ends is noted in the certificate's entry. */
#ifndef SALLYPORT_PROXY_OCSPASK_H
#define SALLYPORT_PROXY_OCSPASK_H

#include "ipc/counters.h"
#include "plan/snapshot.h"
#include "proxy/asks.h"
#include "proxy/ocspcache.h"

/* Whom it is about: the certificate at `depth` of a client's path, at a host of the snapshot. All of it is borrowed. */
struct ocspask_subject {
    struct snapshot *snapshot;
    const struct plan_host *host;
    const struct verified_peer *peer;
    size_t depth;
};

/* Questions of one worker that are under way; the others wait for their turn, as long as for one responder. Few enough
 * for the fetcher to take those of many workers to one host, more than it has connections there. */
enum { OCSPASK_OPEN_MAX = 64 };

/* What questions need, and who is told when one has ended (from the loop, never by ocspask_start). open and waiting are
 * ocspask's own: how many are under way, and those that wait. */
struct ocspask_context {
    unsigned open;
    struct list waiting;
    struct loop *loop;
    struct asks *asks;
    struct counters *counters;
    void (*ended)(void *owner, struct ocspcache_entry *entry);
    void *owner;
};

/* Begins to ask. When nobody can be asked, that is noted as a failure at once. `context` outlives the question. */
void ocspask_start(struct ocspask_context *context, struct ocspcache_entry *entry,
                   const struct ocspask_subject *subject);

/* Forgets the entry's question, if there is one; nobody is told. */
void ocspask_cancel(struct ocspcache_entry *entry);

/* The longest that a question about one certificate takes under these rules, milliseconds. */
int64_t ocspask_limit_ms(const struct plan_ocsp *rules);

#endif
