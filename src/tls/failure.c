#include "tls/failure.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

static const struct {
    int code;
    enum reason reason;
} rows[] = {
    {SSL_R_NO_SHARED_CIPHER, REASON_TLS_NO_SHARED_CIPHER},
    {SSL_R_NO_SUITABLE_KEY_SHARE, REASON_TLS_NO_SHARED_CIPHER},
    {SSL_R_NO_SHARED_GROUPS, REASON_TLS_NO_SHARED_CIPHER},
    {SSL_R_NO_SUITABLE_GROUPS, REASON_TLS_NO_SHARED_CIPHER},
    {SSL_R_NO_SUITABLE_SIGNATURE_ALGORITHM, REASON_TLS_NO_SHARED_CIPHER},
    {SSL_R_NO_SHARED_SIGNATURE_ALGORITHMS, REASON_TLS_NO_SHARED_CIPHER},
    {SSL_R_NO_CIPHERS_SPECIFIED, REASON_TLS_NO_SHARED_CIPHER},
    {SSL_R_UNSUPPORTED_PROTOCOL, REASON_TLS_VERSION},
    {SSL_R_VERSION_TOO_LOW, REASON_TLS_VERSION},
    {SSL_R_UNKNOWN_PROTOCOL, REASON_TLS_VERSION},
    {SSL_R_NO_PROTOCOLS_AVAILABLE, REASON_TLS_VERSION},
    {SSL_R_INAPPROPRIATE_FALLBACK, REASON_TLS_VERSION},
    {SSL_R_NO_APPLICATION_PROTOCOL, REASON_TLS_NO_SHARED_ALPN},
    {SSL_R_HTTP_REQUEST, REASON_HELLO_PLAIN_HTTP},
    {SSL_R_HTTPS_PROXY_REQUEST, REASON_HELLO_PLAIN_HTTP},
    {SSL_R_UNEXPECTED_EOF_WHILE_READING, REASON_TLS_CLIENT_CLOSED},
    {SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE, REASON_CERT_MISSING},
    {SSL_R_CERTIFICATE_VERIFY_FAILED, REASON_CERT_INVALID},
    {SSL_R_CERT_LENGTH_MISMATCH, REASON_CERT_MALFORMED},
    {SSL_R_EXCESSIVE_MESSAGE_SIZE, REASON_CERT_TOO_LARGE},
    {SSL_R_UNKNOWN_CERTIFICATE_TYPE, REASON_CERT_WEAK_KEY},
    {SSL_R_BAD_SIGNATURE, REASON_CERT_PROOF},
    {SSL_R_WRONG_SIGNATURE_TYPE, REASON_CERT_PROOF},
    {SSL_R_WRONG_SIGNATURE_SIZE, REASON_CERT_PROOF},
    {SSL_R_SIGNATURE_FOR_NON_SIGNING_CERTIFICATE, REASON_CERT_PROOF},
    {SSL_R_CALLBACK_FAILED, REASON_INTERNAL},
    {ERR_R_ASN1_LIB, REASON_CERT_MALFORMED},
    {ERR_R_MALLOC_FAILURE, REASON_MEMORY},
    {ERR_R_INTERNAL_ERROR, REASON_INTERNAL},
};

static enum reason reason_of(const SSL *ssl, int code);

enum reason failure_of_handshake(const SSL *ssl, const char **detail) {
    unsigned long error = ERR_peek_last_error();
    enum reason reason = error ? reason_of(ssl, ERR_GET_REASON(error)) : REASON_TLS_CLIENT_CLOSED;
    *detail = error ? ERR_reason_error_string(error) : NULL;
    ERR_clear_error();
    return reason;
}

static enum reason reason_of(const SSL *ssl, int code) {
    if (code > SSL_AD_REASON_OFFSET && code <= SSL_AD_REASON_OFFSET + 255)
        return REASON_TLS_CLIENT_ALERT;
    /* The certificate came and then not its proof. */
    if (code == SSL_R_UNEXPECTED_MESSAGE && SSL_get0_peer_certificate(ssl))
        return REASON_CERT_PROOF;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].code == code)
            return rows[i].reason;
    }
    return REASON_TLS_PROTOCOL;
}
