/* OCSP responses from files, for the command `verify`. */
#ifndef SALLYPORT_BIN_VERIFYOCSP_H
#define SALLYPORT_BIN_VERIFYOCSP_H

#include "bin/pkifiles.h"
#include "pki/trust.h"
#include "pki/verify.h"

/* Judges the leaf of *peer by the responses: the worst that any of them says counts, and one has to be usable. When it
 * is refused the peer is dropped, and the verdict says why. */
void verifyocsp_judge(const struct pkifiles *responses, const struct trust *trust, bool insecure_sha1, int64_t now,
                      struct verify_verdict *verdict, struct verified_peer **peer);

#endif
