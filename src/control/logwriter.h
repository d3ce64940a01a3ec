/* One log: records are gathered and written in large pieces, one per line. Writing may wait for a slow disk; only the
 * control process waits then. */
#ifndef SALLYPORT_CONTROL_LOGWRITER_H
#define SALLYPORT_CONTROL_LOGWRITER_H

#include "base/buf.h"

/* PENDING: a write of this size costs the disk no more than a small one. */
enum { LOGWRITER_PENDING_BYTES = 256 << 10 };

/* fd -1: the log is off. lost: records that could not be written. */
struct logwriter {
    const char *name;
    int fd;
    struct buf pending;
    bool failing;
    uint64_t lost;
    uint64_t pending_records;
};

/* Makes a log that is off; `name` ("access log") is borrowed, for messages about it. */
void logwriter_init(struct logwriter *writer, const char *name);

/* Writes what is pending, and closes the log. */
void logwriter_fini(struct logwriter *writer);

/* Writes what is pending to the old descriptor, closes it, and goes on with this one (-1: off), now the writer's. */
void logwriter_use(struct logwriter *writer, int fd);

/* Adds a record, in which control characters become '?': it stays one line whoever wrote it. */
void logwriter_add(struct logwriter *writer, struct slice record);

/* Writes what is pending. A failure is said once, until writing works again. */
void logwriter_flush(struct logwriter *writer);

#endif
