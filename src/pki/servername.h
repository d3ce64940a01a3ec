/* Is a certificate for this server? (RFC 6125, RFC 9525) Subject alternative names only: the common name never
 * counts. */
#ifndef SALLYPORT_PKI_SERVERNAME_H
#define SALLYPORT_PKI_SERVERNAME_H

#include "base/slice.h"

struct x509_st;

/* True when a name of the certificate matches `name`: a DNS name (case and a last dot do not matter; "*" as a whole
 * first label matches one label, with at least two labels after it) or, as text, an IPv4 or IPv6 address. */
bool servername_matches(const struct x509_st *certificate, struct slice name);

/* True when each common name of the subject is, byte by byte, one of the alternative names as text. */
bool servername_has_common_names(const struct x509_st *certificate);

#endif
