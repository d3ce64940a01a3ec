/* The log sink: the process's one line writer. A line is one write(2), so that lines of several processes do not
 * mix. */
#include "base/log.h"

#include "base/bug.h"
#include "base/text.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* LINE_BYTES: a whole error sentence with its place and role fits; a longer line is cut. */
enum { LINE_BYTES = 1024, ROLE_BYTES = 32 };

static struct {
    char role[ROLE_BYTES];
    enum log_level lowest;
    bool with_priority;
} sink = {.lowest = LOG_LEVEL_INFO};

static size_t add_head(char *line, enum log_level level);

void log_open(const char *role, enum log_level lowest) {
    snprintf(sink.role, sizeof(sink.role), "%s", role);
    sink.lowest = lowest;
    sink.with_priority = getenv("JOURNAL_STREAM") != NULL;
}

void log_line(enum log_level level, const char *format, ...) {
    if (level < sink.lowest)
        return;
    char line[LINE_BYTES];
    size_t head = add_head(line, level);
    size_t room = sizeof(line) - head - 1; /* one byte for the line's end */
    va_list arguments;
    va_start(arguments, format);
    int wanted = vsnprintf(line + head, room, format, arguments);
    va_end(arguments);
    bug_on(wanted < 0);
    size_t len = (size_t)wanted < room ? (size_t)wanted : room - 1;
    text_clean(line + head, len);
    line[head + len] = '\n';
    ssize_t ignored = write(STDERR_FILENO, line, head + len + 1);
    (void)ignored;
}

/* The priorities are syslog's, as systemd reads them at the start of a line. */
static size_t add_head(char *line, enum log_level level) {
    static const char *const priorities[] = {
        [LOG_LEVEL_DEBUG] = "<7>",
        [LOG_LEVEL_INFO] = "<6>",
        [LOG_LEVEL_WARNING] = "<4>",
        [LOG_LEVEL_ERROR] = "<3>",
    };
    const char *priority = sink.with_priority ? priorities[level] : "";
    const char *space = sink.role[0] != '\0' ? " " : "";
    int len = snprintf(line, LINE_BYTES, "%ssallyport%s%s: ", priority, space, sink.role);
    bug_on(len < 0);
    return (size_t)len;
}
