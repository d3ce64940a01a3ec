/* PROXY protocol versions 1 and 2, receiving side (proxy-protocol.txt). Pure: bytes in, result out. */
#ifndef SALLYPORT_IO_PROXYPROTO_H
#define SALLYPORT_IO_PROXYPROTO_H

#include "base/addr.h"
#include "base/slice.h"

/* PROXIED: addresses are set. LOCAL: a health check of the sender or an unknown family: keep the connection's own
 * addresses. MORE: a good beginning. */
enum proxyproto_status { PROXYPROTO_PROXIED, PROXYPROTO_LOCAL, PROXYPROTO_MORE, PROXYPROTO_BAD };

/* Longest header accepted: 16 bytes and 4 KiB of addresses and TLVs; longer ones are refused (a certificate TLV
 * fits). */
enum { PROXYPROTO_MAX = 16 + 4096 };

/* What a header says. Slices point into the bytes read; empty when the TLV is absent. header_bytes is its length:
 * payload follows. */
struct proxyproto {
    struct addr_ip source;
    struct addr_ip destination;
    size_t header_bytes;
    struct slice alpn;
    struct slice authority;
    struct slice unique_id;
    struct slice network_namespace;
    bool has_ssl;
    uint8_t ssl_client;
    uint32_t ssl_verify;
    struct slice ssl_version;
    struct slice ssl_common_name;
    struct slice ssl_certificate;
};

/* Reads a header at the start of `bytes`. Checks the CRC32C TLV when present. Never takes a part of a header for
 * payload. */
enum proxyproto_status proxyproto_parse(struct slice bytes, struct proxyproto *header);

#endif
