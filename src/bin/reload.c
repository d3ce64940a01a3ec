/* The steps of a reload. */
#include "bin/reload.h"

#include "base/log.h"
#include "base/now.h"
#include "os/fd.h"

#include <stdio.h>

static void begin(struct reload *reload, int64_t now_ms);
static void take_requests(struct reload *reload);
static void begin_refresh(struct reload *reload, int64_t now_ms);
static void take_compiled(struct reload *reload, int64_t now_ms);
static const char *fixed_change(const struct outline *old, const struct outline *new);
static void prepare(struct reload *reload, int64_t now_ms);
static void take_prepared(struct reload *reload, int64_t now_ms);
static void take_committed(struct reload *reload, int64_t now_ms);
static void adopt_sources(struct reload *reload, int64_t now_ms);
static void refuse(struct reload *reload, const char *why, int64_t now_ms);
static void drop_bundle(struct reload *reload);
static void end_refresh(struct reload *reload);
static void end(struct reload *reload, bool done, const char *text);
static void log_lines(enum log_level level, const char *text);

void reload_init(struct reload *reload, struct compilation *compilation, struct crew *crew, struct liaison *liaison,
                 struct sources *sources, struct names *names, struct service *service,
                 const struct child_program *program) {
    *reload = (struct reload){
        .compilation = compilation,
        .crew = crew,
        .liaison = liaison,
        .sources = sources,
        .names = names,
        .service = service,
        .program = program,
    };
    logfiles_init(&reload->logs);
}

void reload_want(struct reload *reload) {
    reload->wanted = true;
}

void reload_step(struct reload *reload, int64_t now_ms) {
    bool wanted = reload->wanted || reload->liaison->requests_count > 0;
    bool is_free = reload->phase == RELOAD_IDLE && reload->compilation->child.pid == 0;
    if (is_free && wanted)
        begin(reload, now_ms);
    else if (is_free && sources_want_refresh(reload->sources))
        begin_refresh(reload, now_ms);
    if (reload->phase == RELOAD_COMPILING)
        take_compiled(reload, now_ms);
    bool is_patient = names_are_awaited(reload->names) && now_ms < reload->patient_until_ms;
    if (reload->phase == RELOAD_COMPILED && !is_patient && crew_is_steady(reload->crew))
        prepare(reload, now_ms);
    if (reload->phase == RELOAD_PREPARING)
        take_prepared(reload, now_ms);
    if (reload->phase == RELOAD_COMMITTING)
        take_committed(reload, now_ms);
}

void reload_forget_requests(struct reload *reload) {
    reload->asked_count = 0;
}

void reload_fini(struct reload *reload) {
    if (!reload->compilation)
        return;
    logfiles_close(&reload->logs);
    drop_bundle(reload);
    reload->phase = RELOAD_IDLE;
}

static void begin(struct reload *reload, int64_t now_ms) {
    take_requests(reload);
    reload->wanted = false;
    reload->phase = RELOAD_COMPILING;
    reload->is_refresh = false;
    log_line(LOG_LEVEL_INFO, "reload: compiling %s", reload->program->config_path);
    service_reloading(reload->service, now_us());
    compilation_start(reload->compilation, reload->program, now_ms);
    sources_order(reload->sources, reload->compilation, -1);
}

static void begin_refresh(struct reload *reload, int64_t now_ms) {
    reload->phase = RELOAD_COMPILING;
    reload->is_refresh = true;
    compilation_start(reload->compilation, reload->program, now_ms);
    sources_order(reload->sources, reload->compilation, crew_current(reload->crew)->bundle_fd);
}

static void take_requests(struct reload *reload) {
    struct liaison *liaison = reload->liaison;
    memcpy(reload->asked, liaison->requests, sizeof(reload->asked));
    reload->asked_count = liaison->requests_count;
    liaison->requests_count = 0;
}

static void take_compiled(struct reload *reload, int64_t now_ms) {
    struct compilation *compilation = reload->compilation;
    if (compilation->phase == COMPILATION_REFUSED) {
        refuse(reload, compilation->refusal, now_ms);
        return;
    }
    if (compilation->phase != COMPILATION_DONE)
        return;
    if (reload->is_refresh && !sources_bring_news(reload->sources, compilation->list_fds[COMPILATION_SOURCES])) {
        adopt_sources(reload, now_ms);
        drop_bundle(reload);
        end_refresh(reload);
        return;
    }
    const char *change = fixed_change(&crew_current(reload->crew)->outline, &compilation->outline);
    if (change) {
        refuse(reload, change, now_ms);
        return;
    }
    names_expect(reload->names, compilation->list_fds[COMPILATION_NAMES], now_ms);
    reload->patient_until_ms = now_ms + NAMES_PATIENCE_MS;
    reload->phase = RELOAD_COMPILED;
}

/* What the supervisor sets up once cannot change under it. */
static const char *fixed_change(const struct outline *old, const struct outline *new) {
    if (old->workers != new->workers)
        return "workers: The number of workers cannot change in a reload; restart the gateway.";
    if (strcmp(old->user, new->user) != 0)
        return "user: The user cannot change in a reload; restart the gateway.";
    if (strcmp(old->control_socket, new->control_socket) != 0)
        return "control.socket: The path of the admin socket cannot change in a reload; restart the gateway.";
    if (strcmp(old->state_directory, new->state_directory) != 0)
        return "state_directory: The directory cannot change in a reload; restart the gateway.";
    return NULL;
}

static void prepare(struct reload *reload, int64_t now_ms) {
    static struct sockets sockets;
    struct compilation *compilation = reload->compilation;
    struct error error;
    bool opened = (reload->is_refresh || logfiles_open(&reload->logs, &compilation->outline, &error)) &&
        sockets_plan(crew_sockets(reload->crew), &compilation->outline, reload->service, &sockets, &error);
    if (!opened) {
        refuse(reload, error.sentence, now_ms);
        return;
    }
    struct crew_generation next = {.number = crew_current(reload->crew)->number + 1, .outline = compilation->outline};
    next.bundle_fd = compilation_take(compilation);
    crew_prepare(reload->crew, &next, &sockets, now_ms);
    reload->phase = RELOAD_PREPARING;
}

static void take_prepared(struct reload *reload, int64_t now_ms) {
    if (crew_phase(reload->crew) == CREW_PREPARED) {
        crew_commit(reload->crew);
        reload->phase = RELOAD_COMMITTING;
    } else if (crew_phase(reload->crew) == CREW_REFUSED) {
        crew_abort(reload->crew);
        refuse(reload, crew_refusal(reload->crew), now_ms);
    }
}

static void take_committed(struct reload *reload, int64_t now_ms) {
    if (crew_phase(reload->crew) != CREW_SETTLED)
        return;
    names_settle(reload->names, true);
    adopt_sources(reload, now_ms);
    unsigned long long number = crew_current(reload->crew)->number;
    if (reload->is_refresh) {
        log_line(LOG_LEVEL_INFO, "lists refreshed; generation %llu is in force", number);
        end_refresh(reload);
        return;
    }
    liaison_use_logs(reload->liaison, &reload->logs);
    char text[64];
    snprintf(text, sizeof(text), "Generation %llu is in force.", number);
    end(reload, true, text);
}

static void adopt_sources(struct reload *reload, int64_t now_ms) {
    int list_fds[COMPILATION_LIST_COUNT];
    compilation_take_lists(reload->compilation, list_fds);
    sources_adopt(reload->sources, list_fds, now_ms);
    for (size_t i = 0; i < COMPILATION_LIST_COUNT; i++)
        fd_close(&list_fds[i]);
}

/* A refused reload says nothing about the documents that it was given; they are tried again, by a refresh. */
static void refuse(struct reload *reload, const char *why, int64_t now_ms) {
    logfiles_close(&reload->logs);
    drop_bundle(reload);
    names_settle(reload->names, false);
    sources_refuse(reload->sources, reload->is_refresh ? why : NULL, now_ms);
    if (reload->is_refresh)
        end_refresh(reload);
    else
        end(reload, false, why);
}

static void drop_bundle(struct reload *reload) {
    int bundle_fd = compilation_take(reload->compilation);
    fd_close(&bundle_fd);
}

/* Nobody waits for it, and it does not count as a reload. */
static void end_refresh(struct reload *reload) {
    reload->ended = true;
    reload->phase = RELOAD_IDLE;
}

static void end(struct reload *reload, bool done, const char *text) {
    enum log_level level = done ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR;
    log_line(level, "reload %s", done ? "done" : "refused; nothing has changed");
    log_lines(level, text);
    for (size_t i = 0; i < reload->asked_count; i++)
        liaison_answer(reload->liaison, reload->asked[i], done, slice_text(text));
    reload->asked_count = 0;
    reload->result_ms = now_unix_ms();
    reload->result_ok = done;
    snprintf(reload->result_text, sizeof(reload->result_text), "%s", text);
    reload->ended = true;
    reload->phase = RELOAD_IDLE;
    service_ready(reload->service);
}

static void log_lines(enum log_level level, const char *text) {
    while (*text != '\0') {
        int len = (int)strcspn(text, "\n");
        log_line(level, "%.*s", len, text);
        text += len;
        text += *text == '\n';
    }
}
