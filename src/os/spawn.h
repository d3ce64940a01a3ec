/* Starting child processes with exactly what they need and nothing else, learning how they ended, and giving up
 * privileges. */
#ifndef SALLYPORT_OS_SPAWN_H
#define SALLYPORT_OS_SPAWN_H

#include "base/error.h"

#include <sys/types.h>

/* SPAWN_FDS_MAX: channels, standard streams and one listening socket per listener; more are sent over a channel.
 * SPAWN_STATUS_TEXT: the longest sentence of spawn_status_text. */
enum { SPAWN_FDS_MAX = 64, SPAWN_STATUS_TEXT = 64 };

/* `fd` of ours becomes `number` in the child. */
struct spawn_fd {
    int fd;
    int number;
};

/* arguments begins with argv[0] and ends with NULL. environment holds further "NAME=value" and ends with NULL; NULL
 * means none. Of our own environment the child gets only PATH, LANG, TZ, JOURNAL_STREAM and the sanitizers' options.
 * Descriptors not listed are closed, but 0 and 1 become /dev/null and 2 stays ours. death_signal is what the child
 * gets when we die; 0 for nothing. */
struct spawn {
    const char *executable;
    const char *const *arguments;
    const char *const *environment;
    const struct spawn_fd *fds;
    size_t fds_count;
    int death_signal;
};

/* Starts the child: default signal actions, no signal blocked. Returns when it has executed the program; -1 with a
 * sentence otherwise. */
[[nodiscard]] pid_t spawn_start(const struct spawn *spawn, struct error *error);

/* Collects one child that has ended and how (as waitpid tells it); 0 when none has. Does not wait. */
[[nodiscard]] pid_t spawn_reap(int *status);

/* Writes how a child ended: "exited with 3", "killed by signal 9 (Killed)"; SPAWN_STATUS_TEXT bytes at most,
 * terminated. */
void spawn_status_text(int status, char *to);

/* Becomes `user` with its primary group and no other, for good; checked that there is no way back. NULL keeps the
 * user, and so does the own name. Keeps the death signal, which the kernel forgets here. Reads system files: call it
 * before the sandbox is entered. */
[[nodiscard]] bool spawn_become(const char *user, struct error *error);

/* Says that no program executed from here on may gain privileges (PR_SET_NO_NEW_PRIVS). */
[[nodiscard]] bool spawn_no_new_privileges(struct error *error);

/* Keeps memory from core dumps and from other processes of the same user: for roles that hold keys. */
[[nodiscard]] bool spawn_hide_memory(struct error *error);

/* Raises the limit of open descriptors to `wanted`, or as far as allowed; returns what it is then. */
size_t spawn_raise_descriptors(size_t wanted);

#endif
