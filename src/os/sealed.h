/* Memory that processes share: sealed (nobody can change it any more) for what the compiler hands to the workers,
 * fixed in size but writable for the counters. Functions that return a descriptor return -1 on failure with errno
 * set; they are closed on exec. */
#ifndef SALLYPORT_OS_SEALED_H
#define SALLYPORT_OS_SEALED_H

#include "base/error.h"
#include "base/slice.h"

/* A new, empty, growing memory file to write to; `name` is only for people who look into /proc. Follow with
 * sealed_finish. */
[[nodiscard]] int sealed_begin(const char *name);

/* Makes the file immutable for good. Fails while a writable mapping exists. */
[[nodiscard]] bool sealed_finish(int fd);

/* A sealed file that holds `bytes`: sealed_begin, write, sealed_finish. */
[[nodiscard]] int sealed_of(const char *name, struct slice bytes);

/* Maps the sealed file read-only. Refuses a descriptor that is not fully sealed (its sender could change it behind
 * our back or cut it under our feet) or holds more than `max_bytes`. The mapping outlives the descriptor; end it
 * with sealed_unmap. */
[[nodiscard]] bool sealed_map(int fd, size_t max_bytes, struct slice *bytes, struct error *error);

/* Ends a mapping of sealed_map; the slice becomes empty. */
void sealed_unmap(struct slice *bytes);

/* Ends the mapping of all pages but those that `part`, a piece of it, lies in: where only the piece is still needed.
 * The slice becomes what is left. */
void sealed_trim(struct slice *bytes, struct slice part);

/* A zeroed memory file of exactly `bytes` bytes that can be written, but neither grown nor cut. */
[[nodiscard]] int sealed_shared(const char *name, size_t bytes);

/* Maps a file of sealed_shared read-write; NULL with errno when its size is not exactly `bytes` or could be changed
 * (EPERM). */
[[nodiscard]] void *sealed_map_shared(int fd, size_t bytes);

/* Ends a mapping of sealed_map_shared. */
void sealed_unmap_shared(void *memory, size_t bytes);

#endif
