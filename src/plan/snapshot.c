/* Builds a snapshot from a bundle, part by part, and answers from its indexes. */
#include "plan/snapshot.h"

#include "config/hostname.h"
#include "plan/alpnindex.h"
#include "plan/back.h"
#include "plan/bundle.h"
#include "plan/front.h"
#include "plan/passwordplan.h"
#include "plan/rules.h"

#include <stdlib.h>

/* A request target is at most half of a head, and never more than this: longer ones are no use to any backend. */
enum { TARGET_BYTES_MAX = 16 << 10, ARENA_BLOCK_BYTES = 64 << 10 };

/* Everything that the parts point to lies in the arena; endpoints and servers are counted. */
struct snapshot {
    unsigned references;
    struct arena arena;
    const struct settings *settings;
    struct back back;
    struct endpoints endpoints;
    struct outpoints outpoints;
    struct revocations revocations;
    struct rules rules;
    struct plan_listener *listeners;
    size_t listener_count;
    struct plan_limits limits;
};

static bool build(struct snapshot *snapshot, struct slice bundle, const struct snapshot_context *context,
                  struct error_list *errors);
static bool build_backends(struct snapshot *snapshot, const struct snapshot_context *context, struct trusts *trusts,
                           struct error_list *errors);
static bool build_listeners(struct snapshot *snapshot, const struct snapshot_context *context, struct trusts *trusts,
                            struct error_list *errors);
static bool build_listener(struct snapshot *snapshot, const struct front_context *front,
                           const struct settings_listener *settings, struct plan_listener *listener);
static void fill_listener(const struct settings_listener *settings, struct plan_listener *listener);
static struct plan_limits share_limits(const struct settings_limits *limits, unsigned workers);
static void share_hosts(struct plan_listener *listener, unsigned workers);
static unsigned share(unsigned limit, unsigned workers);
static void drop(struct snapshot *snapshot);

struct snapshot *snapshot_new(struct slice bundle, const struct snapshot_context *context, struct error_list *errors) {
    struct snapshot *snapshot = calloc(1, sizeof(*snapshot));
    if (snapshot == NULL) {
        error_add(errors, (struct error_place){.file = NULL}, "not enough memory for a snapshot");
        return NULL;
    }
    snapshot->references = 1;
    arena_init(&snapshot->arena, ARENA_BLOCK_BYTES, BUNDLE_ARENA_BYTES_MAX);
    revocations_init(&snapshot->revocations, &snapshot->arena,
                     context->previous ? &context->previous->revocations : NULL);
    endpoints_init(&snapshot->endpoints, &snapshot->arena, context->previous ? &context->previous->endpoints : NULL);
    outpoints_init(&snapshot->outpoints, &snapshot->arena, context->previous ? &context->previous->outpoints : NULL);
    if (!build(snapshot, bundle, context, errors))
        snapshot_unref(&snapshot);
    return snapshot;
}

const struct backend *snapshot_backends(const struct snapshot *snapshot, size_t *count) {
    *count = snapshot->back.count;
    return snapshot->back.backends;
}

bool snapshot_renew(struct snapshot *snapshot, const char *host) {
    return back_renew(&snapshot->back, host);
}

struct snapshot *snapshot_ref(struct snapshot *snapshot) {
    snapshot->references++;
    return snapshot;
}

void snapshot_unref(struct snapshot **snapshot) {
    struct snapshot *gone = *snapshot;
    *snapshot = NULL;
    if (gone != NULL && --gone->references == 0)
        drop(gone);
}

const struct plan_listener *snapshot_listeners(const struct snapshot *snapshot, size_t *count) {
    *count = snapshot->listener_count;
    return snapshot->listeners;
}

const struct plan_limits *snapshot_limits(const struct snapshot *snapshot) {
    return &snapshot->limits;
}

int64_t snapshot_drain_ms(const struct snapshot *snapshot) {
    return snapshot->settings->drain_ms;
}

int64_t snapshot_ticket_lifetime_s(const struct snapshot *snapshot) {
    return snapshot->settings->tickets.lifetime_ms / 1000;
}

size_t snapshot_endpoints_reused(const struct snapshot *snapshot) {
    return snapshot->endpoints.reused;
}

bool snapshot_logs_access(const struct snapshot *snapshot) {
    return strcmp(snapshot->settings->log.access, SETTINGS_LOG_OFF) != 0;
}

const struct plan_host *snapshot_host(const struct plan_listener *listener, struct slice name) {
    char normal[HOSTNAME_ROOM];
    size_t len;
    if (!hostname_normal(name, normal, &len))
        return listener->default_host;
    const struct plan_host *host = nameindex_find(listener->host_index, slice_of(normal, len));
    return host != NULL ? host : listener->default_host;
}

const struct plan_host *snapshot_host_of_hello(const struct plan_listener *listener, struct slice server_name,
                                               struct slice offered) {
    const struct plan_host *host = alpnindex_find(listener->alpn_index, offered, server_name);
    if (host != NULL)
        return host;
    if (listener->is_clear)
        return listener->default_host;
    return server_name.len > 0 ? snapshot_host(listener, server_name) : listener->no_sni_host;
}

bool snapshot_asks_alpn(const struct plan_listener *listener) {
    return listener->alpn_index->count > 0;
}

enum reason snapshot_route(const struct plan_listener *listener, struct slice host, struct slice path,
                           const struct plan_route **route) {
    char normal[HOSTNAME_ROOM];
    size_t len = 0, number = 0;
    if (!hostname_normal(host, normal, &len))
        len = 0; /* matches routes of any host only */
    *route = NULL;
    switch (route_table_find(listener->route_index, slice_of(normal, len), path, &number)) {
    case ROUTE_FOUND:
        *route = &listener->routes[number];
        return REASON_NONE;
    case ROUTE_AMBIGUOUS:
        return REASON_PATH_AMBIGUOUS;
    case ROUTE_NONE:
        break;
    }
    return REASON_NO_ROUTE;
}

static bool build(struct snapshot *snapshot, struct slice bundle, const struct snapshot_context *context,
                  struct error_list *errors) {
    struct error error;
    struct settings *settings = bundle_read(bundle, &snapshot->arena, &error);
    if (settings == NULL)
        return error_add(errors, (struct error_place){.file = NULL}, "%s", error.sentence);
    snapshot->settings = settings;
    snapshot->limits = share_limits(&settings->limits, settings->workers);
    if (!revocations_open(&snapshot->revocations, settings, bundle, context->bundle_fd, errors))
        return false;
    struct trusts trusts;
    trusts_init(&trusts, &snapshot->arena, settings, context->now);
    bool done = build_backends(snapshot, context, &trusts, errors);
    done = build_listeners(snapshot, context, &trusts, errors) && done;
    trusts_fini(&trusts);
    snapshot->endpoints.earlier = NULL;
    snapshot->outpoints.earlier = NULL;
    snapshot->revocations.earlier = NULL;
    settings->contents = NULL; /* they lie in the bundle, which the caller takes back */
    settings->content_count = 0;
    return done;
}

static bool build_backends(struct snapshot *snapshot, const struct snapshot_context *context, struct trusts *trusts,
                           struct error_list *errors) {
    const struct backtls_context backends = {.arena = &snapshot->arena,
                                             .settings = snapshot->settings,
                                             .trusts = trusts,
                                             .revocations = &snapshot->revocations,
                                             .outpoints = &snapshot->outpoints,
                                             .cache = context->cache,
                                             .errors = errors};
    return back_build(&snapshot->back, &backends, context->upstream, context->resolved);
}

static bool build_listeners(struct snapshot *snapshot, const struct snapshot_context *context, struct trusts *trusts,
                            struct error_list *errors) {
    const struct settings *settings = snapshot->settings;
    snapshot->listeners = arena_array(&snapshot->arena, settings->listener_count, sizeof(*snapshot->listeners));
    if (snapshot->listeners == NULL)
        return error_add(errors, settings->place, "not enough memory for the listeners");
    snapshot->listener_count = settings->listener_count;
    struct front_context front = {.arena = &snapshot->arena,
                                  .settings = settings,
                                  .back = &snapshot->back,
                                  .trusts = trusts,
                                  .revocations = &snapshot->revocations,
                                  .endpoints = &snapshot->endpoints,
                                  .cache = context->cache,
                                  .tickets = context->tickets,
                                  .errors = errors};
    rules_init(&snapshot->rules, &snapshot->arena, settings, errors);
    bool done = true;
    for (size_t i = 0; i < settings->listener_count; i++)
        done = build_listener(snapshot, &front, &settings->listeners[i], &snapshot->listeners[i]) && done;
    return done;
}

static bool build_listener(struct snapshot *snapshot, const struct front_context *front,
                           const struct settings_listener *settings, struct plan_listener *listener) {
    fill_listener(settings, listener);
    bool done = front_build(front, settings, listener);
    share_hosts(listener, snapshot->settings->workers);
    done = back_build_routes(&snapshot->back, settings, listener, front->errors) && done;
    done = done && rules_build(&snapshot->rules, settings, listener);
    const struct passwordplan_context passwords = {.arena = &snapshot->arena,
                                                   .settings = snapshot->settings,
                                                   .errors = front->errors};
    return done && passwordplan_assign(&passwords, settings, listener);
}

static struct h2limits h2limits_of(const struct settings_http2 *settings) {
    return (struct h2limits){.streams = settings->streams,
                             .stream_window_bytes = (uint32_t)settings->stream_window_bytes,
                             .window_bytes = (uint32_t)settings->window_bytes,
                             .continuations = settings->continuations,
                             .resets = settings->resets,
                             .malformed = settings->malformed,
                             .settings = settings->settings,
                             .pings = settings->pings,
                             .priorities = settings->priorities,
                             .window_updates = settings->window_updates,
                             .empty_frames = settings->empty_frames};
}

static void fill_listener(const struct settings_listener *settings, struct plan_listener *listener) {
    size_t head_bytes = settings->limits.request_head_bytes;
    *listener = (struct plan_listener){
        .name = settings->name,
        .is_clear = settings->clear,
        .binds = settings->binds,
        .bind_count = settings->bind_count,
        .proxy_networks = settings->proxy_protocol.from,
        .proxy_network_count = settings->proxy_protocol.from_count,
        .timeouts = {.proxy_header_ms = settings->timeouts.proxy_header_ms,
                     .client_hello_ms = settings->timeouts.client_hello_ms,
                     .handshake_ms = settings->timeouts.handshake_ms,
                     .request_head_ms = settings->timeouts.request_head_ms,
                     .body_idle_ms = settings->timeouts.body_idle_ms,
                     .tunnel_ms = settings->timeouts.tunnel_ms,
                     .idle_ms = settings->timeouts.idle_ms},
        .knows_http2 = settings->http2.prior_knowledge,
        .http2 = h2limits_of(&settings->http2),
        .request_limits = {.head_bytes = head_bytes,
                           .target_bytes = head_bytes / 2 < TARGET_BYTES_MAX ? head_bytes / 2 : TARGET_BYTES_MAX,
                           .fields = settings->limits.request_headers},
        .body_max_bytes = settings->limits.body_bytes,
        .body_pace = {.bytes_per_s = settings->limits.min_body_rate,
                      .grace_ms = settings->timeouts.body_grace_ms,
                      .idle_ms = settings->timeouts.body_idle_ms},
        .place = settings->place,
        .limits_place = settings->limits.place,
    };
}

/* Each worker sees only its own connections, so each gets its share; those of one address are too few to share out. */
static struct plan_limits share_limits(const struct settings_limits *limits, unsigned workers) {
    return (struct plan_limits){.connections = share(limits->connections, workers),
                                .connections_per_address = limits->connections_per_address,
                                .handshakes = share(limits->handshakes, workers),
                                .requests = share(limits->requests, workers),
                                .memory_bytes = limits->memory_bytes,
                                .descriptors = limits->descriptors,
                                .prefixes = {.ipv4_bits = limits->ipv4_prefix, .ipv6_bits = limits->ipv6_prefix},
                                .place = limits->place};
}

static void share_hosts(struct plan_listener *listener, unsigned workers) {
    for (size_t i = 0; i < listener->host_count; i++)
        listener->hosts[i].connections = share(listener->hosts[i].connections, workers);
}

/* Rounded up, so that a limit never becomes "none". `workers` is 0 only before the compiler has counted the cores. */
static unsigned share(unsigned limit, unsigned workers) {
    unsigned among = workers > 0 ? workers : 1;
    return limit / among + (limit % among != 0);
}

static void drop(struct snapshot *snapshot) {
    for (size_t i = 0; i < snapshot->listener_count; i++) {
        front_drop(&snapshot->listeners[i]);
        back_drop_routes(&snapshot->listeners[i]);
    }
    endpoints_fini(&snapshot->endpoints);
    outpoints_fini(&snapshot->outpoints);
    revocations_fini(&snapshot->revocations);
    rules_fini(&snapshot->rules);
    back_drop(&snapshot->back);
    arena_fini(&snapshot->arena);
    free(snapshot);
}
