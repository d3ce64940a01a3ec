/* The operator's drains of servers on their way through the supervisor: it asks every worker, adds up what they say,
 * and keeps the names for workers that start later. A reload changes nothing about them; a restart forgets them. It
 * knows no backends: whether a name means a server is the workers' to say. */
#ifndef SALLYPORT_BIN_DRAINS_H
#define SALLYPORT_BIN_DRAINS_H

#include "bin/slot.h"
#include "ipc/drain.h"

/* KEPT: names drained at once; a new worker is told all of them in one go, which its channel has to hold. REQUESTS:
 * that wait; the control process serves no more clients than that. WAIT_MS: a worker that has not answered by then
 * is told of. */
enum { DRAINS_KEPT_MAX = 64, DRAINS_REQUESTS_MAX = 32, DRAINS_WAIT_MS = 5000 };

/* client: whom control answers, 0: nobody any more. was_kept: the name was drained before. awaited: the workers that
 * owe an answer, as bits. servers: the most that a worker counted; active: of all workers. */
struct drains_request {
    uint32_t client;
    bool is_drained;
    char name[DRAIN_NAME_MAX];
    bool is_sent;
    bool was_kept;
    uint64_t awaited;
    unsigned answered;
    uint32_t servers;
    uint64_t active;
    int64_t until_ms;
};

/* control: the process that was greeted last. number: of the request that workers were asked last. Only the first
 * request is under way. */
struct drains {
    struct child *control;
    uint32_t number;
    char kept[DRAINS_KEPT_MAX][DRAIN_NAME_MAX];
    size_t kept_count;
    struct drains_request requests[DRAINS_REQUESTS_MAX];
    size_t requests_count;
};

/* Makes it without any. */
void drains_init(struct drains *drains);

/* Notes a new control process (borrowed); nobody waits for the old one's requests any more, which are done all the
 * same. */
void drains_greet(struct drains *drains, struct child *control);

/* Takes a message of the control process that is about drains; false when it is about something else. */
[[nodiscard]] bool drains_take(struct drains *drains, struct channel_message *message);

/* Tells a worker that is about to begin every name that is drained. */
void drains_bring(const struct drains *drains, struct slot *slot);

/* Notes that the slot's worker ended: nothing is awaited of it. */
void drains_forget(struct drains *drains, const struct slot *slot);

/* Notes what a worker counted. False when the message is malformed. */
[[nodiscard]] bool drains_count(struct drains *drains, const struct slot *slot, struct wire_in *in);

/* Asks the workers that have begun, and answers the control process when they have answered, or are late. */
void drains_tick(struct drains *drains, struct slot *slots, unsigned count, int64_t now_ms);

#endif
