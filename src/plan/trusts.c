/* Two maps: what was loaded already, and what it turned out to be. */
#include "plan/trusts.h"

enum { TRUSTS_MAX = 1000000 };

/* trust NULL: the files were refused. key: the numbers of their contents. */
struct trusts_entry {
    struct trust *trust;
    struct slice key;
};

static struct slice key_of(struct trusts *trusts, const struct settings_file *files, size_t count);
static struct trust *load(struct trusts *trusts, const struct settings_file *files, size_t count,
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

struct trust *trusts_get(struct trusts *trusts, const struct settings_file *files, size_t count,
                         struct error_list *errors) {
    struct slice key = key_of(trusts, files, count);
    struct trusts_entry *entry = key.data != NULL ? map_get(&trusts->by_files, key) : NULL;
    if (entry != NULL)
        return entry->trust;
    entry = arena_alloc(trusts->arena, sizeof(*entry));
    if (key.data == NULL || entry == NULL || !map_set(&trusts->by_files, key, entry)) {
        error_add(errors, files[0].place, "not enough memory for the trust");
        return NULL;
    }
    entry->trust = load(trusts, files, count, errors);
    return entry->trust;
}

static struct slice key_of(struct trusts *trusts, const struct settings_file *files, size_t count) {
    unsigned *numbers = arena_array(trusts->arena, count, sizeof(*numbers));
    if (numbers == NULL)
        return slice_of(NULL, 0);
    for (size_t i = 0; i < count; i++)
        numbers[i] = files[i].content;
    return slice_of(numbers, count * sizeof(*numbers));
}

static struct trust *load(struct trusts *trusts, const struct settings_file *files, size_t count,
                          struct error_list *errors) {
    struct trust_source *sources = arena_array(trusts->arena, count, sizeof(*sources));
    if (sources == NULL) {
        error_add(errors, files[0].place, "not enough memory for the trust");
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        sources[i] = (struct trust_source){.pem = trusts->settings->contents[files[i].content].bytes,
                                           .place = files[i].place,
                                           .path = files[i].path};
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
