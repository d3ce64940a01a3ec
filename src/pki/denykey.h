/* What a client is looked up by in the deny-list: digests of all names under which an entry could mean them. Made when
 * they are first asked for, and kept with the proof of the client's chain. */
#ifndef SALLYPORT_PKI_DENYKEY_H
#define SALLYPORT_PKI_DENYKEY_H

#include "pki/denyname.h"
#include "pki/peer.h"

/* Half of a SHA-256: nobody finds two names with the same one. */
enum { DENYKEY_BYTES = 16 };

/* depth: the certificate of the path that has the name, 0 for the leaf. */
struct denykey {
    uint8_t bytes[DENYKEY_BYTES];
    uint8_t kind;
    uint8_t depth;
};

/* kinds: one bit for each kind whose keys are there. */
struct denykeys {
    unsigned kinds;
    size_t count;
    size_t room;
    struct denykey *items;
};

/* Writes the key of a value in its form. */
void denykey_of(enum denyname_kind kind, struct slice value, uint8_t to[DENYKEY_BYTES]);

/* What an entry that means this certificate names: its issuer and serial number, or its fingerprint. False and a fault
 * (a fixed string) when it is no certificate, or cannot be named so. */
[[nodiscard]] bool denykey_name(struct slice certificate, bool by_fingerprint, struct denyname *name,
                                const char **fault);

/* The keys of a client, those of `kinds` at least (one bit for each); borrowed from the peer. NULL when memory is
 * short: then nobody knows whether the client is denied. */
[[nodiscard]] const struct denykeys *denykey_of_peer(const struct verified_peer *peer, unsigned kinds);

#endif
