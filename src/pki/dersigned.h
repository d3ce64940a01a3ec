/* The signature over a piece of DER that is no certificate (a revocation list, an OCSP response): by the rules that
 * hold for certificates. Pure. */
#ifndef SALLYPORT_PKI_DERSIGNED_H
#define SALLYPORT_PKI_DERSIGNED_H

#include "base/slice.h"

struct x509_st;

/* content and algorithm (AlgorithmIdentifier) with their tags; signature: what the BIT STRING holds. Borrowed. */
struct dersigned {
    struct slice content;
    struct slice algorithm;
    struct slice signature;
};

/* Takes "content, algorithm, signature", all that is in `rest`; false when it is anything else. */
[[nodiscard]] bool dersigned_take(struct slice rest, struct dersigned *to);

/* NULL when the key of `certificate` signed it, with a digest and a key that are good enough; else why not (a fixed
 * string that begins with "its"). insecure_sha1: SHA-1 is good enough, too. */
const char *dersigned_fault(const struct dersigned *piece, const struct x509_st *certificate, bool insecure_sha1);

#endif
