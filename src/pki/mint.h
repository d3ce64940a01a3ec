/* Makes keys and certificates: for `sallyport demo` and the tests; later for the certificate authority and delegated
 * certificates. */
#ifndef SALLYPORT_PKI_MINT_H
#define SALLYPORT_PKI_MINT_H

#include "base/buf.h"
#include "base/error.h"

#include <stdint.h>

struct mint_key;

enum mint_kind { MINT_EC_P256, MINT_RSA_2048 };
enum mint_usage { MINT_CA, MINT_SERVER, MINT_CLIENT };

/* What a new certificate says. names: DNS names or IP addresses or URIs or mail addresses for the subject
 * alternative names, a list ended by NULL; may be NULL. Dates are seconds since 1970. */
struct mint_request {
    const char *common_name;
    const char *organization;
    const char *const *names;
    enum mint_usage usage;
    int64_t not_before;
    int64_t not_after;
};

/* A new key pair; NULL when libcrypto fails. */
[[nodiscard]] struct mint_key *mint_key_new(enum mint_kind kind);
void mint_key_free(struct mint_key **key);

/* Appends the private key as PKCS#8 PEM, not encrypted. The caller wipes the buffer. */
[[nodiscard]] bool mint_key_pem(const struct mint_key *key, struct buf *to);

/* Issues a certificate for `subject_key` and appends it as PEM. `issuer_pem` and `issuer_key` are NULL for a
 * self-signed one. Serial numbers are random, 127 bits. */
[[nodiscard]] bool mint_certificate(const struct mint_request *request, const struct mint_key *subject_key,
                                    struct slice issuer_pem, const struct mint_key *issuer_key, struct buf *to,
                                    struct error *error);

#endif
