/* PEM text (RFC 7468), read strictly: whatever looks like the half of a block is an error, never skipped. Pure. */
#ifndef SALLYPORT_PKI_PEM_H
#define SALLYPORT_PKI_PEM_H

#include "base/buf.h"
#include "base/slice.h"

/* A key of 16384 bits takes 13 KiB, a certificate may have 64 KiB; larger blocks are mistakes, but in
 * revocation lists. */
enum { PEM_BLOCK_BYTES_MAX = 131072 };

/* FOUND: a block. DONE: the text is over. BROKEN: reader.fault says why, reader.line where. */
enum pem_status { PEM_FOUND, PEM_DONE, PEM_BROKEN };

/* One block; slices point into the text. `is_encrypted`: it has the old headers of an encrypted key. line: of its
 * first line, from 1. */
struct pem_block {
    struct slice label;
    struct slice body;
    bool is_encrypted;
    unsigned line;
};

/* Where a reader stands. The text is borrowed. */
struct pem_reader {
    struct slice rest;
    unsigned line;
    const char *fault;
};

/* Starts reading at the beginning of `text`. */
void pem_init(struct pem_reader *reader, struct slice text);

/* The next block. Text outside of blocks is a comment, unless it has a part of a boundary line in it. */
enum pem_status pem_next(struct pem_reader *reader, struct pem_block *block);

/* Appends the bytes of a block; false when its base64 is bad or `to` has no room. */
[[nodiscard]] bool pem_decode(const struct pem_block *block, struct buf *to);

/* True when the block has this label. */
bool pem_is(const struct pem_block *block, const char *label);

#endif
