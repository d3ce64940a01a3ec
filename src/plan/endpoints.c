/* A map from a digest over every setting to the endpoint. */
#include "plan/endpoints.h"

#include "pki/digest.h"

enum { ENDPOINTS_MAX = 10000000 };

/* What a digest is over: a list of parts that is filled in step by step. */
struct parts {
    struct slice *items;
    size_t count;
};

static bool digest_settings(struct arena *arena, const struct tls_endpoint_settings *settings,
                            uint8_t to[DIGEST_BYTES]);
static void add(struct parts *parts, struct slice part);
static void drop(void *context, struct slice key, void *value);

void endpoints_init(struct endpoints *endpoints, struct arena *arena, const struct endpoints *earlier) {
    *endpoints = (struct endpoints){.arena = arena, .earlier = earlier};
    map_init(&endpoints->by_content, ENDPOINTS_MAX, 0);
}

void endpoints_fini(struct endpoints *endpoints) {
    map_each(&endpoints->by_content, drop, NULL);
    map_fini(&endpoints->by_content);
}

struct tls_endpoint *endpoints_get(struct endpoints *endpoints, const struct tls_endpoint_settings *settings,
                                   struct error_list *errors) {
    uint8_t *digest = arena_alloc(endpoints->arena, DIGEST_BYTES);
    if (digest == NULL || !digest_settings(endpoints->arena, settings, digest))
        return error_add(errors, settings->place, "not enough memory for the host"), NULL;
    struct slice key = slice_of(digest, DIGEST_BYTES);
    struct tls_endpoint *endpoint = map_get(&endpoints->by_content, key);
    if (endpoint != NULL)
        return endpoint;
    endpoint = endpoints->earlier != NULL ? map_get(&endpoints->earlier->by_content, key) : NULL;
    endpoints->reused += endpoint != NULL;
    endpoint = endpoint != NULL ? tls_endpoint_ref(endpoint) : tls_endpoint_new(settings, errors);
    if (endpoint != NULL && !map_set(&endpoints->by_content, key, endpoint)) {
        tls_endpoint_unref(&endpoint);
        error_add(errors, settings->place, "not enough memory for the host");
    }
    return endpoint;
}

/* Everything but the places, which only errors show. */
static bool digest_settings(struct arena *arena, const struct tls_endpoint_settings *settings,
                            uint8_t to[DIGEST_BYTES]) {
    enum { FIXED = 7 };
    uint8_t verification[DIGEST_BYTES];
    struct parts parts = {.items = arena_array(arena, FIXED + 3 * settings->certificate_count + settings->alpn_count,
                                               sizeof(*parts.items))};
    if (parts.items == NULL)
        return false;
    uint64_t numbers[] = {settings->certificate_count, settings->alpn_count,       settings->min_version,
                          settings->max_version,       settings->client_auth,      settings->advertise_ca_names,
                          settings->tickets_enabled,   (uintptr_t)settings->cache, (uintptr_t)settings->tickets,
                          settings->refuses_later};
    verifysettings_digest(&settings->verify, verification);
    add(&parts, slice_of(numbers, sizeof(numbers)));
    add(&parts, slice_of(verification, sizeof(verification)));
    add(&parts, slice_text(settings->ciphers));
    add(&parts, slice_text(settings->ciphersuites));
    add(&parts, slice_text(settings->groups));
    add(&parts, slice_of(settings->context, sizeof(settings->context)));
    add(&parts, settings->trust != NULL ? slice_of(trust_digest(settings->trust), TRUST_DIGEST_BYTES) : slice_text(""));
    for (size_t i = 0; i < settings->certificate_count; i++) {
        add(&parts, settings->certificates[i].chain_pem);
        add(&parts, settings->certificates[i].key_pem);
        add(&parts, settings->certificates[i].staple);
    }
    for (size_t i = 0; i < settings->alpn_count; i++)
        add(&parts, settings->alpn[i]);
    digest_parts(parts.items, parts.count, to);
    return true;
}

static void add(struct parts *parts, struct slice part) {
    parts->items[parts->count++] = part;
}

static void drop(void *context, struct slice key, void *value) {
    (void)context;
    (void)key;
    struct tls_endpoint *endpoint = value;
    tls_endpoint_unref(&endpoint);
}
