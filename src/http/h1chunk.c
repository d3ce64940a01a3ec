/* Chunked bodies, one octet of framing after the other. */
#include "http/h1chunk.h"

#include "base/bug.h"
#include "http/octets.h"

/* Places in the grammar: chunk-size, chunk-ext, the line feed after them, the data, its CR LF, and behind the last
 * chunk. */
enum place { SIZE, EXTENSION, SIZE_FEED, DATA, DATA_RETURN, DATA_FEED, LAST };

/* A size of more digits than fit into 63 bits is no size. */
enum { DIGITS_MAX = 15 };

static bool step(struct h1chunk *chunk, uint8_t octet);
static bool step_size(struct h1chunk *chunk, uint8_t octet);
static bool step_extension(struct h1chunk *chunk, uint8_t octet);
static bool count_extension(struct h1chunk *chunk);

struct h1parse_result h1chunk_next(struct h1chunk *chunk, struct slice bytes, struct slice *data, bool *last) {
    size_t used = 0;
    *data = (struct slice){0};
    *last = false;
    while (chunk->place != DATA && chunk->place != LAST && used < bytes.len)
        if (!step(chunk, bytes.data[used++]))
            return (struct h1parse_result){.status = H1PARSE_BAD, .reason = REASON_CHUNK};
    *last = chunk->place == LAST;
    if (chunk->place == DATA) {
        size_t there = bytes.len - used;
        *data = slice_sub(bytes, used, chunk->left_bytes < there ? (size_t)chunk->left_bytes : there);
    }
    bool is_shown = *last || data->len > 0;
    return (struct h1parse_result){.status = is_shown ? H1PARSE_DONE : H1PARSE_MORE, .used_bytes = used};
}

void h1chunk_consumed(struct h1chunk *chunk, uint64_t len) {
    bug_on(len > chunk->left_bytes);
    chunk->left_bytes -= len;
    if (chunk->place == DATA && chunk->left_bytes == 0)
        chunk->place = DATA_RETURN;
}

/* Takes one octet of framing; false when it may not stand there. */
static bool step(struct h1chunk *chunk, uint8_t octet) {
    switch ((enum place)chunk->place) {
    case SIZE:
        return step_size(chunk, octet);
    case EXTENSION:
        return step_extension(chunk, octet);
    case SIZE_FEED:
        chunk->place = chunk->left_bytes > 0 ? DATA : LAST;
        return octet == '\n';
    case DATA_RETURN:
        chunk->place = DATA_FEED;
        return octet == '\r';
    case DATA_FEED:
        chunk->place = SIZE;
        chunk->digits = 0;
        return octet == '\n';
    case DATA:
    case LAST:
        break;
    }
    return false;
}

static bool step_size(struct h1chunk *chunk, uint8_t octet) {
    int digit = octets_hex(octet);
    if (digit >= 0) {
        bool follows_zero = chunk->digits > 0 && chunk->left_bytes == 0;
        if (follows_zero)
            chunk->digits = 0;
        chunk->left_bytes = chunk->left_bytes << 4 | (uint64_t)digit;
        return ++chunk->digits <= DIGITS_MAX && (!follows_zero || count_extension(chunk));
    }
    chunk->place = octet == ';' ? EXTENSION : SIZE_FEED;
    return chunk->digits > 0 && (octet == ';' || octet == '\r');
}

/* Extensions are skipped; a quoted one cannot hide a line end, as CR and LF may stand in none (RFC 9112 section
 * 7.1.1). */
static bool step_extension(struct h1chunk *chunk, uint8_t octet) {
    if (octet == '\r') {
        chunk->place = SIZE_FEED;
        return true;
    }
    return octets_is(octet, OCTETS_VALUE) && count_extension(chunk);
}

static bool count_extension(struct h1chunk *chunk) {
    return ++chunk->extension_bytes <= H1CHUNK_EXTENSION_MAX;
}
