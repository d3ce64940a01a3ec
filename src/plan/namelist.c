/* Gathering the names of all backends. */
#include "plan/namelist.h"

#include "base/map.h"
#include "ipc/resolve.h"

#include <assert.h>

static bool write_settings(const struct settings_resolve *resolve, struct wire_out *out);
static bool write_names(const struct settings *settings, struct map *seen, struct wire_out *out);

static_assert((int)RESOLVE_NAMES_MAX == SETTINGS_SERVER_NAMES_MAX && (int)RESOLVE_IPV4 == SETTINGS_FAMILY_IPV4 &&
                  (int)RESOLVE_IPV6 == SETTINGS_FAMILY_IPV6,
              "config does not know ipc");

bool namelist_is_used(const struct settings *settings) {
    for (size_t i = 0; i < settings->backend_count; i++)
        for (size_t at = 0; at < settings->backends[i].server_count; at++)
            if (settings->backends[i].servers[at].address.host != NULL)
                return true;
    return false;
}

bool namelist_write(const struct settings *settings, struct buf *to) {
    static uint8_t memory[RESOLVE_LIST_BYTES_MAX]; /* large */
    struct map seen;
    struct wire_out out;
    map_init(&seen, RESOLVE_NAMES_MAX, 0);
    wire_out_init(&out, memory, sizeof(memory));
    bool done = write_settings(&settings->resolve, &out) && write_names(settings, &seen, &out) && !out.full &&
        buf_append(to, wire_out_view(&out));
    map_fini(&seen);
    return done;
}

static bool write_settings(const struct settings_resolve *resolve, struct wire_out *out) {
    struct resolve_settings settings = {.family = (enum resolve_family)resolve->family,
                                        .every_ms = resolve->every_ms,
                                        .min_ttl_ms = resolve->min_ttl_ms,
                                        .max_ttl_ms = resolve->max_ttl_ms,
                                        .timeout_ms = resolve->timeout_ms};
    struct buf servers;
    bool done = true;
    buf_init(&servers, RESOLVE_SERVERS_MAX);
    for (size_t i = 0; i < resolve->server_count; i++) {
        char text[ADDR_TEXT_MAX];
        addr_text(&resolve->servers[i], text);
        done = done && buf_printf(&servers, "%s%s", i == 0 ? "" : ",", text);
    }
    settings.servers = buf_view(&servers);
    resolve_put_settings(&settings, out);
    buf_fini(&servers);
    return done;
}

static bool write_names(const struct settings *settings, struct map *seen, struct wire_out *out) {
    for (size_t i = 0; i < settings->backend_count; i++) {
        const struct settings_backend *backend = &settings->backends[i];
        for (size_t at = 0; at < backend->server_count; at++) {
            const char *host = backend->servers[at].address.host;
            if (host == NULL || map_get(seen, slice_text(host)) != NULL)
                continue;
            if (!map_set(seen, slice_text(host), (void *)settings))
                return false;
            wire_put_text(out, host);
        }
    }
    return true;
}
