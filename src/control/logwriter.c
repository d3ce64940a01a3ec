/* Gathering and writing of log lines. */
#include "control/logwriter.h"

#include "base/log.h"
#include "os/fd.h"

#include <errno.h>

void logwriter_init(struct logwriter *writer, const char *name) {
    *writer = (struct logwriter){.name = name, .fd = -1};
    buf_init(&writer->pending, LOGWRITER_PENDING_BYTES);
}

void logwriter_fini(struct logwriter *writer) {
    logwriter_use(writer, -1);
    buf_fini(&writer->pending);
}

void logwriter_use(struct logwriter *writer, int fd) {
    logwriter_flush(writer);
    fd_close(&writer->fd);
    writer->fd = fd;
    writer->failing = false;
}

void logwriter_add(struct logwriter *writer, struct slice record) {
    if (writer->fd < 0)
        return;
    if (buf_len(&writer->pending) + record.len + 1 > LOGWRITER_PENDING_BYTES)
        logwriter_flush(writer);
    uint8_t *to = buf_reserve(&writer->pending, record.len + 1);
    if (!to) {
        writer->lost++;
        return;
    }
    for (size_t i = 0; i < record.len; i++)
        to[i] = record.data[i] < ' ' ? '?' : record.data[i];
    to[record.len] = '\n';
    buf_commit(&writer->pending, record.len + 1);
    writer->pending_records++;
}

void logwriter_flush(struct logwriter *writer) {
    struct slice pending = buf_view(&writer->pending);
    if (pending.len == 0)
        return;
    bool written = fd_write_all(writer->fd, pending);
    if (!written)
        writer->lost += writer->pending_records;
    if (!written && !writer->failing)
        log_line(LOG_LEVEL_ERROR, "the %s cannot be written: %m", writer->name);
    writer->failing = !written;
    writer->pending_records = 0;
    buf_consume(&writer->pending, pending.len);
}
