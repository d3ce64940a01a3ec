/* PROXY protocol versions 1 and 2, sending side (proxy-protocol.txt); the counterpart of io/proxyproto. Pure. */
#ifndef SALLYPORT_IO_PROXYWRITE_H
#define SALLYPORT_IO_PROXYWRITE_H

#include "base/addr.h"
#include "base/buf.h"

/* Bits of proxywrite.ssl_client (section 2.2.6). CERT_CONN: the certificate came on this connection; CERT_SESS: at the
 * beginning of the TLS session. */
enum { PROXYWRITE_SSL = 0x01, PROXYWRITE_CERT_CONN = 0x02, PROXYWRITE_CERT_SESS = 0x04 };

/* The length of what follows the first 16 bytes has two bytes. */
enum { PROXYWRITE_MAX = 16 + 65535 };

/* What is told of a connection. source, destination: its ends; anything but IPv4 and IPv6 is no address to others. The
 * TLVs that follow are left out when they are empty. has_ssl: the client speaks TLS; then ssl_client, and ssl_verify: 0
 * when its certificate was verified. ssl_signature, ssl_key: algorithms of our own certificate. certificate: the
 * client's, DER. has_checksum: CRC32C over all of it. */
struct proxywrite {
    struct addr_ip source;
    struct addr_ip destination;
    struct slice alpn;
    struct slice authority;
    struct slice unique_id;
    bool has_ssl;
    uint8_t ssl_client;
    uint32_t ssl_verify;
    struct slice ssl_version;
    struct slice ssl_common_name;
    struct slice ssl_cipher;
    struct slice ssl_signature;
    struct slice ssl_key;
    struct slice ssl_certificate;
    bool has_checksum;
};

/* Appends the line of version 1, which has the addresses only. False when `to` is full. */
[[nodiscard]] bool proxywrite_v1(const struct proxywrite *told, struct buf *to);

/* Appends the header of version 2. False when it is longer than PROXYWRITE_MAX, or `to` is full: never a part of it. */
[[nodiscard]] bool proxywrite_v2(const struct proxywrite *told, struct buf *to);

/* Appends a header that tells of nobody: the connection is the gateway's own. False when `to` is full. */
[[nodiscard]] bool proxywrite_local(unsigned version, struct buf *to);

#endif
