/* Hosts share the list of their listener: what was made PEM once is no JSON the next time. */
#include "plan/bundlefiles.h"

#include "pki/spiffebundle.h"

static bool read_all(struct settings *settings, const struct settings_spiffe *spiffe, struct arena *arena,
                     struct error_list *errors);
static bool read_one(struct settings *settings, struct settings_file *file, struct arena *arena,
                     struct error_list *errors);
static bool add_content(struct settings *settings, struct settings_file *file, struct slice pem, struct arena *arena);

bool bundlefiles_read(struct settings *settings, struct arena *arena, struct error_list *errors) {
    bool done = true;
    for (size_t i = 0; i < settings->listener_count; i++) {
        const struct settings_listener *listener = &settings->listeners[i];
        done = read_all(settings, &listener->client_auth.spiffe, arena, errors) && done;
        for (size_t at = 0; at < listener->host_count; at++)
            done = read_all(settings, &listener->hosts[at].client_auth.spiffe, arena, errors) && done;
    }
    return done;
}

static bool read_all(struct settings *settings, const struct settings_spiffe *spiffe, struct arena *arena,
                     struct error_list *errors) {
    bool done = true;
    for (size_t i = 0; i < spiffe->trust_domain_count; i++) {
        struct settings_file *file = &spiffe->trust_domains[i].bundle;
        if (spiffebundle_is_json(settings->contents[file->content].bytes))
            done = read_one(settings, file, arena, errors) && done;
    }
    return done;
}

static bool read_one(struct settings *settings, struct settings_file *file, struct arena *arena,
                     struct error_list *errors) {
    struct spiffebundle bundle;
    struct buf pem;
    buf_init(&pem, SPIFFEBUNDLE_PEM_BYTES_MAX);
    const char *fault = spiffebundle_read(settings->contents[file->content].bytes, &bundle, &pem);
    if (fault == NULL && !add_content(settings, file, buf_view(&pem), arena))
        fault = "there is not enough memory for it";
    buf_fini(&pem);
    return fault == NULL || error_add(errors, file->place, "%s is no SPIFFE bundle: %s", file->path, fault);
}

static bool add_content(struct settings *settings, struct settings_file *file, struct slice pem, struct arena *arena) {
    struct settings_content *contents = arena_array(arena, settings->content_count + 1, sizeof(*contents));
    struct settings_content added = {.path = file->path, .bytes = arena_copy(arena, pem)};
    if (contents == NULL || added.bytes.data == NULL)
        return false;
    memcpy(contents, settings->contents, settings->content_count * sizeof(*contents));
    contents[settings->content_count] = added;
    settings->contents = contents;
    file->content = (unsigned)settings->content_count++;
    return true;
}
