/* The load generator: one thread, one epoll, OpenSSL as the client. It keeps a number of connections busy with one
 * scenario, counts what ended in a window after a warm-up, and reads the proxy's CPU time or memory at both ends of
 * that window. */
#include "clientcontext.h"
#include "connection.h"
#include "options.h"
#include "proctree.h"
#include "tally.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define NS_PER_MS      1000000LL
#define STALL_NS       (5000 * NS_PER_MS) /* no operation takes so long */
#define STALL_LOOK_NS  (200 * NS_PER_MS)
#define OPENING_MAX    32                /* idle connections opened at a time */
#define IDLE_WARMUP    16                /* connections made and closed before memory is first read */
#define IDLE_SETTLE_NS (700 * NS_PER_MS) /* for the proxy to come to rest before memory is read */
#define IDLE_LIMIT_NS  (90000 * NS_PER_MS)
#define EVENTS_MAX     256

struct run {
    const struct options *options;
    struct client_contexts contexts;
    struct connection *connections;
    size_t context_next; /* certificates are presented in turn */
    size_t opened;       /* idle: slots that have been opened */
    size_t parked;       /* idle: of them, those at rest after their answer */
    bool parking;        /* idle: past its warm-up */
    int epoll_fd;
    int64_t looked_ns; /* when stalled connections were last looked for */
    struct tally tally;
};

static bool run_init(struct run *run, const struct options *options);
static void run_fini(struct run *run);
static void measure_time(struct run *run);
static void measure_memory(struct run *run);
static void warm_up_memory(struct run *run);
static bool read_memory(struct run *run, uint64_t *memory_kb);
static void open_slot(struct run *run, struct connection *connection);
static void drive_until(struct run *run, int64_t end_ns);
static void drive_once(struct run *run, int64_t end_ns);
static void move(struct run *run, struct connection *connection, int64_t now_ns);
static bool act(struct run *run, struct connection *connection, enum connection_outcome outcome);
static bool act_on_answer(struct run *run, struct connection *connection);
static bool act_on_end(struct run *run, struct connection *connection);
static void park(struct run *run, struct connection *connection);
static void count_operation(struct run *run, const struct connection *connection);
static void end_stalled(struct run *run, int64_t now_ns);
static void give_up(struct run *run, struct connection *connection);
static bool raise_descriptor_limit(size_t connections);
static int64_t now(void);
static uint64_t own_cpu_ns(void);

int main(int argc, char **argv) {
    static struct options options;
    struct run run;
    if (!options_parse(&options, argc, argv) || !raise_descriptor_limit(options.connections))
        return 2;
    signal(SIGPIPE, SIG_IGN);
    if (!run_init(&run, &options)) {
        run_fini(&run);
        return 2;
    }
    if (options.scenario->parks)
        measure_memory(&run);
    else
        measure_time(&run);
    bool valid = tally_print(&run.tally, &options);
    run_fini(&run);
    return valid ? 0 : 1;
}

static bool run_init(struct run *run, const struct options *options) {
    *run = (struct run){.options = options, .epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
    run->connections = calloc(options->connections, sizeof(*run->connections));
    if (run->epoll_fd < 0 || run->connections == NULL) {
        perror("bench-load");
        return false;
    }
    return clientcontext_init(&run->contexts, options);
}

static void run_fini(struct run *run) {
    for (size_t i = 0; run->connections != NULL && i < run->options->connections; i++)
        connection_fini(&run->connections[i]);
    free(run->connections);
    clientcontext_fini(&run->contexts);
    close(run->epoll_fd);
}

static void measure_time(struct run *run) {
    const struct options *options = run->options;
    static struct proctree begin, end;
    bool measured = true;
    for (size_t i = 0; i < options->connections; i++)
        open_slot(run, &run->connections[i]);
    drive_until(run, now() + options->warmup_ms * NS_PER_MS);

    if (options->cpu_of != 0)
        measured = proctree_read(&begin, options->cpu_of);
    int64_t begin_ns = now();
    uint64_t own_begin_ns = own_cpu_ns();
    struct tally_counts counts = run->tally.counts;
    drive_until(run, begin_ns + options->window_ms * NS_PER_MS);
    tally_close_window(&run->tally, &counts);
    run->tally.load_cpu_ns = own_cpu_ns() - own_begin_ns;
    run->tally.window_ns = now() - begin_ns;
    if (options->cpu_of == 0)
        return;
    measured = measured && proctree_read(&end, options->cpu_of) &&
        proctree_cpu_between(&begin, &end, &run->tally.proxy_cpu_ns);
    if (!measured)
        tally_error(&run->tally, "the proxy's CPU time cannot be known: a process of it ended, or is another user's");
}

static void measure_memory(struct run *run) {
    struct tally_counts none = {0};
    int64_t begin_ns = now();
    warm_up_memory(run);
    if (!read_memory(run, &run->tally.memory_before_kb))
        return;
    run->parking = true;
    run->tally.counts = none;
    while (run->opened < run->options->connections && run->opened < OPENING_MAX)
        open_slot(run, &run->connections[run->opened++]);
    while (run->parked < run->options->connections && run->tally.errors == 0) {
        drive_once(run, now() + 100 * NS_PER_MS);
        if (now() - begin_ns > IDLE_LIMIT_NS)
            tally_error(&run->tally, "the connections could not all be opened in time");
    }
    drive_until(run, now() + IDLE_SETTLE_NS);
    tally_close_window(&run->tally, &none);
    run->tally.window_ns = now() - begin_ns;
    read_memory(run, &run->tally.memory_after_kb);
}

/* A few connections made and closed, so that what the proxy sets up once is not counted per connection. */
static void warm_up_memory(struct run *run) {
    for (size_t i = 0; i < IDLE_WARMUP && i < run->options->connections; i++)
        open_slot(run, &run->connections[i]);
    drive_until(run, now() + run->options->warmup_ms * NS_PER_MS);
    for (size_t i = 0; i < IDLE_WARMUP && i < run->options->connections; i++) {
        if (run->connections[i].phase != CONNECTION_UNUSED)
            tally_error(&run->tally, "the warm-up's connections did not end in time");
    }
}

static bool read_memory(struct run *run, uint64_t *memory_kb) {
    static struct proctree tree;
    if (run->tally.errors > 0)
        return false;
    if (run->options->cpu_of == 0)
        return true;
    if (proctree_read(&tree, run->options->cpu_of) && proctree_memory_kb(&tree, memory_kb))
        return true;
    tally_error(&run->tally, "the proxy's memory cannot be read: it ended, or is another user's");
    return false;
}

/* A slot that resumes keeps its certificate, since its ticket belongs to it; the others take the next one. */
static void open_slot(struct run *run, struct connection *connection) {
    size_t slot = (size_t)(connection - run->connections);
    size_t turn = run->options->scenario->resumes ? slot : run->context_next++;
    SSL_CTX *context = run->contexts.list[turn % run->contexts.count];
    connection->moved_ns = now();
    if (!connection_open(connection, context, run->options, run->epoll_fd))
        tally_error(&run->tally, connection->error);
}

static void drive_until(struct run *run, int64_t end_ns) {
    while (now() < end_ns && run->tally.errors < TALLY_ERRORS_MAX)
        drive_once(run, end_ns);
}

static void drive_once(struct run *run, int64_t end_ns) {
    struct epoll_event events[EVENTS_MAX];
    int64_t left_ns = end_ns - now();
    int64_t wait_ns = left_ns < STALL_LOOK_NS ? left_ns : STALL_LOOK_NS;
    struct timespec wait = {.tv_nsec = wait_ns > 0 ? wait_ns : 0};
    int count = epoll_pwait2(run->epoll_fd, events, EVENTS_MAX, &wait, NULL);
    int64_t now_ns = now();
    for (int i = 0; i < count; i++)
        move(run, events[i].data.ptr, now_ns);
    if (now_ns - run->looked_ns > STALL_LOOK_NS)
        end_stalled(run, now_ns);
}

static void move(struct run *run, struct connection *connection, int64_t now_ns) {
    uint64_t before = connection->body_bytes;
    bool more = true;
    connection->moved_ns = now_ns;
    while (more) {
        enum connection_outcome outcome = connection_advance(connection, run->options);
        run->tally.counts.body_bytes += connection->body_bytes - before;
        before = connection->body_bytes;
        more = outcome != CONNECTION_WAITS && act(run, connection, outcome);
    }
}

/* Returns true when the connection is to be moved on at once. */
static bool act(struct run *run, struct connection *connection, enum connection_outcome outcome) {
    switch (outcome) {
    case CONNECTION_WAITS:
        return false;
    case CONNECTION_ESTABLISHED:
        if (run->options->scenario->path != NULL)
            connection_ask(connection);
        else
            connection_shut(connection);
        return true;
    case CONNECTION_ANSWERED:
        return act_on_answer(run, connection);
    case CONNECTION_CLOSED:
        return act_on_end(run, connection);
    case CONNECTION_FAILED:
        give_up(run, connection);
        return false;
    }
    return false;
}

static bool act_on_answer(struct run *run, struct connection *connection) {
    if (run->options->scenario->keeps_connections) {
        count_operation(run, connection);
        connection_ask(connection);
        return true;
    }
    if (run->parking) {
        park(run, connection);
        return false;
    }
    connection_shut(connection);
    return true;
}

static bool act_on_end(struct run *run, struct connection *connection) {
    count_operation(run, connection);
    connection_drop(connection);
    if (!run->options->scenario->parks)
        open_slot(run, connection);
    return false;
}

static void park(struct run *run, struct connection *connection) {
    count_operation(run, connection);
    run->parked++;
    if (run->opened < run->options->connections)
        open_slot(run, &run->connections[run->opened++]);
}

/* With resumption, a slot's first connection brings the ticket and is no operation. */
static void count_operation(struct run *run, const struct connection *connection) {
    if (run->options->scenario->resumes && !connection->resumed) {
        if (connection->ticket.session == NULL)
            tally_error(&run->tally, "the proxy sent no ticket: nothing to resume");
        return;
    }
    run->tally.counts.operations += connection->operations;
    run->tally.counts.resumed += connection->resumed;
}

static void end_stalled(struct run *run, int64_t now_ns) {
    run->looked_ns = now_ns;
    for (size_t i = 0; i < run->options->connections; i++) {
        struct connection *connection = &run->connections[i];
        bool busy = connection->phase != CONNECTION_UNUSED && connection->phase != CONNECTION_RESTING;
        if (!busy || now_ns - connection->moved_ns < STALL_NS)
            continue;
        snprintf(connection->error, sizeof(connection->error), "nothing came for 5 s in %s",
                 connection_phase_name(connection));
        give_up(run, connection);
    }
}

static void give_up(struct run *run, struct connection *connection) {
    tally_error(&run->tally, connection->error);
    connection_drop(connection);
    if (!run->options->scenario->parks && run->tally.errors < TALLY_ERRORS_MAX)
        open_slot(run, connection);
}

static bool raise_descriptor_limit(size_t connections) {
    struct rlimit limit;
    rlim_t wanted = connections + 64;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return false;
    if (limit.rlim_cur >= wanted)
        return true;
    limit.rlim_cur = wanted;
    if (limit.rlim_max < wanted)
        limit.rlim_max = wanted;
    if (setrlimit(RLIMIT_NOFILE, &limit) == 0)
        return true;
    fprintf(stderr, "bench-load: %zu connections need %llu descriptors; raise ulimit -n\n", connections,
            (unsigned long long)wanted);
    return false;
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (int64_t)time.tv_sec * 1000 * NS_PER_MS + time.tv_nsec;
}

static uint64_t own_cpu_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}
