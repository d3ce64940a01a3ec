/* Wait, read, calculate, answer. */
#include "bin/checker.h"

#include "base/log.h"
#include "bin/confine.h"
#include "ipc/passcheck.h"
#include "policy/passwordhash.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

/* Requests that need no password come first on a machine that has much to do. */
enum { NICENESS = 10 };

static bool answer(struct channel *channel, struct channel_message *message);
static enum passcheck_answer check(struct slice question);

int checker_main(const char *user) {
    const struct sandbox sandbox = {.promises = SANDBOX_LOOP | SANDBOX_PASS_FDS};
    log_open("checker", LOG_LEVEL_INFO);
    errno = 0;
    if (nice(NICENESS) < 0 && errno != 0)
        log_line(LOG_LEVEL_WARNING, "it cannot step back behind the workers: %m");
    if (!confine_process(user, &sandbox))
        return EXIT_FAILURE;
    struct channel *channel = channel_new(CHANNEL_CHILD_FD, CATALOG_ROLE_CHECKER, CATALOG_ROLE_SUPERVISOR);
    return channel ? checker_serve(channel) : EXIT_FAILURE;
}

int checker_serve(struct channel *channel) {
    struct pollfd polled = {.fd = channel_fd(channel), .events = POLLIN};
    struct channel_message message;
    enum channel_status status = CHANNEL_EMPTY;
    bool good = true;
    while (good && status != CHANNEL_CLOSED) {
        status = channel_receive(channel, &message);
        if (status == CHANNEL_EMPTY)
            poll(&polled, 1, -1);
        else if (status != CHANNEL_CLOSED)
            good = status == CHANNEL_MESSAGE && answer(channel, &message);
    }
    if (!good)
        log_line(LOG_LEVEL_ERROR, "a message of the supervisor cannot be followed");
    channel_free(&channel);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

static bool answer(struct channel *channel, struct channel_message *message) {
    uint32_t number = wire_get_u32(&message->in);
    struct slice question = wire_get_bytes(&message->in, PASSCHECK_BYTES_MAX);
    if (!wire_in_done(&message->in))
        return false;
    uint8_t said = (uint8_t)check(question);
    channel_wipe_received(channel);
    struct wire_out *out = channel_begin(channel, CATALOG_CHECKER_ANSWER);
    wire_put_u32(out, number);
    wire_put_bytes(out, slice_of(&said, sizeof(said)));
    return channel_send(channel, NULL);
}

static enum passcheck_answer check(struct slice question) {
    struct slice password, stored;
    if (!passcheck_read(question, &password, &stored))
        return PASSCHECK_FAILED;
    switch (passwordhash_check(password, stored)) {
    case PASSWORDHASH_MATCHES:
        return PASSCHECK_MATCHES;
    case PASSWORDHASH_DIFFERS:
        return PASSCHECK_DIFFERS;
    case PASSWORDHASH_FAILED:
        break;
    }
    return PASSCHECK_FAILED;
}
