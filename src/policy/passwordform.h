/* The forms in which a password is stored, as crypt(5) writes them, and which of them are strong enough: yescrypt,
 * bcrypt and SHA-512, within bounds of cost. Pure: looks at the text only. */
#ifndef SALLYPORT_POLICY_PASSWORDFORM_H
#define SALLYPORT_POLICY_PASSWORDFORM_H

#include "base/slice.h"

/* STORED: the longest accepted form is a SHA-512 with a number of rounds; all are shorter. BCRYPT_PASSWORD: bcrypt does
 * not look at more bytes of a password, so longer ones are never right for it. */
enum { PASSWORDFORM_STORED_MAX = 128, PASSWORDFORM_BCRYPT_PASSWORD_MAX = 72 };

/* What is wrong with a stored password, in words for a person and with what to do; NULL when it is accepted. Too much
 * cost is as wrong as too little: whoever may guess could keep a processor busy with it. */
const char *passwordform_fault(struct slice stored);

/* Most bytes of a password that can be right for this accepted form. */
size_t passwordform_password_max(struct slice stored);

#endif
