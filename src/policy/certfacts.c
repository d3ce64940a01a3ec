/* Values are collected in the order in which the certificates give them, and then put together by fact. */
#include "policy/certfacts.h"

#include "base/bug.h"
#include "pki/identity.h"
#include "pki/issuers.h"
#include "pki/peer.h"
#include "policy/normal.h"

#include <stdlib.h>

enum { ARENA_BLOCK_BYTES = 2048, ARENA_BYTES_MAX = 8 << 20 };

/* What was collected so far: keys as in struct certfacts. */
struct taking {
    struct certfacts *facts;
    struct slice keys[CERTFACTS_VALUES_MAX];
    size_t count;
};

/* The facts of one certificate of the path. */
struct part {
    const struct identity *identity;
    enum fact fingerprint;
    enum fact key;
    enum fact first_attribute;
    enum fact last_attribute;
};

static bool take_all(struct taking *taking, const struct identity *leaf, const struct identity *issuer,
                     const struct identity *root);
static bool take_part(struct taking *taking, const struct part *part);
static bool take_attribute(struct taking *taking, const struct part *part, const struct identity_attribute *attribute);
static bool take_typed_attribute(struct taking *taking, const struct identity_attribute *attribute);
static bool is_readable(const struct identity_attribute *attribute);
static bool take_names(struct taking *taking, const struct identity *leaf);
static enum fact fact_of(enum identity_kind kind);
static bool take_serial(struct taking *taking, const struct identity *leaf);
static bool add_text(struct taking *taking, enum fact fact, struct slice text);
static bool add_bytes(struct taking *taking, enum fact fact, const void *bytes, size_t len);
static uint8_t *add(struct taking *taking, enum fact fact, size_t len);
static bool put_together(const struct taking *taking);
static void free_attachment(void *attachment);

const struct certfacts *certfacts_of(struct verified_peer *peer) {
    struct certfacts *facts = verified_peer_attachment(peer, PEER_SLOT_FACTS);
    struct identity *issuer = NULL;
    struct identity *root = NULL;
    if (facts)
        return facts;
    if (issuers_take(peer, &issuer, &root))
        facts = certfacts_new(verified_peer_identity(peer), issuer, root);
    identity_free(&issuer);
    identity_free(&root);
    if (facts)
        verified_peer_attach(peer, PEER_SLOT_FACTS, facts, free_attachment);
    return facts;
}

struct certfacts *certfacts_new(const struct identity *leaf, const struct identity *issuer,
                                const struct identity *root) {
    struct taking taking;
    struct certfacts *facts = calloc(1, sizeof *facts);
    if (!facts)
        return NULL;
    arena_init(&facts->arena, ARENA_BLOCK_BYTES, ARENA_BYTES_MAX);
    taking.facts = facts;
    taking.count = 0;
    if (!take_all(&taking, leaf, issuer, root) || !put_together(&taking))
        certfacts_free(&facts);
    return facts;
}

void certfacts_free(struct certfacts **facts) {
    struct certfacts *gone = *facts;
    *facts = NULL;
    if (!gone)
        return;
    arena_fini(&gone->arena);
    free(gone);
}

static bool take_all(struct taking *taking, const struct identity *leaf, const struct identity *issuer,
                     const struct identity *root) {
    struct part parts[] = {
        {leaf, FACT_FINGERPRINT, FACT_KEY, FACT_SUBJECT_UID, FACT_SUBJECT_C},
        {issuer, FACT_ISSUER_FINGERPRINT, FACT_ISSUER_KEY, FACT_ISSUER_CN, FACT_ISSUER_O},
        {root, FACT_ROOT_FINGERPRINT, FACT_ROOT_KEY, FACT_ROOT_CN, FACT_ROOT_O},
    };
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        if (parts[i].identity && !take_part(taking, &parts[i]))
            return false;
    }
    for (size_t i = 0; i < leaf->attribute_count; i++) {
        if (!take_typed_attribute(taking, &leaf->attributes[i]))
            return false;
    }
    for (size_t i = 0; i < leaf->policy_count; i++) {
        if (!add_bytes(taking, FACT_POLICY_OID, leaf->policies[i].data, leaf->policies[i].len))
            return false;
    }
    bool has_id = leaf->spiffe_id.len > 0;
    return take_serial(taking, leaf) && take_names(taking, leaf) &&
        (!has_id || add_text(taking, FACT_SPIFFE, leaf->spiffe_id));
}

static bool take_part(struct taking *taking, const struct part *part) {
    const struct identity *identity = part->identity;
    for (size_t i = 0; i < identity->attribute_count; i++) {
        if (!take_attribute(taking, part, &identity->attributes[i]))
            return false;
    }
    return add_bytes(taking, part->fingerprint, identity->fingerprint, sizeof identity->fingerprint) &&
        add_bytes(taking, part->key, identity->key_digest, sizeof identity->key_digest);
}

static bool take_attribute(struct taking *taking, const struct part *part, const struct identity_attribute *attribute) {
    for (enum fact fact = part->first_attribute; fact <= part->last_attribute; fact++) {
        if (!slice_equal(attribute->oid, slice_text(fact_row(fact)->type)))
            continue;
        if (!is_readable(attribute))
            taking->facts->unreadable[fact] = true;
        return !is_readable(attribute) || add_text(taking, fact, attribute->value);
    }
    return true;
}

/* "2.5.4.3=alice": any type, also those that have a fact of their own. */
static bool take_typed_attribute(struct taking *taking, const struct identity_attribute *attribute) {
    if (!is_readable(attribute)) {
        taking->facts->unreadable[FACT_SUBJECT_ATTRIBUTE] = true;
        return true;
    }
    uint8_t *to = add(taking, FACT_SUBJECT_ATTRIBUTE, attribute->oid.len + 1 + attribute->value.len);
    if (!to)
        return false;
    memcpy(to, attribute->oid.data, attribute->oid.len);
    to[attribute->oid.len] = '=';
    memcpy(to + attribute->oid.len + 1, attribute->value.data, attribute->value.len);
    return true;
}

static bool is_readable(const struct identity_attribute *attribute) {
    return attribute->is_text && attribute->value.len > 0;
}

/* pki/identity keeps what is malformed, or a principal name that is no clean text, without a value. */
static bool take_names(struct taking *taking, const struct identity *leaf) {
    for (size_t i = 0; i < leaf->name_count; i++) {
        const struct identity_name *name = &leaf->names[i];
        enum fact fact = fact_of(name->kind);
        if (fact == FACT_COUNT)
            continue;
        if (name->value.len == 0)
            taking->facts->unreadable[fact] = true;
        else if (!add_text(taking, fact, name->value))
            return false;
    }
    return true;
}

static enum fact fact_of(enum identity_kind kind) {
    switch (kind) {
    case IDENTITY_DNS:
        return FACT_SAN_DNS;
    case IDENTITY_MAIL:
        return FACT_SAN_MAIL;
    case IDENTITY_URI:
        return FACT_SAN_URI;
    case IDENTITY_ADDRESS:
        return FACT_SAN_IP;
    case IDENTITY_PRINCIPAL:
        return FACT_SAN_PRINCIPAL;
    case IDENTITY_DIRECTORY:
    case IDENTITY_UNKNOWN:
        break;
    }
    return FACT_COUNT;
}

static bool take_serial(struct taking *taking, const struct identity *leaf) {
    uint8_t *to = add(taking, FACT_SERIAL, 2 * leaf->serial.len);
    if (!to)
        return false;
    size_t len = normal_serial(leaf->serial, to);
    taking->facts->unreadable[FACT_SERIAL] = len == 0;
    taking->keys[taking->count - 1].len = 1 + len;
    return true;
}

static bool add_text(struct taking *taking, enum fact fact, struct slice text) {
    uint8_t *to = add(taking, fact, text.len);
    if (to)
        normal_text(fact_row(fact)->form, text, to);
    return to != NULL;
}

static bool add_bytes(struct taking *taking, enum fact fact, const void *bytes, size_t len) {
    uint8_t *to = add(taking, fact, len);
    if (to && len > 0)
        memcpy(to, bytes, len);
    return to != NULL;
}

/* Room for the bytes of one more value; NULL when memory is short. */
static uint8_t *add(struct taking *taking, enum fact fact, size_t len) {
    bug_on(taking->count == CERTFACTS_VALUES_MAX);
    uint8_t *key = arena_alloc(&taking->facts->arena, len + 1);
    if (!key)
        return NULL;
    *key = (uint8_t)fact;
    taking->keys[taking->count++] = slice_of(key, len + 1);
    return key + 1;
}

/* Counts the values of each fact, and puts each to its own. */
static bool put_together(const struct taking *taking) {
    struct certfacts *facts = taking->facts;
    uint16_t next[FACT_COUNT];
    facts->values = arena_array(&facts->arena, taking->count, sizeof *facts->values);
    if (!facts->values)
        return false;
    for (size_t i = 0; i < taking->count; i++)
        facts->first[taking->keys[i].data[0] + 1]++;
    for (size_t fact = 0; fact < FACT_COUNT; fact++) {
        next[fact] = facts->first[fact];
        facts->first[fact + 1] = (uint16_t)(facts->first[fact + 1] + facts->first[fact]);
    }
    for (size_t i = 0; i < taking->count; i++)
        facts->values[next[taking->keys[i].data[0]]++] = taking->keys[i];
    return true;
}

static void free_attachment(void *attachment) {
    struct certfacts *facts = attachment;
    certfacts_free(&facts);
}
