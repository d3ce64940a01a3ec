/* A borrowed run of bytes. A slice owns nothing: it is valid as long as the memory that it was cut from. */
#ifndef SALLYPORT_BASE_SLICE_H
#define SALLYPORT_BASE_SLICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct slice {
    const uint8_t *data;
    size_t len;
};

/* A slice over `len` bytes at `data`, which stay the caller's. */
static inline struct slice slice_of(const void *data, size_t len) {
    return (struct slice){.data = data, .len = len};
}

/* A slice over a zero-terminated string without its terminator; NULL gives the empty slice. */
static inline struct slice slice_text(const char *text) {
    return (struct slice){.data = (const uint8_t *)text, .len = text ? strlen(text) : 0};
}

/* The part of `whole` from `start` on, at most `len` bytes; never reaches outside of `whole`. */
struct slice slice_sub(struct slice whole, size_t start, size_t len);

/* True when both hold the same bytes. Not for secrets: it stops at the first difference. */
bool slice_equal(struct slice a, struct slice b);

/* As slice_equal, with ASCII letters compared without case. */
bool slice_equal_nocase(struct slice a, struct slice b);

/* True when `whole` begins (ends) with `part`, bytes compared as they are. */
bool slice_starts(struct slice whole, struct slice part);
bool slice_ends(struct slice whole, struct slice part);

/* Position of the first `byte` in `whole`, or -1. */
ptrdiff_t slice_find(struct slice whole, uint8_t byte);

/* `whole` without spaces and tabs at both ends (OWS, RFC 9110 section 5.6.3). */
struct slice slice_trim(struct slice whole);

/* Reads an unsigned decimal number of 1 to 19 digits and nothing else; false on anything else, `*number` then
 * untouched. */
bool slice_decimal(struct slice text, uint64_t *number);

#endif
