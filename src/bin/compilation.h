/* The supervisor's side of the one-shot compiler: starts it, and keeps what it says. */
#ifndef SALLYPORT_BIN_COMPILATION_H
#define SALLYPORT_BIN_COMPILATION_H

#include "bin/child.h"
#include "ipc/outline.h"

/* A configuration of 10,000 hosts takes seconds; a compiler that takes longer than this is stuck. */
enum { COMPILATION_MS = 120000 };

/* IDLE: none was started since the last result was taken. */
enum compilation_phase { COMPILATION_IDLE, COMPILATION_RUNNING, COMPILATION_DONE, COMPILATION_REFUSED };

/* The sealed lists of the message SOURCES, in its order. */
enum compilation_list {
    COMPILATION_SOURCES,
    COMPILATION_HOSTS,
    COMPILATION_NUMBERS,
    COMPILATION_NAMES,
    COMPILATION_LIST_COUNT
};

/* After DONE: the outline, the sealed bundle and lists (owned until taken). After REFUSED: the errors. */
struct compilation {
    struct child child;
    enum compilation_phase phase;
    struct outline outline;
    int bundle_fd;
    int list_fds[COMPILATION_LIST_COUNT];
    char refusal[CATALOG_TEXT_MAX];
};

/* Makes an idle one. */
void compilation_init(struct compilation *compilation);

/* Starts the compiler. That it cannot be started is a refusal, too. Only when no compiler process is left. It waits for
 * what it is given, and for its order. */
void compilation_start(struct compilation *compilation, const struct child_program *program, int64_t now_ms);

/* Gives a document (FORMER_DOCUMENT, FRESH_DOCUMENT) by its source's name, or NUMBERS (no name); `fd` stays the
 * caller's. One that cannot be given is seen as an end without an answer. */
void compilation_give(struct compilation *compilation, enum catalog_message what, struct slice name, int fd);

/* Orders to compile the configuration file, or to refresh the sealed bundle in `bundle_fd` when it is not negative. */
void compilation_order(struct compilation *compilation, int bundle_fd);

/* Reads what the compiler said. */
void compilation_receive(struct compilation *compilation);

/* Kills a compiler that takes too long. */
void compilation_tick(struct compilation *compilation, int64_t now_ms);

/* Notes that process `pid` ended; false when it is not the compiler. One that ended without an answer has refused. */
bool compilation_ended(struct compilation *compilation, pid_t pid, int status, int64_t now_ms);

/* Gives the bundle to the caller (-1 when there is none) and becomes idle. */
int compilation_take(struct compilation *compilation);

/* Gives the lists to the caller; -1 where there are none. */
void compilation_take_lists(struct compilation *compilation, int list_fds[COMPILATION_LIST_COUNT]);

#endif
