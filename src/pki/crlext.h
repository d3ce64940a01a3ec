/* The extensions of revocation lists and of their entries (RFC 5280 sections 5.2 and 5.3). Pure. */
#ifndef SALLYPORT_PKI_CRLEXT_H
#define SALLYPORT_PKI_CRLEXT_H

#include "pki/crldata.h"

/* Reads the extensions of a list whose issuer is known already; NULL, or what is wrong (a fixed string). */
const char *crlext_list(struct slice extensions, struct crl *crl);

/* Reads the extensions of an entry of `crl`, whose own extensions are read already; NULL, or what is wrong. */
const char *crlext_entry(struct slice extensions, const struct crl *crl, struct crl_entry *entry);

#endif
