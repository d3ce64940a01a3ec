/* One child process of the supervisor: started with nothing but a channel, ended for a reason that is kept, started
 * again with a growing pause. */
#ifndef SALLYPORT_BIN_CHILD_H
#define SALLYPORT_BIN_CHILD_H

#include "base/error.h"
#include "ipc/channel.h"

#include <sys/types.h>

/* The pauses before a restart: none, then CHILD_PAUSE_MS doubled up to the maximum. Who lived for CHILD_LIFE_MS begins
 * anew. CHILD_END_MAX: room for the sentence of an end. */
enum { CHILD_PAUSE_MS = 100, CHILD_PAUSE_MAX_MS = 10000, CHILD_LIFE_MS = 30000, CHILD_END_MAX = 96 };

/* pid 0: not running, then start_at_ms (monotonic) says when to start it. channel is NULL when there is none, also
 * after the child closed its end. last_end: how the last one ended, or "". */
struct child {
    enum catalog_role role;
    unsigned slot;
    pid_t pid;
    struct channel *channel;
    int64_t started_ms;
    int64_t start_at_ms;
    int64_t pause_ms;
    uint32_t restarts;
    bool stopping;
    const char *killed_for;
    char last_end[CHILD_END_MAX];
};

/* How to start it: the program `executable --role ROLE SLOT USER CONFIG`. All texts are borrowed. */
struct child_program {
    const char *executable;
    const char *user;
    const char *config_path;
};

/* Makes a child that is not running and due at once. */
void child_init(struct child *child, enum catalog_role role, unsigned slot);

/* "worker 2" or "control", for log lines; borrowed until the next call. */
const char *child_name(const struct child *child);

/* Starts the process with a new channel. On failure it counts as ended: it is due again after a pause. */
[[nodiscard]] bool child_start(struct child *child, const struct child_program *program, int64_t now_ms,
                               struct error *error);

/* Reads the next message from it; false when there is none. One that sends what it may not is killed; one that closed
 * its channel is about to end. */
[[nodiscard]] bool child_receive(struct child *child, struct channel_message *message);

/* True when it is not running, not stopping, and its pause is over. */
bool child_is_due(const struct child *child, int64_t now_ms);

/* Kills it (SIGKILL); `why` (a fixed string) is kept as the reason of its end. */
void child_kill(struct child *child, const char *why);

/* Says that its end is wanted: it is not started again, and not reported as a failure. */
void child_expect_end(struct child *child);

/* Notes that its process has ended with `status` (as waitpid tells it), closes the channel and sets the pause. */
void child_ended(struct child *child, int status, int64_t now_ms);

/* Closes our end of the channel. */
void child_hang_up(struct child *child);

#endif
