/* The http and https URLs of a certificate's distribution points (RFC 5280 section 4.2.1.13). Whether any of them
 * may be dialled is the configuration's to say. */
#ifndef SALLYPORT_PKI_DISTPOINTURL_H
#define SALLYPORT_PKI_DISTPOINTURL_H

#include "base/slice.h"

/* More than a few in one certificate are a mistake or an attack; the rest is left out. */
enum { DISTPOINTURL_MAX = 8 };

/* Calls `take` for each URL, borrowed until it returns. False when the certificate (DER) is malformed. */
[[nodiscard]] bool distpointurl_each(struct slice certificate, void (*take)(void *owner, struct slice url),
                                     void *owner);

#endif
