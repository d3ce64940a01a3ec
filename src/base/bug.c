/* The last words of a process whose invariant broke: formatted by hand, because nothing else may be trusted any
 * more. */
#include "base/bug.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Long enough for any path of the source tree and any condition; what is longer is cut. */
enum { LINE_MAX_BYTES = 512 };

struct line {
    char text[LINE_MAX_BYTES];
    size_t len;
};

static void add_text(struct line *line, const char *text);
static void add_number(struct line *line, unsigned number);

void bug_die(const char *file, int line_number, const char *condition) {
    struct line line = {.len = 0};
    add_text(&line, "sallyport: bug at ");
    add_text(&line, file);
    add_text(&line, ":");
    add_number(&line, (unsigned)line_number);
    add_text(&line, ": ");
    add_text(&line, condition);
    line.text[line.len++] = '\n';
    ssize_t ignored = write(STDERR_FILENO, line.text, line.len);
    (void)ignored;
    abort();
}

/* Leaves one byte for the line's end. */
static void add_text(struct line *line, const char *text) {
    size_t room = sizeof(line->text) - 1 - line->len;
    size_t len = strnlen(text, room);
    memcpy(line->text + line->len, text, len);
    line->len += len;
}

static void add_number(struct line *line, unsigned number) {
    char digits[12];
    size_t at = sizeof(digits) - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + number % 10);
        number /= 10;
    } while (number > 0);
    add_text(line, digits + at);
}
