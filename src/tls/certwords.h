/* What algorithms a certificate was made with, in the words that proxies use among each other. */
#ifndef SALLYPORT_TLS_CERTWORDS_H
#define SALLYPORT_TLS_CERTWORDS_H

struct x509_st;

/* The signature's algorithm as OpenSSL calls it ("ecdsa-with-SHA256", "RSA-SHA256"); a fixed string. */
const char *certwords_signature(const struct x509_st *certificate);

/* The key's kind and bits ("EC256", "RSA2048", "ED25519"); a fixed string, empty when it has no word here. */
const char *certwords_key(const struct x509_st *certificate);

#endif
