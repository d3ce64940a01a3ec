/* Our own rules on a path that libcrypto has found good: keys and digests, key usage and extended key usage, syntax
 * of names, name constraints, extensions and serial numbers, pins, the server's name. */
#ifndef SALLYPORT_PKI_PATHRULE_H
#define SALLYPORT_PKI_PATHRULE_H

#include "pki/fault.h"
#include "pki/path.h"
#include "pki/verifysettings.h"

/* More extensions than this in one certificate are an attack. */
enum { PATHRULE_EXTENSIONS_MAX = 64 };

/* True when the path keeps all rules; else *fault says which it breaks and where. */
[[nodiscard]] bool pathrule_allows(const struct path *path, const struct verify_settings *settings,
                                   struct fault *fault);

/* True when there are no pins, or one certificate of the path is pinned. */
[[nodiscard]] bool pathrule_is_pinned(const struct path *path, const struct verify_settings *settings,
                                      struct fault *fault);

#endif
