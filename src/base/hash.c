/* SipHash with one round per word and three at the end; its key is the seed twice, the second time turned. */
#include "base/hash.h"

#include <endian.h>

struct sip {
    uint64_t a, b, c, d;
};

static void absorb(struct sip *sip, uint64_t word);
static void turn(struct sip *sip);
static uint64_t rotate(uint64_t word, unsigned bits);

uint64_t hash_keyed(uint64_t seed, struct slice bytes) {
    uint64_t second = rotate(seed, 32) ^ 0x9e3779b97f4a7c15;
    struct sip sip = {seed ^ 0x736f6d6570736575, second ^ 0x646f72616e646f6d, seed ^ 0x6c7967656e657261,
                      second ^ 0x7465646279746573};
    size_t at = 0;
    for (; at + 8 <= bytes.len; at += 8) {
        uint64_t word;
        memcpy(&word, bytes.data + at, 8);
        absorb(&sip, le64toh(word));
    }
    uint64_t last = (uint64_t)bytes.len << 56;
    for (unsigned shift = 0; at < bytes.len; at++, shift += 8)
        last |= (uint64_t)bytes.data[at] << shift;
    absorb(&sip, last);
    sip.c ^= 0xff;
    for (int i = 0; i < 3; i++)
        turn(&sip);
    return sip.a ^ sip.b ^ sip.c ^ sip.d;
}

static void absorb(struct sip *sip, uint64_t word) {
    sip->d ^= word;
    turn(sip);
    sip->a ^= word;
}

static void turn(struct sip *sip) {
    sip->a += sip->b;
    sip->b = rotate(sip->b, 13) ^ sip->a;
    sip->a = rotate(sip->a, 32);
    sip->c += sip->d;
    sip->d = rotate(sip->d, 16) ^ sip->c;
    sip->a += sip->d;
    sip->d = rotate(sip->d, 21) ^ sip->a;
    sip->c += sip->b;
    sip->b = rotate(sip->b, 17) ^ sip->c;
    sip->c = rotate(sip->c, 32);
}

static uint64_t rotate(uint64_t word, unsigned bits) {
    return word << bits | word >> (64 - bits);
}
