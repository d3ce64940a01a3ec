/* Whom a limit counts: the network that an address belongs to, or the identity that a certificate proves. Pure. */
#ifndef SALLYPORT_POLICY_LIMITWHO_H
#define SALLYPORT_POLICY_LIMITWHO_H

#include "base/addr.h"
#include "pki/peer.h"

/* By what clients are told apart: the certificate itself (its fingerprint); its SPIFFE id; its subject. A certificate
 * without a SPIFFE id or with an empty subject is told apart by its fingerprint. */
enum limitwho_by { LIMITWHO_CERTIFICATE, LIMITWHO_SPIFFE_ID, LIMITWHO_SUBJECT };

enum { LIMITWHO_BYTES = 32 };

/* Writes the digest of who the peer is. Two kinds of names are never alike. */
void limitwho_identity(const struct verified_peer *peer, enum limitwho_by by, uint8_t to[LIMITWHO_BYTES]);

/* Leading bits of an address that make one client: of IPv4 at most 32, of IPv6 at most 128. */
struct limitwho_prefixes {
    unsigned ipv4_bits;
    unsigned ipv6_bits;
};

/* The address with all bits after its prefix, and its port, set to zero. All clients of Unix sockets are one. */
struct addr_ip limitwho_network(const struct addr_ip *address, const struct limitwho_prefixes *prefixes);

#endif
