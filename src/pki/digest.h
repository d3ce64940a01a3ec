/* SHA-256 over several parts, each with its length before it: no two different lists of parts are the same bytes. */
#ifndef SALLYPORT_PKI_DIGEST_H
#define SALLYPORT_PKI_DIGEST_H

#include "base/slice.h"

enum { DIGEST_BYTES = 32 };

/* Writes the digest of `count` parts to `to`. */
void digest_parts(const struct slice *parts, size_t count, uint8_t to[DIGEST_BYTES]);

#endif
