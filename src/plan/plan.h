/* The parts of a snapshot, as proxy sees them. Immutable once built; everything in them belongs to the snapshot. */
#ifndef SALLYPORT_PLAN_PLAN_H
#define SALLYPORT_PLAN_PLAN_H

#include "base/addr.h"
#include "base/error.h"
#include "http/h1parse.h"
#include "http/h2limits.h"
#include "pki/ocsp.h"
#include "pki/ocspsubject.h"
#include "pki/revocation.h"
#include "policy/limit.h"
#include "policy/limitpace.h"
#include "policy/limitwho.h"
#include "policy/passwordbind.h"
#include "policy/passwordfile.h"
#include "policy/ruleset.h"
#include "tls/endpoint.h"
#include "upstream/backend.h"
#include "vouch/profiles.h"

struct alpnindex;
struct nameindex;
struct route_table;

/* Time limits of one listener, milliseconds; every wait has one. */
struct plan_timeouts {
    int64_t proxy_header_ms;
    int64_t client_hello_ms;
    int64_t handshake_ms;
    int64_t request_head_ms;
    int64_t body_idle_ms;
    int64_t idle_ms;
    int64_t tunnel_ms;
};

/* How much one client may ask for. scope: apart from all other limits, the same after a reload. */
struct plan_client_limits {
    uint64_t scope;
    enum limitwho_by identity_by;
    struct limit_rate identity_requests;
    unsigned identity_connections;
    struct limit_rate address_requests;
    struct limit_rate address_handshakes;
    struct error_place identity_place;
    struct error_place address_place;
};

/* How a host asks OCSP responders about its clients. is_hard: without a usable answer a client is refused.
 * responders are asked in this order, then those that a certificate names, on aia_hosts only. refresh_s: an answer
 * is asked for anew after this time, or at half of its life. digest: over all of it. */
struct plan_ocsp {
    bool is_hard;
    bool sends_nonce;
    enum ocspsubject_hash hash;
    enum revocation_scope scope;
    const char *const *responders;
    size_t responder_count;
    const char *const *aia_hosts;
    size_t aia_host_count;
    int64_t timeout_ms;
    int64_t refresh_s;
    struct ocsp_rules judged_by;
    uint8_t digest[32];
    struct error_place place;
};

/* A password that is asked for. scope: apart from those of other user files, the same after a reload. right_ms,
 * wrong_ms: how long it is remembered. failures: tokens of a client for wrong ones. */
struct plan_password {
    struct passwordfile users;
    uint64_t scope;
    const char *realm;
    enum passwordbind bind;
    bool forward_user;
    bool forward_password;
    int64_t right_ms;
    int64_t wrong_ms;
    int64_t timeout_ms;
    struct limit_rate failures;
    struct error_place place;
};

/* HTTP: requests have routes. TCP: the bytes in TLS, or without TLS all bytes, go to one backend. PASSTHROUGH: the
 * bytes of TLS do, as they are. */
enum plan_mode { PLAN_MODE_HTTP, PLAN_MODE_TCP, PLAN_MODE_PASSTHROUGH };

/* A host of a listener: what a ClientHello's server name leads to. endpoint: NULL where the gateway speaks no TLS with
 * the client. backend: where connections go to, NULL in mode HTTP. names: lower case, exact or "*.example.com".
 * revocation: what its clients' certificates are looked up in, or NULL. ocsp: how responders are asked about them, or
 * NULL. password: what is asked for besides, or NULL. policy_digest: hash over mode, trust and settings of the client
 * authentication: a request whose Host leads to a host with another digest gets 421. rules: of this host only, or
 * NULL; the listener's come first. connections: in each worker, 0 for no limit, counted under count_key, which is the
 * same after a reload. place, revocation_place, limits_place: of its client authentication, of that one's lists, of
 * its limits, for records. close_at_once: whoever is let in no more loses the answer in progress, too. */
struct plan_host {
    const char *const *names;
    size_t name_count;
    const char *const *alpn;
    size_t alpn_count;
    enum plan_mode mode;
    struct backend *backend;
    struct tls_endpoint *endpoint;
    enum tls_client_auth client_auth;
    bool refuses_by_page;
    const char *help_link;
    const struct revocation *revocation;
    struct plan_client_limits limits;
    unsigned connections;
    uint64_t count_key;
    const struct plan_ocsp *ocsp;
    const struct plan_password *password;
    uint8_t policy_digest[32];
    const struct ruleset *rules;
    struct error_place place;
    struct error_place revocation_place;
    struct error_place limits_place;
    bool close_at_once;
};

/* A route: host (NULL: any) and path prefix (NULL: any) to a backend and a way to tell it the identity.
 * strip_protected: an inbound protected field is dropped instead of refused. refuses_websocket: no request of it may
 * go on in WebSocket. says_password: `password` (NULL: none)
 * counts, not the host's. rules: asked when the route was chosen, after those of listener and host; or NULL. */
struct plan_route {
    const char *host;
    const char *path;
    struct backend *backend;
    struct vouch_profile_set profiles;
    bool strip_protected;
    bool refuses_websocket;
    const struct ruleset *rules;
    bool says_password;
    const struct plan_password *password;
    struct error_place place;
};

/* is_clear: clients speak without TLS; the listener's own host is the only one. hosts[0] is the listener's own: it has
 * no names, and no endpoint when the listener has no certificates of its own.
 * default_host answers names that no host has, no_sni_host clients without a server name: NULL when nobody does. The
 * routes are in the operator's order; the first that matches wins. knows_http2: clients without TLS may begin with
 * HTTP/2. rules: NULL when there are none for the whole listener. The indexes are for
 * plan/snapshot. */
struct plan_listener {
    const char *name;
    bool is_clear;
    const struct addr *binds;
    size_t bind_count;
    const struct addr_net *proxy_networks;
    size_t proxy_network_count;
    struct plan_host *hosts;
    size_t host_count;
    struct plan_host *default_host;
    struct plan_host *no_sni_host;
    struct plan_route *routes;
    size_t route_count;
    struct plan_timeouts timeouts;
    struct h1parse_limits request_limits;
    bool knows_http2;
    struct h2limits http2;
    uint64_t body_max_bytes;
    struct limitpace_rules body_pace;
    struct nameindex *host_index;
    struct alpnindex *alpn_index;
    struct route_table *route_index;
    const struct ruleset *rules;
    struct error_place place;
    struct error_place limits_place;
};

/* Of each worker; 0 means no limit. prefixes: what of an address is one client. */
struct plan_limits {
    unsigned connections;
    unsigned connections_per_address;
    unsigned handshakes;
    unsigned requests;
    uint64_t memory_bytes;
    unsigned descriptors;
    struct limitwho_prefixes prefixes;
    struct error_place place;
};

#endif
