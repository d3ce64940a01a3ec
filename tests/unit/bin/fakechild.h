/* For tests of the supervisor's side: the test program itself is the child that it starts. A child is told how to
 * behave by the configuration's path. */
#ifndef TESTS_UNIT_BIN_FAKECHILD_H
#define TESTS_UNIT_BIN_FAKECHILD_H

#include "bin/child.h"
#include "ipc/outline.h"
#include "os/sealed.h"

#include <poll.h>
#include <string.h>
#include <unistd.h>

/* The behaviour, and the channel. */
struct fakechild {
    const char *manner;
    struct channel *channel;
};

/* True when `manner` is or begins with this word. */
static inline bool fakechild_is(const struct fakechild *child, const char *manner) {
    return strncmp(child->manner, manner, strlen(manner)) == 0;
}

/* Waits for the next message; ends the process when the supervisor hangs up. */
static inline void fakechild_receive(struct fakechild *child, struct channel_message *message) {
    enum channel_status status;
    while ((status = channel_receive(child->channel, message)) == CHANNEL_EMPTY) {
        struct pollfd polled = {.fd = channel_fd(child->channel), .events = POLLIN};
        poll(&polled, 1, -1);
    }
    if (status != CHANNEL_MESSAGE)
        _exit(0);
}

/* Answers with a generation's number, and with text when it is a refusal. */
static inline void fakechild_answer(struct fakechild *child, enum catalog_message type, uint64_t generation,
                                    const char *text) {
    struct wire_out *out = channel_begin(child->channel, type);
    wire_put_u64(out, generation);
    if (text)
        wire_put_text(out, text);
    if (!channel_send(child->channel, NULL))
        _exit(9);
}

/* A worker without a gate. "die": ends at once. "refuse", "refuse-2", "die-2": refuses (dies at) every generation, or
 * all from the second on. "foreign": says what only control may say. "silent": answers nothing. Else: a good one. */
static inline void fakechild_worker(struct fakechild *child) {
    struct channel_message message;
    if (strcmp(child->manner, "die") == 0)
        _exit(3);
    for (;;) {
        fakechild_receive(child, &message);
        uint64_t generation = message.type == CATALOG_PREPARE ? wire_get_u64(&message.in) : 0;
        bool second = generation >= 2;
        if (message.type == CATALOG_DRAIN)
            _exit(0);
        if (fakechild_is(child, "foreign")) {
            uint8_t frame[6] = {CATALOG_RELOAD, 0};
            ssize_t ignored = write(channel_fd(child->channel), frame, sizeof(frame));
            (void)ignored;
        } else if (message.type == CATALOG_PREPARE && fakechild_is(child, "die-2") && second) {
            _exit(4);
        } else if (message.type == CATALOG_PREPARE && fakechild_is(child, "refuse") &&
                   (second || !fakechild_is(child, "refuse-2"))) {
            fakechild_answer(child, CATALOG_REFUSED, generation, "No such luck.");
        } else if (message.type == CATALOG_PREPARE && !fakechild_is(child, "silent")) {
            fakechild_answer(child, CATALOG_PREPARED, generation, NULL);
        } else if (message.type == CATALOG_COMMIT) {
            fakechild_answer(child, CATALOG_COMMITTED, wire_get_u64(&message.in), NULL);
        }
    }
}

/* A compiler. "broken": the configuration is not good. "mute": no answer. "workers", "user", "socket", "state": as the
 * good one, but that differs. Else: two workers, no listeners. */
static inline void fakechild_compiler(struct fakechild *child) {
    static struct outline outline;
    struct channel_message message;
    do
        fakechild_receive(child, &message);
    while (message.type != CATALOG_COMPILE && message.type != CATALOG_REFRESH);
    outline = (struct outline){.workers = fakechild_is(child, "workers") ? 3 : 2, .ticket_lifetime_s = 3600};
    strcpy(outline.user, fakechild_is(child, "user") ? "other" : "sallyport");
    strcpy(outline.control_socket, fakechild_is(child, "socket") ? "/other" : "/socket");
    strcpy(outline.state_directory, fakechild_is(child, "state") ? "/other" : "");
    int bundle_fd = sealed_of("bundle", slice_text("x"));
    if (fakechild_is(child, "mute"))
        _exit(7);
    if (fakechild_is(child, "broken"))
        wire_put_text(channel_begin(child->channel, CATALOG_NOT_COMPILED), "a.yaml:1:2: No such luck.\n");
    else
        outline_put(&outline, channel_begin(child->channel, CATALOG_COMPILED));
    if (!channel_send(child->channel, &bundle_fd))
        _exit(9);
    _exit(0);
}

/* Plays the role of the arguments in this process, if they are those of a child. */
static inline void fakechild_main(int count, char **arguments) {
    if (count != 6)
        return;
    bool compiles = strcmp(arguments[2], "compiler") == 0;
    enum catalog_role role = compiles ? CATALOG_ROLE_COMPILER : CATALOG_ROLE_WORKER;
    struct fakechild child = {.manner = arguments[5]};
    child.channel = channel_new(CHANNEL_CHILD_FD, role, CATALOG_ROLE_SUPERVISOR);
    if (compiles)
        fakechild_compiler(&child);
    fakechild_worker(&child);
}

/* The path of the test program. */
static inline const char *fakechild_program(void) {
    static char path[4096];
    ssize_t len = readlink("/proc/self/exe", path, sizeof(path) - 1);
    path[len > 0 ? len : 0] = '\0';
    return path;
}

#endif
