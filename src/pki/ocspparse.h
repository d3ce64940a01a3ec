/* An OCSP response (RFC 6960 section 4.2.1), read in place and strictly, every part of it. Who signed it is
 * pki/ocspsigner's matter, what it is worth pki/ocsp's. Pure. */
#ifndef SALLYPORT_PKI_OCSPPARSE_H
#define SALLYPORT_PKI_OCSPPARSE_H

#include "pki/dersigned.h"

#include <stdint.h>

/* BYTES: usual are 500 to 5,000, with a chain of large keys a few more. SINGLES: answers in one response: we ask for
 * one certificate at a time, some responders add those of others. CERTIFICATES: a delegate and, from some, its
 * chain. */
enum {
    OCSPPARSE_BYTES_MAX = 65536,
    OCSPPARSE_SINGLES_MAX = 64,
    OCSPPARSE_CERTIFICATES_MAX = 8,
    OCSPPARSE_NONCE_MAX = 128
};

/* A response of status successful. Slices point into its bytes. responder: a Name with its tag, or, is_by_key, a
 * digest.
 * singles: the answers, one behind the other. certificates: DER. Times are seconds since 1970. */
struct ocspparse {
    struct dersigned signed_part;
    struct slice responder;
    bool is_by_key;
    bool has_nonce;
    struct slice nonce;
    int64_t produced_at;
    struct slice singles;
    struct slice certificates[OCSPPARSE_CERTIFICATES_MAX];
    size_t certificate_count;
};

enum ocspparse_status { OCSPPARSE_GOOD, OCSPPARSE_REVOKED, OCSPPARSE_UNKNOWN };

/* The answer for one certificate. certid: the contents of its CertID. code: of RFC 5280 section 5.3.1, 0 when none is
 * given. revoked_at: of REVOKED. */
struct ocspparse_single {
    struct slice certid;
    enum ocspparse_status status;
    uint8_t code;
    int64_t revoked_at;
    int64_t this_update;
    int64_t next_update;
    bool has_next_update;
};

/* Reads a response, all of `der`, which must outlive *to. False when it is no successful one, or anything is amiss or
 * has a critical extension that is not known; *fault (a fixed string) says what. */
[[nodiscard]] bool ocspparse_response(struct slice der, struct ocspparse *to, const char **fault);

/* Takes the next answer off `rest`, which begins as to->singles; false at the end. */
[[nodiscard]] bool ocspparse_next(struct slice *rest, struct ocspparse_single *single);

#endif
