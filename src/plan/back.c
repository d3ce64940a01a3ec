/* Settings of backends and routes, turned into what proxy and upstream use. */
#include "plan/back.h"

#include "pki/digest.h"
#include "plan/balanceplan.h"

/* A request target may fill the whole head; an answer has none. */
enum { BACKENDS_MAX = 1000000 };

static bool build_backend(struct back *back, size_t at, const struct backtls_context *context);
static bool names_host(const struct settings_backend *settings, const char *host);
static void tell_clients(const struct settings_told *settings, struct backend *backend);
static struct backend_check check_of(const struct settings_health_check *settings);
static bool build_route(const struct back *back, const struct settings_route *settings, struct plan_route *route,
                        struct error_list *errors);
static struct vouch_profile_set profiles_of(const struct settings_forward *forward);

bool back_build(struct back *back, const struct backtls_context *context, struct upstream *upstream,
                const struct resolved *resolved) {
    const struct settings *settings = context->settings;
    *back = (struct back){.arena = context->arena, .settings = settings, .upstream = upstream, .resolved = resolved};
    map_init(&back->by_name, BACKENDS_MAX, 0);
    back->backends = arena_array(back->arena, settings->backend_count, sizeof(*back->backends));
    if (back->backends == NULL)
        return error_add(context->errors, settings->place, "not enough memory for the backends");
    back->count = settings->backend_count;
    bool done = true;
    for (size_t i = 0; i < back->count; i++)
        done = build_backend(back, i, context) && done;
    return done;
}

bool back_renew(struct back *back, const char *host) {
    bool done = true;
    for (size_t i = 0; i < back->count; i++) {
        const struct settings_backend *settings = &back->settings->backends[i];
        if (names_host(settings, host))
            done = balanceplan_renew(settings, back->settings->workers, back->upstream, back->resolved,
                                     &back->backends[i]) &&
                done;
    }
    return done;
}

struct backend *back_find(const struct back *back, const char *name) {
    const struct settings_backend *settings = map_get(&back->by_name, slice_text(name));
    return settings != NULL ? &back->backends[settings - back->settings->backends] : NULL;
}

void back_drop(struct back *back) {
    for (size_t i = 0; i < back->count; i++)
        balanceplan_drop(&back->backends[i]);
    map_fini(&back->by_name);
    back->count = 0;
}

bool back_build_routes(const struct back *back, const struct settings_listener *settings,
                       struct plan_listener *listener, struct error_list *errors) {
    listener->routes = arena_array(back->arena, settings->route_count, sizeof(*listener->routes));
    listener->route_index = arena_alloc(back->arena, sizeof(*listener->route_index));
    if (listener->routes == NULL || listener->route_index == NULL)
        return error_add(errors, settings->place, "not enough memory for the routes");
    route_table_init(listener->route_index);
    listener->route_count = settings->route_count;
    bool done = true;
    for (size_t i = 0; i < settings->route_count; i++) {
        const struct settings_route *route = &settings->routes[i];
        done = build_route(back, route, &listener->routes[i], errors) && done;
        if (!route_table_add(listener->route_index, back->arena, route->host, route->path, i))
            return error_add(errors, route->place, "not enough memory for the routes");
    }
    return done;
}

void back_drop_routes(struct plan_listener *listener) {
    if (listener->route_index != NULL)
        route_table_fini(listener->route_index);
}

static bool names_host(const struct settings_backend *settings, const char *host) {
    for (size_t i = 0; i < settings->server_count; i++)
        if (settings->servers[i].address.host && strcmp(settings->servers[i].address.host, host) == 0)
            return true;
    return false;
}

static bool build_backend(struct back *back, size_t at, const struct backtls_context *context) {
    struct settings_backend *settings = &back->settings->backends[at];
    struct backend *backend = &back->backends[at];
    *backend = (struct backend){
        .name = settings->name,
        .connect_timeout_ms = settings->timeouts.connect_ms,
        .response_timeout_ms = settings->timeouts.response_ms,
        .body_idle_timeout_ms = settings->timeouts.body_idle_ms,
        .idle_timeout_ms = settings->timeouts.idle_ms,
        .idle_max = settings->pool.idle_per_worker,
        .protocol = (enum backend_protocol)settings->protocol,
        .streams_max = settings->pool.streams,
        .transport = {(uint8_t)settings->protocol},
        .check = check_of(&settings->health_check),
        .total_timeout_ms = settings->timeouts.total_ms,
        .limits = {.head_bytes = settings->limits.response_head_bytes, .fields = settings->limits.response_headers},
    };
    if (!balanceplan_build(back->arena, settings, back->settings->workers, back->upstream, back->resolved, backend) ||
        !map_set(&back->by_name, slice_text(settings->name), settings))
        return error_add(context->errors, settings->place, "not enough memory for the backend");
    tell_clients(&settings->told, backend);
    const struct slice alpn[] = {slice_text("h2"), slice_text("http/1.1")};
    static const size_t alpn_counts[] = {
        [BACKEND_PROTOCOL_HTTP11] = 0, [BACKEND_PROTOCOL_H2] = 1, [BACKEND_PROTOCOL_AUTO] = 2};
    return backtls_build(context, settings, alpn, alpn_counts[backend->protocol], backend);
}

/* The bits of upstream/backend.h are in the order of the words. */
static void tell_clients(const struct settings_told *settings, struct backend *backend) {
    unsigned tlvs = 0;
    for (size_t i = 0; i < settings->tlv_count; i++)
        tlvs |= 1u << settings->tlvs[i];
    if (settings->version == SETTINGS_TOLD_OFF)
        return;
    backend->proxy = (struct backend_proxy){.version = settings->version, .tlvs = tlvs};
    backend->tells_client = true;
    const struct slice parts[] = {slice_of(backend->transport, sizeof(backend->transport)),
                                  slice_text("proxy protocol"), slice_of(&backend->proxy, sizeof(backend->proxy))};
    digest_parts(parts, sizeof(parts) / sizeof(parts[0]), backend->transport);
}

static struct backend_check check_of(const struct settings_health_check *settings) {
    static const enum backend_check_type types[] = {[SETTINGS_CHECK_OFF] = BACKEND_CHECK_OFF,
                                                    [SETTINGS_CHECK_TCP] = BACKEND_CHECK_TCP,
                                                    [SETTINGS_CHECK_TLS] = BACKEND_CHECK_TLS,
                                                    [SETTINGS_CHECK_HTTP] = BACKEND_CHECK_HTTP};
    return (struct backend_check){.type = types[settings->type],
                                  .method = settings->method,
                                  .path = settings->path,
                                  .host = settings->host,
                                  .statuses = settings->expect_status,
                                  .status_count = settings->expect_status_count,
                                  .port = settings->port,
                                  .interval_ms = settings->interval_ms,
                                  .timeout_ms = settings->timeout_ms,
                                  .rise = settings->rise,
                                  .fall = settings->fall};
}

static bool build_route(const struct back *back, const struct settings_route *settings, struct plan_route *route,
                        struct error_list *errors) {
    const struct settings_backend *backend = map_get(&back->by_name, slice_text(settings->backend));
    if (backend == NULL)
        return error_add(errors, settings->place, "there is no backend \"%s\"", settings->backend);
    *route = (struct plan_route){
        .host = settings->host,
        .path = settings->path,
        .backend = &back->backends[backend - back->settings->backends],
        .profiles = profiles_of(&backend->forward),
        .refuses_websocket = !settings->websocket,
        .strip_protected = backend->on_protected_header == SETTINGS_PROTECTED_HEADER_STRIP,
        .place = settings->place,
    };
    return true;
}

static struct vouch_profile_set profiles_of(const struct settings_forward *forward) {
    struct vouch_profile_set set = {.bits = 0};
    for (size_t i = 0; i < forward->profile_count; i++)
        set.bits |= UINT32_C(1) << forward->profiles[i];
    return set;
}
