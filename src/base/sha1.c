/* The message fits into two blocks with its padding, so there is nothing to carry from call to call. */
#include "base/sha1.h"

#include "base/bug.h"

#include <endian.h>

enum { BLOCK_BYTES = 64, LENGTH_BYTES = 8 };

static void absorb(uint32_t state[5], const uint8_t block[BLOCK_BYTES]);
static uint32_t mix(unsigned round, uint32_t b, uint32_t c, uint32_t d);
static uint32_t rotate(uint32_t word, unsigned bits);

void sha1_digest(struct slice bytes, uint8_t digest[SHA1_BYTES]) {
    uint32_t state[5] = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476, 0xc3d2e1f0};
    uint8_t padded[2 * BLOCK_BYTES] = {0};
    bug_on(bytes.len > SHA1_INPUT_MAX);
    size_t len = bytes.len + 1 + LENGTH_BYTES > BLOCK_BYTES ? 2 * BLOCK_BYTES : BLOCK_BYTES;
    if (bytes.len > 0)
        memcpy(padded, bytes.data, bytes.len);
    padded[bytes.len] = 0x80;
    uint64_t bits = htobe64((uint64_t)bytes.len * 8);
    memcpy(padded + len - LENGTH_BYTES, &bits, LENGTH_BYTES);
    for (size_t at = 0; at < len; at += BLOCK_BYTES)
        absorb(state, padded + at);
    for (size_t i = 0; i < 5; i++) {
        uint32_t word = htobe32(state[i]);
        memcpy(digest + 4 * i, &word, 4);
    }
}

static void absorb(uint32_t state[5], const uint8_t block[BLOCK_BYTES]) {
    static const uint32_t constants[] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc, 0xca62c1d6};
    uint32_t words[80];
    memcpy(words, block, BLOCK_BYTES);
    for (size_t i = 0; i < 16; i++)
        words[i] = be32toh(words[i]);
    for (size_t i = 16; i < 80; i++)
        words[i] = rotate(words[i - 3] ^ words[i - 8] ^ words[i - 14] ^ words[i - 16], 1);
    uint32_t a = state[0], b = state[1], c = state[2], d = state[3], e = state[4];
    for (unsigned i = 0; i < 80; i++) {
        uint32_t next = rotate(a, 5) + mix(i / 20, b, c, d) + e + constants[i / 20] + words[i];
        e = d;
        d = c;
        c = rotate(b, 30);
        b = a;
        a = next;
    }
    state[0] += a;
    state[1] += b;
    state[2] += c;
    state[3] += d;
    state[4] += e;
}

static uint32_t mix(unsigned round, uint32_t b, uint32_t c, uint32_t d) {
    if (round == 0)
        return (b & c) | (~b & d);
    return round == 2 ? (b & c) | (b & d) | (c & d) : b ^ c ^ d;
}

static uint32_t rotate(uint32_t word, unsigned bits) {
    return word << bits | word >> (32 - bits);
}
