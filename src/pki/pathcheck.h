/* One candidate path, judged by libcrypto (RFC 5280 section 6.1): signatures, dates, CAs, lengths, critical
 * extensions, name constraints, purpose and policies. Exactly this path: libcrypto is not let to look for another. */
#ifndef SALLYPORT_PKI_PATHCHECK_H
#define SALLYPORT_PKI_PATHCHECK_H

#include "pki/fault.h"
#include "pki/path.h"
#include "pki/verifysettings.h"

/* What all candidates of one search are judged by. */
struct pathcheck {
    const struct trust *trust;
    const struct verify_settings *settings;
    int64_t now;
};

/* True when libcrypto finds nothing wrong; else *fault says what, and how far it reaches. */
[[nodiscard]] bool pathcheck_judge(const struct pathcheck *check, const struct path *path, struct fault *fault);

#endif
