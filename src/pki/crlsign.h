/* Whether a certificate's key signed a revocation list, and may (RFC 5280 section 6.3.3 (f) and (g)). */
#ifndef SALLYPORT_PKI_CRLSIGN_H
#define SALLYPORT_PKI_CRLSIGN_H

#include "pki/crl.h"

struct x509_st;

/* True when `certificate` bears the name of the list's issuer. */
bool crlsign_is_name(const struct crl *crl, const struct x509_st *certificate);

/* NULL when the list is signed by `certificate`, else why not (a fixed string). */
const char *crlsign_check(const struct crl *crl, struct x509_st *certificate);

#endif
