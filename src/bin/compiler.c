/* Compiling a configuration. */
#include "bin/compiler.h"

#include "base/log.h"
#include "base/now.h"
#include "bin/confine.h"
#include "bin/readconfig.h"
#include "ipc/ask.h"
#include "ipc/channel.h"
#include "ipc/resolve.h"
#include "os/fd.h"
#include "os/sealed.h"
#include "pki/revnumbers.h"
#include "plan/bundle.h"
#include "plan/namelist.h"
#include "plan/ocsphosts.h"
#include "plan/passwordplan.h"
#include "plan/snapshot.h"
#include "plan/staplecompile.h"
#include "tls/library.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>

/* The trial's chain cache serves nobody. */
enum { TRIAL_CHAINS = 1 };

/* One order being followed. */
struct work {
    struct order *order;
    struct compiler_result *result;
    struct arena *arena;
    struct error_list *errors;
};

static bool answer_order(struct channel *channel, const char *path, unsigned cores);
static bool compile(struct work *work, const char *path, unsigned cores);
static bool refresh(struct work *work);
static bool make(struct work *work, struct settings *settings);
static bool seal_lists(struct work *work, const struct settings *settings, struct slice numbers);
static bool compile_settings(struct settings *settings, int64_t now, int *bundle_fd, struct error_list *errors);
static bool try_snapshot(struct slice bundle, int64_t now, struct error_list *errors);
static bool outline_of(const struct settings *settings, struct outline *outline, struct error_list *errors);
static bool outline_state(const char *directory, struct outline *outline);
static bool outline_logs(const struct settings *settings, struct outline *outline);
static bool outline_log(const char *target, struct outline_log *log);
static bool outline_listeners(const struct settings *settings, struct outline *outline);
static bool copy_text(const char *from, char *to, size_t room);
static bool send_answer(struct channel *channel, bool compiled, const struct compiler_result *result,
                        const struct error_list *errors);

bool compiler_compile(const char *path, unsigned cores, struct order *order, struct compiler_result *result,
                      struct error_list *errors) {
    struct arena arena;
    arena_init(&arena, LOAD_ARENA_BLOCK_BYTES, LOAD_ARENA_BYTES_MAX);
    result->bundle_fd = -1;
    for (size_t i = 0; i < COMPILER_LIST_COUNT; i++)
        result->list_fds[i] = -1;
    struct work work = {.order = order, .result = result, .arena = &arena, .errors = errors};
    bool good = order->is_refresh ? refresh(&work) : compile(&work, path, cores);
    arena_fini(&arena);
    return good;
}

void compiler_drop(struct compiler_result *result) {
    fd_close(&result->bundle_fd);
    for (size_t i = 0; i < COMPILER_LIST_COUNT; i++)
        fd_close(&result->list_fds[i]);
}

unsigned compiler_cores(void) {
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof(set), &set) == 0 ? CPU_COUNT(&set) : 1;
    return count < 1 ? 1 : count > OUTLINE_WORKERS_MAX ? OUTLINE_WORKERS_MAX : (unsigned)count;
}

int compiler_main(const char *path) {
    static const char *const everything[] = {"/", NULL};
    const struct sandbox sandbox = {
        .promises = SANDBOX_LOOP | SANDBOX_PASS_FDS | SANDBOX_READ_FILES | SANDBOX_SEAL,
        .readable_paths = everything,
    };
    log_open("compiler", LOG_LEVEL_INFO);
    unsigned cores = compiler_cores();
    tls_library_start();
    if (!confine_process(NULL, &sandbox))
        return EXIT_FAILURE;
    struct channel *channel = channel_new(CHANNEL_CHILD_FD, CATALOG_ROLE_COMPILER, CATALOG_ROLE_SUPERVISOR);
    bool answered = channel && answer_order(channel, path, cores);
    channel_free(&channel);
    return answered ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool answer_order(struct channel *channel, const char *path, unsigned cores) {
    static struct order order; /* large, as is the result */
    static struct compiler_result result;
    struct error_list errors;
    error_list_init(&errors);
    order_init(&order);
    bool ordered = order_receive(&order, channel);
    bool compiled = ordered && compiler_compile(path, cores, &order, &result, &errors);
    bool sent = ordered && send_answer(channel, compiled, &result, &errors);
    if (ordered)
        compiler_drop(&result);
    order_fini(&order);
    error_list_fini(&errors);
    return sent;
}

static bool compile(struct work *work, const char *path, unsigned cores) {
    struct buf text;
    buf_init(&text, READCONFIG_BYTES_MAX);
    struct settings *settings = readconfig_settings(path, &text, work->arena, work->errors);
    if (settings && settings->workers == 0)
        settings->workers = cores;
    bool good = settings && outline_of(settings, &work->result->outline, work->errors) &&
        readconfig_state_directory(settings, work->errors) && readconfig_files(settings, work->arena, work->errors) &&
        make(work, settings);
    if (settings)
        load_wipe(settings);
    buf_fini(&text);
    return good;
}

/* The settings are those in use, with all that was read from files. Keys in them lie in the sealed bundle. */
static bool refresh(struct work *work) {
    struct error error;
    struct settings *settings = bundle_read(work->order->bundle, work->arena, &error);
    if (!settings)
        return error_add(work->errors, (struct error_place){0}, "%s", error.sentence);
    return outline_of(settings, &work->result->outline, work->errors) && make(work, settings);
}

static bool make(struct work *work, struct settings *settings) {
    struct compiler_result *result = work->result;
    struct buf numbers;
    buf_init(&numbers, REVNUMBERS_BYTES_MAX);
    const struct revcompile how = {
        .now = now_unix_ms() / 1000,
        .is_refresh = work->order->is_refresh,
        .numbers = work->order->numbers,
        .sources = &work->order->sources,
        .new_numbers = &numbers,
    };
    bool good = readconfig_lists(settings, work->arena, &how, work->errors) &&
        staplecompile(settings, work->arena, how.sources, how.now, work->errors) &&
        (ocsphosts_allow(settings, how.sources) ||
         error_add(work->errors, settings->place, "The settings name too many hosts to fetch from.")) &&
        compile_settings(settings, how.is_refresh ? TRUST_AT_ANY_TIME : how.now, &result->bundle_fd, work->errors) &&
        seal_lists(work, settings, buf_view(&numbers));
    if (work->order->sources.host_count > 0 || namelist_is_used(settings))
        result->outline.services |= 1U << ASK_FETCHER;
    buf_fini(&numbers);
    return good;
}

static bool seal_lists(struct work *work, const struct settings *settings, struct slice numbers) {
    struct buf lists[COMPILER_LIST_COUNT];
    static const char *const file_names[] = {"sallyport-sources", "sallyport-hosts", "sallyport-numbers",
                                             "sallyport-names"};
    buf_init(&lists[COMPILER_SOURCES], SOURCE_LIST_BYTES_MAX);
    buf_init(&lists[COMPILER_HOSTS], SOURCELIST_HOSTS_BYTES_MAX);
    buf_init(&lists[COMPILER_NUMBERS], REVNUMBERS_BYTES_MAX);
    buf_init(&lists[COMPILER_NAMES], RESOLVE_LIST_BYTES_MAX);
    bool good = sourcelist_write(&work->order->sources, &lists[COMPILER_SOURCES]) &&
        sourcelist_write_hosts(&work->order->sources, &lists[COMPILER_HOSTS]) &&
        buf_append(&lists[COMPILER_NUMBERS], numbers) && namelist_write(settings, &lists[COMPILER_NAMES]);
    for (size_t i = 0; i < COMPILER_LIST_COUNT; i++) {
        int *fd = &work->result->list_fds[i];
        *fd = good ? sealed_of(file_names[i], buf_view(&lists[i])) : -1;
        good = *fd >= 0;
        buf_fini(&lists[i]);
    }
    return good || error_add(work->errors, settings->place, "No memory for the list of sources.");
}

static bool compile_settings(struct settings *settings, int64_t now, int *bundle_fd, struct error_list *errors) {
    struct buf bundle;
    buf_init(&bundle, BUNDLE_BYTES_MAX);
    bool good = bundle_write(settings, &bundle);
    if (!good)
        error_add(errors, settings->place, "The configuration and its files are too large.");
    good = good && try_snapshot(buf_view(&bundle), now, errors);
    if (good)
        *bundle_fd = sealed_of("sallyport-bundle", buf_view(&bundle));
    if (good && *bundle_fd < 0)
        good = error_add(errors, settings->place, "No memory for the sealed configuration: %m.");
    buf_wipe(&bundle);
    return good;
}

/* What a worker would find wrong is found here, before any worker is asked. */
static bool try_snapshot(struct slice bundle, int64_t now, struct error_list *errors) {
    struct snapshot_context context = {
        .cache = chaincache_new(TRIAL_CHAINS),
        .tickets = tls_tickets_new(0),
        .upstream = upstream_new(),
        .now = now,
    };
    struct snapshot *snapshot = NULL;
    if (context.cache && context.tickets && context.upstream)
        snapshot = snapshot_new(bundle, &context, errors);
    bool good = snapshot != NULL;
    snapshot_unref(&snapshot);
    upstream_free(&context.upstream);
    tls_tickets_free(&context.tickets);
    chaincache_free(&context.cache);
    return good;
}

/* The schema's bounds are those of the outline; what does not fit all the same is refused. */
static bool outline_of(const struct settings *settings, struct outline *outline, struct error_list *errors) {
    outline->workers = settings->workers;
    outline->services = passwordplan_is_used(settings) ? 1U << ASK_CHECKER : 0;
    outline->drain_ms = settings->drain_ms;
    outline->ticket_lifetime_s = settings->tickets.lifetime_ms / 1000;
    const char *socket = settings->control.socket;
    bool fits = copy_text(settings->user, outline->user, sizeof(outline->user)) &&
        readconfig_absolute(socket, outline->control_socket, sizeof(outline->control_socket)) &&
        outline_state(settings->state_directory.path, outline) && outline_logs(settings, outline) &&
        outline_listeners(settings, outline);
    if (!fits)
        error_add(errors, settings->place, "A path or name is too long, or there are too many addresses to bind.");
    return fits;
}

static bool outline_state(const char *directory, struct outline *outline) {
    outline->state_directory[0] = '\0';
    return !directory || readconfig_absolute(directory, outline->state_directory, sizeof(outline->state_directory));
}

static bool outline_logs(const struct settings *settings, struct outline *outline) {
    return outline_log(settings->log.access, &outline->access) &&
        outline_log(settings->log.refusals, &outline->refusals);
}

static bool outline_log(const char *target, struct outline_log *log) {
    log->path[0] = '\0';
    if (strcmp(target, SETTINGS_LOG_OFF) == 0)
        log->target = OUTLINE_LOG_OFF;
    else if (strcmp(target, SETTINGS_LOG_STDERR) == 0)
        log->target = OUTLINE_LOG_STDERR;
    else
        log->target = OUTLINE_LOG_FILE;
    return log->target != OUTLINE_LOG_FILE || readconfig_absolute(target, log->path, sizeof(log->path));
}

static bool outline_listeners(const struct settings *settings, struct outline *outline) {
    outline->listens_count = 0;
    for (size_t i = 0; i < settings->listener_count; i++) {
        const struct settings_listener *listener = &settings->listeners[i];
        for (size_t k = 0; k < listener->bind_count; k++) {
            if (outline->listens_count == OUTLINE_LISTENS_MAX)
                return false;
            struct outline_listen *listen = &outline->listens[outline->listens_count++];
            listen->addr = listener->binds[k];
            listen->listener = (uint32_t)i;
            if (!copy_text(listener->name, listen->name, sizeof(listen->name)))
                return false;
        }
    }
    return true;
}

static bool copy_text(const char *from, char *to, size_t room) {
    int len = snprintf(to, room, "%s", from ? from : "");
    return len >= 0 && (size_t)len < room;
}

static bool send_answer(struct channel *channel, bool compiled, const struct compiler_result *result,
                        const struct error_list *errors) {
    if (compiled) {
        channel_begin(channel, CATALOG_SOURCES);
        if (!channel_send(channel, result->list_fds))
            return false;
        outline_put(&result->outline, channel_begin(channel, CATALOG_COMPILED));
        return channel_send(channel, &result->bundle_fd);
    }
    struct buf text;
    buf_init(&text, CATALOG_TEXT_MAX);
    if (!error_list_print(errors, &text))
        log_line(LOG_LEVEL_WARNING, "not all errors fit into the answer");
    wire_put_bytes(channel_begin(channel, CATALOG_NOT_COMPILED), buf_view(&text));
    buf_fini(&text);
    return channel_send(channel, NULL);
}
