/* What a certificate is looked up by in lists of revoked ones: issuer, serial, and which lists speak for it. Made
 * once, when its chain is verified, so that later look-ups parse nothing. */
#ifndef SALLYPORT_PKI_REVKEY_H
#define SALLYPORT_PKI_REVKEY_H

#include "pki/distpoint.h"

struct x509_st;

/* SERIAL: 20 bytes and a leading zero. */
enum { REVKEY_ISSUER_BYTES = 32, REVKEY_SERIAL_MAX = 21 };

/* issuer: revkey_authority of the certificate that issued it. serial: the contents of the DER INTEGER; serial_len is
 * 0 when it is longer than lawful, and then no list speaks for it. */
struct revocation_key {
    uint8_t issuer[REVKEY_ISSUER_BYTES];
    uint8_t serial_len;
    uint8_t serial[REVKEY_SERIAL_MAX];
    bool is_ca;
    struct distpoint_set points;
};

/* SHA-256 over subject name and public key: who a certificate's owner is as an issuer. False when libcrypto fails. */
[[nodiscard]] bool revkey_authority(const struct x509_st *certificate, uint8_t authority[REVKEY_ISSUER_BYTES]);

/* The key of `certificate`, issued by `issuer`. False when libcrypto fails. */
[[nodiscard]] bool revkey_make(const struct x509_st *certificate, const struct x509_st *issuer,
                               struct revocation_key *key);

#endif
