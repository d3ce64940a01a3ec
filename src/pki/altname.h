/* The subject alternative names of a certificate (RFC 5280 section 4.2.1.6): reading them, and their syntax. */
#ifndef SALLYPORT_PKI_ALTNAME_H
#define SALLYPORT_PKI_ALTNAME_H

#include "base/slice.h"

struct x509_st;
struct GENERAL_NAME_st;
struct stack_st_GENERAL_NAME;

/* False when the extension is malformed or there twice. *names is NULL when there is none, else the caller's
 * (GENERAL_NAMES_free). */
[[nodiscard]] bool altname_read(const struct x509_st *certificate, struct stack_st_GENERAL_NAME **names);

/* The bytes of a DNS name, mail address, URI or IP address; empty for other kinds. Borrowed. */
struct slice altname_bytes(const struct GENERAL_NAME_st *name);

/* NULL, or what is wrong with the syntax of a name (a fixed string). is_strict: no '_' in host names. */
const char *altname_fault(const struct GENERAL_NAME_st *name, bool is_strict);

#endif
