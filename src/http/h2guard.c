/* Counts what a peer may do to keep us busy without asking for anything. */
#include "http/h2guard.h"

/* PIECE_BYTES: a piece of a body as long as this explains EXPLAINED frames that accompany it (a window update each for
 * the stream and the connection, and a ping). */
enum { PIECE_BYTES = 256, EXPLAINED = 2 };

static uint32_t limit_of(const struct h2limits *limits, enum h2guard_kind kind);
static enum reason reason_of(enum h2guard_kind kind);
static void forgive(struct h2guard *guard, enum h2guard_kind kind);

void h2guard_init(struct h2guard *guard, int64_t now_ms) {
    *guard = (struct h2guard){.period_start_ms = now_ms};
}

enum reason h2guard_note(struct h2guard *guard, const struct h2limits *limits, enum h2guard_kind kind, int64_t now_ms) {
    if (now_ms - guard->period_start_ms >= H2GUARD_PERIOD_MS) {
        uint32_t continuations = guard->continuations;
        h2guard_init(guard, now_ms);
        guard->continuations = continuations;
    }
    return ++guard->counts[kind] > limit_of(limits, kind) ? reason_of(kind) : REASON_NONE;
}

enum reason h2guard_continuation(struct h2guard *guard, const struct h2limits *limits) {
    return ++guard->continuations > limits->continuations ? REASON_HTTP2_CONTINUATIONS : REASON_NONE;
}

void h2guard_head(struct h2guard *guard) {
    guard->continuations = 0;
}

void h2guard_sent(struct h2guard *guard, size_t len, bool is_end) {
    if (len < PIECE_BYTES && !is_end)
        return;
    for (int i = 0; i < EXPLAINED; i++)
        forgive(guard, H2GUARD_WINDOW_UPDATE);
    forgive(guard, H2GUARD_PING);
}

void h2guard_asked(struct h2guard *guard) {
    forgive(guard, H2GUARD_PRIORITY);
}

static uint32_t limit_of(const struct h2limits *limits, enum h2guard_kind kind) {
    const uint32_t by_kind[H2GUARD_KINDS] = {
        [H2GUARD_RESET] = limits->resets,
        [H2GUARD_MALFORMED] = limits->malformed,
        [H2GUARD_SETTINGS] = limits->settings,
        [H2GUARD_PING] = limits->pings,
        [H2GUARD_PRIORITY] = limits->priorities,
        [H2GUARD_WINDOW_UPDATE] = limits->window_updates,
        [H2GUARD_EMPTY_FRAME] = limits->empty_frames,
    };
    return by_kind[kind];
}

static enum reason reason_of(enum h2guard_kind kind) {
    static const enum reason reasons[H2GUARD_KINDS] = {
        [H2GUARD_RESET] = REASON_HTTP2_RESETS,
        [H2GUARD_MALFORMED] = REASON_HTTP2_MALFORMED,
        [H2GUARD_SETTINGS] = REASON_HTTP2_SETTINGS,
        [H2GUARD_PING] = REASON_HTTP2_PINGS,
        [H2GUARD_PRIORITY] = REASON_HTTP2_PRIORITIES,
        [H2GUARD_WINDOW_UPDATE] = REASON_HTTP2_WINDOW_UPDATES,
        [H2GUARD_EMPTY_FRAME] = REASON_HTTP2_EMPTY_FRAMES,
    };
    return reasons[kind];
}

static void forgive(struct h2guard *guard, enum h2guard_kind kind) {
    if (guard->counts[kind] > 0)
        guard->counts[kind]--;
}
