/* Reads the answers of a run. */
#include "answer.h"

#include <stdlib.h>
#include <string.h>

static size_t take_head(struct answer *answer, const char *bytes, size_t len);
static bool read_head(struct answer *answer);
static size_t take_body(struct answer *answer, size_t len);

void answer_reset(struct answer *answer) {
    answer->state = ANSWER_HEAD;
    answer->head_bytes = 0;
    answer->body_left = 0;
    answer->body_bytes = 0;
    answer->status = 0;
}

size_t answer_take(struct answer *answer, const char *bytes, size_t len) {
    size_t used = 0;
    if (answer->state == ANSWER_HEAD)
        used = take_head(answer, bytes, len);
    size_t body = 0;
    if (answer->state == ANSWER_BODY)
        body = take_body(answer, len - used);
    if (answer->state == ANSWER_COMPLETE && used + body < len)
        answer->state = ANSWER_BROKEN;
    return body;
}

/* Returns how many of the bytes belong to the head. */
static size_t take_head(struct answer *answer, const char *bytes, size_t len) {
    size_t before = answer->head_bytes;
    size_t room = ANSWER_HEAD_MAX - before;
    size_t taken = len < room ? len : room;
    memcpy(answer->head + before, bytes, taken);
    answer->head_bytes += taken;
    answer->head[answer->head_bytes] = '\0';
    char *end = strstr(answer->head, "\r\n\r\n");
    if (end == NULL) {
        if (answer->head_bytes == ANSWER_HEAD_MAX)
            answer->state = ANSWER_BROKEN;
        return taken;
    }
    end[2] = '\0';
    answer->head_bytes = (size_t)(end - answer->head) + 4;
    answer->state = read_head(answer) ? ANSWER_BODY : ANSWER_BROKEN;
    return answer->head_bytes - before;
}

static bool read_head(struct answer *answer) {
    const char *length = strcasestr(answer->head, "\r\nContent-Length:");
    if (strncmp(answer->head, "HTTP/1.1 ", 9) != 0)
        return false;
    answer->status = (int)strtol(answer->head + 9, NULL, 10);
    if (length == NULL)
        return false;
    answer->body_bytes = strtoull(length + 17, NULL, 10);
    answer->body_left = answer->body_bytes;
    return true;
}

static size_t take_body(struct answer *answer, size_t len) {
    size_t taken = len < answer->body_left ? len : (size_t)answer->body_left;
    answer->body_left -= taken;
    if (answer->body_left == 0)
        answer->state = ANSWER_COMPLETE;
    return taken;
}
