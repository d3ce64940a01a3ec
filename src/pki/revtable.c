#include "pki/revtable.h"

#include <endian.h>

/* On average. More would cost time, fewer memory. */
enum { BUCKET_ENTRIES = 4, START_BYTES = 4 };

static size_t starts_bytes(const struct revtable *table);
static size_t entry_bytes(const struct revtable *table);
static uint32_t load_start(const uint8_t *bytes, uint64_t bucket);
static void store_start(uint8_t *bytes, uint64_t bucket, uint32_t start);
static uint64_t bucket_of(const struct revtable *table, uint64_t seed, struct slice serial);
static uint64_t mix(uint64_t hash, const uint8_t *bytes, size_t len);
static void count_buckets(const struct revtable *table, const struct crl *crl, uint64_t seed, uint8_t *to);
static void put_entry(const struct revtable *table, uint8_t *to, const struct crl_entry *entry);
static void extend(struct slice serial, size_t width, uint8_t *to);

struct revtable revtable_shape(const struct crl *crl) {
    struct revtable table = {.count = (uint32_t)crl->entry_count, .width = (uint8_t)crl->serial_bytes_max};
    while (table.bits < REVTABLE_BITS_MAX && (uint64_t)BUCKET_ENTRIES << table.bits < table.count)
        table.bits++;
    return table;
}

uint64_t revtable_bytes(const struct revtable *table) {
    return starts_bytes(table) + (uint64_t)table->count * entry_bytes(table);
}

/* Each bucket's start begins as its end and comes down by one with each entry that is put in. */
void revtable_write(const struct revtable *table, const struct crl *crl, uint64_t seed, uint8_t *to) {
    uint8_t *entries = to + starts_bytes(table);
    struct slice rest = crl->entries;
    struct crl_entry entry;
    count_buckets(table, crl, seed, to);
    while (crl_next(crl, &rest, &entry)) {
        uint64_t bucket = bucket_of(table, seed, entry.serial);
        uint32_t place = load_start(to, bucket) - 1;
        store_start(to, bucket, place);
        put_entry(table, entries + place * entry_bytes(table), &entry);
    }
}

bool revtable_check(const struct revtable *table, struct slice bytes) {
    if (table->bits > REVTABLE_BITS_MAX || table->width > CRL_SERIAL_MAX || table->count > REVTABLE_ENTRIES_MAX ||
        bytes.len != revtable_bytes(table))
        return false;
    uint64_t buckets = UINT64_C(1) << table->bits;
    uint32_t last = load_start(bytes.data, 0);
    bool is_good = last == 0;
    for (uint64_t i = 1; is_good && i <= buckets; i++) {
        uint32_t start = load_start(bytes.data, i);
        is_good = start >= last;
        last = start;
    }
    return is_good && last == table->count;
}

uint8_t revtable_find(const struct revtable *table, const uint8_t *bytes, uint64_t seed, struct slice serial) {
    uint8_t wanted[CRL_SERIAL_MAX];
    uint8_t found = REVTABLE_NONE;
    if (table->count == 0 || serial.len == 0 || serial.len > table->width)
        return found;
    uint64_t bucket = bucket_of(table, seed, serial);
    size_t step = entry_bytes(table);
    const uint8_t *entry = bytes + starts_bytes(table) + load_start(bytes, bucket) * step;
    extend(serial, table->width, wanted);
    for (uint32_t left = load_start(bytes, bucket + 1) - load_start(bytes, bucket); left; left--, entry += step) {
        bool is_worse = found == REVTABLE_NONE || found == CRL_CODE_REMOVE || found == CRL_CODE_HOLD;
        if (memcmp(entry, wanted, table->width) == 0 && is_worse)
            found = entry[table->width];
    }
    return found;
}

static size_t starts_bytes(const struct revtable *table) {
    return (((size_t)1 << table->bits) + 1) * START_BYTES;
}

static size_t entry_bytes(const struct revtable *table) {
    return (size_t)table->width + 1;
}

static uint32_t load_start(const uint8_t *bytes, uint64_t bucket) {
    uint32_t start;
    memcpy(&start, bytes + bucket * START_BYTES, sizeof start);
    return le32toh(start);
}

static void store_start(uint8_t *bytes, uint64_t bucket, uint32_t start) {
    start = htole32(start);
    memcpy(bytes + bucket * START_BYTES, &start, sizeof start);
}

/* Over the serial as the certificate has it, so that a serial has one hash in tables of all widths. */
static uint64_t bucket_of(const struct revtable *table, uint64_t seed, struct slice serial) {
    uint64_t hash = seed ^ serial.len;
    for (; serial.len > 8; serial = slice_sub(serial, 8, serial.len))
        hash = mix(hash, serial.data, 8);
    hash = mix(hash, serial.data, serial.len);
    return table->bits ? hash >> (64 - table->bits) : 0;
}

/* Up to eight bytes more, through the finalizer of SplitMix64. */
static uint64_t mix(uint64_t hash, const uint8_t *bytes, size_t len) {
    uint64_t word = 0;
    memcpy(&word, bytes, len);
    hash ^= le64toh(word);
    hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9U;
    hash = (hash ^ (hash >> 27)) * 0x94d049bb133111ebU;
    return hash ^ (hash >> 31);
}

static void count_buckets(const struct revtable *table, const struct crl *crl, uint64_t seed, uint8_t *to) {
    uint64_t buckets = UINT64_C(1) << table->bits;
    struct slice rest = crl->entries;
    struct crl_entry entry;
    uint32_t end = 0;
    memset(to, 0, starts_bytes(table));
    while (crl_next(crl, &rest, &entry)) {
        uint64_t bucket = bucket_of(table, seed, entry.serial);
        store_start(to, bucket, load_start(to, bucket) + 1);
    }
    for (uint64_t i = 0; i <= buckets; i++) {
        end += load_start(to, i);
        store_start(to, i, end);
    }
}

static void put_entry(const struct revtable *table, uint8_t *to, const struct crl_entry *entry) {
    extend(entry->serial, table->width, to);
    to[table->width] = entry->reason;
}

/* As two's complement numbers are extended: by their sign. */
static void extend(struct slice serial, size_t width, uint8_t *to) {
    size_t more = width - serial.len;
    memset(to, serial.data[0] & 0x80 ? 0xff : 0, more);
    memcpy(to + more, serial.data, serial.len);
}
