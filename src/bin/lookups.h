/* Looking up the names of servers, many at the same time, without ever waiting (c-ares). Each lookup reads the
 * resolver's files anew, so that what an operator changes there counts at once. */
#ifndef SALLYPORT_BIN_LOOKUPS_H
#define SALLYPORT_BIN_LOOKUPS_H

#include "ipc/resolve.h"

#include <poll.h>

/* At the same time; the supervisor asks for fewer. SOCKETS: of one lookup, as c-ares counts them. */
enum { LOOKUPS_MAX = 64, LOOKUPS_SOCKETS = 16, LOOKUPS_POLLED_MAX = LOOKUPS_MAX * LOOKUPS_SOCKETS };

struct lookups;

/* The end of lookup `number`: the addresses, at least one; or NULL and why, a sentence. Both borrowed. */
typedef void lookups_done(void *owner, uint32_t number, const struct resolve_answer *answer, const char *why);

/* Makes it without any lookup; NULL when memory is short. */
[[nodiscard]] struct lookups *lookups_new(lookups_done *done, void *owner);

/* Gives up all lookups (`done` is not called) and frees. */
void lookups_free(struct lookups **lookups);

/* Begins one. NULL, or why it was not begun; then, and only then, `done` is not called for it. `done` may be called
 * before this returns. */
const char *lookups_begin(struct lookups *lookups, uint32_t number, const struct resolve_request *request,
                          int64_t now_ms);

/* Fills in what to poll (room for LOOKUPS_POLLED_MAX), and lowers *wait_ms to when lookups_step is due at the
 * latest. */
size_t lookups_poll(const struct lookups *lookups, struct pollfd *polled, int64_t now_ms, int *wait_ms);

/* Goes on with what came, and with what is late. */
void lookups_step(struct lookups *lookups, const struct pollfd *polled, size_t count, int64_t now_ms);

#endif
