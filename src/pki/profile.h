/* What issuers owe, beyond what validators have to check: enforced only where a profile asks for it. */
#ifndef SALLYPORT_PKI_PROFILE_H
#define SALLYPORT_PKI_PROFILE_H

#include "pki/fault.h"
#include "pki/path.h"
#include "pki/verifysettings.h"

/* True when every certificate of the path keeps the rules of settings->profile that libcrypto does not check. */
[[nodiscard]] bool profile_allows(const struct path *path, const struct verify_settings *settings, struct fault *fault);

#endif
