/* A verdict in words, or as JSON. */
#ifndef SALLYPORT_BIN_VERIFYREPORT_H
#define SALLYPORT_BIN_VERIFYREPORT_H

#include "pki/verify.h"

/* peer: NULL when refused. */
struct verifyreport {
    struct verify_verdict verdict;
    struct verified_peer *peer;
};

/* Appends the verdict: what was decided, why, at which certificate, and what would mend it; false when `to` is full. */
[[nodiscard]] bool verifyreport_text(const struct verifyreport *report, struct buf *to);

/* As verifyreport_text: one line with a JSON object. */
[[nodiscard]] bool verifyreport_json(const struct verifyreport *report, struct buf *to);

#endif
