/* Opening of the log files. */
#include "bin/logfiles.h"

#include "os/fd.h"

#include <fcntl.h>
#include <unistd.h>

static int open_log(const struct outline_log *log);

void logfiles_init(struct logfiles *files) {
    for (size_t i = 0; i < LOGFILES_COUNT; i++)
        files->fds[i] = -1;
}

bool logfiles_open(struct logfiles *files, const struct outline *outline, struct error *error) {
    const struct outline_log *logs[LOGFILES_COUNT] = {
        [LOGFILES_ACCESS] = &outline->access,
        [LOGFILES_REFUSALS] = &outline->refusals,
    };
    logfiles_init(files);
    for (size_t i = 0; i < LOGFILES_COUNT; i++) {
        if (logs[i]->target == OUTLINE_LOG_OFF)
            continue;
        files->fds[i] = open_log(logs[i]);
        if (files->fds[i] < 0) {
            error_set(error, (struct error_place){.file = logs[i]->path}, "The log %s cannot be opened: %m.",
                      logs[i]->path);
            logfiles_close(files);
            return false;
        }
    }
    return true;
}

void logfiles_close(struct logfiles *files) {
    for (size_t i = 0; i < LOGFILES_COUNT; i++)
        fd_close(&files->fds[i]);
}

static int open_log(const struct outline_log *log) {
    if (log->target == OUTLINE_LOG_STDERR)
        return fd_copy(STDERR_FILENO, STDERR_FILENO + 1);
    return open(log->path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640);
}
