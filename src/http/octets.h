/* Classes of octets in HTTP messages, and scans over them. Pure; every reader and writer of HTTP/1.1 asks here what
 * may stand where. */
#ifndef SALLYPORT_HTTP_OCTETS_H
#define SALLYPORT_HTTP_OCTETS_H

#include "base/slice.h"

/* TOKEN: tchar (RFC 9110 section 5.6.2). TARGET: visible or beyond ASCII: what we read in a request target. URI:
 * what we write in one: unreserved or reserved without '#', or '%' (RFC 3986 section 2). HOST: letters, digits, '-',
 * '.', '_'. VALUE: may stand in a field value (RFC 9110 section 5.5). */
enum octets_class {
    OCTETS_TOKEN = 1,
    OCTETS_TARGET = 2,
    OCTETS_URI = 4,
    OCTETS_HOST = 8,
    OCTETS_VALUE = 16,
    OCTETS_HEX = 32
};

/* The classes of each octet, or'ed. */
extern const uint8_t octets_classes[256];

/* True when `octet` is in one of `classes`. */
static inline bool octets_is(uint8_t octet, unsigned classes) {
    return (octets_classes[octet] & classes) != 0;
}

/* How many octets at the start of `text` are in one of `classes`. */
static inline size_t octets_run(struct slice text, unsigned classes) {
    size_t i = 0;
    while (i < text.len && octets_is(text.data[i], classes))
        i++;
    return i;
}

/* As octets_run for OCTETS_VALUE and OCTETS_TOKEN, many octets at a time. */
size_t octets_value_run(struct slice text);
size_t octets_token_run(struct slice text);

/* True when `text` is a token: not empty and nothing but tchar. */
static inline bool octets_is_token(struct slice text) {
    return text.len > 0 && octets_token_run(text) == text.len;
}

/* The ASCII letter in lower case; every other octet as it is. */
static inline uint8_t octets_lower(uint8_t octet) {
    return (uint8_t)(octet >= 'A' && octet <= 'Z' ? octet + ('a' - 'A') : octet);
}

/* The value of a hex digit, or -1. */
static inline int octets_hex(uint8_t octet) {
    if (octet >= '0' && octet <= '9')
        return octet - '0';
    uint8_t letter = octets_lower(octet);
    return letter >= 'a' && letter <= 'f' ? letter - 'a' + 10 : -1;
}

#endif
