/* Starting, ending and starting again of one child process. */
#include "bin/child.h"

#include "base/bug.h"
#include "base/log.h"
#include "os/fd.h"
#include "os/spawn.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t spawn_program(const struct child *child, const struct child_program *program, int channel_end,
                           struct error *error);
static void set_pause(struct child *child, int64_t now_ms);
static void tell_end(const struct child *child, pid_t pid);

void child_init(struct child *child, enum catalog_role role, unsigned slot) {
    *child = (struct child){.role = role, .slot = slot};
}

const char *child_name(const struct child *child) {
    static char name[32];
    if (child->role != CATALOG_ROLE_WORKER)
        return catalog_role_name(child->role);
    snprintf(name, sizeof(name), "worker %u", child->slot);
    return name;
}

bool child_start(struct child *child, const struct child_program *program, int64_t now_ms, struct error *error) {
    bug_on(child->pid != 0 || child->channel);
    child->killed_for = NULL;
    child->started_ms = now_ms;
    int ends[2];
    if (!channel_pair(ends)) {
        error_set(error, (struct error_place){0}, "%s: no channel: %m", child_name(child));
        set_pause(child, now_ms);
        return false;
    }
    pid_t pid = spawn_program(child, program, ends[1], error);
    fd_close(&ends[1]);
    if (pid < 0) {
        fd_close(&ends[0]);
        set_pause(child, now_ms);
        return false;
    }
    child->pid = pid;
    child->channel = channel_new(ends[0], CATALOG_ROLE_SUPERVISOR, child->role);
    if (!child->channel)
        child_kill(child, "no memory for its channel");
    return true;
}

bool child_receive(struct child *child, struct channel_message *message) {
    enum channel_status status = child->channel ? channel_receive(child->channel, message) : CHANNEL_EMPTY;
    if (status == CHANNEL_BROKEN)
        child_kill(child, channel_fault(child->channel));
    if (status == CHANNEL_BROKEN || status == CHANNEL_CLOSED)
        child_hang_up(child);
    return status == CHANNEL_MESSAGE;
}

bool child_is_due(const struct child *child, int64_t now_ms) {
    return child->pid == 0 && !child->stopping && now_ms >= child->start_at_ms;
}

void child_kill(struct child *child, const char *why) {
    if (child->pid == 0 || child->killed_for)
        return;
    child->killed_for = why;
    kill(child->pid, SIGKILL);
}

void child_expect_end(struct child *child) {
    child->stopping = true;
}

void child_ended(struct child *child, int status, int64_t now_ms) {
    char how[SPAWN_STATUS_TEXT];
    spawn_status_text(status, how);
    bool was_killed = child->killed_for && WIFSIGNALED(status); /* it may have ended by itself just before */
    if (was_killed)
        snprintf(child->last_end, sizeof(child->last_end), "%s: killed", child->killed_for);
    else
        snprintf(child->last_end, sizeof(child->last_end), "%s", how);
    pid_t pid = child->pid;
    child->pid = 0;
    child_hang_up(child);
    set_pause(child, now_ms);
    bool wanted = child->stopping && (status == 0 || child->killed_for);
    if (!wanted)
        tell_end(child, pid);
}

void child_hang_up(struct child *child) {
    channel_free(&child->channel);
}

static pid_t spawn_program(const struct child *child, const struct child_program *program, int channel_end,
                           struct error *error) {
    char slot[12];
    snprintf(slot, sizeof(slot), "%u", child->slot);
    const char *const arguments[] = {
        "sallyport", "--role", catalog_role_name(child->role), slot, program->user, program->config_path, NULL,
    };
    const struct spawn_fd fds[] = {{.fd = channel_end, .number = CHANNEL_CHILD_FD}};
    const struct spawn spawn = {
        .executable = program->executable,
        .arguments = arguments,
        .fds = fds,
        .fds_count = 1,
    };
    return spawn_start(&spawn, error);
}

/* The first restart comes at once; one that keeps dying waits longer each time. */
static void set_pause(struct child *child, int64_t now_ms) {
    if (now_ms - child->started_ms >= CHILD_LIFE_MS)
        child->pause_ms = 0;
    child->start_at_ms = now_ms + child->pause_ms;
    child->restarts++;
    child->pause_ms = child->pause_ms == 0 ? CHILD_PAUSE_MS : child->pause_ms * 2;
    if (child->pause_ms > CHILD_PAUSE_MAX_MS)
        child->pause_ms = CHILD_PAUSE_MAX_MS;
}

static void tell_end(const struct child *child, pid_t pid) {
    log_line(LOG_LEVEL_ERROR, "%s (pid %d) ended: %s", child_name(child), (int)pid, child->last_end);
}
