/* What config checked is only carried over here. */
#include "plan/balanceplan.h"

#include "base/hash.h"
#include "base/text.h"
#include "config/hashby.h"
#include "upstream/pool.h"
#include "upstream/rendezvous.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Of a cookie: every attribute, and the longest path that a prefix may be. */
enum { ATTRIBUTES_MAX_BYTES = 8192 };

/* A name of a server, and an address. */
enum { LABEL_MAX = 512 };

/* What servers are made from. */
struct making {
    const struct settings_backend *settings;
    unsigned workers;
    struct upstream *upstream;
    const struct resolved *resolved;
};

static void set_failing(const struct settings_backend *settings, unsigned workers, struct backend *backend);
static unsigned share(unsigned limit, unsigned workers);
static bool build_servers(const struct making *making, struct backend *backend);
static size_t count_servers(const struct making *making);
static struct slice addresses_of(const struct making *making, const struct settings_server *from);
static bool add_named(const struct making *making, const struct settings_server *from, struct backend *backend);
static bool add_server(const struct making *making, const struct settings_server *from, struct server *server,
                       struct backend *backend);
static bool has_server(const struct backend *backend, const struct server *server);
static void name_in_cookies(const struct settings_sticky *sticky, struct backend_server *server);
static bool build_sticky(struct arena *arena, const struct settings_sticky *settings, struct backend_sticky *sticky);

bool balanceplan_build(struct arena *arena, const struct settings_backend *settings, unsigned workers,
                       struct upstream *upstream, const struct resolved *resolved, struct backend *backend) {
    static const enum backend_balance algorithms[] = {[SETTINGS_BALANCE_ROUND_ROBIN] = BACKEND_ROUND_ROBIN,
                                                      [SETTINGS_BALANCE_LEAST_CONNECTIONS] = BACKEND_LEAST_CONNECTIONS,
                                                      [SETTINGS_BALANCE_HASH] = BACKEND_HASH};
    static const enum backend_hash_by keys[] = {[HASHBY_ADDRESS] = BACKEND_HASH_BY_ADDRESS,
                                                [HASHBY_FINGERPRINT] = BACKEND_HASH_BY_FINGERPRINT,
                                                [HASHBY_HEADER] = BACKEND_HASH_BY_HEADER,
                                                [HASHBY_COOKIE] = BACKEND_HASH_BY_COOKIE};
    struct hashby by = {.what = HASHBY_ADDRESS};
    if (!hashby_read(settings->hash_by, &by))
        return false;
    backend->balance = algorithms[settings->balance];
    backend->hash_by = keys[by.what];
    backend->hash_name = by.name;
    backend->slow_start_ms = settings->slow_start_ms;
    set_failing(settings, workers, backend);
    const struct making making = {.settings = settings, .workers = workers, .upstream = upstream, .resolved = resolved};
    return build_servers(&making, backend) && build_sticky(arena, &settings->sticky, &backend->sticky);
}

bool balanceplan_renew(const struct settings_backend *settings, unsigned workers, struct upstream *upstream,
                       const struct resolved *resolved, struct backend *backend) {
    const struct making making = {.settings = settings, .workers = workers, .upstream = upstream, .resolved = resolved};
    struct backend renewed = *backend;
    if (!build_servers(&making, &renewed)) {
        balanceplan_drop(&renewed);
        return false;
    }
    for (size_t i = 0; i < backend->server_count; i++)
        if (!has_server(&renewed, backend->servers[i].server))
            pool_clear(backend->servers[i].server);
    balanceplan_drop(backend);
    *backend = renewed;
    return true;
}

void balanceplan_drop(struct backend *backend) {
    for (size_t i = 0; i < backend->server_count; i++)
        server_release(&backend->servers[i].server);
    free(backend->servers);
    backend->servers = NULL;
    backend->server_count = 0;
}

static void set_failing(const struct settings_backend *settings, unsigned workers, struct backend *backend) {
    const struct settings_passive_health *health = &settings->passive_health;
    backend->eject = (struct backend_eject){.failures = health->failures,
                                            .counts_5xx = health->server_errors,
                                            .pause_ms = health->pause_ms,
                                            .pause_max_ms = health->pause_max_ms,
                                            .share_percent = health->max_ejected};
    backend->queue =
        (struct backend_queue){.max = share(settings->queue.max, workers), .timeout_ms = settings->queue.timeout_ms};
    backend->retries_max = settings->retries.count;
    backend->retries = retrybudget_full(settings->retries.budget);
}

/* Rounded up, so that a limit never becomes "none". */
static unsigned share(unsigned limit, unsigned workers) {
    unsigned among = workers > 0 ? workers : 1;
    return limit / among + (limit % among != 0);
}

/* Into `backend`, whose servers so far stay the caller's. Not the arena's: names give others while the snapshot
 * lives. */
static bool build_servers(const struct making *making, struct backend *backend) {
    const struct settings_backend *settings = making->settings;
    backend->servers = calloc(count_servers(making) + 1, sizeof(*backend->servers));
    backend->server_count = 0;
    bool done = backend->servers != NULL;
    for (size_t i = 0; done && i < settings->server_count; i++) {
        const struct settings_server *from = &settings->servers[i];
        done = from->address.host
            ? add_named(making, from, backend)
            : add_server(making, from, server_get(making->upstream, settings->name, from->name, &from->address.addr),
                         backend);
    }
    return done;
}

static size_t count_servers(const struct making *making) {
    size_t count = 0;
    for (size_t i = 0; i < making->settings->server_count; i++) {
        const struct settings_server *from = &making->settings->servers[i];
        count += from->address.host ? addresses_of(making, from).len / RESOLVED_ADDRESS_BYTES : 1;
    }
    return count;
}

static struct slice addresses_of(const struct making *making, const struct settings_server *from) {
    return making->resolved ? resolved_find(making->resolved, from->address.host) : slice_text("");
}

/* One for each address, labelled "name/address". */
static bool add_named(const struct making *making, const struct settings_server *from, struct backend *backend) {
    struct slice addresses = addresses_of(making, from);
    bool done = true;
    for (size_t i = 0; done && i < addresses.len / RESOLVED_ADDRESS_BYTES; i++) {
        char text[ADDR_TEXT_MAX], label[LABEL_MAX];
        struct addr addr = resolved_addr(addresses, i, from->address.port);
        addr_text(&addr, text);
        snprintf(label, sizeof(label), "%s/%s", from->name ? from->name : from->address.host, text);
        done = add_server(making, from,
                          server_get_named(making->upstream, making->settings->name, label, from->address.host, &addr),
                          backend);
    }
    return done;
}

/* Takes over the reference. */
static bool add_server(const struct making *making, const struct settings_server *from, struct server *server,
                       struct backend *backend) {
    if (server == NULL)
        return false;
    struct backend_server *to = &backend->servers[backend->server_count++];
    *to = (struct backend_server){.server = server,
                                  .weight = from->weight,
                                  .is_backup = from->backup,
                                  .active_max = share(from->max_connections, making->workers),
                                  .seed = rendezvous_seed(server->backend, server->label)};
    name_in_cookies(&making->settings->sticky, to);
    return true;
}

static bool has_server(const struct backend *backend, const struct server *server) {
    for (size_t i = 0; i < backend->server_count; i++)
        if (backend->servers[i].server == server)
            return true;
    return false;
}

/* Says nothing about the server to who does not know the secret, and is the same in all gateways that do. */
static void name_in_cookies(const struct settings_sticky *sticky, struct backend_server *server) {
    uint64_t secret = sticky->secret != NULL ? hash_keyed(0, slice_text(sticky->secret)) : 0;
    uint64_t id = hash_keyed(secret, slice_of(&server->seed, sizeof(server->seed)));
    snprintf(server->sticky_id, sizeof(server->sticky_id), "%016" PRIx64, id);
}

static bool build_sticky(struct arena *arena, const struct settings_sticky *settings, struct backend_sticky *sticky) {
    static const char *const same_site[] = {[SETTINGS_SAME_SITE_LAX] = "; SameSite=Lax",
                                            [SETTINGS_SAME_SITE_STRICT] = "; SameSite=Strict",
                                            [SETTINGS_SAME_SITE_NONE] = "; SameSite=None",
                                            [SETTINGS_SAME_SITE_UNSAID] = ""};
    if (settings->cookie == NULL)
        return true;
    struct buf text;
    buf_init(&text, ATTRIBUTES_MAX_BYTES);
    bool fits = buf_printf(&text, "; Path=%s%s%s%s", settings->path, settings->secure ? "; Secure" : "",
                           settings->http_only ? "; HttpOnly" : "", same_site[settings->same_site]);
    sticky->name = settings->cookie;
    sticky->attributes = fits ? arena_text(arena, buf_view(&text)) : NULL;
    buf_fini(&text);
    return sticky->attributes != NULL;
}
