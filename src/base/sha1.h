/* SHA-1 (FIPS 180-4), for the one protocol that asks for it without needing a good digest: the WebSocket handshake
 * (RFC 6455 section 1.3). Never for anything that has to be secure. Pure. */
#ifndef SALLYPORT_BASE_SHA1_H
#define SALLYPORT_BASE_SHA1_H

#include "base/slice.h"

enum { SHA1_BYTES = 20, SHA1_INPUT_MAX = 119 };

/* Writes the digest of at most SHA1_INPUT_MAX bytes. */
void sha1_digest(struct slice bytes, uint8_t digest[SHA1_BYTES]);

#endif
