/* A worker's open questions to service processes (ipc/ask.h). Each ends once: answered, failed, or late. What an answer
 * means is between who asks and the service. */
#ifndef SALLYPORT_PROXY_ASKS_H
#define SALLYPORT_PROXY_ASKS_H

#include "io/loop.h"
#include "ipc/ask.h"
#include "ipc/channel.h"

/* How a question ends. LATE: not within its limit; an answer that comes later is dropped. */
enum asks_end { ASKS_ANSWERED, ASKS_FAILED, ASKS_LATE };

struct asks;

/* One question, embedded in its owner. on_end is called from the loop, once, never by asks_put; `answer` (empty unless
 * ANSWERED) is borrowed until it returns. asks is NULL while the question is not open. */
struct ask {
    struct deadline deadline;
    struct asks *asks;
    uint32_t number;
    void (*on_end)(struct ask *ask, enum asks_end end, struct slice answer);
};

/* Makes an empty table; the loop and the channel to the supervisor outlive it. NULL when memory is short. */
[[nodiscard]] struct asks *asks_new(struct loop *loop, struct channel *channel);

/* Frees the table. No question may be open. */
void asks_free(struct asks **asks);

/* Makes a question that is not open. */
void asks_init(struct ask *ask, void (*on_end)(struct ask *ask, enum asks_end end, struct slice answer));

/* Puts the question to a service; it ends within `limit_ms`. False (and on_end is not called) when it cannot be put:
 * too many are open, it is too long, or the supervisor does not read. */
[[nodiscard]] bool asks_put(struct asks *asks, struct ask *ask, enum ask_service service, struct slice bytes,
                            int64_t limit_ms);

/* Forgets the question, if it is open: its owner ends. on_end is not called. */
void asks_cancel(struct ask *ask);

/* Takes the supervisor's message ANSWER; false when it is malformed. */
[[nodiscard]] bool asks_take(struct asks *asks, struct wire_in *in);

#endif
