/* OCSP stapling (RFC 6066 section 8): an answer about a certificate of our own, that clients are shown with it.
 * Pure. */
#ifndef SALLYPORT_PKI_STAPLE_H
#define SALLYPORT_PKI_STAPLE_H

#include "pki/ocsp.h"
#include "pki/ocspsubject.h"

/* Takes the certificate and its issuer out of PEM: the leaf is the first of `chain`; its issuer the first of `issuer`,
 * or, when that is empty, the second of `chain`. NULL, or why not (a fixed string). After either: ocspsubject_fini. */
const char *staple_subject(struct ocspsubject *subject, struct slice chain, struct slice issuer);

/* Judges an answer at `now`: NULL when clients may be shown it, until *until (seconds since 1970, inclusive); else
 * why not (a fixed string). Only "good" is shown. */
const char *staple_judge(const struct ocspsubject *subject, struct slice response, int64_t now, int64_t *until);

/* True when the first certificate of `chain` (PEM) says that it is only good with a staple (RFC 7633). */
bool staple_is_demanded(struct slice chain);

/* The same of a certificate in DER. */
bool staple_is_promised(struct slice certificate);

#endif
