/* What fuzzers of connections share: the input as a script of decisions, a stream of bytes whose writing end the script
 * holds, and single turns of a loop. The reading end is each fuzzer's own: there its peer speaks. */
#ifndef SALLYPORT_FUZZ_PLAY_H
#define SALLYPORT_FUZZ_PLAY_H

#include "io/loop.h"
#include "io/stream.h"

#include <stdlib.h>

/* The input, taken octet by octet for decisions and in runs for what the peer sends. */
struct play_script {
    const uint8_t *at;
    size_t left;
};

/* Embedded first in each fuzzer's own. readable, writable: bytes that may move before the next event. */
struct play_stream {
    struct stream stream;
    size_t readable;
    size_t writable;
    bool has_ended;
    bool has_failed;
    bool is_closed;
};

/* Lets the loop stop at the end of its turn. */
struct play_turn {
    struct loop_task task;
    struct loop *loop;
};

/* What has to hold. */
static inline void play_require(bool condition) {
    if (!condition)
        abort();
}

/* The next decision; 0 when the script is over. */
static inline uint8_t play_next(struct play_script *script) {
    if (script->left == 0)
        return 0;
    script->left--;
    return *script->at++;
}

/* The operations of a stream, with `read` as its reading end. */
static inline struct stream_result play_write(struct stream *stream, const struct slice *parts, size_t count) {
    struct play_stream *played = (struct play_stream *)stream;
    size_t wanted = 0;
    for (size_t i = 0; i < count; i++)
        wanted += parts[i].len;
    if (played->has_failed)
        return (struct stream_result){.status = STREAM_FAILED};
    size_t len = wanted < played->writable ? wanted : played->writable;
    played->writable -= len;
    return (struct stream_result){.status = len > 0 ? STREAM_OK : STREAM_AGAIN, .bytes = len};
}

static inline bool play_flush(struct stream *stream) {
    (void)stream;
    return true;
}

static inline void play_nothing(struct stream *stream) {
    (void)stream;
}

static inline void play_close(struct stream *stream) {
    ((struct play_stream *)stream)->is_closed = true;
}

static inline enum reason play_failure(const struct stream *stream) {
    (void)stream;
    return REASON_CLOSED;
}

#define PLAY_STREAM_OPS(reader)                                                                                        \
    {                                                                                                                  \
        .read = (reader), .write = play_write, .flush = play_flush, .shut = play_nothing, .close = play_close,         \
        .quiet = play_nothing, .failure = play_failure                                                                 \
    }

/* One turn of the loop. */
static inline void play_stop(struct loop_task *task) {
    loop_stop(list_entry(task, struct play_turn, task)->loop);
}

static inline void play_one_turn(struct loop *loop) {
    struct play_turn turn = {.loop = loop};
    loop_task_init(&turn.task, play_stop);
    loop_defer(loop, &turn.task);
    play_require(loop_run(loop));
}

#endif
