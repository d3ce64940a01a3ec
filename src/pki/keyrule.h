/* Which public keys and signatures are good enough: RSA of a size between two bounds, the NIST curves by name,
 * Ed25519; digests from a size on. Pure. */
#ifndef SALLYPORT_PKI_KEYRULE_H
#define SALLYPORT_PKI_KEYRULE_H

#include "pki/verifysettings.h"

struct x509_st;

enum { KEYRULE_RSA_BITS_MAX = 8192 };

/* NULL when the key of `certificate` may be used, else what is wrong with it (a fixed string). */
const char *keyrule_fault(const struct x509_st *certificate, const struct verify_settings *settings);

/* NULL when the digest of the signature on `certificate` is long enough, else what is wrong (a fixed string). */
const char *keyrule_signature_fault(const struct x509_st *certificate, const struct verify_settings *settings);

/* True when the key is so large that even checking a signature by it is too much work. */
bool keyrule_is_huge(const struct x509_st *certificate);

#endif
