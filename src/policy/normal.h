/* The form in which texts are compared: the same for what a rule says and for what a client shows. Pure. */
#ifndef SALLYPORT_POLICY_NORMAL_H
#define SALLYPORT_POLICY_NORMAL_H

#include "policy/fact.h"

/* Writes `text`, a value of the fact, to `to` (as long as the text) as it is compared: ASCII letters of domains, and of
 * what follows the last '@' of mail addresses, in lower case; everything else as it is. */
void normal_text(enum fact_form form, struct slice text, uint8_t *to);

/* Writes a serial number, the contents of a DER INTEGER, as lower-case hexadecimal without leading zeros to `to` (2
 * bytes for each of `serial`); returns the length, 0 for a negative one. */
size_t normal_serial(struct slice serial, uint8_t *to);

#endif
