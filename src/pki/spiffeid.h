/* SPIFFE ids (SPIFFE-ID section 2): their syntax. Pure. */
#ifndef SALLYPORT_PKI_SPIFFEID_H
#define SALLYPORT_PKI_SPIFFEID_H

#include "base/slice.h"

/* SPIFFEID_MAX: longest id; SPIFFEID_DOMAIN_MAX: longest trust domain. */
enum { SPIFFEID_MAX = 2048, SPIFFEID_DOMAIN_MAX = 255 };

/* Splits "spiffe://domain/path"; the path, which may be empty, keeps its first slash. False when it is no SPIFFE id:
 * an upper-case scheme or domain, a user, port, query or fragment, an empty or dotted segment, a slash at the end. */
[[nodiscard]] bool spiffeid_split(struct slice id, struct slice *domain, struct slice *path);

/* True for the name of a trust domain. */
bool spiffeid_is_domain(struct slice text);

#endif
