/* The syntax of names in certificates (RFC 5280 section 4.2.1.6), on plain bytes. Pure; allocates nothing. */
#ifndef SALLYPORT_PKI_NAMESYNTAX_H
#define SALLYPORT_PKI_NAMESYNTAX_H

#include "base/slice.h"

/* A host name of letters, digits and hyphens in labels (RFC 1034 section 3.5), without a dot at the end, not like an
 * IPv4 address. has_underscore: '_' counts as a letter. */
bool namesyntax_is_host(struct slice text, bool has_underscore);

/* As namesyntax_is_host; the first label may be "*" when two more follow (RFC 6125 section 6.4.3). */
bool namesyntax_is_pattern(struct slice text, bool has_underscore);

/* local@host in printable ASCII, with one '@' outside of quotes. `*local` and `*host` are set when true. */
[[nodiscard]] bool namesyntax_split_mail(struct slice text, struct slice *local, struct slice *host);

/* An absolute URI in ASCII: a scheme, ':' and something more. */
bool namesyntax_is_uri(struct slice text);

/* The host of a URI with an authority, without user and port; false when there is none, or it is an IP address. */
[[nodiscard]] bool namesyntax_uri_host(struct slice uri, struct slice *host);

/* True when `host` is `domain` or ends in a dot and `domain`, without regard to case. */
bool namesyntax_is_within(struct slice host, struct slice domain);

/* True when the mask of a network (half of 8 or 32 bytes) has its ones at the front. */
bool namesyntax_is_mask(struct slice mask);

#endif
