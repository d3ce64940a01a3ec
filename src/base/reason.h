/* Every reason for which Sallyport refuses, ends or fails something at run time. One row feeds the TLS alert, the
 * HTTP status, the log label, the counter, the error page and docs/reasons.md (reason.c prints it). Rows live in
 * base/reason_table.h. */
#ifndef SALLYPORT_BASE_REASON_H
#define SALLYPORT_BASE_REASON_H

#include "base/buf.h"

#include <stdbool.h>
#include <stdint.h>

/* Whose fault: decides the log level of the operator's view and who has to act. */
enum reason_fault { REASON_FAULT_NONE, REASON_FAULT_CLIENT, REASON_FAULT_BACKEND, REASON_FAULT_OURS };

/* Whether a request may be tried again on another server: never; when it is safe (nothing of an answer came, method
 * idempotent); or whatever its method, as the server said that it did nothing with it. */
enum reason_retry { REASON_RETRY_NO, REASON_RETRY_SAFE, REASON_RETRY_UNPROCESSED };

enum reason {
#define REASON(name, label, fault, retry, status, alert, sentence, remedy) REASON_##name,
#include "base/reason_table.h"
#undef REASON
    REASON_COUNT
};

/* status: HTTP status, 0 when no answer is possible. alert: TLS alert number (RFC 8446 section 6), 0 when none is
 * sent. */
struct reason_row {
    const char *label;
    enum reason_fault fault;
    enum reason_retry retry;
    uint16_t status;
    uint8_t alert;
    const char *sentence;
    const char *remedy;
};

/* The row of a reason; a value outside of the table is a bug. */
const struct reason_row *reason_row(enum reason reason);

/* The reason with this label, or REASON_COUNT. */
enum reason reason_find(struct slice label);

/* Prints docs/reasons.md. */
[[nodiscard]] bool reason_print_markdown(struct buf *to);

#endif
