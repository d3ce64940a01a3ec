/* What a check found wrong with a path. */
#ifndef SALLYPORT_PKI_FAULT_H
#define SALLYPORT_PKI_FAULT_H

#include "base/reason.h"

/* How far a fault reaches: this path only; the certificate at `depth`, wherever it stands; or the link from it to the
 * one above. OF_STANDING: that certificate is fine by itself, but refused by whoever was asked about the path. */
enum fault_scope { FAULT_OF_PATH, FAULT_OF_CERTIFICATE, FAULT_OF_LINK, FAULT_OF_STANDING };

/* depth: 0 is the leaf. detail: a fixed string. */
struct fault {
    enum reason reason;
    enum fault_scope scope;
    size_t depth;
    const char *detail;
};

/* Fills in a fault; always false, so that a check can end with it. */
static inline bool fault_set(struct fault *fault, enum reason reason, enum fault_scope scope, size_t depth,
                             const char *detail) {
    *fault = (struct fault){.reason = reason, .scope = scope, .depth = depth, .detail = detail};
    return false;
}

#endif
