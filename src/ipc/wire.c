/* Writing and reading of typed values. Every number goes byte by byte, so there is neither alignment nor padding. */
#include "ipc/wire.h"

static void put_number(struct wire_out *out, uint64_t value, size_t bytes);
static uint64_t get_number(struct wire_in *in, size_t bytes);
static uint8_t *make_room(struct wire_out *out, size_t bytes);
static const uint8_t *take(struct wire_in *in, size_t bytes);

void wire_out_init(struct wire_out *out, void *data, size_t room) {
    *out = (struct wire_out){.data = data, .room = room};
}

void wire_put_u8(struct wire_out *out, uint8_t value) {
    put_number(out, value, sizeof(value));
}

void wire_put_u16(struct wire_out *out, uint16_t value) {
    put_number(out, value, sizeof(value));
}

void wire_put_u32(struct wire_out *out, uint32_t value) {
    put_number(out, value, sizeof(value));
}

void wire_put_u64(struct wire_out *out, uint64_t value) {
    put_number(out, value, sizeof(value));
}

void wire_put_i64(struct wire_out *out, int64_t value) {
    put_number(out, (uint64_t)value, sizeof(value));
}

void wire_put_bool(struct wire_out *out, bool value) {
    put_number(out, value, 1);
}

void wire_put_bytes(struct wire_out *out, struct slice bytes) {
    if (bytes.len > UINT32_MAX) {
        out->full = true;
        return;
    }
    put_number(out, bytes.len, sizeof(uint32_t));
    uint8_t *to = make_room(out, bytes.len);
    if (to && bytes.len > 0)
        memcpy(to, bytes.data, bytes.len);
}

void wire_put_text(struct wire_out *out, const char *text) {
    wire_put_bytes(out, slice_text(text));
}

void wire_put_text_cut(struct wire_out *out, struct slice text, size_t max) {
    wire_put_bytes(out, slice_sub(text, 0, max));
}

struct slice wire_out_view(const struct wire_out *out) {
    return out->full ? slice_of(NULL, 0) : slice_of(out->data, out->len);
}

void wire_in_init(struct wire_in *in, struct slice bytes) {
    *in = (struct wire_in){.rest = bytes};
}

uint8_t wire_get_u8(struct wire_in *in) {
    return (uint8_t)get_number(in, sizeof(uint8_t));
}

uint16_t wire_get_u16(struct wire_in *in) {
    return (uint16_t)get_number(in, sizeof(uint16_t));
}

uint32_t wire_get_u32(struct wire_in *in) {
    return (uint32_t)get_number(in, sizeof(uint32_t));
}

uint64_t wire_get_u64(struct wire_in *in) {
    return get_number(in, sizeof(uint64_t));
}

int64_t wire_get_i64(struct wire_in *in) {
    return (int64_t)get_number(in, sizeof(int64_t));
}

bool wire_get_bool(struct wire_in *in) {
    uint8_t value = wire_get_u8(in);
    if (value > 1)
        in->bad = true;
    return value == 1;
}

uint32_t wire_get_count(struct wire_in *in, uint32_t max) {
    uint32_t count = wire_get_u32(in);
    if (count > max)
        in->bad = true;
    return in->bad ? 0 : count;
}

struct slice wire_get_bytes(struct wire_in *in, size_t max) {
    uint32_t len = wire_get_u32(in);
    if (len > max)
        in->bad = true;
    const uint8_t *bytes = take(in, len);
    return slice_of(bytes, bytes ? len : 0);
}

void wire_get_text(struct wire_in *in, char *to, size_t room) {
    struct slice text = wire_get_bytes(in, room - 1);
    if (slice_find(text, '\0') >= 0) {
        in->bad = true;
        text.len = 0;
    }
    if (text.len > 0)
        memcpy(to, text.data, text.len);
    to[text.len] = '\0';
}

bool wire_in_done(const struct wire_in *in) {
    return !in->bad && in->rest.len == 0;
}

static void put_number(struct wire_out *out, uint64_t value, size_t bytes) {
    uint8_t *to = make_room(out, bytes);
    for (size_t i = 0; to && i < bytes; i++)
        to[i] = (uint8_t)(value >> (8 * i));
}

static uint64_t get_number(struct wire_in *in, size_t bytes) {
    const uint8_t *from = take(in, bytes);
    uint64_t value = 0;
    for (size_t i = 0; from && i < bytes; i++)
        value |= (uint64_t)from[i] << (8 * i);
    return value;
}

/* Where the next `bytes` go, or NULL when they do not fit. */
static uint8_t *make_room(struct wire_out *out, size_t bytes) {
    if (out->full || bytes > out->room - out->len) {
        out->full = true;
        return NULL;
    }
    uint8_t *to = out->data + out->len;
    out->len += bytes;
    return to;
}

/* The next `bytes` of the message, or NULL when it has fewer. */
static const uint8_t *take(struct wire_in *in, size_t bytes) {
    if (in->bad || bytes > in->rest.len) {
        in->bad = true;
        return NULL;
    }
    const uint8_t *from = in->rest.data;
    in->rest = slice_of(from + bytes, in->rest.len - bytes);
    return from;
}
