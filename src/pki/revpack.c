#include "pki/revpack.h"

#include "base/bug.h"
#include "pki/digest.h"
#include "pki/revtable.h"

#include <endian.h>
#include <stdlib.h>

/* Rows of the index: authorities by key, lists by authority. Points and tables grow from where they begin. */
struct packing {
    const struct revsigners_row **authorities;
    size_t authority_count;
    const struct revpack_list **lists;
    size_t list_count;
    size_t point_count;
    uint64_t bytes;
    uint64_t seed;
    uint8_t *to;
    size_t next_point;
    uint64_t next_table;
};

static bool collect(struct packing *packing, const struct revsigners *signers, const struct revpack_list *lists,
                    size_t count);
static void collect_lists(struct packing *packing, const struct revpack_list *lists, size_t count);
static void collect_authorities(struct packing *packing, const struct revsigners *signers);
static size_t first_of(const struct packing *packing, unsigned authority, size_t *count);
static int compare_lists(const void *a, const void *b);
static int compare_authorities(const void *a, const void *b);
static void measure(struct packing *packing);
static uint64_t tables_at(const struct packing *packing);
static uint64_t seed_of(const struct packing *packing);
static void write_header(struct packing *packing);
static void write_authority(const struct packing *packing, size_t number);
static void write_list(struct packing *packing, size_t number);
static uint16_t flags_of(const struct revpack_list *list);
static void write_points(struct packing *packing, const struct crl_scope *scope);
static void write_table(struct packing *packing, const struct crl *crl, uint8_t *row);
static void store(uint8_t *to, uint64_t number, size_t bytes);

void revpack_digest_scope(struct revpack_list *list) {
    struct slice parts[] = {list->crl.scope.der, list->crl.issuer};
    bool is_own = list->authority == list->signer->authority;
    digest_parts(parts, is_own ? 1 : 2, list->scope);
}

bool revpack_write(const struct revsigners *signers, const struct revpack_list *lists, size_t count, struct buf *to) {
    struct packing packing = {0};
    bool is_good = collect(&packing, signers, lists, count) && packing.bytes <= REVINDEX_BYTES_MAX;
    if (is_good)
        packing.to = buf_reserve(to, packing.bytes);
    if (packing.to) {
        packing.next_table = tables_at(&packing);
        memset(packing.to, 0, packing.next_table);
        write_header(&packing);
        for (size_t i = 0; i < packing.authority_count; i++)
            write_authority(&packing, i);
        for (size_t i = 0; i < packing.list_count; i++)
            write_list(&packing, i);
        bug_on(packing.next_table != packing.bytes);
        buf_commit(to, packing.bytes);
    }
    free(packing.authorities);
    free(packing.lists);
    return packing.to;
}

static bool collect(struct packing *packing, const struct revsigners *signers, const struct revpack_list *lists,
                    size_t count) {
    packing->lists = calloc(count + 1, sizeof *packing->lists);
    packing->authorities = calloc(revsigners_count(signers) + 1, sizeof *packing->authorities);
    if (!packing->lists || !packing->authorities)
        return false;
    collect_lists(packing, lists, count);
    collect_authorities(packing, signers);
    measure(packing);
    packing->seed = seed_of(packing);
    return true;
}

static void collect_lists(struct packing *packing, const struct revpack_list *lists, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!lists[i].is_old && !lists[i].crl.is_delta)
            packing->lists[packing->list_count++] = &lists[i];
    }
    qsort(packing->lists, packing->list_count, sizeof *packing->lists, compare_lists);
}

/* Those that have a list; a renewed certificate has the key of the one before. */
static void collect_authorities(struct packing *packing, const struct revsigners *signers) {
    size_t kept = 0;
    for (size_t i = 0; i < revsigners_count(signers); i++) {
        size_t count;
        first_of(packing, revsigners_at(signers, i)->authority, &count);
        if (count)
            packing->authorities[packing->authority_count++] = revsigners_at(signers, i);
    }
    qsort(packing->authorities, packing->authority_count, sizeof *packing->authorities, compare_authorities);
    for (size_t i = 0; i < packing->authority_count; i++) {
        if (i == 0 || compare_authorities(&packing->authorities[i], &packing->authorities[kept - 1]) != 0)
            packing->authorities[kept++] = packing->authorities[i];
    }
    packing->authority_count = kept;
}

static size_t first_of(const struct packing *packing, unsigned authority, size_t *count) {
    size_t first = 0;
    while (first < packing->list_count && packing->lists[first]->authority != authority)
        first++;
    *count = 0;
    while (first + *count < packing->list_count && packing->lists[first + *count]->authority == authority)
        ++*count;
    return first;
}

static int compare_lists(const void *a, const void *b) {
    const struct revpack_list *first = *(const struct revpack_list *const *)a;
    const struct revpack_list *second = *(const struct revpack_list *const *)b;
    if (first->authority != second->authority)
        return first->authority < second->authority ? -1 : 1;
    return memcmp(first->scope, second->scope, sizeof first->scope);
}

static int compare_authorities(const void *a, const void *b) {
    const struct revsigners_row *first = *(const struct revsigners_row *const *)a;
    const struct revsigners_row *second = *(const struct revsigners_row *const *)b;
    return memcmp(first->key, second->key, sizeof first->key);
}

static void measure(struct packing *packing) {
    uint64_t tables = 0;
    for (size_t i = 0; i < packing->list_count; i++) {
        const struct revpack_list *list = packing->lists[i];
        struct revtable full = revtable_shape(&list->crl);
        packing->point_count += list->crl.scope.points.count;
        tables += revtable_bytes(&full);
        if (list->delta) {
            struct revtable delta = revtable_shape(list->delta);
            tables += revtable_bytes(&delta);
        }
    }
    packing->bytes = tables_at(packing) + tables;
}

static uint64_t tables_at(const struct packing *packing) {
    return REVINDEX_HEADER_BYTES + packing->authority_count * REVINDEX_AUTHORITY_BYTES +
        packing->list_count * REVINDEX_LIST_BYTES + packing->point_count * DISTPOINT_BYTES;
}

static uint64_t seed_of(const struct packing *packing) {
    uint8_t digest[DIGEST_BYTES] = {0};
    uint64_t seed;
    for (size_t i = 0; i < packing->list_count; i++) {
        struct slice parts[] = {slice_of(digest, sizeof digest), packing->lists[i]->crl.signed_part.signature};
        digest_parts(parts, 2, digest);
    }
    memcpy(&seed, digest, sizeof seed);
    return le64toh(seed);
}

static void write_header(struct packing *packing) {
    memcpy(packing->to, revindex_magic, sizeof revindex_magic);
    store(packing->to + 8, REVINDEX_VERSION, 4);
    store(packing->to + 12, packing->authority_count, 4);
    store(packing->to + 16, packing->list_count, 4);
    store(packing->to + 20, packing->point_count, 4);
    store(packing->to + 24, packing->bytes, 8);
    store(packing->to + 32, packing->seed, 8);
}

static void write_authority(const struct packing *packing, size_t number) {
    const struct revsigners_row *authority = packing->authorities[number];
    uint8_t *row = packing->to + REVINDEX_HEADER_BYTES + number * REVINDEX_AUTHORITY_BYTES;
    size_t count;
    size_t first = first_of(packing, authority->authority, &count);
    memcpy(row, authority->key, sizeof authority->key);
    store(row + REVKEY_ISSUER_BYTES, first, 4);
    store(row + REVKEY_ISSUER_BYTES + 4, count, 4);
}

static void write_list(struct packing *packing, size_t number) {
    const struct revpack_list *list = packing->lists[number];
    const struct crl *crl = &list->crl;
    const struct crl_number *shown = list->delta ? &list->delta->number : &crl->number;
    uint8_t *row = packing->to + REVINDEX_HEADER_BYTES + packing->authority_count * REVINDEX_AUTHORITY_BYTES +
        number * REVINDEX_LIST_BYTES;
    memcpy(row, list->scope, sizeof list->scope);
    store(row + 32, (uint64_t)crl->this_update, 8);
    store(row + 40, (uint64_t)list->next_update, 8);
    memcpy(row + 48 + CRL_NUMBER_MAX - shown->len, shown->bytes, shown->len);
    store(row + 68, flags_of(list), 2);
    store(row + 70, crl->scope.reasons, 2);
    store(row + 72, packing->next_point, 4);
    store(row + 76, crl->scope.points.count, 4);
    write_points(packing, &crl->scope);
    write_table(packing, crl, row + 80);
    if (list->delta)
        write_table(packing, list->delta, row + 96);
}

static uint16_t flags_of(const struct revpack_list *list) {
    const struct crl *crl = &list->crl;
    return (
        uint16_t)((crl->scope.only_users ? REVINDEX_ONLY_USERS : 0) | (crl->scope.only_cas ? REVINDEX_ONLY_CAS : 0) |
                  (crl->scope.has_points ? REVINDEX_HAS_POINTS : 0) | (crl->number.is_given ? REVINDEX_HAS_NUMBER : 0) |
                  (list->is_distrusted ? REVINDEX_DISTRUSTED : 0));
}

static void write_points(struct packing *packing, const struct crl_scope *scope) {
    uint8_t *points = packing->to + REVINDEX_HEADER_BYTES + packing->authority_count * REVINDEX_AUTHORITY_BYTES +
        packing->list_count * REVINDEX_LIST_BYTES;
    for (size_t i = 0; i < scope->points.count; i++)
        memcpy(points + packing->next_point++ * DISTPOINT_BYTES, scope->points.points[i].name, DISTPOINT_BYTES);
}

static void write_table(struct packing *packing, const struct crl *crl, uint8_t *row) {
    struct revtable table = revtable_shape(crl);
    store(row, packing->next_table, 8);
    store(row + 8, table.count, 4);
    row[12] = table.width;
    row[13] = table.bits;
    revtable_write(&table, crl, packing->seed, packing->to + packing->next_table);
    packing->next_table += revtable_bytes(&table);
}

static void store(uint8_t *to, uint64_t number, size_t bytes) {
    uint64_t little = htole64(number);
    memcpy(to, &little, bytes);
}
