/* Who may sign revocation lists: the anchors of a trust and the intermediates that the operator names, as far as
 * they chain to it. Certificates of one name under one anchor, and those of one name and key, are one authority,
 * whose lists speak for all of them (RFC 5280 section 6.3.3 (f)). */
#ifndef SALLYPORT_PKI_REVSIGNERS_H
#define SALLYPORT_PKI_REVSIGNERS_H

#include "pki/cert.h"
#include "pki/crl.h"
#include "pki/revkey.h"
#include "pki/trust.h"

struct revsigners;

/* Anchors and intermediates together; an authority is compared with each other one. */
enum { REVSIGNERS_MAX = 3000 };

/* One certificate: what its lists are found by, the number of its authority, fingerprint of the anchor that its path
 * ends at, and what it is looked up by itself, unless it is an anchor. */
struct revsigners_row {
    uint8_t key[REVKEY_ISSUER_BYTES];
    uint8_t anchor[CERT_FINGERPRINT_BYTES];
    unsigned authority;
    bool is_anchor;
    struct revocation_key own;
};

/* Makes a set of the trust's anchors; NULL when memory is short. The trust must outlive it. */
[[nodiscard]] struct revsigners *revsigners_new(const struct trust *trust);
void revsigners_free(struct revsigners **signers);

/* Adds an intermediate, DER; false when it is malformed or there are too many. Before revsigners_settle. */
[[nodiscard]] bool revsigners_add(struct revsigners *signers, struct slice der);

/* Finds out who chains to the trust (dates do not matter here) and who belongs together; the others are dropped. False
 * when memory is short. */
[[nodiscard]] bool revsigners_settle(struct revsigners *signers);

/* The rows after settling. */
size_t revsigners_count(const struct revsigners *signers);
const struct revsigners_row *revsigners_at(const struct revsigners *signers, size_t index);

/* The certificate of a row, borrowed. */
const struct x509_st *revsigners_certificate(const struct revsigners *signers, size_t index);

/* True when both paths end at one anchor: only then one may speak for the other's certificates. */
bool revsigners_share_anchor(const struct revsigners_row *a, const struct revsigners_row *b);

/* Checks the list's signature. NULL and *signer, whose list it is; or why it is nobody's (a fixed string). */
const char *revsigners_judge(const struct revsigners *signers, const struct crl *crl,
                             const struct revsigners_row **signer);

#endif
