#include "pki/peer.h"

#include "base/bug.h"
#include "pki/identity.h"
#include "pki/peer_new.h"

#include <openssl/x509.h>
#include <stdlib.h>

/* What a layer above keeps with the peer. */
struct attachment {
    void *object;
    void (*free)(void *object);
};

/* `path` points into the bytes behind the object. */
struct verified_peer {
    unsigned references;
    enum peer_proof proof;
    size_t path_len;
    struct slice path[PEER_PATH_MAX];
    struct peer_summary summary;
    uint8_t fingerprint[PEER_FINGERPRINT_BYTES];
    int64_t expires;
    int64_t usage_ends;
    struct identity *identity;
    size_t key_count;
    struct revocation_key *keys;
    X509 *anchor;
    struct attachment attachments[PEER_SLOT_COUNT];
    uint8_t der[];
};

struct verified_peer *peer_new(const struct peer_summary *summary, const uint8_t *fingerprint, int64_t expires,
                               const struct slice *path, size_t path_len) {
    size_t bytes = 0;
    bug_on(path_len == 0 || path_len > PEER_PATH_MAX);
    for (size_t i = 0; i < path_len; i++)
        bytes += path[i].len;
    struct verified_peer *peer = calloc(1, sizeof *peer + bytes);
    if (!peer)
        return NULL;
    *peer = (struct verified_peer){
        .references = 1, .path_len = path_len, .summary = *summary, .expires = expires, .usage_ends = INT64_MAX};
    uint8_t *at = peer->der;
    for (size_t i = 0; i < path_len; at += path[i].len, i++) {
        memcpy(at, path[i].data, path[i].len);
        peer->path[i] = slice_of(at, path[i].len);
    }
    memcpy(peer->fingerprint, fingerprint, sizeof peer->fingerprint);
    return peer;
}

struct verified_peer *peer_new_of_possession(const struct peer_summary *summary, const uint8_t *fingerprint,
                                             struct slice leaf) {
    struct verified_peer *peer = peer_new(summary, fingerprint, INT64_MAX, &leaf, 1);
    if (peer)
        peer->proof = PEER_PROOF_POSSESSION;
    return peer;
}

void peer_new_identify(struct verified_peer *peer, struct identity *identity) {
    bug_on(peer->identity);
    peer->identity = identity;
}

void peer_new_end_usage(struct verified_peer *peer, int64_t usage_ends) {
    peer->usage_ends = usage_ends;
}

void peer_new_anchor(struct verified_peer *peer, X509 *anchor) {
    bug_on(peer->anchor);
    X509_up_ref(anchor);
    peer->anchor = anchor;
}

bool peer_new_keys(struct verified_peer *peer, const struct revocation_key *keys, size_t count) {
    bug_on(peer->keys);
    peer->keys = count ? calloc(count, sizeof *keys) : NULL;
    if (!peer->keys)
        return count == 0;
    memcpy(peer->keys, keys, count * sizeof *keys);
    peer->key_count = count;
    return true;
}

struct verified_peer *verified_peer_ref(struct verified_peer *peer) {
    peer->references++;
    return peer;
}

void verified_peer_unref(struct verified_peer **peer) {
    struct verified_peer *old = *peer;
    *peer = NULL;
    if (!old || --old->references)
        return;
    for (size_t i = 0; i < PEER_SLOT_COUNT; i++) {
        if (old->attachments[i].object)
            old->attachments[i].free(old->attachments[i].object);
    }
    X509_free(old->anchor);
    identity_free(&old->identity);
    free(old->keys);
    free(old);
}

enum peer_proof verified_peer_proof(const struct verified_peer *peer) {
    return peer->proof;
}

const struct peer_summary *verified_peer_summary(const struct verified_peer *peer) {
    return &peer->summary;
}

const struct identity *verified_peer_identity(const struct verified_peer *peer) {
    return peer->identity;
}

size_t verified_peer_path_len(const struct verified_peer *peer) {
    return peer->path_len;
}

struct slice verified_peer_path(const struct verified_peer *peer, size_t index) {
    bug_on(index >= peer->path_len);
    return peer->path[index];
}

X509 *verified_peer_anchor(const struct verified_peer *peer) {
    return peer->anchor;
}

size_t verified_peer_key_count(const struct verified_peer *peer) {
    return peer->key_count;
}

const struct revocation_key *verified_peer_key(const struct verified_peer *peer, size_t index) {
    bug_on(index >= peer->key_count);
    return &peer->keys[index];
}

const uint8_t *verified_peer_fingerprint(const struct verified_peer *peer) {
    return peer->fingerprint;
}

int64_t verified_peer_expires(const struct verified_peer *peer) {
    return peer->expires;
}

int64_t verified_peer_usage_ends(const struct verified_peer *peer) {
    return peer->usage_ends;
}

void *verified_peer_attachment(const struct verified_peer *peer, enum peer_slot slot) {
    return peer->attachments[slot].object;
}

void verified_peer_attach(struct verified_peer *peer, enum peer_slot slot, void *attachment,
                          void (*free_attachment)(void *attachment)) {
    bug_on(peer->attachments[slot].object);
    peer->attachments[slot] = (struct attachment){.object = attachment, .free = free_attachment};
}
