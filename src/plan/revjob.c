#include "plan/revjob.h"

#include "base/log.h"
#include "pki/distpointurl.h"
#include "pki/pem.h"
#include "plan/trusts.h"

#include <stdio.h>
#include <stdlib.h>

/* FETCH_MS: for all of a list, however large. PATHS_MAX: files in directories. */
enum { FETCH_MS = 300000, PATH_ROOM = 4096, PATHS_MAX = 10000 };

/* Which files of a directory are lists; r0 and so on are what `openssl rehash` names them. */
static const char *const endings[] = {".crl", ".pem", ".der", ".r0", ".r1", ".r2", ".r3"};

/* The job in hand, and where its errors go. */
struct work {
    struct revjob *job;
    const struct revjob_context *context;
    struct error_list *errors;
};

static bool load_trust(const struct work *work);
static bool load_issuers(const struct work *work);
static bool load_issuer_file(const struct work *work, const struct settings_file *file);
static bool load_issuer(const struct work *work, const struct settings_file *file, const struct pem_block *block);
static bool make_writer(const struct work *work);
static bool take_locations(const struct work *work);
static void take_points(const struct work *work, const struct settings_file *files, size_t count);
static void take_points_of(const struct work *work, struct slice bytes);
static void take_point(void *owner, struct slice url);
static bool take_url(const struct work *work, struct slice url);
static bool take_path(const struct work *work, const char *path);
static bool load_path(const struct work *work, const char *path);
static bool load_directory(const struct work *work, const char *path, struct slice names);
static bool is_list(const char *name);
static bool load_file(const struct work *work, const char *path);
static bool short_of_memory(const struct work *work);

struct revjob *revjob_new(const struct settings_client_auth *client_auth) {
    struct revjob *job = calloc(1, sizeof(*job));
    if (job == NULL)
        return NULL;
    job->client_auth = client_auth;
    revocations_name(client_auth, job->name);
    return job;
}

void revjob_free(struct revjob **held) {
    struct revjob *job = *held;
    *held = NULL;
    if (job == NULL)
        return;
    revwrite_free(&job->writer);
    revsigners_free(&job->signers);
    trust_unref(&job->trust);
    for (size_t i = 0; i < job->file_count; i++)
        buf_fini(&job->files[i]);
    free(job->files);
    free(job);
}

bool revjob_open(struct revjob *job, const struct revjob_context *context, struct error_list *errors) {
    const struct work work = {.job = job, .context = context, .errors = errors};
    if (!load_trust(&work))
        return false;
    job->signers = revsigners_new(job->trust);
    if (job->signers == NULL)
        return short_of_memory(&work);
    return load_issuers(&work) && make_writer(&work) && take_locations(&work);
}

bool revjob_uses(const struct revjob *job, struct slice url) {
    for (size_t i = 0; i < job->url_count; i++) {
        if (slice_equal(slice_text(job->urls[i]), url))
            return true;
    }
    return false;
}

bool revjob_add(struct revjob *job, struct slice url, struct slice document, struct error_list *errors) {
    struct revpack_origin origin = {.place = job->client_auth->revocation.place, .is_fetched = true};
    for (size_t i = 0; i < job->url_count; i++) {
        if (slice_equal(slice_text(job->urls[i]), url))
            origin.path = job->urls[i];
    }
    size_t before = revwrite_count(job->writer);
    bool done = revwrite_add(job->writer, document, &origin, errors);
    if (!done)
        revwrite_take_back(job->writer, before);
    return done;
}

static bool load_trust(const struct work *work) {
    size_t count;
    const struct trust_source *sources =
        trusts_sources(work->context->settings, work->job->client_auth, work->context->arena, &count);
    if (sources == NULL)
        return short_of_memory(work);
    int64_t at = work->context->takes_old ? TRUST_AT_ANY_TIME : work->context->now;
    work->job->trust = trust_new(sources, count, at, work->errors);
    return work->job->trust != NULL;
}

static bool load_issuers(const struct work *work) {
    const struct settings_revocation *rules = &work->job->client_auth->revocation;
    bool done = true;
    for (size_t i = 0; i < rules->issuer_count; i++)
        done = load_issuer_file(work, &rules->issuers[i]) && done;
    return done && (revsigners_settle(work->job->signers) || short_of_memory(work));
}

static bool load_issuer_file(const struct work *work, const struct settings_file *file) {
    struct pem_reader reader;
    struct pem_block block;
    enum pem_status status = PEM_DONE;
    bool done = true;
    size_t blocks = 0;
    pem_init(&reader, work->context->settings->contents[file->content].bytes);
    for (; done && (status = pem_next(&reader, &block)) == PEM_FOUND; blocks++)
        done = load_issuer(work, file, &block);
    if (status == PEM_BROKEN)
        return error_add(work->errors, file->place, "%s line %u: %s.", file->path, reader.line, reader.fault);
    if (done && blocks == 0)
        return error_add(work->errors, file->place, "%s has no certificate in it.", file->path);
    return done;
}

static bool load_issuer(const struct work *work, const struct settings_file *file, const struct pem_block *block) {
    struct buf der;
    buf_init(&der, PEM_BLOCK_BYTES_MAX);
    bool done =
        pem_is(block, "CERTIFICATE") && pem_decode(block, &der) && revsigners_add(work->job->signers, buf_view(&der));
    buf_fini(&der);
    return done ||
        error_add(work->errors, file->place, "%s line %u: this is not a certificate, or there are too many.",
                  file->path, block->line);
}

static bool make_writer(const struct work *work) {
    const struct settings_revocation *rules = &work->job->client_auth->revocation;
    int64_t too_old = revocation_too_old(rules->stale, rules->grace_ms / 1000, work->context->now);
    work->job->writer =
        revwrite_new(work->job->signers, work->context->now, work->context->takes_old ? INT64_MIN : too_old);
    if (work->job->writer == NULL)
        return short_of_memory(work);
    revwrite_remember(work->job->writer, work->context->numbers);
    return true;
}

static bool take_locations(const struct work *work) {
    const struct settings_revocation *rules = &work->job->client_auth->revocation;
    bool done = true;
    for (size_t i = 0; i < rules->list_count; i++) {
        struct slice location = slice_text(rules->lists[i]);
        done = (url_is(location) ? take_url(work, location) : take_path(work, rules->lists[i])) && done;
    }
    if (rules->distribution_points.host_count > 0) {
        take_points(work, work->job->client_auth->trust, work->job->client_auth->trust_count);
        take_points(work, rules->issuers, rules->issuer_count);
    }
    return done;
}

/* The certificates are good: the trust and the signers are made of them. */
static void take_points(const struct work *work, const struct settings_file *files, size_t count) {
    for (size_t i = 0; i < count; i++)
        take_points_of(work, work->context->settings->contents[files[i].content].bytes);
}

static void take_points_of(const struct work *work, struct slice bytes) {
    struct pem_reader reader;
    struct pem_block block;
    struct buf der;
    bool ignored = bytes.len > 0 && bytes.data[0] == 0x30 && distpointurl_each(bytes, take_point, (void *)work);
    pem_init(&reader, bytes);
    while (pem_next(&reader, &block) == PEM_FOUND) {
        buf_init(&der, PEM_BLOCK_BYTES_MAX);
        ignored = pem_decode(&block, &der) && distpointurl_each(buf_view(&der), take_point, (void *)work);
        buf_fini(&der);
    }
    (void)ignored;
}

/* Only to hosts that the configuration allows. One too many is told; the others are fetched. */
static void take_point(void *owner, struct slice text) {
    const struct work *work = owner;
    const struct settings_distribution_points *points = &work->job->client_auth->revocation.distribution_points;
    struct error_list errors;
    struct url url;
    bool is_allowed = false;
    if (!url_parse(text, &url))
        return;
    for (size_t i = 0; i < points->host_count; i++)
        is_allowed = is_allowed || url_host_is(&url, slice_text(points->hosts[i]));
    struct work quiet = *work;
    quiet.errors = &errors;
    error_list_init(&errors);
    if (is_allowed && !take_url(&quiet, text))
        log_line(LOG_LEVEL_WARNING, "not all distribution points have room; the lists of some are missing");
    error_list_fini(&errors);
}

static bool take_url(const struct work *work, struct slice url) {
    struct revjob *job = work->job;
    const struct source source = {
        .kind = SOURCE_URL,
        .name = url,
        .request = {.url = url, .max_bytes = REVJOB_LIST_BYTES_MAX, .limit_ms = FETCH_MS},
        .interval_ms = job->client_auth->revocation.refresh_ms,
    };
    if (revjob_uses(job, url))
        return true;
    const char *kept = arena_text(work->context->arena, url);
    if (job->url_count == REVJOB_URLS_MAX || kept == NULL || sourcelist_add(work->context->sources, &source) == NULL)
        return error_add(work->errors, job->client_auth->revocation.place,
                         "There are more than %d sources of lists, or memory is short.", SOURCE_MAX);
    job->urls[job->url_count++] = kept;
    return true;
}

/* More paths than sources are possible: those that find no place are read, but not looked at for changes. */
static bool take_path(const struct work *work, const char *path) {
    const struct source source = {.kind = SOURCE_PATH,
                                  .name = slice_text(path),
                                  .interval_ms = work->job->client_auth->revocation.poll_ms};
    struct source *kept = sourcelist_add(work->context->sources, &source);
    size_t before = work->errors->total;
    bool done = load_path(work, path);
    if (kept == NULL || kept->verdict == SOURCE_VERDICT_REFUSED)
        return done;
    const char *why =
        !done && before < work->errors->count ? work->errors->items[before].sentence : "It cannot be read.";
    sourcelist_judge(work->context->sources, kept, done ? SOURCE_VERDICT_TAKEN : SOURCE_VERDICT_REFUSED,
                     done ? "" : why);
    return done;
}

static bool load_path(const struct work *work, const char *path) {
    const struct load_source *source = work->context->source;
    struct buf names;
    buf_init(&names, LOAD_NAMES_BYTES_MAX);
    bool is_directory = source->list != NULL && source->list(source->owner, path, &names);
    bool done = is_directory ? load_directory(work, path, buf_view(&names)) : load_file(work, path);
    buf_fini(&names);
    return done;
}

/* An empty directory is no list yet: the rule "missing" says what that means. */
static bool load_directory(const struct work *work, const char *path, struct slice names) {
    bool done = true;
    while (done && names.len > 0) {
        char file[PATH_ROOM];
        struct slice name = slice_text((const char *)names.data);
        names = slice_sub(names, name.len + 1, names.len);
        if (!is_list((const char *)name.data))
            continue;
        int len = snprintf(file, sizeof(file), "%s/%s", path, (const char *)name.data);
        const char *kept = len < PATH_ROOM ? arena_text(work->context->arena, slice_text(file)) : NULL;
        done = kept != NULL ? load_file(work, kept) : short_of_memory(work);
    }
    return done;
}

/* Hidden files are an editor's, or somebody's work in progress. */
static bool is_list(const char *name) {
    struct slice text = slice_text(name);
    for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]) && name[0] != '.'; i++) {
        if (slice_ends(text, slice_text(endings[i])))
            return true;
    }
    return false;
}

static bool load_file(const struct work *work, const char *path) {
    struct revjob *job = work->job;
    const struct load_source *source = work->context->source;
    const struct revpack_origin origin = {.place = job->client_auth->revocation.place, .path = path};
    struct buf *grown =
        job->file_count < PATHS_MAX ? reallocarray(job->files, job->file_count + 1, sizeof(*grown)) : NULL;
    if (grown == NULL)
        return short_of_memory(work);
    job->files = grown;
    struct buf *bytes = &job->files[job->file_count++];
    buf_init(bytes, REVJOB_LIST_BYTES_MAX);
    return source->read(source->owner, path, origin.place, bytes, work->errors) &&
        revwrite_add(job->writer, buf_view(bytes), &origin, work->errors);
}

static bool short_of_memory(const struct work *work) {
    return error_add(work->errors, work->job->client_auth->revocation.place,
                     "There are too many revocation lists, or not enough memory for them.");
}
