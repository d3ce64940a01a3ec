/* Who was let in of late: one entry per certificate, by its fingerprint, with what would break it. From the workers'
 * records of kind SEEN. Bounded: the one that was not seen for longest goes first. Kept in memory only. */
#ifndef SALLYPORT_CONTROL_IDENTITIES_H
#define SALLYPORT_CONTROL_IDENTITIES_H

#include "base/buf.h"

/* MAX: as many as an answer to an administrator holds. REASONS: for which one was to be refused; nobody has more. */
enum { IDENTITIES_MAX = 10000, IDENTITIES_REASONS_MAX = 4 };

struct identities;

/* Makes an empty table, whose hashes start from `seed`; NULL when memory is short. */
[[nodiscard]] struct identities *identities_new(uint64_t seed);
void identities_free(struct identities **identities);

/* Takes a record (a JSON object); one that is malformed, or memory that is short, changes nothing. */
void identities_take(struct identities *identities, struct slice record);

/* How many there are. */
size_t identities_count(const struct identities *identities);

/* Appends a line of JSON for each identity whose certificate expires at `until` (seconds since 1970) or before, or that
 * would have been refused for something, the one that was seen last first. False when `to` is full. */
[[nodiscard]] bool identities_print_breaking(const struct identities *identities, int64_t until, struct buf *to);

#endif
