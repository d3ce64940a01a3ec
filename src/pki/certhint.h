/* What a person wants to know of a certificate that was refused: facts of it in words. For explanations, never for
 * decisions. Pure. */
#ifndef SALLYPORT_PKI_CERTHINT_H
#define SALLYPORT_PKI_CERTHINT_H

#include "base/buf.h"

/* Appends who issued the certificate: the issuer's name, and the identifier of its key where the certificate gives it
 * (RFC 5280 section 4.2.1.1). False when `to` is full or the certificate does not parse. */
[[nodiscard]] bool certhint_issuer(struct slice der, struct buf *to);

/* Appends what the certificate may be used for: its key usage and extended key usage as they are in it. False as
 * above. */
[[nodiscard]] bool certhint_usage(struct slice der, struct buf *to);

#endif
