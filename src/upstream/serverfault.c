#include "upstream/serverfault.h"

static const struct {
    enum reason from;
    enum reason to;
} rows[] = {
    {REASON_TLS_VERSION, REASON_BACKEND_TLS_MISMATCH},
    {REASON_TLS_NO_SHARED_CIPHER, REASON_BACKEND_TLS_MISMATCH},
    {REASON_TLS_NO_SHARED_ALPN, REASON_BACKEND_TLS_MISMATCH},
    {REASON_TLS_EXTENDED_MASTER_SECRET, REASON_BACKEND_TLS_MISMATCH},
    {REASON_TLS_CLIENT_ALERT, REASON_BACKEND_TLS_ALERT},
    {REASON_TLS_CLIENT_CLOSED, REASON_BACKEND_TLS_CLOSED},
    {REASON_CERT_EXPIRED, REASON_BACKEND_CERT_EXPIRED},
    {REASON_CERT_NOT_YET_VALID, REASON_BACKEND_CERT_EXPIRED},
    {REASON_CERT_UNKNOWN_ISSUER, REASON_BACKEND_CERT_UNTRUSTED},
    {REASON_CERT_NOT_PINNED, REASON_BACKEND_CERT_UNTRUSTED},
    {REASON_CERT_OTHER_NAME, REASON_BACKEND_CERT_NAME},
    {REASON_CERT_REVOKED, REASON_BACKEND_CERT_REVOKED},
    {REASON_CERT_ON_HOLD, REASON_BACKEND_CERT_REVOKED},
    {REASON_REVOCATION_LIST_MISSING, REASON_BACKEND_CERT_UNCHECKED},
    {REASON_REVOCATION_LIST_STALE, REASON_BACKEND_CERT_UNCHECKED},
    {REASON_OCSP_BAD_ANSWER, REASON_BACKEND_STAPLE},
    {REASON_OCSP_STALE, REASON_BACKEND_STAPLE},
    {REASON_OCSP_UNKNOWN, REASON_BACKEND_STAPLE},
};

static bool is_of_certificate(enum reason reason);

enum reason serverfault_of(enum reason reason) {
    enum reason_fault fault = reason_row(reason)->fault;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (rows[i].from == reason)
            return rows[i].to;
    }
    if (fault != REASON_FAULT_CLIENT)
        return reason;
    return is_of_certificate(reason) ? REASON_BACKEND_CERT_INVALID : REASON_BACKEND_TLS;
}

/* What is left of the reasons of pki/verify: the record has them by name. */
static bool is_of_certificate(enum reason reason) {
    return slice_starts(slice_text(reason_row(reason)->label), slice_text("certificate-"));
}
