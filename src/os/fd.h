/* File descriptors: their flags, fixed numbers, small writes, closing. On failure errno says why. */
#ifndef SALLYPORT_OS_FD_H
#define SALLYPORT_OS_FD_H

#include "base/slice.h"

/* Closes `*fd` unless it is negative, and sets it to -1; errno is kept. */
void fd_close(int *fd);

/* Turns close-on-exec on or off. */
[[nodiscard]] bool fd_set_cloexec(int fd, bool on);

/* Turns non-blocking on or off, for everyone who shares the open file. */
[[nodiscard]] bool fd_set_nonblocking(int fd, bool on);

/* Makes `number` a copy of `fd` that stays open over exec, closing what `number` was; also right when both are the
 * same. */
[[nodiscard]] bool fd_place(int fd, int number);

/* A copy of `fd` with a number of at least `lowest`, closed on exec; -1 on failure. */
[[nodiscard]] int fd_copy(int fd, int lowest);

/* Writes all of `bytes`, waiting (blocking) as needed: for small control writes, not for a worker's loop. */
[[nodiscard]] bool fd_write_all(int fd, struct slice bytes);

/* Closes every descriptor from `lowest` on. */
void fd_close_from(int lowest);

#endif
