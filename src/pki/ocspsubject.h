/* A certificate of a verified chain, ready to be asked about by OCSP: parsed, with its issuer. */
#ifndef SALLYPORT_PKI_OCSPSUBJECT_H
#define SALLYPORT_PKI_OCSPSUBJECT_H

#include "base/buf.h"
#include "pki/ocspid.h"
#include "pki/peer.h"
#include "pki/trust.h"

struct x509_st;

/* Which digests a question names the issuer by. Nearly all responders know SHA-1, some nothing else: as a name that
 * no secret hangs on it is good enough (RFC 9654 and RFC 5019 say so too). */
enum ocspsubject_hash { OCSPSUBJECT_SHA1, OCSPSUBJECT_SHA256 };

/* URLS_MAX: responders in one certificate; one is usual. */
enum { OCSPSUBJECT_URLS_MAX = 4, OCSPSUBJECT_REQUEST_MAX = 512 };

/* References to both certificates, and what the first is called. */
struct ocspsubject {
    struct x509_st *certificate;
    struct x509_st *issuer;
    struct ocspid id;
};

/* `certificate` and `issuer` (references are taken). False when they cannot be named. After either:
 * ocspsubject_fini. */
[[nodiscard]] bool ocspsubject_init(struct ocspsubject *subject, struct x509_st *certificate, struct x509_st *issuer);

/* The certificate at `depth` of the peer's path. Its issuer is the next one or, at the end, an anchor of `trust`. False
 * when there is none (the leaf is itself an anchor, or the trust is another one). */
[[nodiscard]] bool ocspsubject_of_peer(struct ocspsubject *subject, const struct verified_peer *peer, size_t depth,
                                       const struct trust *trust);

/* Lets go of what it holds; again is fine. */
void ocspsubject_fini(struct ocspsubject *subject);

/* Appends an OCSP request (RFC 6960 section 4.1), DER, with a nonce if that is not empty; false when `to` is full. */
[[nodiscard]] bool ocspsubject_ask(const struct ocspsubject *subject, enum ocspsubject_hash hash, struct slice nonce,
                                   struct buf *to);

/* Appends the certificate's own responders (its authority information access), each with a zero behind it,
 * OCSPSUBJECT_URLS_MAX at most; the result is their number. Nothing says that they may be asked. */
size_t ocspsubject_urls(const struct ocspsubject *subject, struct buf *to);

#endif
