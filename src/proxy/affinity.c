/* Reads the request once for the choice, and once more for an answer that may have to set the cookie. */
#include "proxy/affinity.h"

#include "http/cookie.h"

#include <stdio.h>
#include <string.h>

static struct slice affinity_key(const struct backend *backend, const struct verified_peer *peer,
                                 const struct http_message *request) {
    if (backend->hash_by == BACKEND_HASH_BY_FINGERPRINT && peer)
        return slice_of(verified_peer_fingerprint(peer), PEER_FINGERPRINT_BYTES);
    if (backend->hash_by == BACKEND_HASH_BY_HEADER && request)
        return http_message_find(request, slice_text(backend->hash_name));
    if (backend->hash_by == BACKEND_HASH_BY_COOKIE && request)
        return cookie_find(request, slice_text(backend->hash_name));
    return slice_of(NULL, 0);
}

void affinity_ask(const struct backend *backend, const struct verified_peer *peer, const struct http_message *request,
                  struct balance_ask *ask) {
    if (backend->balance == BACKEND_HASH)
        ask->key = affinity_key(backend, peer, request);
    if (backend->sticky.name && request)
        ask->sticky = cookie_find(request, slice_text(backend->sticky.name));
}

static const char *affinity_id(const struct backend *backend, const struct server *server) {
    for (size_t i = 0; i < backend->server_count; i++)
        if (backend->servers[i].server == server)
            return backend->servers[i].sticky_id;
    return NULL;
}

void affinity_tell(const struct backend *backend, const struct server *server, const struct http_message *request,
                   struct arena *arena, struct http_message *answer) {
    if (!backend->sticky.name)
        return;
    const char *id = affinity_id(backend, server);
    if (!id || slice_equal(cookie_find(request, slice_text(backend->sticky.name)), slice_text(id)))
        return;
    size_t room = strlen(backend->sticky.name) + 1 + strlen(id) + strlen(backend->sticky.attributes) + 1;
    char *text = arena_alloc(arena, room);
    if (!text)
        return;
    int len = snprintf(text, room, "%s=%s%s", backend->sticky.name, id, backend->sticky.attributes);
    if (!http_message_add(answer, slice_text("Set-Cookie"), slice_of(text, (size_t)len), 0))
        return; /* as many fields as there may be: the next answer tells it */
}
