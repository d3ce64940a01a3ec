/* Digests of a word and a value; addresses cut to their prefix. */
#include "policy/limitwho.h"

#include "pki/digest.h"
#include "pki/identity.h"

_Static_assert((int)LIMITWHO_BYTES == (int)DIGEST_BYTES, "an identity is kept as a digest");

enum { MAPPED_BITS = 96 };

void limitwho_identity(const struct verified_peer *peer, enum limitwho_by by, uint8_t to[LIMITWHO_BYTES]) {
    const struct identity *identity = verified_peer_identity(peer);
    struct slice parts[2] = {slice_text("certificate"),
                             slice_of(verified_peer_fingerprint(peer), PEER_FINGERPRINT_BYTES)};
    if (by == LIMITWHO_SPIFFE_ID && identity->spiffe_id.len > 0) {
        parts[0] = slice_text("spiffe id");
        parts[1] = identity->spiffe_id;
    } else if (by == LIMITWHO_SUBJECT && identity->attribute_count > 0) {
        parts[0] = slice_text("subject");
        parts[1] = identity->subject;
    }
    digest_parts(parts, 2, to);
}

struct addr_ip limitwho_network(const struct addr_ip *address, const struct limitwho_prefixes *prefixes) {
    struct addr_ip network = *address;
    unsigned bits = address->family == AF_INET ? MAPPED_BITS + prefixes->ipv4_bits : prefixes->ipv6_bits;
    network.port = 0;
    for (unsigned i = 0; i < sizeof(network.bytes); i++) {
        unsigned kept = bits >= 8 * (i + 1) ? 8 : bits > 8 * i ? bits - 8 * i : 0;
        network.bytes[i] &= (uint8_t)(0xff00 >> kept);
    }
    return network;
}
