/* Text forms of bytes: base64, hex, JSON strings, numbers, "did you mean". Pure; writes into a struct buf or a given
 * array. */
#ifndef SALLYPORT_BASE_TEXT_H
#define SALLYPORT_BASE_TEXT_H

#include "base/buf.h"
#include "base/slice.h"

#include <stdint.h>

/* Bytes that base64 of `bytes` bytes takes, with padding. */
static inline size_t text_base64_len(size_t bytes) {
    return (bytes + 2) / 3 * 4;
}

/* Writes base64 (RFC 4648 section 4, padded, no line breaks) of `bytes` to `to`, which holds text_base64_len bytes;
 * not terminated. */
void text_base64(char *to, struct slice bytes);

/* Strict decoding (RFC 4648 section 4): no white space, padding required, pad bits zero. Appends to `to`; false and
 * nothing appended otherwise. */
[[nodiscard]] bool text_unbase64(struct buf *to, struct slice text);

/* Writes 2 × len lower-case hex digits to `to`; not terminated. */
void text_hex(char *to, struct slice bytes);

/* Appends `text` as a JSON string with its quotes (RFC 8259 section 7): control characters, quotes and backslash
 * escaped; bytes that are not UTF-8 become U+FFFD, so the result is always valid JSON whatever a stranger sent. */
[[nodiscard]] bool text_json(struct buf *to, struct slice text);

/* Writes the decimal digits of `number` to `to` (room for 20), returns how many; not terminated. */
size_t text_decimal(char *to, uint64_t number);

/* Writes `unix_ms` as RFC 3339 UTC with milliseconds, 24 characters ("2026-01-02T03:04:05.678Z"), not terminated;
 * years 0 to 9999. */
void text_time(char *to, int64_t unix_ms);

/* Number of single-letter edits between two words, case ignored, capped at 255: for "did you mean". */
unsigned text_distance(struct slice a, struct slice b);

/* True when `text` is well-formed UTF-8 (RFC 3629). */
bool text_utf8(struct slice text);

/* Replaces, in place, control characters (C0, DEL and C1) and bytes that are not UTF-8 with '?': hostile text cannot
 * forge lines or drive a terminal. */
void text_clean(char *text, size_t len);

/* Overwrites memory in a way that the compiler does not leave out. */
void text_wipe(void *secret, size_t len);

#endif
