/* Socket addresses and networks: parse, print, compare. Pure: resolves no names and opens nothing. */
#ifndef SALLYPORT_BASE_ADDR_H
#define SALLYPORT_BASE_ADDR_H

#include "base/slice.h"

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>

/* One address: IPv4, IPv6 or a Unix socket path; `len` is what bind and connect want. Family AF_UNSPEC with len 0
 * means none. */
struct addr {
    union {
        struct sockaddr any;
        struct sockaddr_in v4;
        struct sockaddr_in6 v6;
        struct sockaddr_un local;
    };
    socklen_t len;
};

/* An address of 16 bytes as kept per connection: IPv4 mapped to ::ffff:a.b.c.d. A Unix peer is all zero with family
 * AF_UNIX. */
struct addr_ip {
    uint8_t bytes[16];
    uint16_t port;
    uint8_t family; /* AF_INET, AF_INET6, AF_UNIX or AF_UNSPEC */
};

/* A network of `prefix` leading bits (counted in the 128-bit form). */
struct addr_net {
    uint8_t bytes[16];
    uint8_t prefix;
};

/* Longest printed form: "[ipv6]:65535" and its terminator; Unix sockets print as "unix:" and the path. */
enum { ADDR_TEXT_MAX = 128 };

/* Reads "1.2.3.4:443", "[::1]:443" or "unix:/path"; false on anything else (names are not resolved). Port 0 is read:
 * whether it makes sense is the caller's to say. */
[[nodiscard]] bool addr_parse(struct slice text, struct addr *addr);

/* Reads "10.0.0.0/8", "::1/128" or a bare address (all bits). Bits set beyond the prefix are an error. */
[[nodiscard]] bool addr_net_parse(struct slice text, struct addr_net *net);

/* True when both mean the same place to bind or connect to: family, address and port, or the path. */
bool addr_equal(const struct addr *a, const struct addr *b);

/* The compact form of a kernel address; IPv4 that came through an IPv6 socket is IPv4. */
struct addr_ip addr_ip_of(const struct addr *addr);

/* True when `ip` lies in `net`; never for Unix peers. "::/0" is every IPv6 address, but no IPv4. */
bool addr_net_has(const struct addr_net *net, const struct addr_ip *ip);

/* Writes "ip:port" to `to` (ADDR_TEXT_MAX bytes), terminated; returns the length. addr_ip_text_host leaves the port
 * and brackets out. */
size_t addr_text(const struct addr *addr, char *to);
size_t addr_ip_text(const struct addr_ip *ip, char *to);
size_t addr_ip_text_host(const struct addr_ip *ip, char *to);

#endif
