/* The files of the state directory, opened by the supervisor (which may) for the processes that read and write them
 * (which may not open). Knows names, never contents. */
#ifndef SALLYPORT_OS_STATEFILES_H
#define SALLYPORT_OS_STATEFILES_H

#include "base/error.h"

/* Longest name of a file. */
enum { STATEFILES_NAME_MAX = 64 };

/* directory_fd -1: there is no state directory. */
struct statefiles {
    int directory_fd;
};

/* Makes one without a directory. */
void statefiles_init(struct statefiles *files);

/* True when the directory exists, belongs to us or to root, and is not writable by everybody; a sentence otherwise. */
[[nodiscard]] bool statefiles_may_use(const char *path, struct error *error);

/* Opens the directory and locks it until statefiles_close: two gateways must not share one. An empty path opens none.
 * Looks at it as statefiles_may_use does. */
[[nodiscard]] bool statefiles_open(struct statefiles *files, const char *path, struct error *error);
void statefiles_close(struct statefiles *files);

/* Opens the directory to read from it only, beside the gateway that uses it: nothing is locked. Without a directory
 * when it cannot be opened. */
void statefiles_look(struct statefiles *files, const char *path);

/* True when there is a directory. */
bool statefiles_are_there(const struct statefiles *files);

/* Opens a file for reading and appending, made with mode 0600 if it is missing. -1 with errno on failure: also when it
 * is no plain file of ours or of root's, or others may write to it (EPERM). `name` is a plain name without '/'. */
[[nodiscard]] int statefiles_append(const struct statefiles *files, const char *name);

/* Opens a file for reading. -1 with errno on failure, as statefiles_append; ENOENT when it is missing. */
[[nodiscard]] int statefiles_read(const struct statefiles *files, const char *name);

/* Begins to replace a file: opens an empty one beside it, for reading and appending; one that was begun before is
 * forgotten. -1 with errno on failure. When all of it is written and synchronised, statefiles_finish puts it in the
 * place of the old one at once: after a crash there is either the old file or the new one. False with errno when it
 * does not; then the old one stays. */
[[nodiscard]] int statefiles_begin(const struct statefiles *files, const char *name);
[[nodiscard]] bool statefiles_finish(const struct statefiles *files, const char *name);

#endif
