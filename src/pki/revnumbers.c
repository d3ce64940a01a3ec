/* Form: "SPREVNUM", version (32 bits, little-endian), rows (32); the rows ascend by issuer, scope and kind. A row:
 * issuer (32 bytes), scope (32), kind (1 for a delta list), three zeros, number (20, big-endian). */
#include "pki/revnumbers.h"

#include <endian.h>
#include <stdlib.h>

static const char magic[8] = {'S', 'P', 'R', 'E', 'V', 'N', 'U', 'M'};

enum {
    VERSION = 1,
    VERSION_AT = 8,
    COUNT_AT = 12,
    KIND_AT = REVKEY_ISSUER_BYTES + REVINDEX_SCOPE_BYTES,
    NUMBER_AT = KIND_AT + 4
};

/* Rows in any order, several of one key. */
struct revnumbers_memory {
    uint8_t *rows;
    size_t count;
    size_t room;
};

static bool ascend(const struct revnumbers *numbers);
static const uint8_t *find(const struct revnumbers *numbers, const uint8_t *row);
static void fill_row(const struct revnumbers_key *key, const struct crl_number *number, uint8_t *row);
static uint8_t *add_row(struct revnumbers_memory *memory);
static int compare_rows(const void *a, const void *b);
static size_t keep_highest(struct revnumbers_memory *memory);
static uint32_t load(const uint8_t *at);
static void store(uint8_t *at, uint32_t number);

bool revnumbers_open(struct revnumbers *numbers, struct slice bytes) {
    *numbers = (struct revnumbers){0};
    if (bytes.len == 0)
        return true;
    if (bytes.len < REVNUMBERS_HEADER_BYTES || memcmp(bytes.data, magic, sizeof magic) != 0 ||
        load(bytes.data + VERSION_AT) != VERSION)
        return false;
    struct revnumbers opened = {.rows = bytes.data + REVNUMBERS_HEADER_BYTES, .count = load(bytes.data + COUNT_AT)};
    if (opened.count > REVNUMBERS_ROWS_MAX ||
        bytes.len != REVNUMBERS_HEADER_BYTES + opened.count * REVNUMBERS_ROW_BYTES || !ascend(&opened))
        return false;
    *numbers = opened;
    return true;
}

bool revnumbers_went_back(const struct revnumbers *numbers, const struct revnumbers_key *key,
                          const struct crl_number *number) {
    uint8_t row[REVNUMBERS_ROW_BYTES];
    fill_row(key, number, row);
    const uint8_t *known = find(numbers, row);
    return known && (!number->is_given || memcmp(row + NUMBER_AT, known + NUMBER_AT, CRL_NUMBER_MAX) < 0);
}

struct revnumbers_memory *revnumbers_memory_new(const struct revnumbers *earlier) {
    struct revnumbers_memory *memory = calloc(1, sizeof *memory);
    if (!memory)
        return NULL;
    memory->room = earlier->count + 64;
    memory->rows = calloc(memory->room, REVNUMBERS_ROW_BYTES);
    if (!memory->rows) {
        revnumbers_memory_free(&memory);
        return NULL;
    }
    memory->count = earlier->count;
    if (earlier->count)
        memcpy(memory->rows, earlier->rows, earlier->count * REVNUMBERS_ROW_BYTES);
    return memory;
}

void revnumbers_memory_free(struct revnumbers_memory **held) {
    struct revnumbers_memory *memory = *held;
    *held = NULL;
    if (!memory)
        return;
    free(memory->rows);
    free(memory);
}

bool revnumbers_memory_add(struct revnumbers_memory *memory, const struct revnumbers_key *key,
                           const struct crl_number *number) {
    uint8_t *row = number->is_given ? add_row(memory) : NULL;
    if (row)
        fill_row(key, number, row);
    return row || !number->is_given;
}

bool revnumbers_memory_write(struct revnumbers_memory *memory, struct buf *to) {
    size_t count = keep_highest(memory);
    size_t bytes = REVNUMBERS_HEADER_BYTES + count * REVNUMBERS_ROW_BYTES;
    uint8_t *at = count <= REVNUMBERS_ROWS_MAX ? buf_reserve(to, bytes) : NULL;
    if (!at)
        return false;
    memcpy(at, magic, sizeof magic);
    store(at + VERSION_AT, VERSION);
    store(at + COUNT_AT, (uint32_t)count);
    memcpy(at + REVNUMBERS_HEADER_BYTES, memory->rows, count * REVNUMBERS_ROW_BYTES);
    buf_commit(to, bytes);
    return true;
}

static bool ascend(const struct revnumbers *numbers) {
    for (size_t i = 1; i < numbers->count; i++) {
        const uint8_t *row = numbers->rows + i * REVNUMBERS_ROW_BYTES;
        if (memcmp(row - REVNUMBERS_ROW_BYTES, row, NUMBER_AT) >= 0)
            return false;
    }
    return true;
}

static const uint8_t *find(const struct revnumbers *numbers, const uint8_t *row) {
    size_t low = 0;
    size_t high = numbers->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const uint8_t *at = numbers->rows + middle * REVNUMBERS_ROW_BYTES;
        int order = memcmp(at, row, NUMBER_AT);
        if (order == 0)
            return at;
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void fill_row(const struct revnumbers_key *key, const struct crl_number *number, uint8_t *row) {
    memset(row, 0, REVNUMBERS_ROW_BYTES);
    memcpy(row, key->issuer, sizeof key->issuer);
    memcpy(row + REVKEY_ISSUER_BYTES, key->scope, sizeof key->scope);
    row[KIND_AT] = key->is_delta;
    memcpy(row + NUMBER_AT + CRL_NUMBER_MAX - number->len, number->bytes, number->len);
}

static uint8_t *add_row(struct revnumbers_memory *memory) {
    if (memory->count == memory->room) {
        size_t room = memory->room * 2;
        uint8_t *grown =
            room <= 4 * (size_t)REVNUMBERS_ROWS_MAX ? reallocarray(memory->rows, room, REVNUMBERS_ROW_BYTES) : NULL;
        if (!grown)
            return NULL;
        memory->rows = grown;
        memory->room = room;
    }
    return memory->rows + memory->count++ * REVNUMBERS_ROW_BYTES;
}

/* By key, then the higher number first. */
static int compare_rows(const void *a, const void *b) {
    int order = memcmp(a, b, NUMBER_AT);
    return order ? order : -memcmp((const uint8_t *)a + NUMBER_AT, (const uint8_t *)b + NUMBER_AT, CRL_NUMBER_MAX);
}

static size_t keep_highest(struct revnumbers_memory *memory) {
    size_t kept = 0;
    qsort(memory->rows, memory->count, REVNUMBERS_ROW_BYTES, compare_rows);
    for (size_t i = 0; i < memory->count; i++) {
        const uint8_t *row = memory->rows + i * REVNUMBERS_ROW_BYTES;
        uint8_t *last = memory->rows + kept * REVNUMBERS_ROW_BYTES;
        if (kept && memcmp(last - REVNUMBERS_ROW_BYTES, row, NUMBER_AT) == 0)
            continue;
        memmove(last, row, REVNUMBERS_ROW_BYTES);
        kept++;
    }
    memory->count = kept;
    return kept;
}

static uint32_t load(const uint8_t *at) {
    uint32_t number;
    memcpy(&number, at, sizeof number);
    return le32toh(number);
}

static void store(uint8_t *at, uint32_t number) {
    number = htole32(number);
    memcpy(at, &number, sizeof number);
}
