#include "pki/revwrite.h"

#include "base/bug.h"
#include "pki/crlsplit.h"
#include "pki/pem.h"

#include <stdlib.h>

/* DER of lists that came as PEM, the newest first. */
struct decoded {
    struct decoded *next;
    struct buf der;
};

/* Indirect lists, taken apart, the newest first. */
struct split {
    struct split *next;
    struct crlsplit *parts;
};

struct revwrite {
    const struct revsigners *signers;
    const struct revnumbers *numbers;
    int64_t now;
    int64_t too_old;
    struct revpack_list *lists;
    size_t count;
    struct decoded *decoded;
    struct split *splits;
};

static bool note_number(const struct revwrite *writer, const struct revpack_list *list,
                        struct revnumbers_memory *memory);
static void make_key(const struct revsigners_row *signer, const struct revpack_list *list, struct revnumbers_key *key);
static bool went_back(const struct revwrite *writer, const struct revpack_list *list);
static bool write_index(struct revwrite *writer, struct buf *to);
static bool distrust(struct revwrite *writer, struct revpack_list *list);
static bool is_revoked(const struct revwrite *writer, const struct revindex *index,
                       const struct revsigners_row *signer);
static bool add_list(struct revwrite *writer, struct slice der, const struct revpack_origin *origin, unsigned line,
                     struct error_list *errors);
static const char *append_parts(struct revwrite *writer, const struct revpack_list *list);
static const char *append(struct revwrite *writer, const struct revpack_list *list);
static bool add_pem(struct revwrite *writer, struct slice text, const struct revpack_origin *origin,
                    struct error_list *errors);
static bool add_block(struct revwrite *writer, const struct pem_block *block, const struct revpack_origin *origin,
                      struct error_list *errors);
static bool complain(const struct revpack_origin *origin, unsigned line, const char *fault, struct error_list *errors);
static bool pick_newest(struct revwrite *writer, struct error_list *errors);
static bool supersede(struct revpack_list *a, struct revpack_list *b, struct error_list *errors);
static bool is_same(const struct revpack_list *a, const struct revpack_list *b);
static bool place_deltas(struct revwrite *writer, struct error_list *errors);
static bool place_delta(struct revwrite *writer, struct revpack_list *delta, struct error_list *errors);
static bool check_ages(const struct revwrite *writer, struct error_list *errors);

struct revwrite *revwrite_new(const struct revsigners *signers, int64_t now, int64_t too_old) {
    struct revwrite *writer = calloc(1, sizeof *writer);
    if (!writer)
        return NULL;
    writer->signers = signers;
    writer->now = now;
    writer->too_old = too_old;
    return writer;
}

void revwrite_free(struct revwrite **writer) {
    struct revwrite *old = *writer;
    *writer = NULL;
    if (!old)
        return;
    while (old->decoded) {
        struct decoded *first = old->decoded;
        old->decoded = first->next;
        buf_fini(&first->der);
        free(first);
    }
    while (old->splits) {
        struct split *first = old->splits;
        old->splits = first->next;
        crlsplit_free(&first->parts);
        free(first);
    }
    free(old->lists);
    free(old);
}

void revwrite_remember(struct revwrite *writer, const struct revnumbers *numbers) {
    writer->numbers = numbers;
}

bool revwrite_add(struct revwrite *writer, struct slice bytes, const struct revpack_origin *origin,
                  struct error_list *errors) {
    bool is_der = bytes.len && bytes.data[0] == 0x30;
    return is_der ? add_list(writer, bytes, origin, 0, errors) : add_pem(writer, bytes, origin, errors);
}

size_t revwrite_count(const struct revwrite *writer) {
    return writer->count;
}

void revwrite_take_back(struct revwrite *writer, size_t count) {
    bug_on(count > writer->count);
    writer->count = count;
}

int64_t revwrite_next_update(const struct revwrite *writer, const char *path) {
    int64_t earliest = 0;
    for (size_t i = 0; i < writer->count; i++) {
        const struct revpack_list *list = &writer->lists[i];
        bool is_from = strcmp(list->origin.path, path) == 0;
        if (is_from && (earliest == 0 || list->crl.next_update < earliest))
            earliest = list->crl.next_update;
    }
    return earliest;
}

bool revwrite_note_numbers(const struct revwrite *writer, struct revnumbers_memory *memory) {
    bool is_good = true;
    for (size_t i = 0; i < writer->count; i++) {
        if (!writer->lists[i].is_old)
            is_good = note_number(writer, &writer->lists[i], memory) && is_good;
    }
    return is_good;
}

bool revwrite_finish(struct revwrite *writer, struct buf *to, struct error_list *errors) {
    if (!pick_newest(writer, errors) || !place_deltas(writer, errors) || !check_ages(writer, errors))
        return false;
    return write_index(writer, to) ||
        error_add(errors, (struct error_place){.file = NULL}, "The revocation lists are too large together.");
}

/* Under each of the authority's names and keys: the next list may be signed with another. */
static bool note_number(const struct revwrite *writer, const struct revpack_list *list,
                        struct revnumbers_memory *memory) {
    struct revnumbers_key key;
    bool is_good = true;
    for (size_t i = 0; i < revsigners_count(writer->signers); i++) {
        const struct revsigners_row *row = revsigners_at(writer->signers, i);
        if (row->authority != list->authority)
            continue;
        make_key(row, list, &key);
        is_good = revnumbers_memory_add(memory, &key, &list->crl.number) && is_good;
    }
    return is_good;
}

static void make_key(const struct revsigners_row *signer, const struct revpack_list *list, struct revnumbers_key *key) {
    memcpy(key->issuer, signer->key, sizeof key->issuer);
    memcpy(key->scope, list->scope, sizeof key->scope);
    key->is_delta = list->crl.is_delta;
}

/* Of an authority's numbers, all are the same; of an indirect list, each part's authority has its own. */
static bool went_back(const struct revwrite *writer, const struct revpack_list *list) {
    struct revnumbers_key key;
    bool is_lower = false;
    for (size_t i = 0; writer->numbers && i < revsigners_count(writer->signers); i++) {
        const struct revsigners_row *row = revsigners_at(writer->signers, i);
        if (row->authority != list->authority)
            continue;
        make_key(row, list, &key);
        is_lower = is_lower || revnumbers_went_back(writer->numbers, &key, &list->crl.number);
    }
    return is_lower;
}

/* Signers may be revoked by lists of the same index (RFC 5280 section 6.3.3 (f)): it is asked, and written again if any
 * is. What a list says about others does not change by that. */
static bool write_index(struct revwrite *writer, struct buf *to) {
    struct revindex index;
    const char *fault;
    bool is_any = false;
    size_t before = buf_len(to);
    if (!revpack_write(writer->signers, writer->lists, writer->count, to))
        return false;
    struct slice bytes = buf_view(to);
    bug_on(!revindex_open(&index, slice_sub(bytes, before, bytes.len), &fault));
    for (size_t i = 0; i < writer->count; i++) {
        if (is_revoked(writer, &index, writer->lists[i].signer))
            is_any = distrust(writer, &writer->lists[i]);
    }
    if (!is_any)
        return true;
    buf_truncate(to, before);
    return revpack_write(writer->signers, writer->lists, writer->count, to);
}

/* A delta list takes its base along. Always true. */
static bool distrust(struct revwrite *writer, struct revpack_list *list) {
    list->is_distrusted = true;
    for (size_t i = 0; i < writer->count; i++) {
        if (writer->lists[i].delta == &list->crl)
            writer->lists[i].is_distrusted = true;
    }
    return true;
}

/* A key is as good as the best of its certificates. */
static bool is_revoked(const struct revwrite *writer, const struct revindex *index,
                       const struct revsigners_row *signer) {
    for (size_t i = 0; i < revsigners_count(writer->signers); i++) {
        const struct revsigners_row *row = revsigners_at(writer->signers, i);
        enum revindex_status status = row->is_anchor ? REVINDEX_GOOD : revindex_find(index, &row->own).status;
        if (memcmp(row->key, signer->key, sizeof row->key) == 0 && status != REVINDEX_REVOKED &&
            status != REVINDEX_ON_HOLD)
            return false;
    }
    return true;
}

static bool add_list(struct revwrite *writer, struct slice der, const struct revpack_origin *origin, unsigned line,
                     struct error_list *errors) {
    struct revpack_list list = {.origin = *origin};
    const char *fault = NULL;
    if (!crl_parse(der, &list.crl, &fault))
        return complain(origin, line, fault, errors);
    if (list.crl.entry_count > REVTABLE_ENTRIES_MAX)
        return complain(origin, line, "there are too many entries", errors);
    if (list.crl.this_update > writer->now)
        return complain(origin, line, "it comes from the future (thisUpdate)", errors);
    fault = revsigners_judge(writer->signers, &list.crl, &list.signer);
    if (fault)
        return complain(origin, line, fault, errors);
    list.authority = list.signer->authority;
    list.next_update = list.crl.next_update;
    fault = list.crl.scope.is_indirect ? append_parts(writer, &list) : append(writer, &list);
    return !fault || complain(origin, line, fault, errors);
}

static const char *append_parts(struct revwrite *writer, const struct revpack_list *list) {
    const char *fault = "there is no memory for it";
    struct split *split = calloc(1, sizeof *split);
    if (!split)
        return fault;
    split->next = writer->splits;
    writer->splits = split;
    split->parts = crlsplit_new(&list->crl, writer->signers, list->signer, &fault);
    for (size_t i = 0; !fault && i < crlsplit_count(split->parts); i++) {
        const struct crlsplit_part *part = crlsplit_at(split->parts, i);
        struct revpack_list one = *list;
        one.authority = part->authority;
        one.crl = part->crl;
        fault = append(writer, &one);
    }
    return fault;
}

static const char *append(struct revwrite *writer, const struct revpack_list *list) {
    if (writer->count == REVWRITE_LISTS_MAX)
        return "there are too many lists";
    struct revpack_list *grown = reallocarray(writer->lists, writer->count + 1, sizeof *grown);
    if (!grown)
        return "there is no memory for it";
    writer->lists = grown;
    grown[writer->count] = *list;
    revpack_digest_scope(&grown[writer->count]);
    if (went_back(writer, &grown[writer->count]))
        return "it went back: a list with a higher number was seen before";
    writer->count++;
    return NULL;
}

static bool add_pem(struct revwrite *writer, struct slice text, const struct revpack_origin *origin,
                    struct error_list *errors) {
    struct pem_reader reader;
    struct pem_block block;
    enum pem_status status;
    size_t blocks = 0;
    bool is_good = true;
    pem_init(&reader, text);
    for (; is_good && (status = pem_next(&reader, &block)) == PEM_FOUND; blocks++)
        is_good = add_block(writer, &block, origin, errors);
    if (is_good && status == PEM_BROKEN)
        return complain(origin, reader.line, reader.fault, errors);
    if (is_good && blocks == 0)
        return complain(origin, 0, "there is no list in it, neither DER nor PEM", errors);
    return is_good;
}

static bool add_block(struct revwrite *writer, const struct pem_block *block, const struct revpack_origin *origin,
                      struct error_list *errors) {
    if (!pem_is(block, "X509 CRL"))
        return complain(origin, block->line, "this is no revocation list (X509 CRL)", errors);
    struct decoded *decoded = malloc(sizeof *decoded);
    if (!decoded)
        return complain(origin, block->line, "there is no memory for it", errors);
    buf_init(&decoded->der, block->body.len);
    decoded->next = writer->decoded;
    writer->decoded = decoded;
    if (!pem_decode(block, &decoded->der))
        return complain(origin, block->line, "its base64 is malformed", errors);
    return add_list(writer, buf_view(&decoded->der), origin, block->line, errors);
}

static bool complain(const struct revpack_origin *origin, unsigned line, const char *fault, struct error_list *errors) {
    if (line)
        return error_add(errors, origin->place, "The revocation list in %s line %u cannot be used: %s.", origin->path,
                         line, fault);
    return error_add(errors, origin->place, "The revocation list %s cannot be used: %s.", origin->path, fault);
}

static bool pick_newest(struct revwrite *writer, struct error_list *errors) {
    bool is_good = true;
    for (size_t i = 1; i < writer->count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (!writer->lists[i].is_old && !writer->lists[k].is_old && is_same(&writer->lists[i], &writer->lists[k]))
                is_good = supersede(&writer->lists[i], &writer->lists[k], errors) && is_good;
        }
    }
    return is_good;
}

/* The one with the lower number is old; its date has to agree. */
static bool supersede(struct revpack_list *a, struct revpack_list *b, struct error_list *errors) {
    int order = crl_number_compare(&a->crl.number, &b->crl.number);
    if (order == 0)
        order = a->crl.this_update < b->crl.this_update ? -1 : 1;
    struct revpack_list *older = order < 0 ? a : b;
    struct revpack_list *newer = order < 0 ? b : a;
    older->is_old = true;
    if (older->crl.this_update <= newer->crl.this_update)
        return true;
    return error_add(errors, older->origin.place,
                     "The revocation list %s went back: it is newer than that in %s, but its number is lower.",
                     older->origin.path, newer->origin.path);
}

static bool is_same(const struct revpack_list *a, const struct revpack_list *b) {
    return a->authority == b->authority && a->crl.is_delta == b->crl.is_delta &&
        memcmp(a->scope, b->scope, sizeof a->scope) == 0;
}

static bool place_deltas(struct revwrite *writer, struct error_list *errors) {
    bool is_good = true;
    for (size_t i = 0; i < writer->count; i++) {
        if (writer->lists[i].crl.is_delta && !writer->lists[i].is_old)
            is_good = place_delta(writer, &writer->lists[i], errors) && is_good;
    }
    return is_good;
}

/* RFC 5280 section 5.2.4: same issuer and scope, and the base is not older than the delta list assumes. A base that
 * is as new as the delta list makes it needless. */
static bool place_delta(struct revwrite *writer, struct revpack_list *delta, struct error_list *errors) {
    for (size_t i = 0; i < writer->count; i++) {
        struct revpack_list *base = &writer->lists[i];
        if (base->crl.is_delta || base->is_old || base->authority != delta->authority ||
            memcmp(base->scope, delta->scope, sizeof base->scope) != 0 ||
            crl_number_compare(&base->crl.number, &delta->crl.base) < 0)
            continue;
        if (crl_number_compare(&base->crl.number, &delta->crl.number) < 0) {
            base->delta = &delta->crl;
            base->next_update = delta->crl.next_update;
        }
        return true;
    }
    return complain(&delta->origin, 0, "it is a delta list, and there is no full list that it goes with", errors);
}

static bool check_ages(const struct revwrite *writer, struct error_list *errors) {
    bool is_good = true;
    for (size_t i = 0; i < writer->count; i++) {
        const struct revpack_list *list = &writer->lists[i];
        bool counts = !list->is_old && !list->crl.is_delta && !list->origin.is_fetched;
        if (counts && list->next_update < writer->too_old)
            is_good = complain(&list->origin, 0, "it is too old (nextUpdate)", errors);
    }
    return is_good;
}
