/* The lengths are filled in once what they count is there. */
#include "io/proxywrite.h"

#include "base/crc32c.h"

#include <arpa/inet.h>

enum { V2_HEADER_BYTES = 16, V2_LOCAL = 0x20, V2_PROXY = 0x21, V2_UNSPEC = 0x00, V2_TCP4 = 0x11, V2_TCP6 = 0x21 };
enum { LENGTH_MAX = 65535, TLV_HEADER_BYTES = 3, CHECKSUM_BYTES = 4 };
enum {
    TLV_ALPN = 0x01,
    TLV_AUTHORITY = 0x02,
    TLV_CRC32C = 0x03,
    TLV_UNIQUE_ID = 0x05,
    TLV_SSL = 0x20,
    TLV_SSL_VERSION = 0x21,
    TLV_SSL_COMMON_NAME = 0x22,
    TLV_SSL_CIPHER = 0x23,
    TLV_SSL_SIGNATURE = 0x24,
    TLV_SSL_KEY = 0x25,
    TLV_SSL_CERTIFICATE = 0x28,
};

static const uint8_t v2_start[] = {'\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};

/* A header being written: `start` is where it begins in `to`. */
struct writing {
    struct buf *to;
    size_t start;
    bool fits;
};

static uint8_t family_of(const struct proxywrite *told);
static void put(struct writing *writing, const void *bytes, size_t len);
static void put_number(struct writing *writing, size_t number, size_t width);
static void put_head(struct writing *writing, uint8_t command, uint8_t family);
static void put_addresses(struct writing *writing, const struct proxywrite *told);
static void put_tlv(struct writing *writing, uint8_t type, struct slice value);
static void put_ssl(struct writing *writing, const struct proxywrite *told);
static size_t begin_tlv(struct writing *writing, uint8_t type);
static void end_tlv(struct writing *writing, size_t at);
static void put_checksum(struct writing *writing);
static void set_length(struct writing *writing, size_t at, size_t len);
static bool finish(struct writing *writing);

bool proxywrite_v1(const struct proxywrite *told, struct buf *to) {
    char source[ADDR_TEXT_MAX];
    char destination[ADDR_TEXT_MAX];
    uint8_t family = family_of(told);
    if (family == AF_UNSPEC)
        return proxywrite_local(1, to);
    int wanted = family == AF_INET ? AF_INET : AF_INET6;
    const uint8_t *from = told->source.bytes + (wanted == AF_INET ? 12 : 0);
    const uint8_t *at = told->destination.bytes + (wanted == AF_INET ? 12 : 0);
    inet_ntop(wanted, from, source, sizeof(source));
    inet_ntop(wanted, at, destination, sizeof(destination));
    return buf_printf(to, "PROXY TCP%c %s %s %u %u\r\n", wanted == AF_INET ? '4' : '6', source, destination,
                      told->source.port, told->destination.port);
}

bool proxywrite_v2(const struct proxywrite *told, struct buf *to) {
    struct writing writing = {.to = to, .start = buf_len(to), .fits = true};
    uint8_t family = family_of(told);
    put_head(&writing, V2_PROXY, family == AF_INET ? V2_TCP4 : family == AF_INET6 ? V2_TCP6 : V2_UNSPEC);
    if (family != AF_UNSPEC)
        put_addresses(&writing, told);
    put_tlv(&writing, TLV_ALPN, told->alpn);
    put_tlv(&writing, TLV_AUTHORITY, told->authority);
    put_tlv(&writing, TLV_UNIQUE_ID, told->unique_id);
    if (told->has_ssl)
        put_ssl(&writing, told);
    if (told->has_checksum)
        put_checksum(&writing);
    return finish(&writing);
}

bool proxywrite_local(unsigned version, struct buf *to) {
    struct writing writing = {.to = to, .start = buf_len(to), .fits = true};
    if (version == 1)
        return buf_append_text(to, "PROXY UNKNOWN\r\n");
    put_head(&writing, V2_LOCAL, V2_UNSPEC);
    return finish(&writing);
}

/* Of both addresses: IPv4 stands in an IPv6 header, too, if need be. */
static uint8_t family_of(const struct proxywrite *told) {
    uint8_t source = told->source.family;
    uint8_t destination = told->destination.family;
    bool are_ip = (source == AF_INET || source == AF_INET6) && (destination == AF_INET || destination == AF_INET6);
    if (!are_ip)
        return AF_UNSPEC;
    return source == AF_INET && destination == AF_INET ? AF_INET : AF_INET6;
}

static void put(struct writing *writing, const void *bytes, size_t len) {
    bool has_room = buf_len(writing->to) - writing->start + len <= PROXYWRITE_MAX;
    writing->fits = writing->fits && has_room && buf_append(writing->to, slice_of(bytes, len));
}

static void put_number(struct writing *writing, size_t number, size_t width) {
    while (width > 0) {
        uint8_t byte = (uint8_t)(number >> 8 * --width);
        put(writing, &byte, 1);
    }
}

/* The length is filled in at the end. */
static void put_head(struct writing *writing, uint8_t command, uint8_t family) {
    put(writing, v2_start, sizeof(v2_start));
    put_number(writing, command, 1);
    put_number(writing, family, 1);
    put_number(writing, 0, 2);
}

static void put_addresses(struct writing *writing, const struct proxywrite *told) {
    size_t skipped = family_of(told) == AF_INET ? 12 : 0;
    put(writing, told->source.bytes + skipped, sizeof(told->source.bytes) - skipped);
    put(writing, told->destination.bytes + skipped, sizeof(told->destination.bytes) - skipped);
    put_number(writing, told->source.port, 2);
    put_number(writing, told->destination.port, 2);
}

/* --- TLVs --- */

static void put_tlv(struct writing *writing, uint8_t type, struct slice value) {
    if (value.len == 0)
        return;
    size_t at = begin_tlv(writing, type);
    put(writing, value.data, value.len);
    end_tlv(writing, at);
}

static void put_ssl(struct writing *writing, const struct proxywrite *told) {
    size_t at = begin_tlv(writing, TLV_SSL);
    put_number(writing, told->ssl_client, 1);
    put_number(writing, told->ssl_verify, 4);
    put_tlv(writing, TLV_SSL_VERSION, told->ssl_version);
    put_tlv(writing, TLV_SSL_COMMON_NAME, told->ssl_common_name);
    put_tlv(writing, TLV_SSL_CIPHER, told->ssl_cipher);
    put_tlv(writing, TLV_SSL_SIGNATURE, told->ssl_signature);
    put_tlv(writing, TLV_SSL_KEY, told->ssl_key);
    put_tlv(writing, TLV_SSL_CERTIFICATE, told->ssl_certificate);
    end_tlv(writing, at);
}

/* Where its length is to be filled in. */
static size_t begin_tlv(struct writing *writing, uint8_t type) {
    put_number(writing, type, 1);
    put_number(writing, 0, 2);
    return buf_len(writing->to) - 2;
}

static void end_tlv(struct writing *writing, size_t at) {
    if (writing->fits)
        set_length(writing, at, buf_len(writing->to) - at - 2);
}

/* Comes last; it is counted as zero, and covers the header's own length. */
static void put_checksum(struct writing *writing) {
    size_t at = begin_tlv(writing, TLV_CRC32C);
    put_number(writing, 0, CHECKSUM_BYTES);
    end_tlv(writing, at);
    if (!finish(writing))
        return;
    struct slice whole = slice_sub(buf_view(writing->to), writing->start, PROXYWRITE_MAX);
    uint32_t sum = htonl(crc32c_parts(&whole, 1));
    memcpy((uint8_t *)whole.data + whole.len - CHECKSUM_BYTES, &sum, sizeof(sum));
}

static void set_length(struct writing *writing, size_t at, size_t len) {
    uint8_t *bytes = (uint8_t *)buf_view(writing->to).data + at;
    writing->fits = writing->fits && len <= LENGTH_MAX;
    bytes[0] = (uint8_t)(len >> 8);
    bytes[1] = (uint8_t)len;
}

static bool finish(struct writing *writing) {
    if (writing->fits)
        set_length(writing, writing->start + V2_HEADER_BYTES - 2,
                   buf_len(writing->to) - writing->start - V2_HEADER_BYTES);
    return writing->fits;
}
