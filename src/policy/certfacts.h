/* What rules ask of a client's certificate, in the form in which it is compared. Made once for each chain and kept with
 * the proof, so that a request allocates nothing. */
#ifndef SALLYPORT_POLICY_CERTFACTS_H
#define SALLYPORT_POLICY_CERTFACTS_H

#include "base/arena.h"
#include "policy/fact.h"

struct verified_peer;
struct identity;

/* More than the parts of three names, all alternative names and policies of a certificate (pki/identity bounds each),
 * each attribute counted twice. */
enum { CERTFACTS_VALUES_MAX = 1024 };

/* The values of all facts, those of a fact together: of `fact` from first[fact] to first[fact + 1]. A value is kept as
 * it is looked up: the number of its fact as one byte, then its bytes as they are compared. unreadable: the certificate
 * says something under this fact that is empty or no clean text; it matches nothing, and is not overlooked. */
struct certfacts {
    struct slice *values;
    uint16_t first[FACT_COUNT + 1];
    bool unreadable[FACT_COUNT];
    struct arena arena;
};

/* The facts of the peer's leaf, of the certificate that issued it and of the anchor. The object is the peer's and made
 * at the first call. NULL when memory is short. */
[[nodiscard]] const struct certfacts *certfacts_of(struct verified_peer *peer);

/* The same from the parts; issuer and root are NULL when they are not known. The caller frees it. */
[[nodiscard]] struct certfacts *certfacts_new(const struct identity *leaf, const struct identity *issuer,
                                              const struct identity *root);
void certfacts_free(struct certfacts **facts);

#endif
