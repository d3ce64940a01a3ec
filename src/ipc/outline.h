/* What the supervisor has to know of a configuration that it cannot read: the content of the message COMPILED. */
#ifndef SALLYPORT_IPC_OUTLINE_H
#define SALLYPORT_IPC_OUTLINE_H

#include "base/addr.h"
#include "ipc/ask.h"
#include "ipc/wire.h"

/* OUTLINE_WORKERS_MAX: more workers than cores are of no use, and a slot costs a megabyte. OUTLINE_LISTENS_MAX: one
 * descriptor per address and slot. Names are for people; longer ones are refused by the configuration. */
enum {
    OUTLINE_WORKERS_MAX = 64,
    OUTLINE_LISTENS_MAX = 128,
    OUTLINE_NAME_MAX = 64,
    OUTLINE_USER_MAX = 64,
    OUTLINE_PATH_MAX = 1024,
};

/* An address to listen on, and the number of its listener in the snapshot (snapshot_listeners). */
struct outline_listen {
    struct addr addr;
    uint32_t listener;
    char name[OUTLINE_NAME_MAX];
};

/* Where records of one kind go; the path is absolute, empty for the others. */
enum outline_log_target { OUTLINE_LOG_OFF, OUTLINE_LOG_STDERR, OUTLINE_LOG_FILE };
struct outline_log {
    enum outline_log_target target;
    char path[OUTLINE_PATH_MAX];
};

/* user may be empty: stay who we are. control_socket may be empty: none is opened. state_directory may be empty:
 * nothing outlives a restart. services: one bit for each service process (enum ask_service) that the configuration
 * needs. */
struct outline {
    uint32_t workers;
    uint32_t services;
    char user[OUTLINE_USER_MAX];
    char control_socket[OUTLINE_PATH_MAX];
    char state_directory[OUTLINE_PATH_MAX];
    struct outline_log access;
    struct outline_log refusals;
    int64_t drain_ms;
    int64_t ticket_lifetime_s;
    uint32_t listens_count;
    struct outline_listen listens[OUTLINE_LISTENS_MAX];
};

/* Writes the outline to a message. */
void outline_put(const struct outline *outline, struct wire_out *out);

/* Reads it; false when it is not one: bounds, targets, addresses and the number of workers are checked. */
[[nodiscard]] bool outline_get(struct outline *outline, struct wire_in *in);

#endif
