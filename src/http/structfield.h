/* Structured field values (RFC 9651): byte sequences and lists of them, written and read strictly. Pure.
 * Stricter than the RFC, as an identity should have one spelling: no parameters, base64 with its padding and zero
 * pad bits. */
#ifndef SALLYPORT_HTTP_STRUCTFIELD_H
#define SALLYPORT_HTTP_STRUCTFIELD_H

#include "base/buf.h"

/* Length of the byte sequence (":base64:") of `bytes` bytes, RFC 9651 section 4.1.8. */
size_t structfield_bytes_len(size_t bytes);

/* Writes `bytes` as a byte sequence to `to`, which holds structfield_bytes_len of them; returns the length. Not
 * terminated. */
size_t structfield_write_bytes(char *to, struct slice bytes);

/* Reads a field that is one byte sequence (an Item, RFC 9651 section 4.2.7) and appends what it holds to `to`;
 * false, with nothing appended, on anything else or when the buffer's maximum forbids it. */
[[nodiscard]] bool structfield_read_bytes(struct slice text, struct buf *to);

/* NEXT: a member was read. END: the list is over. BAD: it is malformed, or a member does not fit. */
enum structfield_status { STRUCTFIELD_NEXT, STRUCTFIELD_END, STRUCTFIELD_BAD };

/* A list being read (RFC 9651 section 4.2.1). Set `rest` to the field value and the others to zero; several field
 * lines are read one after the other. */
struct structfield_list {
    struct slice rest;
    bool has_begun;
};

/* Reads the next member of a list of byte sequences and appends what it holds to `to`, as structfield_read_bytes
 * does. */
[[nodiscard]] enum structfield_status structfield_next_bytes(struct structfield_list *list, struct buf *to);

#endif
