#include "tls/peerchain.h"

#include <openssl/ssl.h>

bool peerchain_init(struct peerchain *chain, const X509_STORE_CTX *store) {
    const STACK_OF(X509) *certificates = X509_STORE_CTX_get0_untrusted(store);
    *chain = (struct peerchain){.count = 0};
    for (int i = 0; i < sk_X509_num(certificates) && i <= VERIFY_CHAIN_MAX; i++) {
        int len = i2d_X509(sk_X509_value(certificates, i), &chain->memory[i]);
        if (len <= 0)
            return false;
        chain->der[i] = slice_of(chain->memory[i], (size_t)len);
        chain->count++;
    }
    return true;
}

void peerchain_fini(struct peerchain *chain) {
    for (size_t i = 0; i < chain->count; i++)
        OPENSSL_free(chain->memory[i]);
    chain->count = 0;
}

int peerchain_error_of_alert(uint8_t alert) {
    switch (alert) {
    case SSL_AD_BAD_CERTIFICATE:
        return X509_V_ERR_CERT_REJECTED;
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
        return X509_V_ERR_INVALID_PURPOSE;
    case SSL_AD_CERTIFICATE_REVOKED:
        return X509_V_ERR_CERT_REVOKED;
    case SSL_AD_CERTIFICATE_EXPIRED:
        return X509_V_ERR_CERT_HAS_EXPIRED;
    case SSL_AD_ACCESS_DENIED: /* libssl has no error for it: the next best is certificate_unknown */
    case SSL_AD_CERTIFICATE_UNKNOWN:
        return X509_V_ERR_CRL_PATH_VALIDATION_ERROR;
    case SSL_AD_UNKNOWN_CA:
        return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT;
    default:
        return X509_V_ERR_OUT_OF_MEM; /* internal_error */
    }
}
