/* Checking one password against a stored one with the system's crypt(3). Slow on purpose: 10 to 500 ms, so never in a
 * worker's loop. */
#ifndef SALLYPORT_POLICY_PASSWORDHASH_H
#define SALLYPORT_POLICY_PASSWORDHASH_H

#include "base/slice.h"

/* MATCHES, DIFFERS, or FAILED: the library could not calculate (no memory, or not a form that it knows). */
enum passwordhash_verdict { PASSWORDHASH_MATCHES, PASSWORDHASH_DIFFERS, PASSWORDHASH_FAILED };

/* Checks `password` against `stored`, which passwordform_fault accepts; all else FAILED. What was made of the password
 * meanwhile is wiped. Compares without regard to where the first difference is. */
enum passwordhash_verdict passwordhash_check(struct slice password, struct slice stored);

#endif
