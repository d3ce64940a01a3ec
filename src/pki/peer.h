/* struct verified_peer: the proof of what was checked about a client's certificate. Only pki/verify makes one; what
 * forwards an identity takes nothing else. Immutable and counted: one object serves all connections that present the
 * same chain (pki/chaincache). */
#ifndef SALLYPORT_PKI_PEER_H
#define SALLYPORT_PKI_PEER_H

#include "base/slice.h"
#include "pki/revkey.h"

#include <stdbool.h>
#include <stdint.h>

struct x509_st;
struct identity;
struct verified_peer;

/* Objects that others keep with a peer: its encoded forms (vouch/forms), what rules ask of it (policy/certfacts), what
 * it is looked up by in the deny-list (pki/denykey). */
enum peer_slot { PEER_SLOT_FORMS, PEER_SLOT_FACTS, PEER_SLOT_DENYKEYS, PEER_SLOT_COUNT };

/* Longest printed name kept; longer ones are cut with "…" for people, never for decisions. */
enum { PEER_NAME_MAX = 256, PEER_SERIAL_MAX = 41, PEER_FINGERPRINT_MAX = 65, PEER_PATH_MAX = 12 };

/* SHA-256. */
enum { PEER_FINGERPRINT_BYTES = 32 };

/* CHAIN: the chain was judged good. POSSESSION: it was not judged at all; that the client has the key is all that is
 * known, so anybody may have made the certificate. */
enum peer_proof { PEER_PROOF_CHAIN, PEER_PROOF_POSSESSION };

/* What a certificate says, printable: control characters and bytes outside of UTF-8 escaped as RFC 4514 does
 * (backslash and two hex digits). Also kept of certificates that were refused. Dates are seconds since 1970. serial
 * and fingerprint (SHA-256 of the DER) are lower-case hex. */
struct peer_summary {
    bool present;
    char subject[PEER_NAME_MAX];
    char issuer[PEER_NAME_MAX];
    char serial[PEER_SERIAL_MAX];
    char fingerprint[PEER_FINGERPRINT_MAX];
    int64_t not_before;
    int64_t not_after;
};

/* Takes another reference; returns its argument. */
struct verified_peer *verified_peer_ref(struct verified_peer *peer);

/* Drops a reference and sets the pointer to NULL; NULL is fine. */
void verified_peer_unref(struct verified_peer **peer);

/* What the peer is a proof of. Whoever decides by what a certificate says has to ask. */
enum peer_proof verified_peer_proof(const struct verified_peer *peer);

/* The leaf's facts, printable. Borrowed from the peer. */
const struct peer_summary *verified_peer_summary(const struct verified_peer *peer);

/* Who the leaf says its owner is, taken apart. Borrowed from the peer. */
const struct identity *verified_peer_identity(const struct verified_peer *peer);

/* Certificates of the validated path: the leaf at 0, then towards the anchor, which is left out; where nothing was
 * validated, the leaf alone. DER, borrowed from the peer. */
size_t verified_peer_path_len(const struct verified_peer *peer);
struct slice verified_peer_path(const struct verified_peer *peer, size_t index);

/* The certificate of the trust at which the path ends, borrowed; NULL when there is none. */
struct x509_st *verified_peer_anchor(const struct verified_peer *peer);

/* What the certificates of the path are looked up by in revocation lists, the leaf's at 0: as many as the path has.
 * None when the leaf itself is an anchor. Borrowed from the peer. */
size_t verified_peer_key_count(const struct verified_peer *peer);
const struct revocation_key *verified_peer_key(const struct verified_peer *peer, size_t index);

/* SHA-256 of the leaf's DER, 32 bytes. */
const uint8_t *verified_peer_fingerprint(const struct verified_peer *peer);

/* The first second at which a certificate of the path (anchor included) is no longer valid: the verdict ends then. */
int64_t verified_peer_expires(const struct verified_peer *peer);

/* The first second at which the path is no longer good by its extended key usage (verify_settings.usage_until);
 * INT64_MAX where that never comes. */
int64_t verified_peer_usage_ends(const struct verified_peer *peer);

/* The object of a slot: NULL until set; freed with the peer by `free_attachment`. Setting twice is a bug. */
void *verified_peer_attachment(const struct verified_peer *peer, enum peer_slot slot);
void verified_peer_attach(struct verified_peer *peer, enum peer_slot slot, void *attachment,
                          void (*free_attachment)(void *attachment));

#endif
