#include "pki/revindex.h"

#include <endian.h>

/* A list, copied out of its row. */
struct row {
    const uint8_t *scope;
    int64_t next_update;
    const uint8_t *number;
    uint16_t flags;
    uint16_t reasons;
    uint32_t point_first;
    uint32_t point_count;
    struct revtable full;
    struct revtable delta;
    uint64_t full_at;
    uint64_t delta_at;
};

const char revindex_magic[8] = {'S', 'P', 'R', 'E', 'V', 'I', 'D', 'X'};

static bool read_header(struct revindex *index);
static bool check_authorities(const struct revindex *index);
static bool check_lists(const struct revindex *index);
static bool check_table(const struct revindex *index, const struct revtable *table, uint64_t at);
static uint64_t load(const uint8_t *at, size_t bytes);
static const uint8_t *authority_at(const struct revindex *index, uint32_t number);
static const uint8_t *find_authority(const struct revindex *index, const uint8_t *key);
static void read_row(const struct revindex *index, uint32_t number, struct row *row);
static uint64_t read_table(const uint8_t *at, struct revtable *table);
static uint16_t reasons_for(const struct revindex *index, const struct row *row, const struct revocation_key *key);
static uint16_t reasons_at_points(const struct revindex *index, const struct row *row,
                                  const struct distpoint_set *points);
static uint8_t find_serial(const struct revindex *index, const struct row *row, struct slice serial);
static bool authority_went_back(const struct revindex *index, const uint8_t *authority, const struct revindex *earlier,
                                const uint8_t *before);

bool revindex_open(struct revindex *index, struct slice bytes, const char **fault) {
    *index = (struct revindex){.bytes = bytes};
    *fault = NULL;
    if (!read_header(index))
        *fault = "the index of revoked certificates is none, or of another version";
    else if (!check_authorities(index) || !check_lists(index))
        *fault = "the index of revoked certificates is broken";
    return !*fault;
}

struct revindex_answer revindex_find(const struct revindex *index, const struct revocation_key *key) {
    struct revindex_answer answer = {.status = REVINDEX_NO_LIST, .next_update = INT64_MAX};
    struct slice serial = slice_of(key->serial, key->serial_len);
    const uint8_t *authority = find_authority(index, key->issuer);
    uint16_t covered = 0;
    if (!authority || serial.len == 0)
        return answer;
    uint32_t first = (uint32_t)load(authority + REVKEY_ISSUER_BYTES, 4);
    uint32_t count = (uint32_t)load(authority + REVKEY_ISSUER_BYTES + 4, 4);
    for (uint32_t i = first; i < first + count; i++) {
        struct row row;
        read_row(index, i, &row);
        uint16_t reasons = reasons_for(index, &row, key);
        if (!reasons)
            continue;
        covered |= row.flags & REVINDEX_DISTRUSTED ? 0 : reasons;
        answer.next_update = row.next_update < answer.next_update ? row.next_update : answer.next_update;
        uint8_t reason = find_serial(index, &row, serial);
        if (reason == REVTABLE_NONE || answer.status == REVINDEX_REVOKED)
            continue;
        answer.status = reason == CRL_CODE_HOLD ? REVINDEX_ON_HOLD : REVINDEX_REVOKED;
        answer.reason = reason;
    }
    if (answer.status == REVINDEX_NO_LIST && (covered & DISTPOINT_REASONS_ALL) == DISTPOINT_REASONS_ALL)
        answer.status = REVINDEX_GOOD;
    return answer;
}

bool revindex_went_back(const struct revindex *index, const struct revindex *earlier) {
    for (uint32_t i = 0; i < index->authorities; i++) {
        const uint8_t *authority = authority_at(index, i);
        const uint8_t *before = find_authority(earlier, authority);
        if (before && authority_went_back(index, authority, earlier, before))
            return true;
    }
    return false;
}

static bool read_header(struct revindex *index) {
    const uint8_t *at = index->bytes.data;
    if (index->bytes.len < REVINDEX_HEADER_BYTES || memcmp(at, revindex_magic, sizeof revindex_magic) != 0)
        return false;
    index->authorities = (uint32_t)load(at + 12, 4);
    index->lists = (uint32_t)load(at + 16, 4);
    index->points = (uint32_t)load(at + 20, 4);
    index->seed = load(at + 32, 8);
    if (load(at + 8, 4) != REVINDEX_VERSION || load(at + 24, 8) != index->bytes.len ||
        index->authorities > REVINDEX_PARTS_MAX || index->lists > REVINDEX_PARTS_MAX ||
        index->points > REVINDEX_PARTS_MAX)
        return false;
    return REVINDEX_HEADER_BYTES + (uint64_t)index->authorities * REVINDEX_AUTHORITY_BYTES +
        (uint64_t)index->lists * REVINDEX_LIST_BYTES + (uint64_t)index->points * DISTPOINT_BYTES <=
        index->bytes.len;
}

static bool check_authorities(const struct revindex *index) {
    for (uint32_t i = 0; i < index->authorities; i++) {
        const uint8_t *authority = authority_at(index, i);
        uint64_t end = load(authority + REVKEY_ISSUER_BYTES, 4) + load(authority + REVKEY_ISSUER_BYTES + 4, 4);
        bool is_ascending = i == 0 || memcmp(authority_at(index, i - 1), authority, REVKEY_ISSUER_BYTES) < 0;
        if (!is_ascending || end > index->lists)
            return false;
    }
    return true;
}

static bool check_lists(const struct revindex *index) {
    for (uint32_t i = 0; i < index->lists; i++) {
        struct row row;
        read_row(index, i, &row);
        if ((uint64_t)row.point_first + row.point_count > index->points ||
            !check_table(index, &row.full, row.full_at) || !check_table(index, &row.delta, row.delta_at))
            return false;
    }
    return true;
}

/* A table of zeros is none. */
static bool check_table(const struct revindex *index, const struct revtable *table, uint64_t at) {
    if (at == 0)
        return table->count == 0;
    if (at > index->bytes.len || table->bits > REVTABLE_BITS_MAX || table->count > REVTABLE_ENTRIES_MAX)
        return false;
    struct slice bytes = slice_sub(index->bytes, at, revtable_bytes(table));
    return revtable_check(table, bytes);
}

static uint64_t load(const uint8_t *at, size_t bytes) {
    uint64_t number = 0;
    memcpy(&number, at, bytes);
    return le64toh(number);
}

static const uint8_t *authority_at(const struct revindex *index, uint32_t number) {
    return index->bytes.data + REVINDEX_HEADER_BYTES + (size_t)number * REVINDEX_AUTHORITY_BYTES;
}

static const uint8_t *find_authority(const struct revindex *index, const uint8_t *key) {
    uint32_t low = 0;
    uint32_t high = index->authorities;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        int order = memcmp(authority_at(index, middle), key, REVKEY_ISSUER_BYTES);
        if (order == 0)
            return authority_at(index, middle);
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return NULL;
}

static void read_row(const struct revindex *index, uint32_t number, struct row *row) {
    const uint8_t *at = authority_at(index, index->authorities) + (size_t)number * REVINDEX_LIST_BYTES;
    *row = (struct row){.scope = at,
                        .next_update = (int64_t)load(at + 40, 8),
                        .number = at + 48,
                        .flags = (uint16_t)load(at + 68, 2),
                        .reasons = (uint16_t)load(at + 70, 2),
                        .point_first = (uint32_t)load(at + 72, 4),
                        .point_count = (uint32_t)load(at + 76, 4)};
    row->full_at = read_table(at + 80, &row->full);
    row->delta_at = read_table(at + 96, &row->delta);
}

static uint64_t read_table(const uint8_t *at, struct revtable *table) {
    *table = (struct revtable){.count = (uint32_t)load(at + 8, 4), .width = at[12], .bits = at[13]};
    return load(at, 8);
}

/* The reasons for which the list speaks for the certificate; 0: it does not. */
static uint16_t reasons_for(const struct revindex *index, const struct row *row, const struct revocation_key *key) {
    if ((row->flags & REVINDEX_ONLY_USERS && key->is_ca) || (row->flags & REVINDEX_ONLY_CAS && !key->is_ca))
        return 0;
    return row->flags & REVINDEX_HAS_POINTS ? reasons_at_points(index, row, &key->points) : row->reasons;
}

static uint16_t reasons_at_points(const struct revindex *index, const struct row *row,
                                  const struct distpoint_set *points) {
    const uint8_t *names = authority_at(index, index->authorities) + (size_t)index->lists * REVINDEX_LIST_BYTES +
        (size_t)row->point_first * DISTPOINT_BYTES;
    uint16_t reasons = 0;
    for (uint32_t i = 0; i < row->point_count; i++) {
        for (size_t at = 0; at < points->count && at < DISTPOINT_MAX; at++) {
            if (memcmp(names + (size_t)i * DISTPOINT_BYTES, points->points[at].name, DISTPOINT_BYTES) == 0)
                reasons |= points->points[at].reasons & row->reasons;
        }
    }
    return reasons;
}

/* A delta list has the last word on what it names. */
static uint8_t find_serial(const struct revindex *index, const struct row *row, struct slice serial) {
    uint8_t reason = REVTABLE_NONE;
    if (row->delta_at)
        reason = revtable_find(&row->delta, index->bytes.data + row->delta_at, index->seed, serial);
    if (reason == CRL_CODE_REMOVE)
        return REVTABLE_NONE;
    if (reason == REVTABLE_NONE && row->full_at)
        reason = revtable_find(&row->full, index->bytes.data + row->full_at, index->seed, serial);
    return reason;
}

static bool authority_went_back(const struct revindex *index, const uint8_t *authority, const struct revindex *earlier,
                                const uint8_t *before) {
    uint32_t first = (uint32_t)load(authority + REVKEY_ISSUER_BYTES, 4);
    uint32_t count = (uint32_t)load(authority + REVKEY_ISSUER_BYTES + 4, 4);
    uint32_t first_before = (uint32_t)load(before + REVKEY_ISSUER_BYTES, 4);
    uint32_t count_before = (uint32_t)load(before + REVKEY_ISSUER_BYTES + 4, 4);
    for (uint32_t i = first; i < first + count; i++) {
        for (uint32_t k = first_before; k < first_before + count_before; k++) {
            struct row row, old;
            read_row(index, i, &row);
            read_row(earlier, k, &old);
            bool is_same = memcmp(row.scope, old.scope, REVINDEX_SCOPE_BYTES) == 0;
            bool has_number = row.flags & old.flags & REVINDEX_HAS_NUMBER;
            if (is_same && has_number && memcmp(row.number, old.number, CRL_NUMBER_MAX) < 0)
                return true;
        }
    }
    return false;
}
