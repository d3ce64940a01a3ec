/* The part of the status that tells how the sources of documents fare. */
#ifndef SALLYPORT_CONTROL_SOURCELINES_H
#define SALLYPORT_CONTROL_SOURCELINES_H

#include "base/buf.h"
#include "ipc/report.h"

/* Append the sources as text, nothing when there are none (or NULL), or as the member "sources" of a JSON object; false
 * when `to` is full. */
[[nodiscard]] bool sourcelines_print_text(const struct report_sources *sources, struct buf *to);
[[nodiscard]] bool sourcelines_print_json(const struct report_sources *sources, struct buf *to);

#endif
