/* What a backend's hash goes by, as it is written: "address", "fingerprint", "header NAME" or "cookie NAME". Pure. */
#ifndef SALLYPORT_CONFIG_HASHBY_H
#define SALLYPORT_CONFIG_HASHBY_H

#include "base/slice.h"

enum hashby_what { HASHBY_ADDRESS, HASHBY_FINGERPRINT, HASHBY_HEADER, HASHBY_COOKIE };

/* name: of the header or cookie, terminated, within the text that was read; NULL for the others. */
struct hashby {
    enum hashby_what what;
    const char *name;
};

/* Reads it; false when it is none of these, or the name is not a token (RFC 9110 section 5.6.2). */
[[nodiscard]] bool hashby_read(const char *text, struct hashby *to);

#endif
