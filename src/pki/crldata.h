/* What a certificate revocation list says (RFC 5280 section 5): plain data, filled in by pki/crl and pki/crlext. */
#ifndef SALLYPORT_PKI_CRLDATA_H
#define SALLYPORT_PKI_CRLDATA_H

#include "base/slice.h"
#include "pki/dersigned.h"
#include "pki/distpoint.h"

/* NUMBER: bytes of a CRL number (RFC 5280 section 5.2.3). SERIAL: 20 bytes and a leading zero. */
enum { CRL_NUMBER_MAX = 20, CRL_SERIAL_MAX = 21 };

/* Reason codes (RFC 5280 section 5.3.1) that mean something to a look-up. */
enum { CRL_CODE_UNSPECIFIED = 0, CRL_CODE_HOLD = 6, CRL_CODE_REMOVE = 8, CRL_CODE_LAST = 10 };

/* A number without leading zeros. is_given: numbers are optional. */
struct crl_number {
    bool is_given;
    uint8_t len;
    uint8_t bytes[CRL_NUMBER_MAX];
};

/* What a list speaks for. der: the issuing distribution point extension, empty when there is none. points: without any,
 * certificates of all points; reasons: bit n for ReasonFlag n. */
struct crl_scope {
    struct slice der;
    bool only_users;
    bool only_cas;
    bool only_attributes;
    bool is_indirect;
    bool has_points;
    uint16_t reasons;
    struct distpoint_set points;
};

/* A list. Slices point into its bytes: signed_part (tbsCertList and its signature), issuer (Name) with its tag. Times
 * are seconds since 1970. base: of a delta list. entry_count, serial_bytes_max: found by looking at every entry. */
struct crl {
    struct dersigned signed_part;
    struct slice issuer;
    struct slice key_id;
    struct slice entries;
    struct crl_scope scope;
    struct crl_number number;
    struct crl_number base;
    int64_t this_update;
    int64_t next_update;
    size_t entry_count;
    size_t serial_bytes_max;
    bool is_v2;
    bool is_delta;
};

/* One revoked certificate. serial: contents of the INTEGER. issuer: who issued this certificate and those that follow,
 * GeneralNames with their tag (RFC 5280 section 5.3.3); empty: the same as before, at first the list's issuer. */
struct crl_entry {
    struct slice serial;
    uint8_t reason;
    struct slice issuer;
};

#endif
