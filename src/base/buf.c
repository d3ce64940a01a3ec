/* A growing byte buffer. Room is made by sliding the bytes to the front when that is cheap, else by doubling, never
 * beyond the maximum. */
#include "base/buf.h"

#include "base/bug.h"

#include <stdio.h>
#include <stdlib.h>

/* The least that is allocated: smaller blocks cost more than they save. */
enum { LEAST_CAP = 256 };

static bool make_room(struct buf *buf, size_t bytes);
static void slide(struct buf *buf);
static bool grow(struct buf *buf, size_t bytes);

void buf_init(struct buf *buf, size_t max) {
    *buf = (struct buf){.max = max};
}

void buf_fini(struct buf *buf) {
    free(buf->data);
    buf_init(buf, buf->max);
}

void buf_wipe(struct buf *buf) {
    if (buf->data != NULL)
        explicit_bzero(buf->data, buf->cap);
    buf_fini(buf);
}

uint8_t *buf_reserve(struct buf *buf, size_t bytes) {
    if (bytes > buf->cap - buf->end || buf->data == NULL) {
        if (!make_room(buf, bytes))
            return NULL;
    }
    return buf->data + buf->end;
}

void buf_commit(struct buf *buf, size_t bytes) {
    bug_on(bytes > buf->cap - buf->end);
    buf->end += bytes;
}

void buf_consume(struct buf *buf, size_t bytes) {
    bug_on(bytes > buf_len(buf));
    buf->start += bytes;
    if (buf->start == buf->end)
        buf->start = buf->end = 0;
}

void buf_truncate(struct buf *buf, size_t len) {
    bug_on(len > buf_len(buf));
    buf->end = buf->start + len;
    if (len == 0)
        buf->start = buf->end = 0;
}

bool buf_append(struct buf *buf, struct slice bytes) {
    if (bytes.len == 0)
        return true;
    uint8_t *to = buf_reserve(buf, bytes.len);
    if (to == NULL)
        return false;
    memcpy(to, bytes.data, bytes.len);
    buf->end += bytes.len;
    return true;
}

bool buf_append_text(struct buf *buf, const char *text) {
    return buf_append(buf, slice_text(text));
}

bool buf_append_byte(struct buf *buf, uint8_t byte) {
    uint8_t *to = buf_reserve(buf, 1);
    if (to == NULL)
        return false;
    *to = byte;
    buf->end++;
    return true;
}

bool buf_printf(struct buf *buf, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    bool done = buf_vprintf(buf, format, arguments);
    va_end(arguments);
    return done;
}

bool buf_vprintf(struct buf *buf, const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    bug_on(len < 0);
    char *text = malloc((size_t)len + 1);
    if (text == NULL)
        return false;
    vsnprintf(text, (size_t)len + 1, format, arguments);
    bool done = buf_append(buf, slice_of(text, (size_t)len));
    free(text);
    return done;
}

/* Slides when at least as much was consumed as has to move (so the cost is paid by what was read), or when there is
 * no growing any more. */
static bool make_room(struct buf *buf, size_t bytes) {
    size_t len = buf_len(buf);
    if (bytes > buf->max - len)
        return false;
    bool fits = buf->data != NULL && bytes <= buf->cap - len;
    if (fits && (buf->start >= len || buf->cap == buf->max)) {
        slide(buf);
        return true;
    }
    return grow(buf, bytes);
}

static void slide(struct buf *buf) {
    size_t len = buf_len(buf);
    memmove(buf->data, buf->data + buf->start, len);
    buf->start = 0;
    buf->end = len;
}

static bool grow(struct buf *buf, size_t bytes) {
    size_t len = buf_len(buf);
    size_t cap = buf->cap > buf->max / 2 ? buf->max : buf->cap * 2;
    if (cap < LEAST_CAP)
        cap = LEAST_CAP < buf->max ? LEAST_CAP : buf->max;
    if (cap < len + bytes)
        cap = len + bytes;
    uint8_t *data = malloc(cap > 0 ? cap : 1);
    if (data == NULL)
        return false;
    if (len > 0)
        memcpy(data, buf->data + buf->start, len);
    free(buf->data);
    *buf = (struct buf){.data = data, .end = len, .cap = cap, .max = buf->max};
    return true;
}
