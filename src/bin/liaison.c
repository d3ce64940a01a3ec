/* Talking to the control process. */
#include "bin/liaison.h"

#include "base/log.h"
#include "os/fd.h"
#include "os/sock.h"

#include <errno.h>
#include <libgen.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

/* ADMIN_BACKLOG: people and scripts, not traffic. */
enum { ADMIN_BACKLOG = 16 };

static bool open_admin(struct liaison *liaison, const char *path, struct error *error);
static void make_directory_of(const char *path);
static void send_source(struct liaison *liaison, uint32_t number, const struct report_source *state);
static struct wire_out *begin(struct liaison *liaison, enum catalog_message type);
static void send_begun(struct liaison *liaison, const int *fds);
static void send_admin(struct liaison *liaison);
static void send_logs(struct liaison *liaison);
static void take_message(struct liaison *liaison, struct channel_message *message);

void liaison_init(struct liaison *liaison, const struct child_program *program) {
    *liaison = (struct liaison){.program = program, .admin_fd = -1, .owner = getuid()};
    child_init(&liaison->child, CATALOG_ROLE_CONTROL, 0);
    logfiles_init(&liaison->logs);
}

bool liaison_open(struct liaison *liaison, const struct outline *outline, struct error *error) {
    if (outline->control_socket[0] != '\0' && !open_admin(liaison, outline->control_socket, error))
        return false;
    return logfiles_open(&liaison->logs, outline, error);
}

void liaison_use_denials(struct liaison *liaison, struct denials *denials) {
    liaison->denials = denials;
}

void liaison_use_drains(struct liaison *liaison, struct drains *drains) {
    liaison->drains = drains;
}

void liaison_tick(struct liaison *liaison, const struct slot *slots, unsigned count, int64_t now_ms) {
    struct error error;
    if (!child_is_due(&liaison->child, now_ms))
        return;
    if (!child_start(&liaison->child, liaison->program, now_ms, &error)) {
        log_line(LOG_LEVEL_ERROR, "%s", error.sentence);
        return;
    }
    if (liaison->denials)
        denials_greet(liaison->denials, &liaison->child);
    if (liaison->drains)
        drains_greet(liaison->drains, &liaison->child);
    if (liaison->admin_fd >= 0)
        send_admin(liaison);
    send_logs(liaison);
    for (unsigned i = 0; i < count; i++) {
        struct wire_out *out = begin(liaison, CATALOG_SLOT);
        if (out)
            wire_put_u32(out, slots[i].number);
        send_begun(liaison, slots[i].memory);
    }
}

void liaison_use_logs(struct liaison *liaison, struct logfiles *logs) {
    logfiles_close(&liaison->logs);
    liaison->logs = *logs;
    logfiles_init(logs);
    send_logs(liaison);
}

void liaison_report(struct liaison *liaison, const struct report *report) {
    struct wire_out *out = begin(liaison, CATALOG_REPORT);
    if (out)
        report_put(report, out);
    send_begun(liaison, NULL);
}

void liaison_report_sources(struct liaison *liaison, struct sources *sources, struct names *names) {
    static struct report_source state; /* large */
    uint32_t number;
    if (!liaison->child.channel)
        return;
    if (sources->is_count_dirty || names->is_count_dirty) {
        wire_put_u32(begin(liaison, CATALOG_SOURCE_COUNT), (uint32_t)(sources->count + names->count));
        send_begun(liaison, NULL);
        sources_report_all(sources);
        names_report_all(names);
    }
    sources->is_count_dirty = names->is_count_dirty = false;
    while (liaison->child.channel && sources_next_report(sources, &number, &state))
        send_source(liaison, number, &state);
    while (liaison->child.channel && names_next_report(names, &number, &state))
        send_source(liaison, (uint32_t)sources->count + number, &state);
}

void liaison_receive(struct liaison *liaison) {
    struct channel_message message;
    while (child_receive(&liaison->child, &message))
        take_message(liaison, &message);
}

void liaison_answer(struct liaison *liaison, uint32_t request, bool done, struct slice text) {
    struct wire_out *out = begin(liaison, CATALOG_RELOADED);
    if (out) {
        wire_put_u32(out, request);
        wire_put_bool(out, done);
        wire_put_text_cut(out, text, CATALOG_TEXT_MAX);
    }
    send_begun(liaison, NULL);
}

bool liaison_ended(struct liaison *liaison, pid_t pid, int status, int64_t now_ms) {
    if (liaison->child.pid != pid)
        return false;
    child_ended(&liaison->child, status, now_ms);
    liaison->requests_count = 0;
    return true;
}

void liaison_stop(struct liaison *liaison) {
    child_expect_end(&liaison->child);
    child_hang_up(&liaison->child);
}

void liaison_fini(struct liaison *liaison) {
    child_hang_up(&liaison->child);
    logfiles_close(&liaison->logs);
    if (liaison->admin_fd >= 0)
        unlink(liaison->admin_path);
    fd_close(&liaison->admin_fd);
}

/* The mode keeps strangers out of connect(2) already; the control process checks every client's credentials as well. */
static bool open_admin(struct liaison *liaison, const char *path, struct error *error) {
    struct sock_listen options = {.backlog = ADMIN_BACKLOG, .mode = 0660, .group = (gid_t)-1};
    gid_t group;
    if (sock_find_group("sallyport", &group)) {
        liaison->has_group = true;
        liaison->group = group;
        if (geteuid() == 0)
            options.group = group;
    }
    struct addr addr;
    char text[OUTLINE_PATH_MAX + sizeof("unix:")];
    snprintf(text, sizeof(text), "unix:%s", path);
    if (!addr_parse(slice_text(text), &addr)) {
        error_set(error, (struct error_place){.file = path}, "control.socket is too long for a Unix socket.");
        return false;
    }
    make_directory_of(path);
    struct error cause;
    liaison->admin_fd = sock_listen(&addr, &options, &cause);
    snprintf(liaison->admin_path, sizeof(liaison->admin_path), "%s", path);
    if (liaison->admin_fd < 0)
        error_set(error, (struct error_place){0},
                  "control.socket: %s Another gateway runs, or this user may not write "
                  "there: choose another path.",
                  cause.sentence);
    return liaison->admin_fd >= 0;
}

/* /run is empty after each start of the machine: the last directory of the path is made when it is missing. If that
 * fails, opening the socket says why. */
static void make_directory_of(const char *path) {
    char copy[OUTLINE_PATH_MAX];
    snprintf(copy, sizeof(copy), "%s", path);
    int ignored = mkdir(dirname(copy), 0755);
    (void)ignored;
}

static void send_source(struct liaison *liaison, uint32_t number, const struct report_source *state) {
    report_put_source(number, state, begin(liaison, CATALOG_SOURCE_STATE));
    send_begun(liaison, NULL);
}

/* NULL when there is nobody to talk to. */
static struct wire_out *begin(struct liaison *liaison, enum catalog_message type) {
    return liaison->child.channel ? channel_begin(liaison->child.channel, type) : NULL;
}

static void send_begun(struct liaison *liaison, const int *fds) {
    if (liaison->child.channel && !channel_send(liaison->child.channel, fds))
        child_kill(&liaison->child, "it does not read its channel");
}

static void send_admin(struct liaison *liaison) {
    struct wire_out *out = begin(liaison, CATALOG_ADMIN);
    if (out) {
        wire_put_u32(out, liaison->owner);
        wire_put_bool(out, liaison->has_group);
        wire_put_u32(out, liaison->group);
    }
    send_begun(liaison, &liaison->admin_fd);
}

static void send_logs(struct liaison *liaison) {
    for (uint8_t kind = 0; kind < LOGFILES_COUNT; kind++) {
        bool on = liaison->logs.fds[kind] >= 0;
        struct wire_out *out = begin(liaison, on ? CATALOG_LOG : CATALOG_LOG_OFF);
        if (out)
            wire_put_u8(out, kind);
        send_begun(liaison, &liaison->logs.fds[kind]);
    }
}

/* Besides what it says of the deny-list and of servers, the control process may ask for a reload. */
static void take_message(struct liaison *liaison, struct channel_message *message) {
    if (liaison->denials && denials_take(liaison->denials, message))
        return;
    if (liaison->drains && drains_take(liaison->drains, message))
        return;
    uint32_t request = wire_get_u32(&message->in);
    if (!wire_in_done(&message->in) || liaison->requests_count == LIAISON_REQUESTS_MAX)
        child_kill(&liaison->child, "it sent a malformed message");
    else
        liaison->requests[liaison->requests_count++] = request;
}
