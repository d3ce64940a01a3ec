/* User name and password out of an Authorization field of the scheme Basic (RFC 7617). Pure. */
#ifndef SALLYPORT_POLICY_PASSWORDBASIC_H
#define SALLYPORT_POLICY_PASSWORDBASIC_H

#include "base/slice.h"

/* USER: longer than any mail address. PASSWORD: what crypt(3) takes. */
enum { PASSWORDBASIC_USER_MAX = 255, PASSWORDBASIC_PASSWORD_MAX = 511 };

/* Both point into `bytes` (with room for base64's last group), which passwordbasic_wipe wipes. */
struct passwordbasic {
    struct slice user;
    struct slice password;
    uint8_t bytes[PASSWORDBASIC_USER_MAX + 1 + PASSWORDBASIC_PASSWORD_MAX + 2];
};

/* OTHER: no credentials, or those of another scheme. */
enum passwordbasic_status { PASSWORDBASIC_GOOD, PASSWORDBASIC_OTHER, PASSWORDBASIC_MALFORMED };

/* Reads a field's value (empty: there is no field). MALFORMED: no strict base64, no colon, an empty user name, longer
 * than the maxima, or with a control character (RFC 7617 section 2); nothing is left in `credentials` then. */
enum passwordbasic_status passwordbasic_read(struct slice value, struct passwordbasic *credentials);

/* Overwrites the credentials. */
void passwordbasic_wipe(struct passwordbasic *credentials);

#endif
