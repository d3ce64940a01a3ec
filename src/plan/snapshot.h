/* What the operator asked for, made ready to run: listeners, hosts, routes, backends. Built whole beside the running
 * one, immutable, counted, freed at once. The only view of the configuration that proxy has: it never sees config. */
#ifndef SALLYPORT_PLAN_SNAPSHOT_H
#define SALLYPORT_PLAN_SNAPSHOT_H

#include "base/error.h"
#include "base/reason.h"
#include "pki/chaincache.h"
#include "plan/plan.h"

struct snapshot;

/* The process-wide objects that a snapshot's parts refer to; they outlive it. now: seconds since 1970, when no
 * anchor may have expired; TRUST_AT_ANY_TIME for a bundle that was judged when it was compiled. bundle_fd: the
 * sealed file that the bundle lies in, where there is one: what is large (indexes of revoked certificates) stays
 * mapped from it; without it, the bundle's bytes have to outlive the snapshot. resolved: what names
 * of servers resolve to, or NULL: then none do. previous: the
 * snapshot in use, or NULL: TLS endpoints that did not change are taken over from it, which makes a reload cheap. */
struct snapshot_context {
    struct chaincache *cache;
    struct tls_tickets *tickets;
    struct upstream *upstream;
    const struct resolved *resolved;
    int64_t now;
    const int *bundle_fd;
    const struct snapshot *previous;
};

/* Builds a snapshot from a sealed bundle's bytes (plan/bundle), which are not needed afterwards (but see bundle_fd);
 * NULL and every error found, with its place. One reference is the caller's. */
[[nodiscard]] struct snapshot *snapshot_new(struct slice bundle, const struct snapshot_context *context,
                                            struct error_list *errors);

/* Its backends; borrowed. */
const struct backend *snapshot_backends(const struct snapshot *snapshot, size_t *count);

/* Gives the backends that name `host` the servers that it resolves to by now. False when memory was short. */
bool snapshot_renew(struct snapshot *snapshot, const char *host);

/* One more owner; one less, who gives up its pointer. The last one frees. */
struct snapshot *snapshot_ref(struct snapshot *snapshot);
void snapshot_unref(struct snapshot **snapshot);

/* What is in it; borrowed. */
const struct plan_listener *snapshot_listeners(const struct snapshot *snapshot, size_t *count);
const struct plan_limits *snapshot_limits(const struct snapshot *snapshot);
int64_t snapshot_drain_ms(const struct snapshot *snapshot);
int64_t snapshot_ticket_lifetime_s(const struct snapshot *snapshot);
bool snapshot_logs_access(const struct snapshot *snapshot);
size_t snapshot_endpoints_reused(const struct snapshot *snapshot);

/* The host of a name (lower case, without a trailing dot), among those that take every protocol: the exact name, then
 * the wildcard, then the listener's default. NULL when the listener refuses unknown names. Without a named
 * default_host, and if any host requires certificates, the default is the strictest. Hash look-ups: cost does not grow
 * with the hosts. */
const struct plan_host *snapshot_host(const struct plan_listener *listener, struct slice name);

/* The host that answers a ClientHello with this server name (empty: none was sent) and this list of protocols (as in a
 * checked hello; empty: none): one that takes a protocol that is offered, for the name or for any; else that of the
 * name; without a name, the one for that case. NULL when the listener refuses. */
const struct plan_host *snapshot_host_of_hello(const struct plan_listener *listener, struct slice server_name,
                                               struct slice offered);

/* True when the host depends on the protocols that a client offers. */
bool snapshot_asks_alpn(const struct plan_listener *listener);

/* Sets *route to the first route of the listener that matches host (as above) and path (the request's, with or without
 * query). NO_ROUTE: none does. PATH_AMBIGUOUS: a route has a path prefix, and backends may differ about what this path
 * means (plan/route says which are refused). */
enum reason snapshot_route(const struct plan_listener *listener, struct slice host, struct slice path,
                           const struct plan_route **route);

#endif
