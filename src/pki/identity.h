/* Who a certificate says its owner is, taken apart once: names by type, key and policies, as plain structs for rules
 * and records. What is not clean text is marked so, never passed off as text. */
#ifndef SALLYPORT_PKI_IDENTITY_H
#define SALLYPORT_PKI_IDENTITY_H

#include "base/arena.h"

#include <stdint.h>

struct x509_st;

/* Parts of the subject, alternative names and policies of one certificate: more than anyone has. */
enum {
    IDENTITY_ATTRIBUTES_MAX = 64,
    IDENTITY_NAMES_MAX = 512,
    IDENTITY_POLICIES_MAX = 64,
    IDENTITY_BYTES_MAX = 1 << 20,
    IDENTITY_DIGEST_BYTES = 32
};

/* One part of the subject. type: "CN", or dotted when it has no short name; oid: always dotted. rdn: equal for the
 * parts of one relative name. is_text: `value` is UTF-8 without control characters; otherwise the bytes of the
 * string as they came. */
struct identity_attribute {
    struct slice type;
    struct slice oid;
    struct slice value;
    unsigned rdn;
    bool is_text;
};

/* UNKNOWN: malformed, or of a type that is not listed. */
enum identity_kind {
    IDENTITY_DNS,
    IDENTITY_MAIL,
    IDENTITY_URI,
    IDENTITY_ADDRESS,
    IDENTITY_DIRECTORY,
    IDENTITY_PRINCIPAL,
    IDENTITY_UNKNOWN
};

/* An alternative name. value: the text of DNS names, mail addresses, URIs and (Microsoft's) principal names; 4 or 16
 * bytes of an address; the DER of a directory name; empty for UNKNOWN, and for a principal name that is no clean
 * text. */
struct identity_name {
    enum identity_kind kind;
    struct slice value;
};

/* Facts of one certificate. subject, issuer: DER of the names. serial: contents of the DER INTEGER. policies: dotted.
 * spiffe_id: empty unless the certificate has exactly one URI and that is a SPIFFE id. may_sign: key usage allows
 * digital signatures (absent key usage does); may_issue: it allows signing certificates or lists, or it is a CA. */
struct identity {
    struct identity_attribute *attributes;
    size_t attribute_count;
    struct identity_name *names;
    size_t name_count;
    struct slice *policies;
    size_t policy_count;
    struct slice subject;
    struct slice issuer;
    struct slice serial;
    struct slice spiffe_id;
    uint8_t fingerprint[IDENTITY_DIGEST_BYTES];
    uint8_t key_digest[IDENTITY_DIGEST_BYTES];
    bool may_sign;
    bool may_issue;
    struct arena arena;
};

/* Takes a certificate apart; the caller frees it. NULL when it has more of something than the maximum, or memory is
 * short. der: its bytes. fingerprint: SHA-256 of them; key_digest: of the SubjectPublicKeyInfo. */
[[nodiscard]] struct identity *identity_new(const struct x509_st *certificate, struct slice der);
void identity_free(struct identity **identity);

/* The first part of the subject with this type ("CN"), or NULL. */
const struct identity_attribute *identity_attribute(const struct identity *identity, const char *type);

/* NULL when the certificate keeps the rules of an X509-SVID leaf of `trust_domain` (empty: of any), else what is wrong
 * with it (a fixed string). */
const char *identity_svid_fault(const struct identity *identity, struct slice trust_domain);

#endif
