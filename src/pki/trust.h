/* A trust store: the anchors under which chains of one purpose are accepted. Immutable after loading, counted, named
 * by a digest of its content. */
#ifndef SALLYPORT_PKI_TRUST_H
#define SALLYPORT_PKI_TRUST_H

#include "base/error.h"
#include "base/slice.h"

#include <stdint.h>

struct trust;

/* A PEM bundle of more anchors than this is a mistake or an attack (a large public store has some 150). */
enum { TRUST_ANCHORS_MAX = 1000, TRUST_DIGEST_BYTES = 32 };

/* One file of anchors: its bytes (PEM, or one certificate in DER) and the place in the configuration that names it
 * (for errors). domain: the SPIFFE trust domain whose bundle it is, or NULL. Either all sources of a trust have one,
 * or none. */
struct trust_source {
    struct slice pem;
    struct error_place place;
    const char *path;
    const char *domain;
};

/* For anchors that were good when the operator named them: one that has expired since ends no path (pki/path looks at
 * its dates), and is no reason to be without the others. */
#define TRUST_AT_ANY_TIME INT64_MIN

/* Loads anchors. Fails closed (NULL and errors): nothing in a file, text that is half a
 * certificate, a certificate that is malformed, not a CA, or expired at `now` (seconds since 1970, or
 * TRUST_AT_ANY_TIME). The caller drops the reference. */
[[nodiscard]] struct trust *trust_new(const struct trust_source *sources, size_t count, int64_t now,
                                      struct error_list *errors);

/* One more owner; one less, who gives up its pointer. The last one frees. */
struct trust *trust_ref(struct trust *trust);
void trust_unref(struct trust **trust);

/* SHA-256 over the sorted fingerprints of the anchors: equal content, equal digest, whatever the order or the files.
 * TRUST_DIGEST_BYTES bytes. */
const uint8_t *trust_digest(const struct trust *trust);

/* Number of anchors, and the DER encoding of the subject name of one: for the CA names that a server advertises. */
size_t trust_count(const struct trust *trust);
struct slice trust_subject(const struct trust *trust, size_t index);

/* The anchors whose subject is this name (compared as RFC 5280 section 7.1 does): their number, and where they stand in
 * an array that is the trust's. */
struct X509_name_st;
struct x509_st;
size_t trust_find(const struct trust *trust, const struct X509_name_st *subject, struct x509_st *const **found);

/* True when this very certificate is an anchor. */
bool trust_has(const struct trust *trust, const struct x509_st *certificate);

/* True when the trust is made of the bundles of SPIFFE trust domains; when one of them is this; when this anchor is in
 * the bundle of this domain. */
bool trust_has_domains(const struct trust *trust);
bool trust_has_domain(const struct trust *trust, struct slice domain);
bool trust_speaks_for(const struct trust *trust, const struct x509_st *anchor, struct slice domain);

/* libcrypto's form of the store, borrowed: for pki/verify. */
struct x509_store_st;
struct x509_store_st *trust_store(const struct trust *trust);

#endif
