/* Service processes, and the questions of workers to them. A worker has a channel to the supervisor only, so a question
 * goes up, down to the service and back; the supervisor puts its own number on it and reads nothing else. A service
 * that is away fails what it was asked at once. A new service is a row of the table in relay.c. */
#ifndef SALLYPORT_BIN_RELAY_H
#define SALLYPORT_BIN_RELAY_H

#include "bin/slot.h"
#include "ipc/ask.h"

#include <limits.h>
#include <poll.h>

/* RELAY_OPEN_MAX: questions that wait for one service, of all workers together; the next one fails at once.
 * RELAY_HUNG_MS: a service that leaves one unanswered for so long is killed; its own deadlines, of a minute at most,
 * are shorter. */
enum { RELAY_OPEN_MAX = 1024, RELAY_HUNG_MS = 150000 };

/* A question under way. slot: the asking worker's, NULL when that worker is gone; the answer is dropped then. ask: the
 * worker's number for it. turn: tells the uses of this place apart. */
struct relay_open {
    bool used;
    uint16_t turn;
    uint32_t ask;
    struct slot *slot;
    int64_t since_ms;
};

/* One service. of_slot: open questions of each worker slot. vacant: a stack of the places that are not used. */
struct relay_service {
    struct child child;
    bool wanted;
    struct relay_open open[RELAY_OPEN_MAX];
    uint16_t vacant[RELAY_OPEN_MAX];
    size_t vacant_count;
    uint16_t of_slot[OUTLINE_WORKERS_MAX + 1];
};

/* All services. directory: where executables of their own stand. */
struct relay {
    const struct child_program *program;
    char directory[PATH_MAX];
    struct relay_service services[ASK_SERVICE_COUNT];
};

/* Makes one without any process. `program` is borrowed; `directory` (copied) holds the executables of services that do
 * not run the main one. */
void relay_init(struct relay *relay, const struct child_program *program, const char *directory);

/* Says which services are needed: a bit for each enum ask_service. Others are hung up on, and end. */
void relay_want(struct relay *relay, uint32_t services);

/* Starts what is due and kills what hangs. */
void relay_tick(struct relay *relay, int64_t now_ms);

/* Milliseconds until relay_tick has something to start; at most 1000. */
int relay_wait_ms(const struct relay *relay, int64_t now_ms);

/* Adds the channels to wait for to `polled` (room for ASK_SERVICE_COUNT); returns how many. */
size_t relay_poll(const struct relay *relay, struct pollfd *polled);

/* Passes on the answers that came. True when a service sent something else, which is the caller's to read, with
 * relay_channel; call again until false. */
[[nodiscard]] bool relay_receive(struct relay *relay, enum ask_service *from, struct channel_message *message);

/* A service's channel, NULL while there is none: for what the supervisor itself has to say to it. */
struct channel *relay_channel(struct relay *relay, enum ask_service service);

/* The service process, for reports and for killing one that breaks its own rules. */
struct child *relay_child(struct relay *relay, enum ask_service service);

/* Takes the message ASK of this slot's worker. One too many fails at once, as does one for a service that is away.
 * False when the message is malformed: end the worker then. */
[[nodiscard]] bool relay_ask(struct relay *relay, struct slot *slot, struct wire_in *in, int64_t now_ms);

/* Forgets who asked: the slot's worker is gone. */
void relay_forget(struct relay *relay, const struct slot *slot);

/* Notes that process `pid` ended; false when it is not a service. What it was asked has failed. */
bool relay_ended(struct relay *relay, pid_t pid, int status, int64_t now_ms);

/* Hangs up on all, for good; relay_kill is for those that do not go. */
void relay_stop(struct relay *relay);
void relay_kill(struct relay *relay, const char *why);

/* Service processes that still exist. */
unsigned relay_alive(const struct relay *relay);

#endif
