/* Typed values in the messages between our processes: little-endian integers and counted bytes, bounded both ways.
 * Pure. Errors stick: after a put that found no room, or a get that found too little, all further calls do nothing
 * (gets return zero), so a message is written or read in one go and checked once at its end. */
#ifndef SALLYPORT_IPC_WIRE_H
#define SALLYPORT_IPC_WIRE_H

#include "base/slice.h"

/* A message being written into the caller's memory. */
struct wire_out {
    uint8_t *data;
    size_t room;
    size_t len;
    bool full;
};

/* A message being read; `rest` is what was not read yet. */
struct wire_in {
    struct slice rest;
    bool bad;
};

/* Begins to write at `data`, which holds `room` bytes. */
void wire_out_init(struct wire_out *out, void *data, size_t room);

/* Appends one integer, little-endian. A bool is one byte, 0 or 1. */
void wire_put_u8(struct wire_out *out, uint8_t value);
void wire_put_u16(struct wire_out *out, uint16_t value);
void wire_put_u32(struct wire_out *out, uint32_t value);
void wire_put_u64(struct wire_out *out, uint64_t value);
void wire_put_i64(struct wire_out *out, int64_t value);
void wire_put_bool(struct wire_out *out, bool value);

/* Appends the length as 32 bits and the bytes. wire_put_text leaves the terminator out; NULL is written as empty. */
void wire_put_bytes(struct wire_out *out, struct slice bytes);
void wire_put_text(struct wire_out *out, const char *text);

/* Appends `text` cut to at most `max` bytes: for sentences that may be longer than a message. */
void wire_put_text_cut(struct wire_out *out, struct slice text, size_t max);

/* What was written, borrowed; the empty slice with NULL data when it did not fit. */
struct slice wire_out_view(const struct wire_out *out);

/* Begins to read `bytes`, which stay the caller's. */
void wire_in_init(struct wire_in *in, struct slice bytes);

/* Reads one integer; 0 when too little is left. A bool that is neither 0 nor 1 is bad. */
uint8_t wire_get_u8(struct wire_in *in);
uint16_t wire_get_u16(struct wire_in *in);
uint32_t wire_get_u32(struct wire_in *in);
uint64_t wire_get_u64(struct wire_in *in);
int64_t wire_get_i64(struct wire_in *in);
bool wire_get_bool(struct wire_in *in);

/* Reads a 32-bit count of things that follow; more than `max` is bad and gives 0. */
uint32_t wire_get_count(struct wire_in *in, uint32_t max);

/* Reads counted bytes, borrowed from the message; more than `max` is bad and gives the empty slice. */
struct slice wire_get_bytes(struct wire_in *in, size_t max);

/* Reads counted bytes into `to` (`room` bytes with the terminator); too long, or a zero byte inside, is bad and
 * gives "". */
void wire_get_text(struct wire_in *in, char *to, size_t room);

/* True when everything was read well and nothing is left over. Look at what was read only after this. */
[[nodiscard]] bool wire_in_done(const struct wire_in *in);

#endif
