/* The PROXY header that a connection to a server begins with: what a backend wants to know of a client. */
#ifndef SALLYPORT_UPSTREAM_PROXYHEAD_H
#define SALLYPORT_UPSTREAM_PROXYHEAD_H

#include "upstream/backend.h"

/* What of a client goes into a connection itself: then nobody else may use that connection. source: the client;
 * destination: where it connected to, family AF_UNSPEC when that is not known. id: of its connection, as in the
 * records. authority: the server name that it asked for. tls_version NULL: it speaks none with the gateway, and what
 * follows does not count. peer: the proof of its certificate, or NULL; resumed: that came with an earlier connection.
 * own_signature, own_key: algorithms of the certificate that it was shown. */
struct dial_scope {
    struct addr_ip source;
    struct addr_ip destination;
    uint64_t id;
    struct slice alpn;
    struct slice authority;
    const char *tls_version;
    const char *cipher;
    const char *own_signature;
    const char *own_key;
    bool resumed;
    const struct verified_peer *peer;
};

/* Appends the header of `proxy` (version 1 or 2) for `scope`, or one that tells of nobody when that is NULL: the
 * connection is the gateway's own. False when it does not fit: the client's certificate is too large. */
[[nodiscard]] bool proxyhead_write(const struct backend_proxy *proxy, const struct dial_scope *scope, struct buf *to);

#endif
