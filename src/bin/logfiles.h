/* The log files, opened by the supervisor (which may) and written by the control process (which may not open). */
#ifndef SALLYPORT_BIN_LOGFILES_H
#define SALLYPORT_BIN_LOGFILES_H

#include "base/error.h"
#include "ipc/outline.h"

/* Kinds of records, as in the messages LOG and LOG_OFF. */
enum logfiles_kind { LOGFILES_ACCESS, LOGFILES_REFUSALS, LOGFILES_COUNT };

/* One descriptor per kind; -1: off. */
struct logfiles {
    int fds[LOGFILES_COUNT];
};

/* Makes a set in which all is off. */
void logfiles_init(struct logfiles *files);

/* Opens what the outline names for appending (made with mode 0640 if missing); stderr is copied. On failure nothing
 * stays open. */
[[nodiscard]] bool logfiles_open(struct logfiles *files, const struct outline *outline, struct error *error);

/* Closes them. */
void logfiles_close(struct logfiles *files);

#endif
