/* Certificate revocation lists read from files, for the command that verifies files: libcrypto checks a whole chain
 * against them. The gateway has its lists compiled (pki/revindex). */
#ifndef SALLYPORT_PKI_CRLSET_H
#define SALLYPORT_PKI_CRLSET_H

#include "base/slice.h"

struct crlset;
struct stack_st_X509_CRL;

/* More lists than this in a command are a mistake. */
enum { CRLSET_MAX = 256 };

/* Makes an empty set; NULL when memory is short. */
[[nodiscard]] struct crlset *crlset_new(void);
void crlset_free(struct crlset **set);

/* Adds one list, DER; false when it is malformed, or there are too many. Its signature is checked when it is used. */
[[nodiscard]] bool crlset_add(struct crlset *set, struct slice der);

/* libcrypto's form, borrowed. */
struct stack_st_X509_CRL *crlset_stack(const struct crlset *set);

#endif
