/* A keyed hash of bytes into 64 bits, for tables: a stranger who chooses keys can neither aim at one place of a table
 * nor make two keys alike. Not for signatures or secrets. Pure. */
#ifndef SALLYPORT_BASE_HASH_H
#define SALLYPORT_BASE_HASH_H

#include "base/slice.h"

/* SipHash-1-3 of `bytes` under `seed`, which is random and kept to the process. */
uint64_t hash_keyed(uint64_t seed, struct slice bytes);

#endif
