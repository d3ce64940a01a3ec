/* Consistent hashing by the highest random weight: each key draws a lot for each server, and the best lot wins. When a
 * server comes or goes, only the keys that it wins move. Pure; the same in every worker and after every restart. */
#ifndef SALLYPORT_UPSTREAM_RENDEZVOUS_H
#define SALLYPORT_UPSTREAM_RENDEZVOUS_H

#include "base/slice.h"

/* What stands for a server: of its backend and label, so that it does not depend on its place in the list. */
uint64_t rendezvous_seed(const char *backend, const char *label);

/* What stands for a key (an address, a header's value). */
uint64_t rendezvous_key(struct slice key);

/* The lot of a key for a server; the lowest wins. A server of twice the weight wins twice as many keys. `weight` is not
 * 0. */
double rendezvous_lot(uint64_t seed, uint64_t key, unsigned weight);

#endif
