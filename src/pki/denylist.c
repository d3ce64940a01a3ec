#include "pki/denylist.h"

#include "base/bug.h"

#include <endian.h>

static const char magic[8] = {'S', 'P', 'D', 'E', 'N', 'Y', 'L', 'S'};

/* PER_BUCKET: entries on average. The first bits of a key, which is a digest, choose its bucket. */
enum { PER_BUCKET = 4, START_BYTES = 4 };

/* Where things are in an entry, after its key. */
enum { UNTIL_AT = DENYKEY_BYTES, KIND_AT = UNTIL_AT + 8, FLAGS_AT = KIND_AT + 1, FLAG_HOLD = 1 };

static unsigned bits_for(size_t count);
static uint32_t bucket_of(const uint8_t *key, unsigned bits);
static void store(uint8_t *to, uint64_t number, size_t bytes);
static uint64_t load(const uint8_t *from, size_t bytes);
static void write_entry(uint8_t *to, const struct denylist_entry *entry);
static bool check_entries(const struct denylist *list);
static uint32_t start_of(const struct denylist *list, uint32_t bucket);
static const uint8_t *entry_at(const struct denylist *list, uint32_t number);
static const uint8_t *find(const struct denylist *list, const struct denykey *key);

size_t denylist_bytes(size_t count) {
    size_t starts = ((size_t)1 << bits_for(count)) + 1;
    return DENYLIST_HEADER_BYTES + starts * START_BYTES + count * DENYLIST_ENTRY_BYTES;
}

/* By counting: first how many entries each bucket has, then each entry to its place. While they are placed, a bucket's
 * start says where its next entry goes; in the end that is the next bucket's start. */
void denylist_write(const struct denylist_entry *entries, size_t count, uint64_t generation, uint8_t *to) {
    unsigned bits = bits_for(count);
    size_t buckets = (size_t)1 << bits;
    uint8_t *starts = to + DENYLIST_HEADER_BYTES;
    uint8_t *first = starts + (buckets + 1) * START_BYTES;
    unsigned kinds = 0;
    bug_on(count > DENYLIST_ENTRIES_MAX);
    memset(to, 0, DENYLIST_HEADER_BYTES + (buckets + 1) * START_BYTES);
    for (size_t i = 0; i < count; i++) {
        uint8_t *after = starts + ((size_t)bucket_of(entries[i].key, bits) + 1) * START_BYTES;
        store(after, load(after, START_BYTES) + 1, START_BYTES);
        kinds |= 1U << entries[i].kind;
    }
    for (size_t i = 1; i <= buckets; i++) {
        uint8_t *start = starts + i * START_BYTES;
        store(start, load(start, START_BYTES) + load(start - START_BYTES, START_BYTES), START_BYTES);
    }
    for (size_t i = count; i-- > 0;) {
        uint8_t *after = starts + ((size_t)bucket_of(entries[i].key, bits) + 1) * START_BYTES;
        uint64_t place = load(after, START_BYTES) - 1;
        store(after, place, START_BYTES);
        write_entry(first + place * DENYLIST_ENTRY_BYTES, &entries[i]);
    }
    memmove(starts, starts + START_BYTES, buckets * START_BYTES);
    store(starts + buckets * START_BYTES, count, START_BYTES);
    memcpy(to, magic, sizeof magic);
    store(to + 8, DENYLIST_VERSION, 4);
    store(to + 12, kinds, 4);
    store(to + 16, generation, 8);
    store(to + 24, count, 4);
    store(to + 28, bits, 4);
    store(to + 32, denylist_bytes(count), 8);
}

bool denylist_open(struct denylist *list, struct slice bytes) {
    struct denylist opened = {.bytes = bytes};
    *list = (struct denylist){0};
    if (bytes.len < DENYLIST_HEADER_BYTES || memcmp(bytes.data, magic, sizeof magic) != 0 ||
        load(bytes.data + 8, 4) != DENYLIST_VERSION || load(bytes.data + 32, 8) != bytes.len)
        return false;
    opened.kinds = (unsigned)load(bytes.data + 12, 4);
    opened.generation = load(bytes.data + 16, 8);
    opened.entries = (uint32_t)load(bytes.data + 24, 4);
    opened.bits = (unsigned)load(bytes.data + 28, 4);
    if (opened.entries > DENYLIST_ENTRIES_MAX || opened.bits != bits_for(opened.entries) ||
        denylist_bytes(opened.entries) != bytes.len || !check_entries(&opened))
        return false;
    *list = opened;
    return true;
}

enum reason denylist_check(const struct denylist *list, const struct verified_peer *peer, int64_t now,
                           struct denylist_hit *hit) {
    enum reason worst = REASON_NONE;
    if (list->entries == 0)
        return REASON_NONE;
    const struct denykeys *keys = denykey_of_peer(peer, list->kinds);
    if (!keys)
        return REASON_MEMORY;
    for (size_t i = 0; i < keys->count && worst != REASON_DENIED; i++) {
        const uint8_t *entry = find(list, &keys->items[i]);
        bool counts = entry && (int64_t)load(entry + UNTIL_AT, 8) > now;
        bool is_hold = counts && entry[FLAGS_AT] & FLAG_HOLD;
        if (!counts || (is_hold && worst != REASON_NONE))
            continue;
        worst = is_hold ? REASON_DENIED_ON_HOLD : REASON_DENIED;
        *hit = (struct denylist_hit){(enum denyname_kind)keys->items[i].kind, keys->items[i].depth};
    }
    return worst;
}

const char *denylist_detail(enum denyname_kind kind) {
    static const char *const details[DENYNAME_KINDS] = {
        [DENYNAME_FINGERPRINT] = "the deny-list names its fingerprint",
        [DENYNAME_SERIAL] = "the deny-list names its issuer and serial number",
        [DENYNAME_SUBJECT] = "the deny-list names its subject",
        [DENYNAME_CN] = "the deny-list names its common name",
        [DENYNAME_MAIL] = "the deny-list names its mail address",
        [DENYNAME_DNS] = "the deny-list names its DNS name",
        [DENYNAME_URI] = "the deny-list names its URI",
        [DENYNAME_SPIFFE] = "the deny-list names its SPIFFE id",
        [DENYNAME_ADDRESS] = "the deny-list names its IP address",
    };
    return details[kind];
}

static unsigned bits_for(size_t count) {
    unsigned bits = 0;
    while (bits < DENYLIST_BITS_MAX && ((size_t)PER_BUCKET << bits) < count)
        bits++;
    return bits;
}

static uint32_t bucket_of(const uint8_t *key, unsigned bits) {
    uint32_t first = (uint32_t)key[0] << 24 | (uint32_t)key[1] << 16 | (uint32_t)key[2] << 8 | key[3];
    return bits == 0 ? 0 : first >> (32 - bits);
}

static void store(uint8_t *to, uint64_t number, size_t bytes) {
    uint64_t little = htole64(number);
    memcpy(to, &little, bytes);
}

static uint64_t load(const uint8_t *from, size_t bytes) {
    uint64_t little = 0;
    memcpy(&little, from, bytes);
    return le64toh(little);
}

static void write_entry(uint8_t *to, const struct denylist_entry *entry) {
    memcpy(to, entry->key, DENYKEY_BYTES);
    store(to + UNTIL_AT, (uint64_t)entry->until, 8);
    to[KIND_AT] = entry->kind;
    to[FLAGS_AT] = entry->is_hold ? FLAG_HOLD : 0;
}

/* Buckets ascend and end with the number of entries; each entry is of a known kind and in its bucket: one elsewhere
 * would never be found. */
static bool check_entries(const struct denylist *list) {
    uint32_t buckets = 1U << list->bits;
    unsigned kinds = 0;
    if (start_of(list, 0) != 0 || start_of(list, buckets) != list->entries)
        return false;
    for (uint32_t bucket = 0; bucket < buckets; bucket++) {
        uint32_t end = start_of(list, bucket + 1);
        if (end < start_of(list, bucket) || end > list->entries)
            return false;
        for (uint32_t i = start_of(list, bucket); i < end; i++) {
            const uint8_t *entry = entry_at(list, i);
            if (bucket_of(entry, list->bits) != bucket || entry[KIND_AT] >= DENYNAME_KINDS)
                return false;
            kinds |= 1U << entry[KIND_AT];
        }
    }
    return kinds == list->kinds;
}

static uint32_t start_of(const struct denylist *list, uint32_t bucket) {
    return (uint32_t)load(list->bytes.data + DENYLIST_HEADER_BYTES + (size_t)bucket * START_BYTES, START_BYTES);
}

static const uint8_t *entry_at(const struct denylist *list, uint32_t number) {
    size_t starts = ((size_t)1 << list->bits) + 1;
    return list->bytes.data + DENYLIST_HEADER_BYTES + starts * START_BYTES + (size_t)number * DENYLIST_ENTRY_BYTES;
}

static const uint8_t *find(const struct denylist *list, const struct denykey *key) {
    uint32_t bucket = bucket_of(key->bytes, list->bits);
    uint32_t end = start_of(list, bucket + 1);
    for (uint32_t i = start_of(list, bucket); i < end; i++) {
        const uint8_t *entry = entry_at(list, i);
        if (memcmp(entry, key->bytes, DENYKEY_BYTES) == 0)
            return entry;
    }
    return NULL;
}
