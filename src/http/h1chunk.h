/* Chunked bodies (RFC 9112 section 7.1), read strictly. Pure: bytes in, result out, no allocation; data is shown
 * where it lies. */
#ifndef SALLYPORT_HTTP_H1CHUNK_H
#define SALLYPORT_HTTP_H1CHUNK_H

#include "http/h1parse.h"

/* Extension octets and needless leading zeros of a whole body: nobody needs them, and they cost us work that moves
 * no data. */
enum { H1CHUNK_EXTENSION_MAX = 16384 };

/* Where in a chunked body we are. Zero it for each body. left_bytes: data of the current chunk that was not consumed
 * yet. */
struct h1chunk {
    uint64_t left_bytes;
    uint32_t extension_bytes;
    uint8_t digits;
    uint8_t place;
};

/* One step: skips framing at the start of `bytes` and shows the run of data after it. DONE with `last`: the last
 * chunk was read and the trailer section follows at used_bytes. DONE otherwise: used_bytes of framing, then data.len
 * bytes of data, which the caller takes, wholly or in part, by h1chunk_consumed. MORE: nothing to show yet. In each
 * case the used_bytes are done with and not to be given again. BAD: REASON_CHUNK. */
struct h1parse_result h1chunk_next(struct h1chunk *chunk, struct slice bytes, struct slice *data, bool *last);

/* Says that `len` bytes of the shown data were taken; at most left_bytes. */
void h1chunk_consumed(struct h1chunk *chunk, uint64_t len);

#endif
