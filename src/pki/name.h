/* Prints distinguished names for people (RFC 4514), whatever a stranger put into them. Pure. */
#ifndef SALLYPORT_PKI_NAME_H
#define SALLYPORT_PKI_NAME_H

#include <stddef.h>

struct X509_name_st;

/* Writes `name` to `to` (`room` bytes, at least 8), terminated, most specific part first. The result is valid UTF-8
 * without control characters: what is special, unprintable or badly encoded is escaped by a backslash. Too long a
 * name is cut and ends in "…". */
void name_print(const struct X509_name_st *name, char *to, size_t room);

#endif
