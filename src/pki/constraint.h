/* Name constraints (RFC 5280 section 4.2.1.10) on DNS names, mail addresses, URIs and IP addresses, stricter than
 * libcrypto, which runs besides and does directory names: wildcards are seen as all that they stand for, and a
 * constraint that cannot be understood refuses. */
#ifndef SALLYPORT_PKI_CONSTRAINT_H
#define SALLYPORT_PKI_CONSTRAINT_H

#include "pki/fault.h"
#include "pki/path.h"

/* Comparisons of a name with a constraint in one path; more is an attack. */
enum { CONSTRAINT_WORK_MAX = 20000 };

/* True when all names of the path may be compared with all constraints within CONSTRAINT_WORK_MAX. To be asked before
 * libcrypto is. */
[[nodiscard]] bool constraint_is_bounded(const struct path *path, struct fault *fault);

/* True when every name of the path lies within what every CA above it may certify. */
[[nodiscard]] bool constraint_allows(const struct path *path, struct fault *fault);

#endif
