/* One certificate: strict parsing and the facts that we print or compare. Pure. */
#ifndef SALLYPORT_PKI_CERT_H
#define SALLYPORT_PKI_CERT_H

#include "pki/peer.h"

struct x509_st;

enum { CERT_FINGERPRINT_BYTES = PEER_FINGERPRINT_BYTES };

/* Parses DER, all of it; NULL when malformed or followed by other bytes. The caller frees it with X509_free. */
[[nodiscard]] struct x509_st *cert_parse(struct slice der);

/* Fills in what a certificate says. */
void cert_summarize(const struct x509_st *certificate, struct peer_summary *summary);

/* As cert_summarize, where the fingerprint is known already. */
void cert_summarize_as(const struct x509_st *certificate, const uint8_t fingerprint[CERT_FINGERPRINT_BYTES],
                       struct peer_summary *summary);

/* As cert_summarize, from DER; `present` is false when it does not parse. */
void cert_summarize_der(struct slice der, struct peer_summary *summary);

/* notBefore and notAfter, seconds since 1970; false when one is malformed. */
[[nodiscard]] bool cert_dates(const struct x509_st *certificate, int64_t *not_before, int64_t *not_after);

/* SHA-256 of DER. */
void cert_fingerprint(struct slice der, uint8_t fingerprint[CERT_FINGERPRINT_BYTES]);

#endif
