/* What config checked is only carried over here. */
#include "plan/balanceplan.h"

#include "base/hash.h"
#include "base/text.h"
#include "config/hashby.h"
#include "upstream/rendezvous.h"

#include <inttypes.h>
#include <stdio.h>

/* Of a cookie: every attribute, and the longest path that a prefix may be. */
enum { ATTRIBUTES_MAX_BYTES = 8192 };

static bool build_servers(struct arena *arena, const struct settings_backend *settings, struct upstream *upstream,
                          struct backend *backend);
static void name_in_cookies(const struct settings_sticky *sticky, struct backend_server *server);
static bool build_sticky(struct arena *arena, const struct settings_sticky *settings, struct backend_sticky *sticky);

bool balanceplan_build(struct arena *arena, const struct settings_backend *settings, struct upstream *upstream,
                       struct backend *backend) {
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
    return build_servers(arena, settings, upstream, backend) &&
        build_sticky(arena, &settings->sticky, &backend->sticky);
}

void balanceplan_drop(struct backend *backend) {
    for (size_t i = 0; i < backend->server_count; i++)
        server_release(&backend->servers[i].server);
    backend->server_count = 0;
}

static bool build_servers(struct arena *arena, const struct settings_backend *settings, struct upstream *upstream,
                          struct backend *backend) {
    backend->servers = arena_array(arena, settings->server_count, sizeof(*backend->servers));
    for (size_t i = 0; backend->servers != NULL && i < settings->server_count; i++) {
        const struct settings_server *from = &settings->servers[i];
        struct server *server = server_get(upstream, settings->name, from->name, &from->address);
        if (server == NULL)
            return false;
        struct backend_server *to = &backend->servers[backend->server_count++];
        *to = (struct backend_server){.server = server,
                                      .weight = from->weight,
                                      .is_backup = from->backup,
                                      .seed = rendezvous_seed(server->backend, server->label)};
        name_in_cookies(&settings->sticky, to);
    }
    return backend->servers != NULL;
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
