/* How often something may happen, for each of very many keys: a token bucket for each (the generic cell rate
 * algorithm, in integers), in a table whose size is fixed when it is made. Pure: time and seed are given.
 *
 * Who fills the table gains nothing. A key that has no place takes that of the one in its set which has used up least,
 * and takes over what that one has used up, as far as its own bucket holds so much. So a key that lost its place comes
 * back with no more tokens than it had: it is never allowed more than a table without end would allow. The price: a
 * new key starts with fewer tokens while every other key of its set is using its own; which keys share a set
 * is decided by the seed, so nobody can choose whose company to spoil. */
#ifndef SALLYPORT_POLICY_LIMIT_H
#define SALLYPORT_POLICY_LIMIT_H

#include "base/slice.h"

/* One token comes every `interval_ns`, and at most `burst` of them wait. interval_ns 0: no limit. */
struct limit_rate {
    int64_t interval_ns;
    unsigned burst;
};

/* SETS: of LIMIT_WAYS keys each, for a worker: 65,536 keys in a megabyte, of which what is not used costs nothing. */
enum { LIMIT_SETS = 8192, LIMIT_WAYS = 8 };

struct limit;

/* `count` times in `per_ms`, `burst` of them at once (0: as many as `count`). A count of 0 is no limit. */
struct limit_rate limit_rate_of(unsigned count, int64_t per_ms, unsigned burst);

/* Makes a table of `sets` (a power of two) of LIMIT_WAYS keys each; `seed` is random. NULL when memory is short. */
[[nodiscard]] struct limit *limit_new(size_t sets, uint64_t seed);
void limit_free(struct limit **limit);

/* The key of `who` within `scope`: what is counted, and whose setting it is. Keys of one scope have one rate. */
uint64_t limit_key(const struct limit *limit, uint64_t scope, struct slice who);

/* Takes a token at `now_ms` (monotonic, never going back). 0: it was there. Otherwise nothing was taken, and it is the
 * number of milliseconds until one will be there. */
int64_t limit_take(struct limit *limit, uint64_t key, const struct limit_rate *rate, int64_t now_ms);

/* Gives back a token that was taken. Of a key that lost its place meanwhile it stays taken. */
void limit_give_back(struct limit *limit, uint64_t key, const struct limit_rate *rate);

#endif
