/* Reads the answers of a run: a status line, a Content-Length and that many bytes. As little HTTP as a bench needs;
 * pure. */
#ifndef SALLYPORT_BENCH_ANSWER_H
#define SALLYPORT_BENCH_ANSWER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An answer's head in these runs is a few hundred bytes. */
#define ANSWER_HEAD_MAX 2048

enum answer_state { ANSWER_HEAD, ANSWER_BODY, ANSWER_COMPLETE, ANSWER_BROKEN };

struct answer {
    enum answer_state state;
    size_t head_bytes;
    uint64_t body_left;
    uint64_t body_bytes; /* of the answer, by its Content-Length */
    int status;
    char head[ANSWER_HEAD_MAX + 1];
};

/* Makes ready for the next answer. */
void answer_reset(struct answer *answer);

/* Takes the next `len` bytes; returns how many of them were of the body. Bytes beyond the answer, a head without
 * Content-Length or a head over ANSWER_HEAD_MAX make it ANSWER_BROKEN. */
size_t answer_take(struct answer *answer, const char *bytes, size_t len);

#endif
