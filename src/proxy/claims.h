/* What a load balancer in front says of its client by a PROXY header, besides addresses (proxy-protocol.txt section
 * 2.2). It is told, not proven: it stands in records, and nothing is decided by it. */
#ifndef SALLYPORT_PROXY_CLAIMS_H
#define SALLYPORT_PROXY_CLAIMS_H

#include "io/proxyproto.h"
#include "pki/peer.h"

/* Most bytes kept of each text: a host name, and what else is of any use in a record. */
enum { CLAIMS_TEXT_MAX = 256 };

/* Texts are empty when they were not told. has_tls: the client is said to have come by TLS; is_verified: and to have
 * shown a certificate that was found good. certificate: of the client, as far as it can be read. */
struct claims {
    struct slice authority;
    struct slice alpn;
    struct slice unique_id;
    struct slice tls_version;
    struct slice common_name;
    bool has_tls;
    bool is_verified;
    struct peer_summary certificate;
    uint8_t bytes[];
};

/* Copies what the header says to *claims, which is the caller's to free(); NULL when it says nothing of the kind.
 * False when memory is short. */
[[nodiscard]] bool claims_take(const struct proxyproto *header, struct claims **claims);

#endif
