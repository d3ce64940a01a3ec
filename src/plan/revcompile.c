#include "plan/revcompile.h"

#include "plan/revjob.h"

#include <stdio.h>
#include <stdlib.h>

/* One go at all indexes. old: the contents as they were before, with the indexes in use when it is a refresh.
 * takes_fresh: new documents are tried; is_fresh: one was taken. errors: of this go. */
struct run {
    struct settings *settings;
    struct arena *arena;
    const struct revcompile *how;
    struct revjob_context context;
    struct settings_content *old;
    size_t old_count;
    struct revjob **jobs;
    size_t job_count;
    bool takes_fresh;
    bool is_fresh;
    struct revnumbers_memory *memory;
    struct error_list errors;
};

static bool note_contents(struct run *run);
static bool restore_contents(struct run *run);
static bool go(struct run *run, const struct revnumbers *numbers);
static void end_go(struct run *run);
static bool gather_jobs(struct run *run);
static bool gather_clients(struct run *run, const struct settings_client_auth *client_auth);
static bool gather_job(struct run *run, const struct settings_client_auth *client_auth);
static bool open_job(struct run *run, struct revjob *job);
static void add_urls(struct run *run);
static void add_document(struct run *run, struct source *source, const struct sourcelist_document *document);
static bool add_to_all(struct run *run, const struct source *source, struct slice document, struct error_list *errors);
static void tell_former(struct run *run, struct source *source, const struct error_list *errors);
static bool finish_job(struct run *run, struct revjob *job);
static bool write_index(struct run *run, struct revjob *job);
static void note_times(struct run *run, const struct revjob *job);
static void note_time(struct run *run, const struct revjob *job, const char *name);
static bool keep_old(struct run *run, const struct revjob *job);
static bool keep(struct run *run, const char *name, struct slice index);
static struct settings_content *find_content(struct settings *settings, const char *name);
static void blame_fresh(struct run *run, const char *why);
static void blame_paths(struct run *run, const struct revjob *job, const char *why);
static const char *first_of(const struct error_list *errors);
static void pass_on(const struct error_list *from, struct error_list *to);
static bool short_of_memory(struct run *run);

bool revcompile_lists(struct settings *settings, struct arena *arena, const struct revcompile *how,
                      struct error_list *errors) {
    struct run run = {.settings = settings, .arena = arena, .how = how, .takes_fresh = true};
    struct revnumbers numbers;
    error_list_init(&run.errors);
    bool done = revnumbers_open(&numbers, how->numbers) ||
        error_add(&run.errors, settings->place,
                  "What was remembered of the numbers of revocation lists cannot be read.");
    done = done && note_contents(&run) && go(&run, &numbers);
    if (!done && run.is_fresh) {
        blame_fresh(&run, first_of(&run.errors));
        end_go(&run);
        run.takes_fresh = false;
        done = (restore_contents(&run) || short_of_memory(&run)) && go(&run, &numbers);
    }
    if (done && how->new_numbers != NULL)
        done = revnumbers_memory_write(run.memory, how->new_numbers) || short_of_memory(&run);
    pass_on(&run.errors, errors);
    end_go(&run);
    error_list_fini(&run.errors);
    return done;
}

static bool note_contents(struct run *run) {
    run->old = run->settings->contents;
    run->old_count = run->settings->content_count;
    return restore_contents(run) || short_of_memory(run);
}

/* The array is ours to change; what the settings name by its number stays where it is. */
static bool restore_contents(struct run *run) {
    struct settings_content *contents = arena_array(run->arena, run->old_count + 1, sizeof(*contents));
    if (contents == NULL)
        return false;
    if (run->old_count > 0)
        memcpy(contents, run->old, run->old_count * sizeof(*contents));
    run->settings->contents = contents;
    run->settings->content_count = run->old_count;
    return true;
}

static bool go(struct run *run, const struct revnumbers *numbers) {
    const struct revcompile *how = run->how;
    run->context = (struct revjob_context){.settings = run->settings,
                                           .arena = run->arena,
                                           .source = how->source,
                                           .now = how->now,
                                           .takes_old = how->is_refresh,
                                           .numbers = numbers,
                                           .sources = how->sources};
    run->memory = revnumbers_memory_new(numbers);
    if (run->memory == NULL || !gather_jobs(run))
        return short_of_memory(run);
    bool done = true;
    for (size_t i = 0; i < run->job_count; i++)
        done = open_job(run, run->jobs[i]) && done;
    if (done)
        add_urls(run);
    for (size_t i = 0; done && i < run->job_count; i++)
        done = finish_job(run, run->jobs[i]);
    return done;
}

static void end_go(struct run *run) {
    for (size_t i = 0; i < run->job_count; i++)
        revjob_free(&run->jobs[i]);
    free(run->jobs);
    run->jobs = NULL;
    run->job_count = 0;
    revnumbers_memory_free(&run->memory);
    error_list_fini(&run->errors);
    error_list_init(&run->errors);
}

static bool gather_jobs(struct run *run) {
    const struct settings *settings = run->settings;
    bool done = true;
    for (size_t i = 0; i < settings->listener_count; i++) {
        const struct settings_listener *listener = &settings->listeners[i];
        if (listener->certificate_count > 0)
            done = done && gather_clients(run, &listener->client_auth);
        for (size_t at = 0; at < listener->host_count; at++)
            done = done && gather_clients(run, &listener->hosts[at].client_auth);
    }
    for (size_t i = 0; i < settings->backend_count; i++)
        done = done && gather_job(run, &settings->backends[i].tls.server);
    return done;
}

static bool gather_clients(struct run *run, const struct settings_client_auth *client_auth) {
    return !tls_endpoint_judges(client_auth->mode) || gather_job(run, client_auth);
}

/* Hosts with the same trust and lists share an index. */
static bool gather_job(struct run *run, const struct settings_client_auth *client_auth) {
    char name[REVOCATIONS_NAME_ROOM];
    if (!revocations_are_asked(client_auth))
        return true;
    revocations_name(client_auth, name);
    for (size_t i = 0; i < run->job_count; i++) {
        if (strcmp(run->jobs[i]->name, name) == 0)
            return true;
    }
    struct revjob **grown = reallocarray(run->jobs, run->job_count + 1, sizeof(struct revjob *));
    if (grown == NULL)
        return false;
    run->jobs = grown;
    run->jobs[run->job_count] = revjob_new(client_auth);
    return run->jobs[run->job_count++] != NULL;
}

/* In a refresh, a bad file costs its own index the new lists, and no other. */
static bool open_job(struct run *run, struct revjob *job) {
    struct error_list errors;
    error_list_init(&errors);
    bool done = revjob_open(job, &run->context, &errors);
    if (!done && run->how->is_refresh)
        job->is_kept = done = true;
    else
        pass_on(&errors, &run->errors);
    error_list_fini(&errors);
    return done;
}

static void add_urls(struct run *run) {
    struct sourcelist *list = run->how->sources;
    for (size_t i = 0; i < list->count; i++) {
        struct source *source = &list->sources[i];
        const struct sourcelist_document document = sourcelist_document(list, source->name);
        if (source->kind == SOURCE_URL)
            add_document(run, source, &document);
    }
}

/* All indexes take the new document, or none does. A former one that cannot be believed any more (the trust changed) is
 * not there. */
static void add_document(struct run *run, struct source *source, const struct sourcelist_document *document) {
    struct error_list errors;
    error_list_init(&errors);
    bool is_taken = false;
    if (document->fresh.len > 0 && run->takes_fresh) {
        is_taken = add_to_all(run, source, document->fresh, &errors);
        run->is_fresh = run->is_fresh || is_taken;
        sourcelist_judge(run->how->sources, source, is_taken ? SOURCE_VERDICT_TAKEN : SOURCE_VERDICT_REFUSED,
                         is_taken ? "" : first_of(&errors));
    }
    if (!is_taken && document->former.len > 0 && !add_to_all(run, source, document->former, &errors))
        tell_former(run, source, &errors);
    error_list_fini(&errors);
}

static bool add_to_all(struct run *run, const struct source *source, struct slice document, struct error_list *errors) {
    bool done = true;
    size_t i = 0;
    size_t *before = calloc(run->job_count + 1, sizeof(*before));
    for (; before != NULL && done && i < run->job_count; i++) {
        struct revjob *job = run->jobs[i];
        if (job->is_kept || !revjob_uses(job, source->name))
            continue;
        before[i] = revwrite_count(job->writer);
        done = revjob_add(job, source->name, document, errors);
    }
    while (before != NULL && !done && i-- > 0) {
        struct revjob *job = run->jobs[i];
        if (!job->is_kept && revjob_uses(job, source->name))
            revwrite_take_back(job->writer, before[i]);
    }
    done = done && before != NULL;
    free(before);
    return done;
}

static void tell_former(struct run *run, struct source *source, const struct error_list *errors) {
    if (source->verdict == SOURCE_VERDICT_NONE)
        sourcelist_judge(run->how->sources, source, SOURCE_VERDICT_REFUSED, first_of(errors));
}

static bool finish_job(struct run *run, struct revjob *job) {
    bool is_refresh = run->how->is_refresh;
    if (!job->is_kept && write_index(run, job)) {
        note_times(run, job);
        return revwrite_note_numbers(job->writer, run->memory) || short_of_memory(run);
    }
    if (!job->is_kept && (!is_refresh || run->is_fresh))
        return false;
    if (!job->is_kept)
        blame_paths(run, job, first_of(&run->errors));
    error_list_fini(&run->errors); /* told by the verdicts */
    error_list_init(&run->errors);
    return keep_old(run, job);
}

static bool write_index(struct run *run, struct revjob *job) {
    struct buf index;
    buf_init(&index, REVINDEX_BYTES_MAX);
    bool done = revwrite_finish(job->writer, &index, &run->errors) &&
        (keep(run, job->name, buf_view(&index)) || short_of_memory(run));
    buf_fini(&index);
    return done;
}

static void note_times(struct run *run, const struct revjob *job) {
    const struct settings_revocation *rules = &job->client_auth->revocation;
    for (size_t i = 0; i < job->url_count; i++)
        note_time(run, job, job->urls[i]);
    for (size_t i = 0; i < rules->list_count; i++)
        note_time(run, job, rules->lists[i]);
}

static void note_time(struct run *run, const struct revjob *job, const char *name) {
    struct source *source = sourcelist_find(run->how->sources, slice_text(name));
    int64_t expires = revwrite_next_update(job->writer, name);
    if (source != NULL && expires != 0 && (source->expires == 0 || expires < source->expires))
        source->expires = expires;
}

/* It is among the contents, unless it was never made. */
static bool keep_old(struct run *run, const struct revjob *job) {
    return find_content(run->settings, job->name) != NULL ||
        error_add(&run->errors, job->client_auth->revocation.place, "The revocation lists cannot be used.");
}

static bool keep(struct run *run, const char *name, struct slice index) {
    struct settings *settings = run->settings;
    struct settings_content *known = find_content(settings, name);
    const struct settings_content added = {.path = arena_text(run->arena, slice_text(name)),
                                           .bytes = arena_copy(run->arena, index)};
    if (added.path == NULL || added.bytes.data == NULL)
        return false;
    if (known != NULL) {
        *known = added;
        return true;
    }
    struct settings_content *contents = arena_array(run->arena, settings->content_count + 1, sizeof(*contents));
    if (contents == NULL)
        return false;
    if (settings->content_count > 0)
        memcpy(contents, settings->contents, settings->content_count * sizeof(*contents));
    contents[settings->content_count++] = added;
    settings->contents = contents;
    return true;
}

static struct settings_content *find_content(struct settings *settings, const char *name) {
    for (size_t i = 0; i < settings->content_count; i++) {
        if (strcmp(settings->contents[i].path, name) == 0)
            return &settings->contents[i];
    }
    return NULL;
}

/* Together with the other lists, the new documents make no index; which of them is to blame is not told. */
static void blame_fresh(struct run *run, const char *why) {
    struct sourcelist *list = run->how->sources;
    char sentence[SOURCE_WHY_MAX];
    snprintf(sentence, sizeof(sentence), "%s", why);
    for (size_t i = 0; i < list->count; i++) {
        struct source *source = &list->sources[i];
        source->expires = 0;
        if (source->kind == SOURCE_URL && source->verdict == SOURCE_VERDICT_TAKEN)
            sourcelist_judge(list, source, SOURCE_VERDICT_REFUSED, sentence);
    }
}

static void blame_paths(struct run *run, const struct revjob *job, const char *why) {
    const struct settings_revocation *rules = &job->client_auth->revocation;
    for (size_t i = 0; i < rules->list_count; i++) {
        struct source *source = sourcelist_find(run->how->sources, slice_text(rules->lists[i]));
        if (source != NULL && source->kind == SOURCE_PATH)
            sourcelist_judge(run->how->sources, source, SOURCE_VERDICT_REFUSED, why);
    }
}

static const char *first_of(const struct error_list *errors) {
    return errors->count > 0 ? errors->items[0].sentence : "There is not enough memory.";
}

static void pass_on(const struct error_list *from, struct error_list *to) {
    for (size_t i = 0; i < from->count; i++) {
        const struct error *error = &from->items[i];
        const struct error_place place = {.file = error->file[0] ? error->file : NULL,
                                          .line = error->line,
                                          .column = error->column};
        error_add(to, place, "%s", error->sentence);
    }
}

static bool short_of_memory(struct run *run) {
    return error_add(&run->errors, run->settings->place, "There is not enough memory for the revocation lists.");
}
