/* What an entry of the deny-list can name: a kind and a value in one form, so that what an operator types and what a
 * certificate says are compared byte by byte. The form is printable ASCII. Pure. */
#ifndef SALLYPORT_PKI_DENYNAME_H
#define SALLYPORT_PKI_DENYNAME_H

#include "base/error.h"

/* FINGERPRINT: SHA-256 of a certificate, 64 hex digits. SERIAL: serial number in hex, a space, and the issuer's name
 * (pki/nametext). Both name a certificate anywhere in a client's path; the others name what the leaf says of its owner:
 * SUBJECT: the whole name. CN: one common name of it. MAIL: an address in lower case: an alternative name, a principal
 * name, the subject's emailAddress, or a common name. DNS, URI, SPIFFE, ADDRESS: an alternative name. */
enum denyname_kind {
    DENYNAME_FINGERPRINT,
    DENYNAME_SERIAL,
    DENYNAME_SUBJECT,
    DENYNAME_CN,
    DENYNAME_MAIL,
    DENYNAME_DNS,
    DENYNAME_URI,
    DENYNAME_SPIFFE,
    DENYNAME_ADDRESS,
    DENYNAME_KINDS
};

/* A serial and a name, or a SPIFFE id, with the terminator. */
enum { DENYNAME_VALUE_MAX = 2100, DENYNAME_SERIAL_BYTES = 20 };

struct denyname {
    enum denyname_kind kind;
    char value[DENYNAME_VALUE_MAX];
};

/* The word of a kind: "fingerprint", "mail"; and back, false when there is no such kind. */
const char *denyname_word(enum denyname_kind kind);
[[nodiscard]] bool denyname_kind(struct slice word, enum denyname_kind *kind);

/* True for the kinds that name an owner and not one certificate. */
bool denyname_is_of_owner(enum denyname_kind kind);

/* Brings a value of a kind into its form; false and a fault (a fixed string) when it is none. */
[[nodiscard]] bool denyname_make(enum denyname_kind kind, struct slice value, struct denyname *name,
                                 const char **fault);

/* True when `value` is one in its form. */
bool denyname_is_made(enum denyname_kind kind, struct slice value);

/* Understands what an operator typed:
 *   64 hex digits, with or without colons   fingerprint       KIND:VALUE             that kind
 *   issuer=NAME serial=HEX (either order)   serial            spiffe://…             spiffe
 *   cn=NAME                                 cn                scheme://…             uri
 *   a name of several parts                 subject           user@host              mail
 * What could mean two things is refused with a sentence that says how to write either. */
[[nodiscard]] bool denyname_read(struct slice typed, struct denyname *name, struct error *error);

/* The value of the kind SERIAL: from the contents of a DER INTEGER and the issuer's name in the form of pki/nametext.
 * False when it is too long. */
[[nodiscard]] bool denyname_of_serial(struct slice integer, const char *issuer, char to[DENYNAME_VALUE_MAX]);

#endif
