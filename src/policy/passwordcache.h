/* What was found out about passwords, for a while, by a digest that only this process can make: neither password nor
 * user can be read from it, and a changed stored password is another one. Of fixed size; right and wrong ones have
 * places of their own, so that guessing pushes no right one out. Pure: time and key are given. */
#ifndef SALLYPORT_POLICY_PASSWORDCACHE_H
#define SALLYPORT_POLICY_PASSWORDCACHE_H

#include "base/slice.h"

/* SETS: of PASSWORDCACHE_WAYS each for right and for wrong passwords: 4096 users of a worker with the initial time. */
enum { PASSWORDCACHE_SETS = 1024, PASSWORDCACHE_WAYS = 4, PASSWORDCACHE_BYTES = 32 };

enum passwordcache_word { PASSWORDCACHE_UNKNOWN, PASSWORDCACHE_RIGHT, PASSWORDCACHE_WRONG };

struct passwordcache;

/* Makes an empty one of `sets` (a power of two); `key` is random. NULL when memory is short. */
[[nodiscard]] struct passwordcache *passwordcache_new(size_t sets, const uint8_t key[PASSWORDCACHE_BYTES]);

/* Wipes and frees it. */
void passwordcache_free(struct passwordcache **cache);

/* The digest of a password that was given by a user, and what it is compared with. */
void passwordcache_digest(const struct passwordcache *cache, struct slice user, struct slice password,
                          struct slice stored, uint8_t to[PASSWORDCACHE_BYTES]);

/* What is known of the digest at `now_ms` (monotonic). */
enum passwordcache_word passwordcache_find(const struct passwordcache *cache, const uint8_t digest[PASSWORDCACHE_BYTES],
                                           int64_t now_ms);

/* Remembers it until `until_ms`. */
void passwordcache_keep(struct passwordcache *cache, const uint8_t digest[PASSWORDCACHE_BYTES], bool is_right,
                        int64_t until_ms);

#endif
