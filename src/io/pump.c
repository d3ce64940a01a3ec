/* The pump: two directions, each of them read, write, read, write until one side has enough. Bytes pass through the
 * loop's scratch buffer; only what the other side does not take at once is kept, and while something is kept nothing
 * is read: that is the back-pressure. */
#include "io/pump.h"

#include "base/buf.h"
#include "base/bug.h"
#include "io/siphon.h"

#include <stdlib.h>

/* Reads of one direction in one turn: at 64 KB each, 1 MB before others on the loop have theirs. */
enum { ROUNDS_MAX = 16 };

/* Between sockets a read that fills the scratch buffer is the beginning of much more, and a pipe is opened for it (a
 * pipe costs as much as a few reads); a fill of less than this was its end. */
enum { BULK_END_BYTES = LOOP_SCRATCH_BYTES / 8 };

/* One direction, `from` to the `from` of the other one. pending: read, but not taken yet. The flags: nothing to read
 * before on_ready; no room before on_ready; the end was read; nothing more goes this way, as the end was passed on
 * or the other side failed. */
struct direction {
    struct pump *pump;
    struct direction *other;
    struct stream *from;
    struct buf pending;
    struct siphon siphon;
    uint64_t moved_bytes;
    bool drained;
    bool blocked;
    bool ended;
    bool shut;
};

/* `task` starts the pump, goes on after ROUNDS_MAX, and frees it in the end. reason: what the end will be told to
 * be; ended_by: whose end or failure came first. */
struct pump {
    struct direction forth;
    struct direction back;
    struct loop *loop;
    struct loop_task task;
    struct deadline idle;
    int64_t idle_ms;
    enum reason reason;
    enum pump_side ended_by;
    pump_done *done;
    void *owner;
};

/* What a step came to: go on at once, wait for on_ready, or end the pump, with its `reason`. */
enum step { STEP_ON, STEP_WAIT, STEP_END };

static void init_direction(struct direction *direction, struct pump *pump, struct stream *from);
static void on_ready(void *owner, unsigned what);
static void on_task(struct loop_task *task);
static void on_idle(struct deadline *deadline);
static void run(struct pump *pump);
static bool is_over(struct pump *pump);
static bool carry(struct direction *direction);
static enum step carry_once(struct direction *direction);
static enum step read_some(struct direction *direction);
static enum step read_nothing(struct direction *direction, enum stream_status status);
static enum step fill_siphon(struct direction *direction);
static void drain_siphon(struct direction *direction);
static void open_siphon(struct direction *direction);
static enum step pass_on(struct direction *direction, struct slice bytes);
static void pass_on_end(struct direction *direction);
static size_t write_some(struct direction *direction, struct slice bytes);
static void write_pending(struct direction *direction);
static void give_up_writing(struct direction *direction);
static void note_end(struct direction *direction);
static void put_off_idle(struct pump *pump);
static void finish(struct pump *pump);
static void end(struct pump *pump);
static void free_after_turn(struct loop_task *task);

struct pump *pump_start(struct loop *loop, struct stream *first, struct stream *second, int64_t idle_ms,
                        pump_done *done, void *owner) {
    struct pump *pump = calloc(1, sizeof(*pump));
    if (!pump) {
        stream_close(&first);
        stream_close(&second);
        return NULL;
    }
    pump->loop = loop;
    pump->idle_ms = idle_ms;
    pump->reason = REASON_CLOSED;
    pump->done = done;
    pump->owner = owner;
    init_direction(&pump->forth, pump, first);
    init_direction(&pump->back, pump, second);
    pump->forth.other = &pump->back;
    pump->back.other = &pump->forth;
    deadline_init(&pump->idle, on_idle);
    put_off_idle(pump);
    loop_task_init(&pump->task, on_task);
    loop_defer(loop, &pump->task);
    return pump;
}

struct pump_count pump_count(const struct pump *pump) {
    return (struct pump_count){.forth_bytes = pump->forth.moved_bytes,
                               .back_bytes = pump->back.moved_bytes,
                               .ended_by = pump->ended_by};
}

void pump_stop(struct pump **pump) {
    if (!*pump)
        return;
    end(*pump);
    *pump = NULL;
}

static void init_direction(struct direction *direction, struct pump *pump, struct stream *from) {
    direction->pump = pump;
    direction->from = from;
    buf_init(&direction->pending, LOOP_SCRATCH_BYTES);
    siphon_init(&direction->siphon);
    stream_own(from, direction, on_ready);
}

/* A stream that can be read makes its own direction move, one that can be written the other one. */
static void on_ready(void *owner, unsigned what) {
    struct direction *direction = owner;
    if (what & STREAM_READABLE)
        direction->drained = false;
    if (what & STREAM_WRITABLE)
        direction->other->blocked = false;
    run(direction->pump);
}

static void on_task(struct loop_task *task) {
    run(list_entry(task, struct pump, task));
}

static void on_idle(struct deadline *deadline) {
    struct pump *pump = list_entry(deadline, struct pump, idle);
    pump->reason = REASON_IDLE;
    finish(pump);
}

/* Moves what can be moved in both directions, and ends the pump when both are over. */
static void run(struct pump *pump) {
    uint64_t before = pump->forth.moved_bytes + pump->back.moved_bytes;
    if (!carry(&pump->forth) || !carry(&pump->back) || is_over(pump)) {
        finish(pump);
        return;
    }
    if (pump->forth.moved_bytes + pump->back.moved_bytes > before)
        put_off_idle(pump);
}

/* Pushes out what the streams themselves hold; true when nothing is left to do. What a failed stream holds does not
 * count. */
static bool is_over(struct pump *pump) {
    bool forth_flushed = stream_flush(pump->back.from);
    bool back_flushed = stream_flush(pump->forth.from);
    bool flushed = (forth_flushed && back_flushed) || pump->reason != REASON_CLOSED;
    return flushed && pump->forth.shut && pump->back.shut;
}

/* False when the pump has to end. A direction that still has more goes on in the next turn. */
static bool carry(struct direction *direction) {
    enum step step = STEP_ON;
    for (int i = 0; i < ROUNDS_MAX && step == STEP_ON; i++)
        step = carry_once(direction);
    if (step == STEP_ON)
        loop_defer(direction->pump->loop, &direction->pump->task);
    return step != STEP_END;
}

static enum step carry_once(struct direction *direction) {
    if (direction->blocked || direction->shut)
        return STEP_WAIT;
    if (buf_len(&direction->pending) > 0) {
        write_pending(direction);
        return STEP_ON;
    }
    if (direction->siphon.held_bytes > 0) {
        drain_siphon(direction);
        return STEP_ON;
    }
    if (direction->ended) {
        pass_on_end(direction);
        return STEP_WAIT;
    }
    if (direction->drained)
        return STEP_WAIT;
    return siphon_is_open(&direction->siphon) ? fill_siphon(direction) : read_some(direction);
}

/* Reads once and passes on what came. */
static enum step read_some(struct direction *direction) {
    uint8_t *scratch = loop_scratch(direction->pump->loop);
    struct stream_result result = stream_read(direction->from, scratch, LOOP_SCRATCH_BYTES);
    direction->drained = result.drained;
    if (result.status != STREAM_OK)
        return read_nothing(direction, result.status);
    enum step step = pass_on(direction, slice_of(scratch, result.bytes));
    if (result.bytes == LOOP_SCRATCH_BYTES)
        open_siphon(direction);
    return step;
}

static enum step read_nothing(struct direction *direction, enum stream_status status) {
    if (status == STREAM_AGAIN) {
        direction->drained = true;
        return STEP_WAIT;
    }
    if (status == STREAM_END) {
        direction->ended = true;
        note_end(direction);
        return STEP_ON;
    }
    note_end(direction);
    direction->pump->reason = stream_failure(direction->from);
    return STEP_END;
}

/* Between sockets only; without descriptors for it the bytes are copied on. */
static void open_siphon(struct direction *direction) {
    if (siphon_fits(direction->from) && siphon_fits(direction->other->from))
        (void)!siphon_open(&direction->siphon);
}

static enum step fill_siphon(struct direction *direction) {
    struct stream_result result = siphon_fill(&direction->siphon, direction->from);
    if (result.status != STREAM_OK)
        return read_nothing(direction, result.status);
    bool over = result.bytes < BULK_END_BYTES;
    drain_siphon(direction);
    if (over && direction->siphon.held_bytes == 0)
        siphon_fini(&direction->siphon);
    return STEP_ON;
}

static void drain_siphon(struct direction *direction) {
    struct stream_result result = siphon_drain(&direction->siphon, direction->other->from);
    direction->moved_bytes += result.bytes;
    direction->blocked = result.status == STREAM_AGAIN;
    if (result.status == STREAM_FAILED)
        give_up_writing(direction);
}

/* Writes once, and keeps what is not taken. */
static enum step pass_on(struct direction *direction, struct slice bytes) {
    size_t taken = write_some(direction, bytes);
    if (taken == bytes.len || direction->shut)
        return STEP_ON;
    if (buf_append(&direction->pending, slice_sub(bytes, taken, bytes.len)))
        return STEP_WAIT;
    direction->pump->reason = REASON_MEMORY;
    return STEP_END;
}

/* The second of two ends needs no call of its own where the pump's closing a socket says as much. */
static void pass_on_end(struct direction *direction) {
    struct stream *to = direction->other->from;
    bool closes_now = direction->other->ended && direction->other->shut && siphon_fits(to);
    if (!closes_now)
        stream_shut(to);
    direction->shut = true;
}

static size_t write_some(struct direction *direction, struct slice bytes) {
    struct stream_result result = stream_write(direction->other->from, &bytes, 1);
    if (result.status == STREAM_FAILED) {
        give_up_writing(direction);
        return 0;
    }
    direction->moved_bytes += result.bytes;
    direction->blocked = result.bytes < bytes.len;
    return result.bytes;
}

static void write_pending(struct direction *direction) {
    buf_consume(&direction->pending, write_some(direction, buf_view(&direction->pending)));
    if (buf_len(&direction->pending) == 0 || direction->shut)
        buf_fini(&direction->pending);
}

/* A peer that no longer reads may have said something before: this direction is over, the other one is read to its
 * end. */
static void give_up_writing(struct direction *direction) {
    note_end(direction->other);
    direction->pump->reason = stream_failure(direction->other->from);
    direction->shut = true;
    direction->other->drained = false;
}

static void note_end(struct direction *direction) {
    struct pump *pump = direction->pump;
    if (pump->ended_by == PUMP_NOBODY)
        pump->ended_by = direction == &pump->forth ? PUMP_FIRST : PUMP_SECOND;
}

static void put_off_idle(struct pump *pump) {
    deadline_set(loop_deadlines(pump->loop), &pump->idle, loop_now_ms(pump->loop) + pump->idle_ms);
}

/* Ends the pump and tells its owner. */
static void finish(struct pump *pump) {
    end(pump);
    pump->done(pump->owner, pump->reason, pump_count(pump));
}

static void end(struct pump *pump) {
    bug_on(!pump->forth.from);
    stream_close(&pump->forth.from);
    stream_close(&pump->back.from);
    buf_fini(&pump->forth.pending);
    buf_fini(&pump->back.pending);
    siphon_fini(&pump->forth.siphon);
    siphon_fini(&pump->back.siphon);
    deadline_clear(loop_deadlines(pump->loop), &pump->idle);
    loop_task_cancel(&pump->task);
    loop_task_init(&pump->task, free_after_turn);
    loop_defer(pump->loop, &pump->task);
}

static void free_after_turn(struct loop_task *task) {
    free(list_entry(task, struct pump, task));
}
