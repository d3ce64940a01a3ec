/* What the operator asked for, made ready to run: listeners, hosts, routes, backends. Built whole beside the running
 * one, immutable, counted, freed at once. The only view of the
 * configuration that proxy has: it never sees config. */
#ifndef SALLYPORT_PLAN_SNAPSHOT_H
#define SALLYPORT_PLAN_SNAPSHOT_H

#include "base/addr.h"
#include "base/error.h"
#include "http/h1parse.h"
#include "pki/chaincache.h"
#include "tls/endpoint.h"
#include "upstream/backend.h"
#include "vouch/profiles.h"

struct snapshot;

/* Time limits of one listener, milliseconds; every wait has one. */
struct plan_timeouts {
    int64_t proxy_header_ms;
    int64_t client_hello_ms;
    int64_t handshake_ms;
    int64_t request_head_ms;
    int64_t body_idle_ms;
    int64_t idle_ms;
};

/* A TLS host of a listener: what a ClientHello's server name leads to. names: lower case, exact or "*.example.com".
 * policy_digest: hash over mode, trust and settings of the client authentication: a request whose Host leads to a
 * host with another digest gets 421. place: for records. */
struct plan_host {
    const char *const *names;
    size_t name_count;
    struct tls_endpoint *endpoint;
    enum tls_client_auth client_auth;
    uint8_t policy_digest[32];
    struct error_place place;
};

/* A route: host (NULL: any) and path prefix (NULL: any) to a backend and a way to tell it the identity.
 * strip_protected: an inbound protected field is dropped instead of refused. */
struct plan_route {
    const char *host;
    const char *path;
    struct backend *backend;
    struct vouch_profile_set profiles;
    bool strip_protected;
    struct error_place place;
};

/* hosts[0] is the listener's own (its names are empty): it answers names that no other host has when
 * `own_host_serves_unknown`. The routes are in the operator's order; the first that matches wins. */
struct plan_listener {
    const char *name;
    const struct addr *binds;
    size_t bind_count;
    const struct addr_net *proxy_networks;
    size_t proxy_network_count;
    struct plan_host *hosts;
    size_t host_count;
    struct plan_host *default_host;
    struct plan_route *routes;
    size_t route_count;
    struct plan_timeouts timeouts;
    struct h1parse_limits request_limits;
    uint64_t body_max_bytes;
    struct error_place place;
};

/* In each worker; 0 means no limit. */
struct plan_limits {
    unsigned connections;
    unsigned connections_per_address;
    unsigned handshakes;
};

/* The process-wide objects that a snapshot's parts refer to; they outlive it. */
struct snapshot_context {
    struct chaincache *cache;
    struct tls_tickets *tickets;
    struct upstream *upstream;
    int64_t now;
};

/* Builds a snapshot from a sealed bundle's bytes (plan/bundle); NULL and every error found, with its place. One
 * reference is the caller's. */
[[nodiscard]] struct snapshot *snapshot_new(struct slice bundle, const struct snapshot_context *context,
                                            struct error_list *errors);

/* One more owner; one less, who gives up its pointer. The last one frees. */
struct snapshot *snapshot_ref(struct snapshot *snapshot);
void snapshot_unref(struct snapshot **snapshot);

/* What is in it; borrowed. */
const struct plan_listener *snapshot_listeners(const struct snapshot *snapshot, size_t *count);
const struct plan_limits *snapshot_limits(const struct snapshot *snapshot);
int64_t snapshot_drain_ms(const struct snapshot *snapshot);
int64_t snapshot_ticket_lifetime_s(const struct snapshot *snapshot);
bool snapshot_logs_access(const struct snapshot *snapshot);

/* The host that answers a server name (lower case, without a trailing dot; empty: none was sent): the exact name,
 * then the wildcard, then the listener's default. NULL when the listener refuses unknown names. Without a named
 * default_host, and if any host requires certificates, the default is the strictest. Hash look-ups: cost does not
 * grow with the hosts. */
const struct plan_host *snapshot_host(const struct plan_listener *listener, struct slice server_name);

/* The first route of the listener that matches host (as above) and path (the request's, with or without query), or
 * NULL. The path is compared after the checks of
 * route_path: no dot segments, no encoded slashes may slip past a prefix. */
const struct plan_route *snapshot_route(const struct plan_listener *listener, struct slice host, struct slice path);

#endif
