/* Who stands above the leaf of a verified path, taken apart. */
#ifndef SALLYPORT_PKI_ISSUERS_H
#define SALLYPORT_PKI_ISSUERS_H

#include <stdbool.h>

struct identity;
struct verified_peer;

/* Sets *issuer to the certificate that issued the leaf and *root to the anchor of the path; NULL where there is
 * none, as when the chain was not judged. Both are made anew, and the caller's (identity_free), also after a
 * failure: memory is short, or a certificate has more of something than pki/identity takes. Parses: not for every
 * request. */
[[nodiscard]] bool issuers_take(const struct verified_peer *peer, struct identity **issuer, struct identity **root);

#endif
