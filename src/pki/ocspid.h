/* How OCSP names a certificate (CertID, RFC 6960 section 4.1.1): its serial number, and its issuer by digests of name
 * and key. Made once; responses are compared with it in place. Pure. */
#ifndef SALLYPORT_PKI_OCSPID_H
#define SALLYPORT_PKI_OCSPID_H

#include "base/slice.h"
#include "pki/revkey.h"

struct x509_st;

enum { OCSPID_SHA1_BYTES = 20, OCSPID_SHA256_BYTES = 32 };

/* serial: the contents of the DER INTEGER. Both digests, as responders choose either. */
struct ocspid {
    uint8_t serial_len;
    uint8_t serial[REVKEY_SERIAL_MAX];
    uint8_t name_sha1[OCSPID_SHA1_BYTES];
    uint8_t key_sha1[OCSPID_SHA1_BYTES];
    uint8_t name_sha256[OCSPID_SHA256_BYTES];
    uint8_t key_sha256[OCSPID_SHA256_BYTES];
};

/* Names `certificate`, issued by `issuer`. False when its serial number is longer than lawful or libcrypto fails. */
[[nodiscard]] bool ocspid_make(const struct x509_st *certificate, const struct x509_st *issuer, struct ocspid *id);

/* True when `certid` (the contents of a CertID) names the same certificate: by SHA-1 or SHA-256, in all three parts. */
bool ocspid_is(const struct ocspid *id, struct slice certid);

/* SHA-1 of the public key of `certificate`, without its algorithm: what a responder may call itself by. */
[[nodiscard]] bool ocspid_key_hash(const struct x509_st *certificate, uint8_t hash[OCSPID_SHA1_BYTES]);

#endif
