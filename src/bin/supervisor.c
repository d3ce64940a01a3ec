/* The supervisor's loop: signals, the children's messages and ends, time. Everything else is in the rooms it owns. */
#include "bin/supervisor.h"

#include "base/log.h"
#include "base/now.h"
#include "bin/reload.h"
#include "os/fd.h"
#include "os/spawn.h"
#include "os/statefiles.h"

#include <errno.h>
#include <libgen.h>
#include <poll.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

/* CONTROL_GRACE_MS: the control process writes out the last records within this. DRAIN_GRACE_MS: a worker that drains
 * closes what is left by itself at the limit; it is killed so much later. GATHER_MS: the start does not wait longer for
 * documents. DESCRIPTORS: for workers; sockets of clients and servers. */
enum {
    CONTROL_GRACE_MS = 3000,
    DRAIN_GRACE_MS = 2000,
    GATHER_MS = 10000,
    ROUNDS_MAX = 2,
    DESCRIPTORS = 1 << 18,
    POLLED_MAX = OUTLINE_WORKERS_MAX + ASK_SERVICE_COUNT + 3
};

/* Up to STARTING it is the start: a failure ends the gateway. GATHERING: documents are fetched that the first request
 * is to see; then it is compiled once more. RESOLVING: names of servers are looked up for the first time. DRAINING:
 * the workers finish. CLOSING: the control process writes out the last records. */
enum phase { COMPILING, GATHERING, RESOLVING, STARTING, RUNNING, DRAINING, CLOSING, ENDED };

/* rounds: how often documents were gathered. reload_wanted: SIGHUP came, maybe before we could reload. until_ms:
 * when the patience of DRAINING or CLOSING ends. Times are monotonic, but started_ms and loaded_ms, which are for
 * people. */
struct supervisor {
    enum phase phase;
    int exit_code;
    int signal_fd;
    struct child_program program;
    char user[OUTLINE_USER_MAX];
    struct service service;
    struct statefiles state;
    struct denials denials;
    struct drains drains;
    struct compilation compilation;
    struct crew *crew;
    struct liaison liaison;
    struct relay relay;
    struct sources sources;
    struct names names;
    struct reload reload;
    unsigned rounds;
    bool reload_wanted;
    int64_t started_ms;
    int64_t loaded_ms;
    uint64_t reported_generation;
    int64_t until_ms;
    int64_t watchdog_at_ms;
};

static bool set_up(struct supervisor *supervisor);
static void compile(struct supervisor *supervisor, int64_t now);
static const char *own_directory(void);
static int open_signals(void);
static void turn(struct supervisor *supervisor);
static void receive_services(struct supervisor *supervisor);
static bool take_fetched(struct supervisor *supervisor, struct channel_message *message);
static void wait_for_something(struct supervisor *supervisor);
static int wait_ms(const struct supervisor *supervisor, int64_t now);
static void take_signals(struct supervisor *supervisor);
static void take_signal(struct supervisor *supervisor, uint32_t signal_number);
static void reap(struct supervisor *supervisor);
static void step(struct supervisor *supervisor, int64_t now);
static void step_children(struct supervisor *supervisor, int64_t now);
static void finish_compiling(struct supervisor *supervisor, int64_t now);
static bool take_compiled(struct supervisor *supervisor, int64_t now, struct error *error);
static bool open_state(struct supervisor *supervisor, struct error *error);
static void adopt_sources(struct supervisor *supervisor, int64_t now);
static void finish_gathering(struct supervisor *supervisor, int64_t now);
static void finish_resolving(struct supervisor *supervisor, int64_t now);
static bool make_crew(struct supervisor *supervisor, int64_t now, struct error *error);
static const char *user_to_become(const char *wanted);
static void finish_starting(struct supervisor *supervisor);
static void refuse_start(struct supervisor *supervisor, const char *why);
static void drain(struct supervisor *supervisor, int64_t now);
static void stop_at_once(struct supervisor *supervisor);
static void finish_draining(struct supervisor *supervisor, int64_t now);
static void finish_closing(struct supervisor *supervisor, int64_t now);
static void reopen_logs(struct supervisor *supervisor);
static void report(struct supervisor *supervisor);
static void fill_report(const struct supervisor *supervisor, struct report *report);
static void fill_slots(const struct crew *crew, struct report *report);
static void fill_listens(const struct crew *crew, struct report *report);
static void tell_systemd(struct supervisor *supervisor);
static void tear_down(struct supervisor *supervisor);

int supervisor_run(const char *executable, const char *config_path) {
    static struct supervisor supervisor; /* large: the outlines of two generations */
    supervisor.program = (struct child_program){.executable = executable, .user = "", .config_path = config_path};
    log_open("supervisor", LOG_LEVEL_INFO);
    if (!set_up(&supervisor))
        return EXIT_FAILURE;
    compile(&supervisor, now_ms());
    while (supervisor.phase != ENDED)
        turn(&supervisor);
    tear_down(&supervisor);
    return supervisor.exit_code;
}

static bool set_up(struct supervisor *supervisor) {
    struct error error;
    supervisor->phase = COMPILING;
    supervisor->started_ms = now_unix_ms();
    statefiles_init(&supervisor->state);
    denials_init(&supervisor->denials);
    drains_init(&supervisor->drains);
    compilation_init(&supervisor->compilation);
    liaison_init(&supervisor->liaison, &supervisor->program);
    relay_init(&supervisor->relay, &supervisor->program, own_directory());
    sources_init(&supervisor->sources, &supervisor->relay, &supervisor->state);
    names_init(&supervisor->names, &supervisor->relay);
    spawn_raise_descriptors(DESCRIPTORS);
    if (!service_init(&supervisor->service, &error) || !spawn_no_new_privileges(&error)) {
        fprintf(stderr, "sallyport: %s\n", error.sentence);
        return false;
    }
    supervisor->signal_fd = open_signals();
    if (supervisor->signal_fd < 0)
        fprintf(stderr, "sallyport: No descriptor for signals: %m.\n");
    return supervisor->signal_fd >= 0;
}

static void compile(struct supervisor *supervisor, int64_t now) {
    supervisor->phase = COMPILING;
    compilation_start(&supervisor->compilation, &supervisor->program, now);
    sources_order(&supervisor->sources, &supervisor->compilation, -1);
}

/* Where the programs that only we start stand with us. */
static const char *own_directory(void) {
    static char path[PATH_MAX];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
    path[len > 0 ? len : 0] = '\0';
    return dirname(path);
}

static int open_signals(void) {
    sigset_t set;
    sigemptyset(&set);
    static const int numbers[] = {SIGTERM, SIGINT, SIGHUP, SIGUSR1, SIGCHLD};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        sigaddset(&set, numbers[i]);
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Messages are read before ends are collected, so that nobody's last words are lost. */
static void turn(struct supervisor *supervisor) {
    wait_for_something(supervisor);
    compilation_receive(&supervisor->compilation);
    liaison_receive(&supervisor->liaison);
    if (supervisor->crew)
        crew_receive(supervisor->crew);
    receive_services(supervisor);
    take_signals(supervisor);
    step(supervisor, now_ms());
}

/* Besides answers, the fetcher brings documents and addresses; nothing else is theirs to say. */
static void receive_services(struct supervisor *supervisor) {
    enum ask_service from;
    struct channel_message message;
    while (relay_receive(&supervisor->relay, &from, &message))
        if (from != ASK_FETCHER || !take_fetched(supervisor, &message))
            child_kill(relay_child(&supervisor->relay, from), "it sent what nobody reads");
}

static bool take_fetched(struct supervisor *supervisor, struct channel_message *message) {
    return names_are_meant(message) ? names_take(&supervisor->names, message, now_ms())
                                    : sources_take(&supervisor->sources, message, now_ms());
}

static void wait_for_something(struct supervisor *supervisor) {
    struct pollfd polled[POLLED_MAX];
    size_t count = 0;
    polled[count++] = (struct pollfd){.fd = supervisor->signal_fd, .events = POLLIN};
    if (supervisor->compilation.child.channel)
        polled[count++] = (struct pollfd){.fd = channel_fd(supervisor->compilation.child.channel), .events = POLLIN};
    if (supervisor->liaison.child.channel)
        polled[count++] = (struct pollfd){.fd = channel_fd(supervisor->liaison.child.channel), .events = POLLIN};
    if (supervisor->crew)
        count += crew_poll(supervisor->crew, polled + count);
    count += relay_poll(&supervisor->relay, polled + count);
    poll(polled, count, wait_ms(supervisor, now_ms()));
}

static int wait_ms(const struct supervisor *supervisor, int64_t now) {
    int crew_ms = supervisor->crew ? crew_wait_ms(supervisor->crew, now) : 1000;
    const struct child *control = &supervisor->liaison.child;
    bool control_waits = supervisor->crew && control->pid == 0 && !control->stopping;
    int64_t control_ms = control_waits ? control->start_at_ms - now : 1000;
    if (control_ms < 0)
        control_ms = 0;
    int services_ms = relay_wait_ms(&supervisor->relay, now);
    int sources_ms = sources_wait_ms(&supervisor->sources, now);
    int names_ms = names_wait_ms(&supervisor->names, now);
    if (sources_ms < services_ms)
        services_ms = sources_ms;
    if (names_ms < services_ms)
        services_ms = names_ms;
    int children_ms = services_ms < crew_ms ? services_ms : crew_ms;
    return control_ms < children_ms ? (int)control_ms : children_ms;
}

static void take_signals(struct supervisor *supervisor) {
    struct signalfd_siginfo info;
    while (read(supervisor->signal_fd, &info, sizeof(info)) == (ssize_t)sizeof(info))
        take_signal(supervisor, info.ssi_signo);
}

static void take_signal(struct supervisor *supervisor, uint32_t signal_number) {
    bool serving = supervisor->phase == RUNNING;
    bool ending = supervisor->phase > RUNNING;
    if (signal_number == SIGCHLD)
        reap(supervisor);
    else if (signal_number == SIGHUP && !ending)
        supervisor->reload_wanted = true;
    else if (signal_number == SIGUSR1 && supervisor->crew)
        reopen_logs(supervisor);
    else if ((signal_number == SIGTERM || signal_number == SIGINT) && serving)
        drain(supervisor, now_ms());
    else if (signal_number == SIGTERM || signal_number == SIGINT)
        stop_at_once(supervisor);
}

static void reap(struct supervisor *supervisor) {
    int status;
    pid_t pid;
    while ((pid = spawn_reap(&status)) > 0) {
        int64_t now = now_ms();
        if (compilation_ended(&supervisor->compilation, pid, status, now))
            continue;
        if (liaison_ended(&supervisor->liaison, pid, status, now))
            reload_forget_requests(&supervisor->reload);
        else if (!relay_ended(&supervisor->relay, pid, status, now) && supervisor->crew)
            crew_ended(supervisor->crew, pid, status, now);
    }
}

static void step(struct supervisor *supervisor, int64_t now) {
    compilation_tick(&supervisor->compilation, now);
    if (supervisor->phase == COMPILING)
        finish_compiling(supervisor, now);
    if (supervisor->phase == GATHERING)
        finish_gathering(supervisor, now);
    if (supervisor->phase == RESOLVING)
        finish_resolving(supervisor, now);
    if (supervisor->crew)
        step_children(supervisor, now);
    if (supervisor->phase == STARTING)
        finish_starting(supervisor);
    if (supervisor->phase == DRAINING)
        finish_draining(supervisor, now);
    if (supervisor->phase == CLOSING)
        finish_closing(supervisor, now);
    tell_systemd(supervisor);
}

/* The crew before the reload, which looks at how far the crew has come. */
static void step_children(struct supervisor *supervisor, int64_t now) {
    unsigned count;
    const struct slot *slots = crew_slots(supervisor->crew, &count);
    bool control_was_away = !supervisor->liaison.child.channel;
    if (supervisor->phase < CLOSING)
        relay_want(&supervisor->relay, crew_current(supervisor->crew)->outline.services);
    relay_tick(&supervisor->relay, now);
    sources_tick(&supervisor->sources, now);
    liaison_tick(&supervisor->liaison, slots, count, now);
    bool changed = crew_tick(supervisor->crew, now);
    if (supervisor->phase == RUNNING) {
        if (supervisor->reload_wanted)
            reload_want(&supervisor->reload);
        supervisor->reload_wanted = false;
        reload_step(&supervisor->reload, now);
    }
    if (changed || control_was_away || supervisor->reload.ended)
        report(supervisor);
    if (control_was_away) {
        sources_report_all(&supervisor->sources);
        names_report_all(&supervisor->names);
    }
    liaison_report_sources(&supervisor->liaison, &supervisor->sources, &supervisor->names);
}

static void finish_compiling(struct supervisor *supervisor, int64_t now) {
    struct error error;
    const struct compilation *compilation = &supervisor->compilation;
    if (compilation->phase == COMPILATION_REFUSED)
        refuse_start(supervisor, compilation->refusal);
    else if (compilation->phase == COMPILATION_DONE && !take_compiled(supervisor, now, &error))
        refuse_start(supervisor, error.sentence);
}

/* The first compilation tells the state directory and the sources; what is to be had of them is in the second one. A
 * third one is for documents that were kept and cannot be believed any more. */
static bool take_compiled(struct supervisor *supervisor, int64_t now, struct error *error) {
    bool is_first = supervisor->rounds == 0;
    if (is_first && !open_state(supervisor, error))
        return false;
    adopt_sources(supervisor, now);
    if (is_first)
        sources_load_documents(&supervisor->sources);
    bool lacks = sources_are_awaited(&supervisor->sources) || sources_want_refresh(&supervisor->sources) ||
        (is_first && sources_have_documents(&supervisor->sources));
    relay_want(&supervisor->relay, supervisor->compilation.outline.services);
    if (!lacks || supervisor->rounds == ROUNDS_MAX) {
        supervisor->until_ms = now + NAMES_PATIENCE_MS;
        supervisor->phase = RESOLVING;
        return true;
    }
    supervisor->rounds++;
    supervisor->until_ms = now + GATHER_MS;
    supervisor->phase = GATHERING;
    return true;
}

static bool open_state(struct supervisor *supervisor, struct error *error) {
    const struct outline *outline = &supervisor->compilation.outline;
    snprintf(supervisor->user, sizeof(supervisor->user), "%s", user_to_become(outline->user));
    supervisor->program.user = supervisor->user;
    if (!statefiles_open(&supervisor->state, outline->state_directory, error))
        return false;
    sources_load_numbers(&supervisor->sources);
    return true;
}

static void adopt_sources(struct supervisor *supervisor, int64_t now) {
    int list_fds[COMPILATION_LIST_COUNT];
    compilation_take_lists(&supervisor->compilation, list_fds);
    names_expect(&supervisor->names, list_fds[COMPILATION_NAMES], now);
    sources_adopt(&supervisor->sources, list_fds, now);
    for (size_t i = 0; i < COMPILATION_LIST_COUNT; i++)
        fd_close(&list_fds[i]);
}

static void finish_gathering(struct supervisor *supervisor, int64_t now) {
    relay_tick(&supervisor->relay, now);
    sources_tick(&supervisor->sources, now);
    bool is_over = !sources_are_awaited(&supervisor->sources) || now >= supervisor->until_ms;
    if (!is_over || supervisor->compilation.child.pid != 0)
        return;
    int bundle_fd = compilation_take(&supervisor->compilation);
    fd_close(&bundle_fd);
    compile(supervisor, now);
}

/* The first request finds the servers of names that can be resolved; one that cannot does not stop the start. */
static void finish_resolving(struct supervisor *supervisor, int64_t now) {
    struct error error;
    relay_tick(&supervisor->relay, now);
    names_tick(&supervisor->names, NULL, 0, now);
    if (names_are_awaited(&supervisor->names) && now < supervisor->until_ms)
        return;
    names_settle(&supervisor->names, true);
    if (!make_crew(supervisor, now, &error))
        refuse_start(supervisor, error.sentence);
}

static bool make_crew(struct supervisor *supervisor, int64_t now, struct error *error) {
    static struct sockets none;
    static struct sockets sockets;
    const struct outline *outline = &supervisor->compilation.outline;
    sockets_init(&none, outline->workers);
    if (!denials_open(&supervisor->denials, &supervisor->state, outline->state_directory, error) ||
        !liaison_open(&supervisor->liaison, outline, error) ||
        !sockets_plan(&none, outline, &supervisor->service, &sockets, error))
        return false;
    struct crew_generation first = {.number = 1, .outline = *outline};
    first.bundle_fd = compilation_take(&supervisor->compilation);
    supervisor->crew = crew_new(&supervisor->program, &first, &sockets, now, error);
    sockets_abort(&sockets);
    fd_close(&first.bundle_fd);
    if (!supervisor->crew)
        return false;
    crew_use_relay(supervisor->crew, &supervisor->relay);
    crew_use_denials(supervisor->crew, &supervisor->denials);
    crew_use_names(supervisor->crew, &supervisor->names);
    crew_use_drains(supervisor->crew, &supervisor->drains);
    liaison_use_denials(&supervisor->liaison, &supervisor->denials);
    liaison_use_drains(&supervisor->liaison, &supervisor->drains);
    reload_init(&supervisor->reload, &supervisor->compilation, supervisor->crew, &supervisor->liaison,
                &supervisor->sources, &supervisor->names, &supervisor->service, &supervisor->program);
    supervisor->phase = STARTING;
    return true;
}

/* Only root can become somebody else. */
static const char *user_to_become(const char *wanted) {
    if (geteuid() != 0)
        return "";
    if (getpwnam(wanted))
        return wanted;
    log_line(LOG_LEVEL_WARNING, "there is no user \"%s\"; the processes run as \"nobody\"", wanted);
    return "nobody";
}

static void finish_starting(struct supervisor *supervisor) {
    unsigned count;
    crew_slots(supervisor->crew, &count);
    const char *fault = denials_fault(&supervisor->denials);
    if (fault) {
        refuse_start(supervisor, fault);
    } else if (crew_failed(supervisor->crew)) {
        refuse_start(supervisor, crew_refusal(supervisor->crew));
    } else if (crew_running(supervisor->crew) == count) {
        supervisor->phase = RUNNING;
        log_line(LOG_LEVEL_INFO, "ready: %u worker%s, configuration %s", count, count == 1 ? "" : "s",
                 supervisor->program.config_path);
        service_ready(&supervisor->service);
    }
}

/* The sentences go to who started us as they are, without a prefix. */
static void refuse_start(struct supervisor *supervisor, const char *why) {
    size_t len = strlen(why);
    fprintf(stderr, "%s%s", why, len > 0 && why[len - 1] == '\n' ? "" : "\n");
    fputs("sallyport: not started\n", stderr);
    supervisor->exit_code = EXIT_FAILURE;
    stop_at_once(supervisor);
}

static void drain(struct supervisor *supervisor, int64_t now) {
    int64_t limit_ms = crew_current(supervisor->crew)->outline.drain_ms;
    log_line(LOG_LEVEL_INFO, "draining for at most %lld s", (long long)(limit_ms / 1000));
    service_stopping(&supervisor->service);
    reload_fini(&supervisor->reload);
    child_kill(&supervisor->compilation.child, "the gateway ends");
    crew_drain(supervisor->crew, limit_ms);
    supervisor->until_ms = now + limit_ms + DRAIN_GRACE_MS;
    supervisor->phase = DRAINING;
}

static void stop_at_once(struct supervisor *supervisor) {
    child_expect_end(&supervisor->compilation.child);
    child_kill(&supervisor->compilation.child, "the gateway ends");
    if (supervisor->crew)
        crew_kill(supervisor->crew, "the gateway ends");
    supervisor->until_ms = now_ms() + DRAIN_GRACE_MS;
    supervisor->phase = DRAINING;
}

static void finish_draining(struct supervisor *supervisor, int64_t now) {
    bool alive = supervisor->compilation.child.pid != 0 || (supervisor->crew && crew_alive(supervisor->crew) > 0);
    if (alive && now < supervisor->until_ms)
        return;
    if (alive) {
        log_line(LOG_LEVEL_WARNING, "the limit of the drain is over");
        stop_at_once(supervisor);
        return;
    }
    liaison_stop(&supervisor->liaison);
    relay_stop(&supervisor->relay);
    supervisor->until_ms = now + CONTROL_GRACE_MS;
    supervisor->phase = CLOSING;
}

static void finish_closing(struct supervisor *supervisor, int64_t now) {
    if (supervisor->liaison.child.pid == 0 && relay_alive(&supervisor->relay) == 0)
        supervisor->phase = ENDED;
    if (now < supervisor->until_ms)
        return;
    child_kill(&supervisor->liaison.child, "it did not end");
    relay_kill(&supervisor->relay, "it did not end");
}

static void reopen_logs(struct supervisor *supervisor) {
    struct logfiles logs;
    struct error error;
    if (logfiles_open(&logs, &crew_current(supervisor->crew)->outline, &error)) {
        liaison_use_logs(&supervisor->liaison, &logs);
        log_line(LOG_LEVEL_INFO, "logs reopened");
    } else {
        log_line(LOG_LEVEL_ERROR, "%s The old logs stay in use.", error.sentence);
    }
}

static void report(struct supervisor *supervisor) {
    static struct report whole; /* large, and only one at a time */
    uint64_t generation = crew_current(supervisor->crew)->number;
    if (generation != supervisor->reported_generation)
        supervisor->loaded_ms = now_unix_ms();
    supervisor->reported_generation = generation;
    supervisor->reload.ended = false;
    fill_report(supervisor, &whole);
    liaison_report(&supervisor->liaison, &whole);
    char status[96];
    snprintf(status, sizeof(status), "Generation %llu, %u of %u workers serve.", (unsigned long long)generation,
             crew_running(supervisor->crew), whole.slots_count);
    service_status(&supervisor->service, status);
}

static void fill_report(const struct supervisor *supervisor, struct report *report) {
    const struct reload *reload = &supervisor->reload;
    report->pid = getpid();
    report->started_ms = supervisor->started_ms;
    report->generation = supervisor->reported_generation;
    report->loaded_ms = supervisor->loaded_ms;
    snprintf(report->config_path, sizeof(report->config_path), "%s", supervisor->program.config_path);
    report->reload_ms = reload->result_ms;
    report->reload_ok = reload->result_ok;
    snprintf(report->reload_text, sizeof(report->reload_text), "%.*s", REPORT_TEXT_MAX - 1, reload->result_text);
    report->draining = supervisor->phase >= DRAINING;
    fill_slots(supervisor->crew, report);
    fill_listens(supervisor->crew, report);
}

static void fill_slots(const struct crew *crew, struct report *report) {
    unsigned count;
    const struct slot *slots = crew_slots(crew, &count);
    report->slots_count = count;
    for (unsigned i = 0; i < count; i++) {
        struct report_slot *slot = &report->slots[i];
        slot->state = slots[i].state;
        slot->pid = slots[i].child.pid;
        slot->restarts = slots[i].child.restarts;
        slot->since_ms = slots[i].since_ms;
        snprintf(slot->last_end, sizeof(slot->last_end), "%s", slots[i].child.last_end);
    }
}

static void fill_listens(const struct crew *crew, struct report *report) {
    const struct sockets *sockets = crew_sockets(crew);
    report->listens_count = (uint32_t)sockets->count;
    for (size_t i = 0; i < sockets->count; i++) {
        memcpy(report->listens[i].name, sockets->items[i].name, sizeof(report->listens[i].name));
        addr_text(&sockets->items[i].addr, report->listens[i].addr);
    }
}

/* systemd restarts us when it has not heard of us for its time; we tell it twice in that. */
static void tell_systemd(struct supervisor *supervisor) {
    int64_t now = now_ms();
    if (supervisor->service.watchdog_ms <= 0 || now < supervisor->watchdog_at_ms)
        return;
    service_alive(&supervisor->service);
    supervisor->watchdog_at_ms = now + supervisor->service.watchdog_ms / 2;
}

static void tear_down(struct supervisor *supervisor) {
    if (supervisor->crew)
        reload_fini(&supervisor->reload);
    crew_free(&supervisor->crew);
    liaison_fini(&supervisor->liaison);
    sources_fini(&supervisor->sources);
    denials_fini(&supervisor->denials);
    statefiles_close(&supervisor->state);
    service_fini(&supervisor->service);
    fd_close(&supervisor->signal_fd);
    if (supervisor->exit_code == EXIT_SUCCESS)
        log_line(LOG_LEVEL_INFO, "ended");
}
