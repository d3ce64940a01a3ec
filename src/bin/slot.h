/* A worker slot: what stays when its worker dies (shared memory, place among the listening sockets), and the words
 * that the supervisor has for its worker. A word that cannot be said ends the worker. */
#ifndef SALLYPORT_BIN_SLOT_H
#define SALLYPORT_BIN_SLOT_H

#include "bin/child.h"
#include "bin/sockets.h"
#include "bin/ticketkeys.h"
#include "ipc/ask.h"
#include "ipc/counters.h"
#include "ipc/report.h"
#include "ipc/resolve.h"

/* SLOT_HUNG_MS: a worker whose loop did not turn for so long is killed; its timer turns it every second. */
enum { SLOT_HUNG_MS = 20000 };

/* The shared memory of a slot, in the order of the messages MEMORY and SLOT. */
enum slot_memory { SLOT_COUNTERS, SLOT_EVENTS, SLOT_WAKE, SLOT_MEMORY_COUNT };

/* asked: the generation that it was told to prepare last; prepared, committed: what it said. down_since_ms: since when
 * nobody serves the slot's sockets (monotonic), while state is not RUNNING. lent_to: the slot whose worker serves them
 * meanwhile, or -1. */
struct slot {
    struct child child;
    unsigned number;
    int memory[SLOT_MEMORY_COUNT];
    struct counters *counters;
    enum report_state state;
    int64_t since_ms;
    int64_t down_since_ms;
    int lent_to;
    uint64_t asked;
    uint64_t prepared;
    uint64_t committed;
    bool is_begun;
};

/* Makes the slot's shared memory; its first worker is due at once. */
[[nodiscard]] bool slot_init(struct slot *slot, unsigned number, int64_t now_ms, struct error *error);

/* Frees what slot_init made; the worker must be gone. */
void slot_fini(struct slot *slot);

/* Starts the slot's worker and tells it its memory and the ticket keys. False when it could not be started; it is due
 * again later. */
bool slot_start(struct slot *slot, const struct child_program *program, const struct ticketkeys *keys, int64_t now_ms);

/* Tells the worker the ticket keys. */
void slot_send_keys(struct slot *slot, const struct ticketkeys *keys);

/* Hands over the sockets of slot `number` in this table (its own, or those of a slot lent to it); with `only_fresh`,
 * those that were opened for it. */
void slot_send_sockets(struct slot *slot, const struct sockets *sockets, unsigned number, bool only_fresh);

/* Asks the worker to prepare a generation. The list names its own sockets, and those of the slots that are lent to it
 * (`slots`, `count`). */
void slot_send_prepare(struct slot *slot, uint64_t generation, int bundle_fd, const struct sockets *sockets,
                       const struct slot *slots, unsigned count);

/* Says COMMIT or ABORT of a generation. */
void slot_send_verdict(struct slot *slot, enum catalog_message verdict, uint64_t generation);

/* Sends the index of the deny-list after change `generation`. */
void slot_send_denials(struct slot *slot, uint64_t generation, int index_fd);

/* Tells the worker what a server's name resolves to; no addresses: that it is of no use any more. */
void slot_send_addresses(struct slot *slot, const char *name, const struct resolve_answer *answer);

/* Tells the worker that this server is drained, or enabled again. request: whose answer comes back; 0: none. */
void slot_send_drained(struct slot *slot, uint32_t request, bool is_drained, const char *name);

/* Lends (takes back) the sockets of the slot `absent` to (from) this slot's worker. */
void slot_send_lend(struct slot *slot, const struct slot *absent, const struct sockets *sockets);
void slot_send_recall(struct slot *slot, const struct slot *absent, const struct sockets *sockets);

/* Tells the worker how its question `ask` ended. False when it does not read just now (which does not end it), or is
 * gone. */
[[nodiscard]] bool slot_send_answer(struct slot *slot, uint32_t ask, enum ask_outcome outcome, struct slice bytes);

/* Tells the worker to finish within `limit_ms` and to exit. */
void slot_send_drain(struct slot *slot, int64_t limit_ms);

/* Kills a worker that has not been heard of for SLOT_HUNG_MS. */
void slot_check_heartbeat(struct slot *slot, int64_t now_ms);

/* Sets the state as shown to people, and since when. */
void slot_set_state(struct slot *slot, enum report_state state);

#endif
