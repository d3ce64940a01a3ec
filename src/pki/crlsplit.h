/* An indirect revocation list taken apart (RFC 5280 sections 5.2.5 and 5.3.3): one that holds what several issuers have
 * revoked becomes a list for each of them. */
#ifndef SALLYPORT_PKI_CRLSPLIT_H
#define SALLYPORT_PKI_CRLSPLIT_H

#include "pki/revsigners.h"

struct crlsplit;

/* How often the entries of a list may turn to another issuer: each turn compares names. Lists are sorted by issuer. */
enum { CRLSPLIT_TURNS_MAX = 10000 };

/* What a list says about the certificates of one authority. */
struct crlsplit_part {
    unsigned authority;
    struct crl crl;
};

/* Takes apart an indirect list that `signer` has signed: a part for its own authority and for each other one under
 * the same anchor, also where no entry is about it, for then all of its certificates are good. What is revoked of
 * others
 * is left out: no path leads there. NULL and *fault (a fixed string) when an entry's issuer is malformed, they
 * change too often, or memory is short. The list's bytes and the signers must outlive it. */
[[nodiscard]] struct crlsplit *crlsplit_new(const struct crl *crl, const struct revsigners *signers,
                                            const struct revsigners_row *signer, const char **fault);
void crlsplit_free(struct crlsplit **split);

/* The parts. */
size_t crlsplit_count(const struct crlsplit *split);
const struct crlsplit_part *crlsplit_at(const struct crlsplit *split, size_t index);

#endif
