/* Socket addresses as text and back. IPv4 is printed by hand: a peer's address is written into every record. */
#include "base/addr.h"

#include "base/text.h"

#include <arpa/inet.h>
#include <stdio.h>

static bool parse_local(struct slice path, struct addr *addr);
static bool parse_v4(struct slice host, uint16_t port, struct addr *addr);
static bool parse_v6(struct slice host, uint16_t port, struct addr *addr);
static bool parse_port(struct slice text, uint16_t *port);
static bool parse_host(int family, struct slice host, void *to);
static bool bits_equal(const uint8_t *a, const uint8_t *b, unsigned bits);
static bool rest_is_zero(const uint8_t *bytes, unsigned from_bit);
static size_t local_text(const struct addr *addr, char *to);
static struct slice local_path(const struct addr *addr);
static size_t put_v4(char *to, const uint8_t *bytes);
static size_t put_v6(char *to, const uint8_t *bytes);

static const uint8_t mapped_prefix[12] = {[10] = 0xff, [11] = 0xff};
enum { MAPPED_BITS = 96 };

bool addr_parse(struct slice text, struct addr *addr) {
    struct slice local = slice_text("unix:");
    if (slice_starts(text, local))
        return parse_local(slice_sub(text, local.len, text.len), addr);
    bool bracket = text.len > 0 && text.data[0] == '[';
    ptrdiff_t end = slice_find(text, bracket ? ']' : ':');
    if (end < 0)
        return false;
    struct slice port_text = slice_sub(text, (size_t)end + 1, text.len);
    uint16_t port;
    if (!bracket)
        return parse_port(port_text, &port) && parse_v4(slice_sub(text, 0, (size_t)end), port, addr);
    if (port_text.len == 0 || port_text.data[0] != ':')
        return false;
    return parse_port(slice_sub(port_text, 1, port_text.len), &port) &&
        parse_v6(slice_sub(text, 1, (size_t)end - 1), port, addr);
}

bool addr_net_parse(struct slice text, struct addr_net *net) {
    ptrdiff_t slash = slice_find(text, '/');
    struct slice host = slash < 0 ? text : slice_sub(text, 0, (size_t)slash);
    bool v6 = slice_find(host, ':') >= 0;
    unsigned width = v6 ? 128 : 32;
    struct addr_net read = {.prefix = 0};
    if (!parse_host(v6 ? AF_INET6 : AF_INET, host, v6 ? read.bytes : read.bytes + 12))
        return false;
    uint64_t bits = width;
    struct slice bits_text = slice_sub(text, (size_t)slash + 1, text.len);
    bool leading_zero = bits_text.len > 1 && bits_text.data[0] == '0';
    if (slash >= 0 && (leading_zero || !slice_decimal(bits_text, &bits) || bits > width))
        return false;
    if (!v6)
        memcpy(read.bytes, mapped_prefix, sizeof(mapped_prefix));
    read.prefix = (uint8_t)(v6 ? bits : bits + MAPPED_BITS);
    if (!rest_is_zero(read.bytes, read.prefix))
        return false;
    *net = read;
    return true;
}

bool addr_equal(const struct addr *a, const struct addr *b) {
    struct addr_ip ip_a = addr_ip_of(a), ip_b = addr_ip_of(b);
    if (ip_a.family != ip_b.family || ip_a.family == AF_UNSPEC)
        return false;
    if (ip_a.family == AF_UNIX)
        return slice_equal(local_path(a), local_path(b));
    return ip_a.port == ip_b.port && memcmp(ip_a.bytes, ip_b.bytes, sizeof(ip_a.bytes)) == 0;
}

struct addr_ip addr_ip_of(const struct addr *addr) {
    struct addr_ip ip = {.family = AF_UNSPEC};
    if (addr->len < sizeof(addr->any.sa_family))
        return ip;
    if (addr->any.sa_family == AF_INET) {
        ip.family = AF_INET;
        ip.port = ntohs(addr->v4.sin_port);
        memcpy(ip.bytes, mapped_prefix, sizeof(mapped_prefix));
        memcpy(ip.bytes + 12, &addr->v4.sin_addr, 4);
    } else if (addr->any.sa_family == AF_INET6) {
        ip.family = IN6_IS_ADDR_V4MAPPED(&addr->v6.sin6_addr) ? AF_INET : AF_INET6;
        ip.port = ntohs(addr->v6.sin6_port);
        memcpy(ip.bytes, &addr->v6.sin6_addr, 16);
    } else if (addr->any.sa_family == AF_UNIX) {
        ip.family = AF_UNIX;
    }
    return ip;
}

bool addr_net_has(const struct addr_net *net, const struct addr_ip *ip) {
    if (ip->family == AF_INET)
        return net->prefix >= MAPPED_BITS && bits_equal(net->bytes, ip->bytes, net->prefix);
    return ip->family == AF_INET6 && bits_equal(net->bytes, ip->bytes, net->prefix);
}

size_t addr_text(const struct addr *addr, char *to) {
    struct addr_ip ip = addr_ip_of(addr);
    return ip.family == AF_UNIX ? local_text(addr, to) : addr_ip_text(&ip, to);
}

size_t addr_ip_text(const struct addr_ip *ip, char *to) {
    if (ip->family != AF_INET && ip->family != AF_INET6)
        return addr_ip_text_host(ip, to);
    size_t len = 0;
    if (ip->family == AF_INET6)
        to[len++] = '[';
    len += addr_ip_text_host(ip, to + len);
    if (ip->family == AF_INET6)
        to[len++] = ']';
    to[len++] = ':';
    len += text_decimal(to + len, ip->port);
    to[len] = '\0';
    return len;
}

size_t addr_ip_text_host(const struct addr_ip *ip, char *to) {
    if (ip->family == AF_INET)
        return put_v4(to, ip->bytes + 12);
    if (ip->family == AF_INET6)
        return put_v6(to, ip->bytes);
    const char *word = ip->family == AF_UNIX ? "unix:" : "unknown";
    size_t len = strlen(word);
    memcpy(to, word, len + 1);
    return len;
}

static bool parse_local(struct slice path, struct addr *addr) {
    if (path.len == 0 || path.len >= sizeof(addr->local.sun_path) || slice_find(path, '\0') >= 0)
        return false;
    *addr = (struct addr){.local = {.sun_family = AF_UNIX}};
    memcpy(addr->local.sun_path, path.data, path.len);
    addr->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + path.len + 1);
    return true;
}

static bool parse_v4(struct slice host, uint16_t port, struct addr *addr) {
    struct in_addr ip;
    if (!parse_host(AF_INET, host, &ip))
        return false;
    *addr =
        (struct addr){.v4 = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = ip}, .len = sizeof(addr->v4)};
    return true;
}

static bool parse_v6(struct slice host, uint16_t port, struct addr *addr) {
    struct in6_addr ip;
    if (!parse_host(AF_INET6, host, &ip))
        return false;
    *addr = (struct addr){.v6 = {.sin6_family = AF_INET6, .sin6_port = htons(port), .sin6_addr = ip},
                          .len = sizeof(addr->v6)};
    return true;
}

static bool parse_port(struct slice text, uint16_t *port) {
    uint64_t number;
    bool leading_zero = text.len > 1 && text.data[0] == '0';
    if (leading_zero || !slice_decimal(text, &number) || number > 65535)
        return false;
    *port = (uint16_t)number;
    return true;
}

static bool parse_host(int family, struct slice host, void *to) {
    char text[INET6_ADDRSTRLEN];
    if (host.len == 0 || host.len >= sizeof(text) || slice_find(host, '\0') >= 0)
        return false;
    memcpy(text, host.data, host.len);
    text[host.len] = '\0';
    return inet_pton(family, text, to) == 1;
}

static bool bits_equal(const uint8_t *a, const uint8_t *b, unsigned bits) {
    unsigned bytes = bits / 8, rest = bits % 8;
    if (memcmp(a, b, bytes) != 0)
        return false;
    return rest == 0 || (a[bytes] ^ b[bytes]) >> (8 - rest) == 0;
}

static bool rest_is_zero(const uint8_t *bytes, unsigned from_bit) {
    for (unsigned bit = from_bit; bit < 128; bit++) {
        if ((bytes[bit / 8] >> (7 - bit % 8) & 1) != 0)
            return false;
    }
    return true;
}

/* A Unix peer chooses its own name, so it is cleaned; an abstract name (Linux) is shown with '@' for its first zero
 * byte. */
static size_t local_text(const struct addr *addr, char *to) {
    struct slice path = local_path(addr);
    memcpy(to, "unix:", 5);
    memcpy(to + 5, path.data, path.len);
    if (path.len > 0 && path.data[0] == '\0')
        to[5] = '@';
    text_clean(to + 5, path.len);
    to[5 + path.len] = '\0';
    return 5 + path.len;
}

/* The path without its terminator, or the abstract name with its zero byte in front. */
static struct slice local_path(const struct addr *addr) {
    const char *path = addr->local.sun_path;
    size_t head = offsetof(struct sockaddr_un, sun_path);
    size_t len = addr->len > head ? addr->len - head : 0;
    if (len > sizeof(addr->local.sun_path))
        len = sizeof(addr->local.sun_path);
    bool abstract = len > 1 && path[0] == '\0' && path[1] != '\0';
    return slice_of(path, abstract ? len : strnlen(path, len));
}

static size_t put_v4(char *to, const uint8_t *bytes) {
    size_t len = 0;
    for (int i = 0; i < 4; i++) {
        if (i > 0)
            to[len++] = '.';
        len += text_decimal(to + len, bytes[i]);
    }
    to[len] = '\0';
    return len;
}

static size_t put_v6(char *to, const uint8_t *bytes) {
    char text[INET6_ADDRSTRLEN];
    inet_ntop(AF_INET6, bytes, text, sizeof(text));
    size_t len = strlen(text);
    memcpy(to, text, len + 1);
    return len;
}
