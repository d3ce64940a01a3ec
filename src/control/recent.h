/* The records of late, kept in memory for whoever asks why. Bounded in number and in bytes; the oldest goes first. */
#ifndef SALLYPORT_CONTROL_RECENT_H
#define SALLYPORT_CONTROL_RECENT_H

#include "base/buf.h"

struct recent;

/* Makes an empty memory for at most `max` records of `bytes_max` bytes in all; NULL when memory is short. */
[[nodiscard]] struct recent *recent_new(size_t max, size_t bytes_max);
void recent_free(struct recent **recent);

/* Keeps a copy of a record (one line of JSON), in which control characters become '?': it will be printed on terminals,
 * whoever wrote it. One that does not fit is left out. */
void recent_add(struct recent *recent, struct slice record);

/* How many are kept. */
size_t recent_count(const struct recent *recent);

/* The record at `index`, 0 being the newest; borrowed until the next recent_add. */
struct slice recent_get(const struct recent *recent, size_t index);

/* The newest record whose "id" is this, borrowed; NULL data when there is none. */
struct slice recent_find(const struct recent *recent, struct slice id);

#endif
