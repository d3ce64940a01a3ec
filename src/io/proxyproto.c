/* PROXY protocol: version 1 is one line of text, version 2 a binary header with TLVs. Which one it is, the first
 * byte says. */
#include "io/proxyproto.h"

#include "base/crc32c.h"

#include <arpa/inet.h>

/* proxy-protocol.txt section 2.1: the longest line with its end; sections 2.2 and 2.2.4 to 2.2.7: the binary form
 * and its TLVs. */
enum { V1_LINE_MAX = 107, V1_WORDS = 6 };
enum { V2_HEADER_BYTES = 16, V2_VERSION = 2, V2_COMMAND_LOCAL = 0, V2_COMMAND_PROXY = 1 };
enum { V2_UNSPEC = 0, V2_INET = 1, V2_INET6 = 2, V2_UNIX = 3 };
enum { V2_STREAM = 1, V2_DATAGRAM = 2 };
enum { TLV_HEADER_BYTES = 3, SSL_HEADER_BYTES = 5, CHECKSUM_BYTES = 4, UNIQUE_ID_MAX = 128 };
enum {
    TLV_ALPN = 0x01,
    TLV_AUTHORITY = 0x02,
    TLV_CRC32C = 0x03,
    TLV_UNIQUE_ID = 0x05,
    TLV_SSL = 0x20,
    TLV_SSL_VERSION = 0x21,
    TLV_SSL_COMMON_NAME = 0x22,
    TLV_SSL_CERTIFICATE = 0x28,
    TLV_NETWORK_NAMESPACE = 0x30,
};

static const uint8_t v1_start[] = {'P', 'R', 'O', 'X', 'Y', ' '};
static const uint8_t v2_start[] = {'\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n'};

/* What is being read: `whole` is the header, `checksum` the place of its CRC32C in it, NULL when there was none. */
struct reading {
    struct slice whole;
    struct proxyproto *header;
    const uint8_t *checksum;
};

typedef bool take_tlv(struct reading *reading, uint8_t type, struct slice value);

static enum proxyproto_status read_v1(struct slice bytes, struct proxyproto *header);
static bool read_v1_addresses(struct slice line, struct proxyproto *header);
static size_t split_words(struct slice line, struct slice *words);
static bool read_v1_addr(uint8_t family, struct slice host, struct slice port, struct addr_ip *ip);
static enum proxyproto_status read_v2(struct slice bytes, struct proxyproto *header);
static enum proxyproto_status read_v2_body(struct slice whole, struct proxyproto *header);
static size_t addresses_bytes(uint8_t family);
static void read_v2_addresses(uint8_t family, const uint8_t *at, struct proxyproto *header);
static bool each_tlv(struct reading *reading, struct slice rest, take_tlv *take);
static bool take_outer(struct reading *reading, uint8_t type, struct slice value);
static bool take_ssl(struct reading *reading, uint8_t type, struct slice value);
static bool read_ssl(struct reading *reading, struct slice value);
static bool keep(struct slice *place, struct slice value);
static bool checksum_is_good(const struct reading *reading);

enum proxyproto_status proxyproto_parse(struct slice bytes, struct proxyproto *header) {
    *header = (struct proxyproto){0};
    struct slice v1 = slice_of(v1_start, sizeof(v1_start));
    struct slice v2 = slice_of(v2_start, sizeof(v2_start));
    if (slice_starts(bytes, v1))
        return read_v1(bytes, header);
    if (slice_starts(bytes, v2))
        return read_v2(bytes, header);
    return slice_starts(v1, bytes) || slice_starts(v2, bytes) ? PROXYPROTO_MORE : PROXYPROTO_BAD;
}

/* --- version 1 --- */

static enum proxyproto_status read_v1(struct slice bytes, struct proxyproto *header) {
    struct slice start = slice_sub(bytes, 0, V1_LINE_MAX);
    ptrdiff_t end = slice_find(start, '\n');
    if (end < 0)
        return start.len < V1_LINE_MAX ? PROXYPROTO_MORE : PROXYPROTO_BAD;
    if (start.data[end - 1] != '\r')
        return PROXYPROTO_BAD;
    header->header_bytes = (size_t)end + 1;
    struct slice line = slice_of(start.data, (size_t)end - 1);
    if (slice_equal(line, slice_text("PROXY UNKNOWN")) || slice_starts(line, slice_text("PROXY UNKNOWN ")))
        return PROXYPROTO_LOCAL;
    return read_v1_addresses(line, header) ? PROXYPROTO_PROXIED : PROXYPROTO_BAD;
}

/* "PROXY TCP4 source destination source-port destination-port" */
static bool read_v1_addresses(struct slice line, struct proxyproto *header) {
    struct slice words[V1_WORDS];
    if (split_words(line, words) != V1_WORDS)
        return false;
    bool is_v4 = slice_equal(words[1], slice_text("TCP4"));
    if (!is_v4 && !slice_equal(words[1], slice_text("TCP6")))
        return false;
    uint8_t family = is_v4 ? AF_INET : AF_INET6;
    return read_v1_addr(family, words[2], words[4], &header->source) &&
        read_v1_addr(family, words[3], words[5], &header->destination);
}

/* Cuts at every single space; more than V1_WORDS words count as one too many. */
static size_t split_words(struct slice line, struct slice *words) {
    size_t count = 0;
    for (;;) {
        ptrdiff_t space = slice_find(line, ' ');
        if (count == V1_WORDS)
            return V1_WORDS + 1;
        words[count++] = slice_sub(line, 0, space < 0 ? line.len : (size_t)space);
        if (space < 0)
            return count;
        line = slice_sub(line, (size_t)space + 1, line.len);
    }
}

static bool read_v1_addr(uint8_t family, struct slice host, struct slice port, struct addr_ip *ip) {
    char text[INET6_ADDRSTRLEN];
    uint64_t number;
    if (host.len >= sizeof(text) || slice_find(host, 0) >= 0)
        return false;
    if (!slice_decimal(port, &number) || number > UINT16_MAX || (port.len > 1 && port.data[0] == '0'))
        return false;
    memcpy(text, host.data, host.len);
    text[host.len] = 0;
    struct addr addr = {.any.sa_family = family};
    void *to = family == AF_INET ? (void *)&addr.v4.sin_addr : (void *)&addr.v6.sin6_addr;
    addr.len = family == AF_INET ? sizeof(addr.v4) : sizeof(addr.v6);
    if (inet_pton(family, text, to) != 1)
        return false;
    *ip = addr_ip_of(&addr);
    ip->port = (uint16_t)number;
    return true;
}

/* --- version 2 --- */

static size_t number_at(const uint8_t *at, size_t width) {
    size_t number = 0;
    for (size_t i = 0; i < width; i++)
        number = number << 8 | at[i];
    return number;
}

static enum proxyproto_status read_v2(struct slice bytes, struct proxyproto *header) {
    if (bytes.len < V2_HEADER_BYTES)
        return PROXYPROTO_MORE;
    uint8_t command = bytes.data[12] & 0x0f;
    uint8_t family = bytes.data[13] >> 4;
    uint8_t transport = bytes.data[13] & 0x0f;
    size_t len = number_at(bytes.data + 14, 2);
    if (bytes.data[12] >> 4 != V2_VERSION || command > V2_COMMAND_PROXY)
        return PROXYPROTO_BAD;
    if (family > V2_UNIX || transport > V2_DATAGRAM || V2_HEADER_BYTES + len > PROXYPROTO_MAX)
        return PROXYPROTO_BAD;
    if (bytes.len < V2_HEADER_BYTES + len)
        return PROXYPROTO_MORE;
    header->header_bytes = V2_HEADER_BYTES + len;
    if (command == V2_COMMAND_LOCAL)
        return PROXYPROTO_LOCAL;
    return read_v2_body(slice_of(bytes.data, header->header_bytes), header);
}

/* Datagrams and unknown families tell nothing about a connection: its own addresses stand then, and TLVs are
 * skipped. */
static enum proxyproto_status read_v2_body(struct slice whole, struct proxyproto *header) {
    uint8_t family = whole.data[13] >> 4;
    uint8_t transport = whole.data[13] & 0x0f;
    struct slice rest = slice_sub(whole, V2_HEADER_BYTES, whole.len);
    if (rest.len < addresses_bytes(family))
        return PROXYPROTO_BAD;
    if (family == V2_UNSPEC || transport != V2_STREAM)
        return PROXYPROTO_LOCAL;
    read_v2_addresses(family, rest.data, header);
    struct reading reading = {.whole = whole, .header = header};
    if (!each_tlv(&reading, slice_sub(rest, addresses_bytes(family), rest.len), take_outer))
        return PROXYPROTO_BAD;
    return checksum_is_good(&reading) ? PROXYPROTO_PROXIED : PROXYPROTO_BAD;
}

/* Two addresses and two ports, or two paths. */
static size_t addresses_bytes(uint8_t family) {
    static const uint8_t bytes[] = {[V2_UNSPEC] = 0, [V2_INET] = 12, [V2_INET6] = 36, [V2_UNIX] = 216};
    return bytes[family];
}

static void read_v2_addresses(uint8_t family, const uint8_t *at, struct proxyproto *header) {
    struct addr source = {0}, destination = {0};
    if (family == V2_UNIX) {
        header->source.family = header->destination.family = AF_UNIX;
        return;
    }
    if (family == V2_INET) {
        source.v4.sin_family = destination.v4.sin_family = AF_INET;
        source.len = destination.len = sizeof(source.v4);
        memcpy(&source.v4.sin_addr, at, 4);
        memcpy(&destination.v4.sin_addr, at + 4, 4);
        memcpy(&source.v4.sin_port, at + 8, 2);
        memcpy(&destination.v4.sin_port, at + 10, 2);
    } else {
        source.v6.sin6_family = destination.v6.sin6_family = AF_INET6;
        source.len = destination.len = sizeof(source.v6);
        memcpy(&source.v6.sin6_addr, at, 16);
        memcpy(&destination.v6.sin6_addr, at + 16, 16);
        memcpy(&source.v6.sin6_port, at + 32, 2);
        memcpy(&destination.v6.sin6_port, at + 34, 2);
    }
    header->source = addr_ip_of(&source);
    header->destination = addr_ip_of(&destination);
}

/* --- TLVs --- */

static bool each_tlv(struct reading *reading, struct slice rest, take_tlv *take) {
    while (rest.len > 0) {
        if (rest.len < TLV_HEADER_BYTES)
            return false;
        size_t len = number_at(rest.data + 1, 2);
        if (len > rest.len - TLV_HEADER_BYTES)
            return false;
        if (!take(reading, rest.data[0], slice_sub(rest, TLV_HEADER_BYTES, len)))
            return false;
        rest = slice_sub(rest, TLV_HEADER_BYTES + len, rest.len);
    }
    return true;
}

static bool take_outer(struct reading *reading, uint8_t type, struct slice value) {
    struct proxyproto *header = reading->header;
    switch (type) {
    case TLV_ALPN:
        return keep(&header->alpn, value);
    case TLV_AUTHORITY:
        return keep(&header->authority, value);
    case TLV_UNIQUE_ID:
        return value.len <= UNIQUE_ID_MAX && keep(&header->unique_id, value);
    case TLV_NETWORK_NAMESPACE:
        return keep(&header->network_namespace, value);
    case TLV_SSL:
        return read_ssl(reading, value);
    case TLV_CRC32C:
        if (reading->checksum || value.len != CHECKSUM_BYTES)
            return false;
        reading->checksum = value.data;
        return true;
    default:
        return true;
    }
}

static bool read_ssl(struct reading *reading, struct slice value) {
    struct proxyproto *header = reading->header;
    if (header->has_ssl || value.len < SSL_HEADER_BYTES)
        return false;
    header->has_ssl = true;
    header->ssl_client = value.data[0];
    header->ssl_verify = (uint32_t)number_at(value.data + 1, 4);
    return each_tlv(reading, slice_sub(value, SSL_HEADER_BYTES, value.len), take_ssl);
}

static bool take_ssl(struct reading *reading, uint8_t type, struct slice value) {
    struct proxyproto *header = reading->header;
    switch (type) {
    case TLV_SSL_VERSION:
        return keep(&header->ssl_version, value);
    case TLV_SSL_COMMON_NAME:
        return keep(&header->ssl_common_name, value);
    case TLV_SSL_CERTIFICATE:
        return keep(&header->ssl_certificate, value);
    default:
        return true;
    }
}

/* Keeps a value; refuses the second of a kind, which two readers could choose differently. */
static bool keep(struct slice *place, struct slice value) {
    if (place->data)
        return false;
    *place = value;
    return true;
}

/* Of the header with the checksum itself taken as zero. */
static bool checksum_is_good(const struct reading *reading) {
    static const uint8_t zeros[CHECKSUM_BYTES];
    if (!reading->checksum)
        return true;
    size_t before = (size_t)(reading->checksum - reading->whole.data);
    const struct slice parts[] = {slice_sub(reading->whole, 0, before), slice_of(zeros, sizeof(zeros)),
                                  slice_sub(reading->whole, before + CHECKSUM_BYTES, reading->whole.len)};
    return crc32c_parts(parts, 3) == (uint32_t)number_at(reading->checksum, CHECKSUM_BYTES);
}
