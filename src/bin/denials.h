/* The deny-list's way through the supervisor: the file of its book, which it opens for the control process, and the
 * newest index, which it hands to every worker. It reads neither. */
#ifndef SALLYPORT_BIN_DENIALS_H
#define SALLYPORT_BIN_DENIALS_H

#include "bin/slot.h"
#include "os/statefiles.h"

/* WAIT_MS: a worker that has not said by then that an index is in force is named to who asked. CHANGES_MAX: that may
 * wait for workers at once; the control process serves no more clients than that. */
enum { DENIALS_WAIT_MS = 5000, DENIALS_CHANGES_MAX = 32, DENIALS_PATH_MAX = OUTLINE_PATH_MAX + 32 };

/* A change of which the control process is told when all workers have it. closed: connections, so far. */
struct denials_change {
    uint64_t generation;
    int64_t until_ms;
    uint32_t closed;
};

/* control: the process that was greeted last. book_fd, new_fd: the file and the one that is to take its place.
 * is_kept: it outlives us (else it is a memory file).
 * is_ready: an index is there, or it is known that the list is empty. fault: why the list cannot be used, or "". */
struct denials {
    const struct statefiles *state;
    struct child *control;
    int64_t ticked_ms;
    int book_fd;
    int new_fd;
    bool is_kept;
    char path[DENIALS_PATH_MAX];
    bool is_ready;
    char fault[CATALOG_TEXT_MAX];
    uint64_t generation;
    int index_fd;
    uint64_t sent[OUTLINE_WORKERS_MAX];
    uint64_t confirmed[OUTLINE_WORKERS_MAX];
    struct denials_change changes[DENIALS_CHANGES_MAX];
    size_t changes_count;
};

/* Makes one without a file. */
void denials_init(struct denials *denials);

/* Opens the book in the state directory (borrowed; `path` is where that is), or makes a memory file where there is
 * none. */
[[nodiscard]] bool denials_open(struct denials *denials, const struct statefiles *state, const char *path,
                                struct error *error);
void denials_fini(struct denials *denials);

/* Gives a new control process (borrowed) the book. Nobody waits for the old one's changes any more. */
void denials_greet(struct denials *denials, struct child *control);

/* Takes a message of the control process that is about the deny-list; false when it is about something else. */
[[nodiscard]] bool denials_take(struct denials *denials, struct channel_message *message);

/* True when a worker may begin to accept: the list is known, and the newest index was sent to it. Sends it if need
 * be. */
[[nodiscard]] bool denials_bring(struct denials *denials, struct slot *slot);

/* NULL, or why the gateway cannot start: the list is damaged, or the control process ended before it had read it. */
const char *denials_fault(struct denials *denials);

/* Notes that the slot has a new worker, which knows nothing yet. */
void denials_forget(struct denials *denials, const struct slot *slot);

/* Notes what a worker says: an index is in force. False when the message is malformed. */
[[nodiscard]] bool denials_confirm(struct denials *denials, const struct slot *slot, struct wire_in *in);

/* Sends the newest index to the workers that do not have it, and tells the control process which changes are in force
 * everywhere, or who is late. */
void denials_tick(struct denials *denials, struct slot *slots, unsigned count, int64_t now_ms);

#endif
