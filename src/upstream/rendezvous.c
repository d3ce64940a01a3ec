/* A lot is exponentially distributed with the server's weight as its rate: the least of several belongs to each server
 * in proportion to its weight. */
#include "upstream/rendezvous.h"

#include "base/hash.h"

#include <math.h>

uint64_t rendezvous_seed(const char *backend, const char *label) {
    return hash_keyed(hash_keyed(0, slice_text(backend)), slice_text(label));
}

uint64_t rendezvous_key(struct slice key) {
    return hash_keyed(0, key);
}

double rendezvous_lot(uint64_t seed, uint64_t key, unsigned weight) {
    uint64_t drawn = hash_keyed(seed, slice_of(&key, sizeof key)) >> 12; /* what a double can hold, and a half more */
    double share = ((double)drawn + 0.5) * 0x1p-52;                      /* between 0 and 1, never either */
    return -log(share) / weight;
}
