#include "plan/revcompile.h"

#include "pki/pem.h"
#include "pki/revwrite.h"
#include "plan/revocations.h"

#include <stdlib.h>

/* What one index is made of. */
struct job {
    struct settings *settings;
    struct arena *arena;
    const struct load_source *source;
    int64_t now;
    struct error_list *errors;
    const struct settings_client_auth *client_auth;
    struct trust *trust;
    struct revsigners *signers;
    struct revwrite *writer;
    struct buf *files;
};

static bool compile_for(const struct job *common, const struct settings_client_auth *client_auth);
static bool has_content(const struct settings *settings, const char *name);
static bool compile(struct job *job, const char *name);
static bool load_trust(struct job *job);
static bool load_issuers(struct job *job);
static bool load_issuer_file(struct job *job, const struct settings_file *file);
static bool load_issuer(struct job *job, const struct settings_file *file, const struct pem_block *block);
static bool load_lists(struct job *job);
static bool load_list(struct job *job, size_t number);
static bool add_content(struct job *job, const char *name);
static bool keep(struct job *job, const char *name, struct slice index);
static void job_fini(struct job *job);
static bool short_of_memory(struct job *job);

bool revcompile_lists(struct settings *settings, struct arena *arena, const struct load_source *source, int64_t now,
                      struct error_list *errors) {
    const struct job common = {.settings = settings, .arena = arena, .source = source, .now = now, .errors = errors};
    bool done = true;
    for (size_t i = 0; i < settings->listener_count; i++) {
        const struct settings_listener *listener = &settings->listeners[i];
        if (listener->certificate_count > 0)
            done = compile_for(&common, &listener->client_auth) && done;
        for (size_t at = 0; at < listener->host_count; at++)
            done = compile_for(&common, &listener->hosts[at].client_auth) && done;
    }
    return done;
}

static bool compile_for(const struct job *common, const struct settings_client_auth *client_auth) {
    struct job job = *common;
    char name[REVOCATIONS_NAME_ROOM];
    if (client_auth->mode == TLS_CLIENT_AUTH_OFF || client_auth->revocation.list_count == 0)
        return true;
    revocations_name(client_auth, name);
    if (has_content(job.settings, name))
        return true;
    job.client_auth = client_auth;
    bool done = compile(&job, name);
    job_fini(&job);
    return done;
}

static bool has_content(const struct settings *settings, const char *name) {
    for (size_t i = 0; i < settings->content_count; i++) {
        if (strcmp(settings->contents[i].path, name) == 0)
            return true;
    }
    return false;
}

static bool compile(struct job *job, const char *name) {
    const struct settings_revocation *rules = &job->client_auth->revocation;
    if (!load_trust(job))
        return false;
    job->signers = revsigners_new(job->trust);
    if (job->signers == NULL)
        return short_of_memory(job);
    if (!load_issuers(job))
        return false;
    int64_t too_old = revocation_too_old(rules->stale, rules->grace_ms / 1000, job->now);
    job->writer = revwrite_new(job->signers, job->now, too_old);
    job->files = calloc(rules->list_count, sizeof(*job->files));
    if (job->writer == NULL || job->files == NULL)
        return short_of_memory(job);
    return load_lists(job) && add_content(job, name);
}

static bool load_trust(struct job *job) {
    const struct settings_client_auth *client_auth = job->client_auth;
    struct trust_source *sources = arena_array(job->arena, client_auth->trust_count, sizeof(*sources));
    if (sources == NULL)
        return short_of_memory(job);
    for (size_t i = 0; i < client_auth->trust_count; i++) {
        const struct settings_file *file = &client_auth->trust[i];
        sources[i] = (struct trust_source){.pem = job->settings->contents[file->content].bytes,
                                           .place = file->place,
                                           .path = file->path};
    }
    job->trust = trust_new(sources, client_auth->trust_count, job->now, job->errors);
    return job->trust != NULL;
}

static bool load_issuers(struct job *job) {
    const struct settings_revocation *rules = &job->client_auth->revocation;
    bool done = true;
    for (size_t i = 0; i < rules->issuer_count; i++)
        done = load_issuer_file(job, &rules->issuers[i]) && done;
    return done && (revsigners_settle(job->signers) || short_of_memory(job));
}

static bool load_issuer_file(struct job *job, const struct settings_file *file) {
    struct pem_reader reader;
    struct pem_block block;
    enum pem_status status = PEM_DONE;
    bool done = true;
    size_t blocks = 0;
    pem_init(&reader, job->settings->contents[file->content].bytes);
    for (; done && (status = pem_next(&reader, &block)) == PEM_FOUND; blocks++)
        done = load_issuer(job, file, &block);
    if (status == PEM_BROKEN)
        return error_add(job->errors, file->place, "%s line %u: %s.", file->path, reader.line, reader.fault);
    if (done && blocks == 0)
        return error_add(job->errors, file->place, "%s has no certificate in it.", file->path);
    return done;
}

static bool load_issuer(struct job *job, const struct settings_file *file, const struct pem_block *block) {
    struct buf der;
    buf_init(&der, PEM_BLOCK_BYTES_MAX);
    bool done = pem_is(block, "CERTIFICATE") && pem_decode(block, &der) && revsigners_add(job->signers, buf_view(&der));
    buf_fini(&der);
    return done ||
        error_add(job->errors, file->place, "%s line %u: this is not a certificate, or there are too many.", file->path,
                  block->line);
}

static bool load_lists(struct job *job) {
    bool done = true;
    for (size_t i = 0; i < job->client_auth->revocation.list_count; i++)
        done = load_list(job, i) && done;
    return done;
}

static bool load_list(struct job *job, size_t number) {
    const struct settings_revocation *rules = &job->client_auth->revocation;
    const struct revpack_origin origin = {.place = rules->place, .path = rules->lists[number]};
    struct buf *bytes = &job->files[number];
    buf_init(bytes, REVCOMPILE_LIST_BYTES_MAX);
    return job->source->read(job->source->owner, origin.path, origin.place, bytes, job->errors) &&
        revwrite_add(job->writer, buf_view(bytes), &origin, job->errors);
}

static bool add_content(struct job *job, const char *name) {
    struct buf index;
    buf_init(&index, REVINDEX_BYTES_MAX);
    bool done = revwrite_finish(job->writer, &index, job->errors) &&
        (keep(job, name, buf_view(&index)) || short_of_memory(job));
    buf_fini(&index);
    return done;
}

static bool keep(struct job *job, const char *name, struct slice index) {
    struct settings *settings = job->settings;
    struct settings_content *contents = arena_array(job->arena, settings->content_count + 1, sizeof(*contents));
    struct settings_content added = {.path = arena_text(job->arena, slice_text(name)),
                                     .bytes = arena_copy(job->arena, index)};
    if (contents == NULL || added.path == NULL || added.bytes.data == NULL)
        return false;
    if (settings->content_count > 0)
        memcpy(contents, settings->contents, settings->content_count * sizeof(*contents));
    contents[settings->content_count++] = added;
    settings->contents = contents;
    return true;
}

static void job_fini(struct job *job) {
    revwrite_free(&job->writer);
    revsigners_free(&job->signers);
    trust_unref(&job->trust);
    for (size_t i = 0; job->files != NULL && i < job->client_auth->revocation.list_count; i++)
        buf_fini(&job->files[i]);
    free(job->files);
}

static bool short_of_memory(struct job *job) {
    return error_add(job->errors, job->client_auth->revocation.place, "not enough memory for the revocation lists");
}
