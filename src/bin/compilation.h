/* The supervisor's side of the one-shot compiler: starts it, and keeps what it says. */
#ifndef SALLYPORT_BIN_COMPILATION_H
#define SALLYPORT_BIN_COMPILATION_H

#include "bin/child.h"
#include "ipc/outline.h"

/* A configuration of 10,000 hosts takes seconds; a compiler that takes longer than this is stuck. */
enum { COMPILATION_MS = 120000 };

/* IDLE: none was started since the last result was taken. */
enum compilation_phase { COMPILATION_IDLE, COMPILATION_RUNNING, COMPILATION_DONE, COMPILATION_REFUSED };

/* After DONE: the outline and the sealed bundle (owned until taken). After REFUSED: the errors. */
struct compilation {
    struct child child;
    enum compilation_phase phase;
    struct outline outline;
    int bundle_fd;
    char refusal[CATALOG_TEXT_MAX];
};

/* Makes an idle one. */
void compilation_init(struct compilation *compilation);

/* Starts the compiler. That it cannot be started is a refusal, too. Only when no compiler process is left. */
void compilation_start(struct compilation *compilation, const struct child_program *program, int64_t now_ms);

/* Reads what the compiler said. */
void compilation_receive(struct compilation *compilation);

/* Kills a compiler that takes too long. */
void compilation_tick(struct compilation *compilation, int64_t now_ms);

/* Notes that process `pid` ended; false when it is not the compiler. One that ended without an answer has refused. */
bool compilation_ended(struct compilation *compilation, pid_t pid, int status, int64_t now_ms);

/* Gives the bundle to the caller (-1 when there is none) and becomes idle. */
int compilation_take(struct compilation *compilation);

#endif
