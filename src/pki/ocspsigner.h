/* Whether an OCSP response is signed by somebody who may: the issuer itself, or a delegate that the issuer certified
 * directly for this (RFC 6960 section 4.2.2.2). Pure. */
#ifndef SALLYPORT_PKI_OCSPSIGNER_H
#define SALLYPORT_PKI_OCSPSIGNER_H

#include "pki/ocspparse.h"
#include "pki/revindex.h"

struct x509_st;

/* What a signature is judged by. issuer: of the certificate that is asked about. lists: where a delegate may be
 * named as revoked, or NULL. now: seconds since 1970. insecure_sha1: for old test data. */
struct ocspsigner_rules {
    struct x509_st *issuer;
    const struct revindex *lists;
    int64_t now;
    bool insecure_sha1;
};

/* NULL when the signature is good, and *good_until is the last second of the delegate's certificate (INT64_MAX when the
 * issuer signed itself); else why not (a fixed string). */
const char *ocspsigner_fault(const struct ocspparse *response, const struct ocspsigner_rules *rules,
                             int64_t *good_until);

#endif
