/* An explanation in words, or as JSON. */
#ifndef SALLYPORT_BIN_EXPLAINREPORT_H
#define SALLYPORT_BIN_EXPLAINREPORT_H

#include "bin/explanation.h"

/* Appends the whole decision, check by check; false when `to` is full. */
[[nodiscard]] bool explainreport_text(const struct explanation *explanation, struct buf *to);

/* As explainreport_text: one line with a JSON object. */
[[nodiscard]] bool explainreport_json(const struct explanation *explanation, struct buf *to);

#endif
