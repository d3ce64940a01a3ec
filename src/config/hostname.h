/* Host names and the one rule by which names with a wildcard match: everywhere the same. Pure. */
#ifndef SALLYPORT_CONFIG_HOSTNAME_H
#define SALLYPORT_CONFIG_HOSTNAME_H

#include "base/slice.h"

/* Longest name (RFC 1035 section 2.3.4), and room for it with its terminator. */
enum { HOSTNAME_MAX = 253, HOSTNAME_ROOM = HOSTNAME_MAX + 1 };

/* Writes `name` in lower case and without one trailing dot to `to`, terminated. False when it is empty or too long;
 * other than that it
 * is not judged: what is no host name matches nothing. */
[[nodiscard]] bool hostname_normal(struct slice name, char to[HOSTNAME_ROOM], size_t *len);

/* True for what may be configured: labels of 1 to 63 letters, digits, '-' and '_' (neither '-' at an end), an IP
 * address (in a Host, IPv6 in brackets), or "*." and at least two labels. */
bool hostname_is_pattern(struct slice name);

/* For "*.example.com" the part ".example.com"; for other names the empty slice. */
struct slice hostname_wildcard_suffix(struct slice pattern);

/* For a name "a.example.com" the part from its first dot on, ".example.com": what a wildcard's suffix has to be
 * equal to, so that it stands for exactly one label. Empty when there is no dot or nothing before it. */
struct slice hostname_suffix(struct slice name);

#endif
