/* version(1) context(32) verified_at(8) count(1) { length(2) certificate }: numbers big-endian. */
#include "tls/ticketdata.h"

enum { VERSION = 1, HEAD_BYTES = 1 + TICKETDATA_CONTEXT_BYTES + 8 + 1 };

static size_t chain_bytes(const struct ticketdata *data);
static void put_number(uint8_t *to, uint64_t number, size_t width);
static uint64_t get_number(const uint8_t *from, size_t width);
static bool decode_chain(struct slice rest, struct ticketdata *data);

bool ticketdata_encode(const struct ticketdata *data, struct buf *to) {
    size_t bytes = chain_bytes(data);
    uint8_t *at = data->chain_count <= VERIFY_CHAIN_MAX && bytes <= TICKETDATA_CHAIN_BYTES_MAX
        ? buf_reserve(to, HEAD_BYTES + bytes)
        : NULL;
    if (!at)
        return false;
    at[0] = VERSION;
    memcpy(at + 1, data->context, TICKETDATA_CONTEXT_BYTES);
    put_number(at + 1 + TICKETDATA_CONTEXT_BYTES, (uint64_t)data->verified_at, 8);
    at[HEAD_BYTES - 1] = (uint8_t)data->chain_count;
    at += HEAD_BYTES;
    for (size_t i = 0; i < data->chain_count; i++) {
        put_number(at, data->chain[i].len, 2);
        memcpy(at + 2, data->chain[i].data, data->chain[i].len);
        at += 2 + data->chain[i].len;
    }
    buf_commit(to, HEAD_BYTES + bytes);
    return true;
}

bool ticketdata_decode(struct slice bytes, struct ticketdata *data) {
    if (bytes.len < HEAD_BYTES || bytes.data[0] != VERSION)
        return false;
    memcpy(data->context, bytes.data + 1, TICKETDATA_CONTEXT_BYTES);
    data->verified_at = (int64_t)get_number(bytes.data + 1 + TICKETDATA_CONTEXT_BYTES, 8);
    data->chain_count = bytes.data[HEAD_BYTES - 1];
    return data->chain_count <= VERIFY_CHAIN_MAX && decode_chain(slice_sub(bytes, HEAD_BYTES, bytes.len), data);
}

static bool decode_chain(struct slice rest, struct ticketdata *data) {
    for (size_t i = 0; i < data->chain_count; i++) {
        size_t len = rest.len >= 2 ? get_number(rest.data, 2) : 0;
        if (len == 0 || len > rest.len - 2)
            return false;
        data->chain[i] = slice_sub(rest, 2, len);
        rest = slice_sub(rest, 2 + len, rest.len);
    }
    return rest.len == 0;
}

static size_t chain_bytes(const struct ticketdata *data) {
    size_t bytes = 0;
    for (size_t i = 0; i < data->chain_count && i < VERIFY_CHAIN_MAX; i++)
        bytes += 2 + data->chain[i].len;
    return bytes;
}

static void put_number(uint8_t *to, uint64_t number, size_t width) {
    for (size_t i = 0; i < width; i++)
        to[i] = (uint8_t)(number >> 8 * (width - 1 - i));
}

static uint64_t get_number(const uint8_t *from, size_t width) {
    uint64_t number = 0;
    for (size_t i = 0; i < width; i++)
        number = number << 8 | from[i];
    return number;
}
