/* Running the compiler and taking its one answer. */
#include "bin/compilation.h"

#include "os/fd.h"

#include <stdio.h>

static void take_message(struct compilation *compilation, struct channel_message *message);
static void drop_lists(struct compilation *compilation);
static void take_lists(struct compilation *compilation);
static void refuse(struct compilation *compilation, struct slice why);

void compilation_init(struct compilation *compilation) {
    child_init(&compilation->child, CATALOG_ROLE_COMPILER, 0);
    compilation->phase = COMPILATION_IDLE;
    compilation->bundle_fd = -1;
    for (size_t i = 0; i < COMPILATION_LIST_COUNT; i++)
        compilation->list_fds[i] = -1;
    compilation->refusal[0] = '\0';
}

void compilation_start(struct compilation *compilation, const struct child_program *program, int64_t now_ms) {
    struct error error;
    child_init(&compilation->child, CATALOG_ROLE_COMPILER, 0);
    child_expect_end(&compilation->child);
    drop_lists(compilation);
    compilation->phase = COMPILATION_RUNNING;
    if (!child_start(&compilation->child, program, now_ms, &error))
        refuse(compilation, slice_text(error.sentence));
}

void compilation_give(struct compilation *compilation, enum catalog_message what, struct slice name, int fd) {
    struct channel *channel = compilation->child.channel;
    struct wire_out *out = channel ? channel_begin(channel, what) : NULL;
    if (out && what != CATALOG_NUMBERS)
        wire_put_bytes(out, name);
    if (out && !channel_send(channel, &fd))
        child_hang_up(&compilation->child);
}

void compilation_order(struct compilation *compilation, int bundle_fd) {
    struct channel *channel = compilation->child.channel;
    if (channel)
        channel_begin(channel, bundle_fd >= 0 ? CATALOG_REFRESH : CATALOG_COMPILE);
    bool ignored = channel && channel_send(channel, &bundle_fd); /* one that is gone has not answered */
    (void)ignored;
}

void compilation_receive(struct compilation *compilation) {
    struct channel_message message;
    while (child_receive(&compilation->child, &message))
        take_message(compilation, &message);
}

void compilation_tick(struct compilation *compilation, int64_t now_ms) {
    if (compilation->child.pid != 0 && now_ms - compilation->child.started_ms > COMPILATION_MS)
        child_kill(&compilation->child, "it took longer than two minutes");
}

bool compilation_ended(struct compilation *compilation, pid_t pid, int status, int64_t now_ms) {
    if (compilation->child.pid != pid)
        return false;
    compilation_receive(compilation);
    child_ended(&compilation->child, status, now_ms);
    if (compilation->phase == COMPILATION_RUNNING) {
        char why[CHILD_END_MAX + 64];
        snprintf(why, sizeof(why), "The compiler ended without an answer: %s.\n", compilation->child.last_end);
        refuse(compilation, slice_text(why));
    }
    return true;
}

int compilation_take(struct compilation *compilation) {
    int bundle_fd = compilation->bundle_fd;
    compilation->bundle_fd = -1;
    compilation->phase = COMPILATION_IDLE;
    return bundle_fd;
}

void compilation_take_lists(struct compilation *compilation, int list_fds[COMPILATION_LIST_COUNT]) {
    for (size_t i = 0; i < COMPILATION_LIST_COUNT; i++) {
        list_fds[i] = compilation->list_fds[i];
        compilation->list_fds[i] = -1;
    }
}

static void drop_lists(struct compilation *compilation) {
    for (size_t i = 0; i < COMPILATION_LIST_COUNT; i++)
        fd_close(&compilation->list_fds[i]);
}

static void take_lists(struct compilation *compilation) {
    drop_lists(compilation);
    for (size_t i = 0; i < COMPILATION_LIST_COUNT; i++)
        compilation->list_fds[i] = channel_take_fd(compilation->child.channel, i);
}

static void take_message(struct compilation *compilation, struct channel_message *message) {
    if (compilation->phase != COMPILATION_RUNNING) {
        child_kill(&compilation->child, "it answered twice");
        return;
    }
    if (message->type == CATALOG_SOURCES) {
        take_lists(compilation);
        return;
    }
    if (message->type == CATALOG_COMPILED) {
        bool good = outline_get(&compilation->outline, &message->in);
        if (good)
            compilation->bundle_fd = channel_take_fd(compilation->child.channel, 0);
        compilation->phase = good ? COMPILATION_DONE : COMPILATION_RUNNING;
        return;
    }
    struct slice why = wire_get_bytes(&message->in, CATALOG_TEXT_MAX);
    refuse(compilation, wire_in_done(&message->in) ? why : slice_text("The compiler's answer is malformed.\n"));
}

static void refuse(struct compilation *compilation, struct slice why) {
    snprintf(compilation->refusal, sizeof(compilation->refusal), "%.*s", (int)why.len, (const char *)why.data);
    compilation->phase = COMPILATION_REFUSED;
}
