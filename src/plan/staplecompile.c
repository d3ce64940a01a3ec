#include "plan/staplecompile.h"

#include "base/text.h"
#include "pki/ocspparse.h"
#include "pki/staple.h"
#include "plan/staples.h"

#include <stdio.h>

/* How often a response is asked for: at half of its life, but not oftener and not more seldom than this; and as long as
 * there is none. LIMIT_MS: for one fetch. */
enum { INTERVAL_MIN_S = 1, INTERVAL_MAX_S = 86400, INTERVAL_WITHOUT_S = 10, LIMIT_MS = 15000 };

/* One go over all certificates. added: contents to be added. */
struct run {
    struct settings *settings;
    struct arena *arena;
    struct sourcelist *sources;
    int64_t now;
    struct error_list *errors;
    struct settings_content *contents;
    size_t count;
};

/* One certificate. response: the best so far, empty when there is none. */
struct job {
    struct run *run;
    const struct settings_certificate *certificate;
    struct ocspsubject subject;
    char name[STAPLES_NAME_ROOM];
    struct slice response;
    int64_t until;
};

static size_t count_wanted(const struct settings *settings);
static bool make_room(struct run *run, size_t wanted);
static bool staple_all(struct run *run, const struct settings_certificate *certificates, size_t count);
static bool staple_one(struct run *run, const struct settings_certificate *certificate);
static bool take_file(struct job *job);
static bool take_fetched(struct job *job);
static bool add_source(struct job *job, struct source **source);
static const char *url_of(struct job *job, struct buf *urls);
static void take_documents(struct job *job, struct source *source);
static const char *try_response(struct job *job, struct slice response);
static int64_t interval_ms(const struct job *job);
static bool keep(struct job *job);
static struct settings_content *find(struct run *run, const char *name);
static bool complain(const struct job *job, const char *words);

bool staplecompile(struct settings *settings, struct arena *arena, struct sourcelist *sources, int64_t now,
                   struct error_list *errors) {
    struct run run = {.settings = settings, .arena = arena, .sources = sources, .now = now, .errors = errors};
    size_t wanted = count_wanted(settings);
    if (wanted == 0)
        return true;
    if (!make_room(&run, wanted))
        return error_add(errors, settings->place, "not enough memory for the OCSP responses");
    bool done = true;
    for (size_t i = 0; i < settings->listener_count; i++) {
        const struct settings_listener *listener = &settings->listeners[i];
        done = staple_all(&run, listener->certificates, listener->certificate_count) && done;
        for (size_t at = 0; at < listener->host_count; at++)
            done = staple_all(&run, listener->hosts[at].certificates, listener->hosts[at].certificate_count) && done;
    }
    settings->contents = run.contents;
    settings->content_count = run.count;
    return done;
}

static size_t count_wanted(const struct settings *settings) {
    size_t count = 0;
    for (size_t i = 0; i < settings->listener_count; i++) {
        const struct settings_listener *listener = &settings->listeners[i];
        for (size_t at = 0; at < listener->certificate_count; at++)
            count += listener->certificates[at].stapling.enabled;
        for (size_t host = 0; host < listener->host_count; host++) {
            for (size_t at = 0; at < listener->hosts[host].certificate_count; at++)
                count += listener->hosts[host].certificates[at].stapling.enabled;
        }
    }
    return count;
}

static bool make_room(struct run *run, size_t wanted) {
    const struct settings *settings = run->settings;
    run->contents = arena_array(run->arena, settings->content_count + wanted, sizeof(*run->contents));
    if (run->contents == NULL)
        return false;
    memcpy(run->contents, settings->contents, settings->content_count * sizeof(*run->contents));
    run->count = settings->content_count;
    return true;
}

static bool staple_all(struct run *run, const struct settings_certificate *certificates, size_t count) {
    bool done = true;
    for (size_t i = 0; i < count; i++) {
        if (certificates[i].stapling.enabled)
            done = staple_one(run, &certificates[i]) && done;
    }
    return done;
}

static bool staple_one(struct run *run, const struct settings_certificate *certificate) {
    const struct settings_stapling *stapling = &certificate->stapling;
    const struct settings_content *files = run->settings->contents;
    struct job job = {.run = run, .certificate = certificate};
    staples_name(run->settings, certificate, job.name);
    struct slice issuer = stapling->issuer_count ? files[stapling->issuer[0].content].bytes : slice_text("");
    const char *fault = staple_subject(&job.subject, files[certificate->certificate.content].bytes, issuer);
    bool done;
    if (fault != NULL)
        done = complain(&job, fault);
    else
        done = stapling->response_count ? take_file(&job) : take_fetched(&job);
    ocspsubject_fini(&job.subject);
    return done && (job.response.len == 0 || keep(&job) || complain(&job, "there is not enough memory"));
}

/* A file of the operator's that is of no use is an error at load; later it only grows old, and is shown no more. */
static bool take_file(struct job *job) {
    const struct settings_file *file = &job->certificate->stapling.response[0];
    const char *fault = try_response(job, job->run->settings->contents[file->content].bytes);
    return fault == NULL || error_add(job->run->errors, file->place, "%s: %s.", file->path, fault);
}

static bool take_fetched(struct job *job) {
    struct source *source;
    if (!add_source(job, &source))
        return false;
    take_documents(job, source);
    source->interval_ms = interval_ms(job);
    source->expires = job->response.len ? job->until : 0;
    return true;
}

/* Certificates that are in two files have one source. */
static bool add_source(struct job *job, struct source **source) {
    char serial[2 * REVKEY_SERIAL_MAX];
    char name[SOURCE_NAME_MAX];
    struct buf urls;
    struct buf body;
    buf_init(&urls, OCSPSUBJECT_URLS_MAX * (URL_MAX + 1));
    buf_init(&body, OCSPSUBJECT_REQUEST_MAX);
    const char *url = url_of(job, &urls);
    text_hex(serial, slice_of(job->subject.id.serial, job->subject.id.serial_len));
    *source = NULL;
    if (url != NULL && ocspsubject_ask(&job->subject, OCSPSUBJECT_SHA1, slice_text(""), &body)) {
        int len = snprintf(name, sizeof(name), "%s for certificate %.*s", url, 2 * job->subject.id.serial_len, serial);
        *source =
            sourcelist_add(job->run->sources,
                           &(struct source){.kind = SOURCE_URL,
                                            .name =
                                                slice_of(name, len > 0 && (size_t)len < sizeof(name) ? (size_t)len : 0),
                                            .request = {.url = slice_text(url),
                                                        .body = buf_view(&body),
                                                        .content_type = slice_text("application/ocsp-request"),
                                                        .max_bytes = OCSPPARSE_BYTES_MAX,
                                                        .limit_ms = LIMIT_MS}});
    }
    bool done = *source != NULL ||
        complain(job,
                 url ? "there are too many sources" : "it names no responder by http or https; give \"responder\"");
    buf_fini(&urls);
    buf_fini(&body);
    return done;
}

/* The configured one, or the first that the certificate names and that can be asked. */
static const char *url_of(struct job *job, struct buf *urls) {
    const char *configured = job->certificate->stapling.responder;
    struct url parsed;
    if (configured != NULL)
        return configured;
    size_t count = ocspsubject_urls(&job->subject, urls);
    const char *url = (const char *)buf_view(urls).data;
    for (; count > 0; count--, url += strlen(url) + 1) {
        if (url_parse(slice_text(url), &parsed))
            return url;
    }
    return NULL;
}

/* What is in use comes first, so that an older response cannot take its place. */
static void take_documents(struct job *job, struct source *source) {
    struct sourcelist_document document = sourcelist_document(job->run->sources, source->name);
    const struct settings_content *used = find(job->run, job->name);
    if (used != NULL)
        (void)try_response(job, slice_sub(used->bytes, STAPLES_HEAD_BYTES, used->bytes.len));
    if (document.former.len > 0)
        (void)try_response(job, document.former);
    if (document.fresh.len == 0)
        return;
    const char *fault = try_response(job, document.fresh);
    sourcelist_judge(job->run->sources, source, fault ? SOURCE_VERDICT_REFUSED : SOURCE_VERDICT_TAKEN,
                     fault ? fault : "");
}

/* NULL when it is the best so far now, else why not. */
static const char *try_response(struct job *job, struct slice response) {
    int64_t until;
    const char *fault = staple_judge(&job->subject, response, job->run->now, &until);
    if (fault != NULL)
        return fault;
    if (job->response.len > 0 && until < job->until)
        return "it is older than the one in use";
    job->response = response;
    job->until = until;
    return NULL;
}

static int64_t interval_ms(const struct job *job) {
    int64_t seconds = job->response.len ? (job->until - job->run->now) / 2 : INTERVAL_WITHOUT_S;
    seconds = seconds < INTERVAL_MIN_S ? INTERVAL_MIN_S : seconds;
    return (seconds > INTERVAL_MAX_S ? INTERVAL_MAX_S : seconds) * 1000;
}

/* In place of the former, or at the end: there is room for each certificate. */
static bool keep(struct job *job) {
    struct run *run = job->run;
    struct settings_content *content = find(run, job->name);
    uint8_t *bytes = arena_alloc(run->arena, STAPLES_HEAD_BYTES + job->response.len);
    const char *name = arena_text(run->arena, slice_text(job->name));
    if (bytes == NULL || name == NULL)
        return false;
    staples_head(job->until, bytes);
    memcpy(bytes + STAPLES_HEAD_BYTES, job->response.data, job->response.len);
    if (content == NULL)
        content = &run->contents[run->count++];
    *content = (struct settings_content){name, slice_of(bytes, STAPLES_HEAD_BYTES + job->response.len)};
    return true;
}

static struct settings_content *find(struct run *run, const char *name) {
    for (size_t i = run->count; i > 0; i--) {
        if (strcmp(run->contents[i - 1].path, name) == 0)
            return &run->contents[i - 1];
    }
    return NULL;
}

static bool complain(const struct job *job, const char *words) {
    return error_add(job->run->errors, job->certificate->stapling.place, "OCSP stapling for %s: %s.",
                     job->certificate->certificate.path, words);
}
