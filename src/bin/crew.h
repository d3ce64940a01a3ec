/* All workers together: they are started, watched, started again, and brought from one generation of the configuration
 * to the next in two phases. The owner calls crew_tick often and looks at crew_phase; nothing calls back. */
#ifndef SALLYPORT_BIN_CREW_H
#define SALLYPORT_BIN_CREW_H

#include "bin/denials.h"
#include "bin/drains.h"
#include "bin/names.h"
#include "bin/relay.h"
#include "bin/slot.h"

#include <poll.h>

/* CREW_LEND_AFTER_MS: a slot without a worker for longer has its waiting connections served by another.
 * CREW_PREPARE_MS: longest wait for all workers to build a snapshot. */
enum { CREW_LEND_AFTER_MS = 1000, CREW_PREPARE_MS = 120000 };

/* SETTLED: no change is under way. PREPARING: workers build; PREPARED: all have; REFUSED: one has not (crew_refusal).
 * COMMITTING: the new generation is in force, not all have said so yet. */
enum crew_phase { CREW_SETTLED, CREW_PREPARING, CREW_PREPARED, CREW_REFUSED, CREW_COMMITTING };

/* A configuration as the supervisor knows it. Owns bundle_fd. */
struct crew_generation {
    uint64_t number;
    int bundle_fd;
    struct outline outline;
};

struct crew;

/* Makes the crew of the first generation, which becomes its own together with its sockets (that table is emptied). Its
 * workers start with crew_tick. NULL with a sentence on failure. `program` is borrowed. */
[[nodiscard]] struct crew *crew_new(const struct child_program *program, struct crew_generation *first,
                                    struct sockets *sockets, int64_t now_ms, struct error *error);

/* Frees the crew. Workers must have ended. */
void crew_free(struct crew **crew);

/* Hands the workers' questions to `relay`, which outlives the crew. Without one, a worker that asks is ended. */
void crew_use_relay(struct crew *crew, struct relay *relay);

/* Brings every worker the deny-list, new ones before they accept; it outlives the crew. Without one there is none. */
void crew_use_denials(struct crew *crew, struct denials *denials);

/* Tells every worker which servers the operator drained, new ones before they accept; `drains` outlives the crew. */
void crew_use_drains(struct crew *crew, struct drains *drains);

/* Tells every worker what the names of servers resolve to; `names` outlives the crew. */
void crew_use_names(struct crew *crew, struct names *names);

/* The generation in force; borrowed. */
const struct crew_generation *crew_current(const struct crew *crew);
const struct sockets *crew_sockets(const struct crew *crew);

/* The slots, for reports. */
const struct slot *crew_slots(const struct crew *crew, unsigned *count);

/* How many workers serve. */
unsigned crew_running(const struct crew *crew);

/* True when a worker refused the generation in force, or died before it ever served; at the start that is fatal. The
 * sentence is crew_refusal. */
bool crew_failed(const struct crew *crew);

/* Starts what is due, kills what hangs, lends and recalls sockets, rotates keys. True when something for the report
 * changed since the last call. */
bool crew_tick(struct crew *crew, int64_t now_ms);

/* Milliseconds until crew_tick has something to do; at most 1000. */
int crew_wait_ms(const struct crew *crew, int64_t now_ms);

/* Adds the channels to wait for to `polled` (room for OUTLINE_WORKERS_MAX); returns how many. After poll,
 * crew_receive reads what came. */
size_t crew_poll(const struct crew *crew, struct pollfd *polled);
void crew_receive(struct crew *crew);

/* Notes that process `pid` ended; false when it is not one of ours. */
bool crew_ended(struct crew *crew, pid_t pid, int status, int64_t now_ms);

/* Begins to bring all workers to `next` with its plan of sockets; both become the crew's (emptied). Only when SETTLED
 * and no worker is starting (crew_is_steady). */
void crew_prepare(struct crew *crew, struct crew_generation *next, struct sockets *sockets, int64_t now_ms);
bool crew_is_steady(const struct crew *crew);

/* Where the change is; see above. */
enum crew_phase crew_phase(const struct crew *crew);

/* After REFUSED: why, in sentences; borrowed. */
const char *crew_refusal(const struct crew *crew);

/* After PREPARED: puts the next generation in force. After PREPARED or REFUSED: forgets it instead. */
void crew_commit(struct crew *crew);
void crew_abort(struct crew *crew);

/* Tells all workers to finish within `limit_ms`, closes the listening sockets, and starts nobody any more. */
void crew_drain(struct crew *crew, int64_t limit_ms);

/* Kills all workers. */
void crew_kill(struct crew *crew, const char *why);

/* Worker processes that still exist. */
unsigned crew_alive(const struct crew *crew);

#endif
