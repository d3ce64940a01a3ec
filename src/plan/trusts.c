/* Two maps: what was loaded already, and what it turned out to be. */
#include "plan/trusts.h"

#include "pki/digest.h"

enum { TRUSTS_MAX = 1000000 };

/* trust NULL: the files were refused. */
struct trusts_entry {
    struct trust *trust;
};

static struct slice key_of(struct trusts *trusts, const struct settings_client_auth *client_auth);
static struct trust *load(struct trusts *trusts, const struct settings_client_auth *client_auth,
                          struct error_list *errors);
static struct trust *share(struct trusts *trusts, struct trust *trust, struct error_list *errors);
static void drop(void *context, struct slice key, void *value);

void trusts_init(struct trusts *trusts, struct arena *arena, const struct settings *settings, int64_t now) {
    *trusts = (struct trusts){.arena = arena, .settings = settings, .now = now};
    map_init(&trusts->by_files, TRUSTS_MAX, 0);
    map_init(&trusts->by_digest, TRUSTS_MAX, 0);
}

void trusts_fini(struct trusts *trusts) {
    map_each(&trusts->by_digest, drop, NULL);
    map_fini(&trusts->by_digest);
    map_fini(&trusts->by_files);
}

struct trust *trusts_get(struct trusts *trusts, const struct settings_client_auth *client_auth,
                         struct error_list *errors) {
    struct slice key = key_of(trusts, client_auth);
    struct trusts_entry *entry = key.data != NULL ? map_get(&trusts->by_files, key) : NULL;
    if (entry != NULL)
        return entry->trust;
    entry = arena_alloc(trusts->arena, sizeof(*entry));
    if (key.data == NULL || entry == NULL || !map_set(&trusts->by_files, key, entry)) {
        error_add(errors, client_auth->place, "not enough memory for the trust");
        return NULL;
    }
    entry->trust = load(trusts, client_auth, errors);
    return entry->trust;
}

struct trust_source *trusts_sources(const struct settings *settings, const struct settings_client_auth *client_auth,
                                    struct arena *arena, size_t *count) {
    const struct settings_spiffe *spiffe = &client_auth->spiffe;
    *count = client_auth->trust_count + spiffe->trust_domain_count;
    struct trust_source *sources = arena_array(arena, *count, sizeof(*sources));
    for (size_t i = 0; sources != NULL && i < *count; i++) {
        bool is_domain = i >= client_auth->trust_count;
        const struct settings_trust_domain *domain =
            is_domain ? &spiffe->trust_domains[i - client_auth->trust_count] : NULL;
        const struct settings_file *file = is_domain ? &domain->bundle : &client_auth->trust[i];
        sources[i] = (struct trust_source){.pem = settings->contents[file->content].bytes,
                                           .place = file->place,
                                           .path = file->path,
                                           .domain = is_domain ? domain->name : NULL};
    }
    return sources;
}

/* The numbers of the contents, and the names of the domains; each of them behind its length. */
static struct slice key_of(struct trusts *trusts, const struct settings_client_auth *client_auth) {
    size_t count;
    struct trust_source *sources = trusts_sources(trusts->settings, client_auth, trusts->arena, &count);
    struct slice *parts = arena_array(trusts->arena, 2 * count, sizeof(*parts));
    uint8_t *key = arena_alloc(trusts->arena, DIGEST_BYTES);
    if (sources == NULL || parts == NULL || key == NULL)
        return slice_of(NULL, 0);
    for (size_t i = 0; i < count; i++) {
        parts[2 * i] = slice_of(&sources[i].pem.data, sizeof(sources[i].pem.data));
        parts[2 * i + 1] = slice_text(sources[i].domain);
    }
    digest_parts(parts, 2 * count, key);
    return slice_of(key, DIGEST_BYTES);
}

static struct trust *load(struct trusts *trusts, const struct settings_client_auth *client_auth,
                          struct error_list *errors) {
    size_t count;
    const struct trust_source *sources = trusts_sources(trusts->settings, client_auth, trusts->arena, &count);
    if (sources == NULL) {
        error_add(errors, client_auth->place, "not enough memory for the trust");
        return NULL;
    }
    struct trust *trust = trust_new(sources, count, trusts->now, errors);
    return trust != NULL ? share(trusts, trust, errors) : NULL;
}

/* The store of this digest: the one already there, or this. Takes over the reference. */
static struct trust *share(struct trusts *trusts, struct trust *trust, struct error_list *errors) {
    struct slice digest = slice_of(trust_digest(trust), TRUST_DIGEST_BYTES);
    struct trust *earlier = map_get(&trusts->by_digest, digest);
    if (earlier != NULL) {
        trust_unref(&trust);
        return earlier;
    }
    if (!map_set(&trusts->by_digest, digest, trust)) {
        trust_unref(&trust);
        error_add(errors, (struct error_place){.file = NULL}, "not enough memory for the trust");
    }
    return trust;
}

static void drop(void *context, struct slice key, void *value) {
    (void)context;
    (void)key;
    struct trust *trust = value;
    trust_unref(&trust);
}
