/* A certificate revocation list (RFC 5280 section 5), read in place: its head once, its entries one by one. A list of a
 * million entries is never a tree of objects. The signature is pki/crlsign's matter. Pure. */
#ifndef SALLYPORT_PKI_CRL_H
#define SALLYPORT_PKI_CRL_H

#include "pki/crldata.h"

/* Reads a list, all of `der`, every entry included. False when anything is amiss or has a critical extension that is
 * not known; *fault (a fixed string) says what. `der` must outlive the list. */
[[nodiscard]] bool crl_parse(struct slice der, struct crl *crl, const char **fault);

/* Takes the next entry off `rest`, which begins as crl->entries; false at the end. */
[[nodiscard]] bool crl_next(const struct crl *crl, struct slice *rest, struct crl_entry *entry);

/* Less than, equal to or greater than 0, as `a` is to `b`; a number that is not given is the smallest. */
int crl_number_compare(const struct crl_number *a, const struct crl_number *b);

#endif
