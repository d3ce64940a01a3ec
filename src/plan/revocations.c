#include "plan/revocations.h"

#include "base/text.h"
#include "os/sealed.h"
#include "pki/digest.h"
#include "plan/bundle.h"

#include <endian.h>

/* As many as hosts. */
enum { INDEXES_MAX = 1000000 };

static const char name_word[] = "revocation index ";

static bool is_index(const struct settings_content *content);
static bool map_again(struct revocations *revocations, struct slice bundle, struct slice used, int bundle_fd,
                      struct error_list *errors);
static const struct revindex *find(struct revocations *revocations, const char *name, struct error_place place,
                                   struct error_list *errors);
static const struct revindex *open_index(struct revocations *revocations, const char *name, struct slice bytes,
                                         struct error_place place, struct error_list *errors);
static void digest_paths(const char *const *paths, size_t count, uint8_t to[DIGEST_BYTES]);
static void digest_files(const struct settings_file *files, size_t count, uint8_t to[DIGEST_BYTES]);
static void digest_domains(const struct settings_spiffe *spiffe, uint8_t to[DIGEST_BYTES]);

void revocations_init(struct revocations *revocations, struct arena *arena, const struct revocations *earlier) {
    *revocations = (struct revocations){.arena = arena, .earlier = earlier};
    map_init(&revocations->indexes, INDEXES_MAX, 0);
}

void revocations_fini(struct revocations *revocations) {
    map_fini(&revocations->indexes);
    sealed_unmap(&revocations->mapping);
}

bool revocations_open(struct revocations *revocations, const struct settings *settings, struct slice bundle,
                      const int *bundle_fd, struct error_list *errors) {
    const uint8_t *first = NULL;
    const uint8_t *end = NULL;
    revocations->settings = settings;
    for (size_t i = 0; i < settings->content_count; i++) {
        struct slice bytes = settings->contents[i].bytes;
        if (!is_index(&settings->contents[i]))
            continue;
        first = first == NULL || bytes.data < first ? bytes.data : first;
        end = bytes.data + bytes.len > end ? bytes.data + bytes.len : end;
    }
    if (first == NULL || bundle_fd == NULL)
        return true;
    return map_again(revocations, bundle, slice_of(first, (size_t)(end - first)), *bundle_fd, errors);
}

bool revocations_get(struct revocations *revocations, const struct settings_client_auth *client_auth,
                     const struct revocation **revocation, struct error_list *errors) {
    const struct settings_revocation *settings = &client_auth->revocation;
    char name[REVOCATIONS_NAME_ROOM];
    *revocation = NULL;
    if (!revocations_are_asked(client_auth))
        return true;
    revocations_name(client_auth, name);
    const struct revindex *index = find(revocations, name, settings->place, errors);
    struct revocation *made = index != NULL ? arena_alloc(revocations->arena, sizeof(*made)) : NULL;
    if (index == NULL)
        return false;
    if (made == NULL)
        return error_add(errors, settings->place, "not enough memory for the revocation lists");
    *made = (struct revocation){.index = *index,
                                .missing = settings->missing,
                                .stale = settings->stale,
                                .scope = settings->scope,
                                .grace_s = settings->grace_ms / 1000};
    *revocation = made;
    return true;
}

bool revocations_are_asked(const struct settings_client_auth *client_auth) {
    const struct settings_revocation *settings = &client_auth->revocation;
    return settings->list_count + settings->distribution_points.host_count > 0;
}

void revocations_name(const struct settings_client_auth *client_auth, char name[REVOCATIONS_NAME_ROOM]) {
    const struct settings_distribution_points *points = &client_auth->revocation.distribution_points;
    uint8_t digests[5][DIGEST_BYTES];
    uint8_t digest[DIGEST_BYTES];
    digest_paths(client_auth->revocation.lists, client_auth->revocation.list_count, digests[0]);
    digest_files(client_auth->revocation.issuers, client_auth->revocation.issuer_count, digests[1]);
    digest_files(client_auth->trust, client_auth->trust_count, digests[2]);
    digest_paths(points->hosts, points->host_count, digests[3]);
    digest_domains(&client_auth->spiffe, digests[4]);
    digest_parts((struct slice[]){slice_of(digests, sizeof(digests))}, 1, digest);
    memcpy(name, name_word, sizeof(name_word));
    text_hex(name + sizeof(name_word) - 1, slice_of(digest, sizeof(digest)));
    name[sizeof(name_word) - 1 + 2 * sizeof(digest)] = '\0';
}

void revocations_digest_rules(const struct settings_client_auth *client_auth, uint8_t to[DIGEST_BYTES]) {
    const struct settings_revocation *settings = &client_auth->revocation;
    char name[REVOCATIONS_NAME_ROOM];
    uint64_t numbers[] = {htole64(settings->missing), htole64(settings->stale), htole64((uint64_t)settings->grace_ms),
                          htole64(settings->scope)};
    bool has_lists = revocations_are_asked(client_auth);
    revocations_name(client_auth, name);
    struct slice parts[] = {slice_text(has_lists ? name : ""), slice_of(numbers, has_lists ? sizeof(numbers) : 0)};
    digest_parts(parts, 2, to);
}

static bool is_index(const struct settings_content *content) {
    return slice_starts(slice_text(content->path), slice_text(name_word));
}

/* `used`: the part of the bundle that has the indexes. */
static bool map_again(struct revocations *revocations, struct slice bundle, struct slice used, int bundle_fd,
                      struct error_list *errors) {
    struct error error;
    if (!sealed_map(bundle_fd, BUNDLE_BYTES_MAX, &revocations->mapping, &error))
        return error_add(errors, (struct error_place){.file = NULL}, "%s", error.sentence);
    revocations->shift = revocations->mapping.data - bundle.data;
    sealed_trim(&revocations->mapping, slice_of(used.data + revocations->shift, used.len));
    return true;
}

static const struct revindex *find(struct revocations *revocations, const char *name, struct error_place place,
                                   struct error_list *errors) {
    const struct settings *settings = revocations->settings;
    const struct revindex *known = map_get(&revocations->indexes, slice_text(name));
    if (known != NULL)
        return known;
    for (size_t i = 0; i < settings->content_count; i++) {
        struct slice bytes = settings->contents[i].bytes;
        if (strcmp(settings->contents[i].path, name) == 0)
            return open_index(revocations, settings->contents[i].path,
                              slice_of(bytes.data + revocations->shift, bytes.len), place, errors);
    }
    error_add(errors, place, "the revocation lists are not in the bundle");
    return NULL;
}

static const struct revindex *open_index(struct revocations *revocations, const char *name, struct slice bytes,
                                         struct error_place place, struct error_list *errors) {
    const struct revindex *before =
        revocations->earlier ? map_get(&revocations->earlier->indexes, slice_text(name)) : NULL;
    struct revindex *index = arena_alloc(revocations->arena, sizeof(*index));
    const char *kept = arena_text(revocations->arena, slice_text(name));
    const char *fault = "there is not enough memory for the revocation lists";
    if (index == NULL || kept == NULL || !revindex_open(index, bytes, &fault)) {
        error_add(errors, place, "%s", fault);
        return NULL;
    }
    if (before != NULL && revindex_went_back(index, before)) {
        error_add(errors, place, "a revocation list went back: the one in use has a higher number");
        return NULL;
    }
    if (!map_set(&revocations->indexes, slice_text(kept), index)) {
        error_add(errors, place, "there is not enough memory for the revocation lists");
        return NULL;
    }
    return index;
}

static void digest_paths(const char *const *paths, size_t count, uint8_t to[DIGEST_BYTES]) {
    memset(to, 0, DIGEST_BYTES);
    for (size_t i = 0; i < count; i++)
        digest_parts((struct slice[]){slice_of(to, DIGEST_BYTES), slice_text(paths[i])}, 2, to);
}

static void digest_files(const struct settings_file *files, size_t count, uint8_t to[DIGEST_BYTES]) {
    memset(to, 0, DIGEST_BYTES);
    for (size_t i = 0; i < count; i++)
        digest_parts((struct slice[]){slice_of(to, DIGEST_BYTES), slice_text(files[i].path)}, 2, to);
}

static void digest_domains(const struct settings_spiffe *spiffe, uint8_t to[DIGEST_BYTES]) {
    memset(to, 0, DIGEST_BYTES);
    for (size_t i = 0; i < spiffe->trust_domain_count; i++) {
        const struct settings_trust_domain *domain = &spiffe->trust_domains[i];
        digest_parts((struct slice[]){slice_of(to, DIGEST_BYTES), slice_text(domain->name),
                                      slice_text(domain->bundle.path)},
                     3, to);
    }
}
