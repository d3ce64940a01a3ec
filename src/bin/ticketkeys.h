/* The session ticket keys: made from the kernel's random bytes, rotated, and kept in this process's memory only. They
 * outlive every worker and every reload. To the supervisor a key is so many random bytes. */
#ifndef SALLYPORT_BIN_TICKETKEYS_H
#define SALLYPORT_BIN_TICKETKEYS_H

#include "ipc/wire.h"

/* TICKETKEYS_BYTES: struct tls_ticket_key (name, cipher key, MAC key). A key issues tickets for half a lifetime, and
 * its last ticket lives for one lifetime more: the newest and three before it are in force at any time. */
enum { TICKETKEYS_BYTES = 80, TICKETKEYS_MAX = 4 };

/* The newest first. rotate_at_ms is monotonic. */
struct ticketkeys {
    uint8_t keys[TICKETKEYS_MAX][TICKETKEYS_BYTES];
    size_t count;
    int64_t rotate_at_ms;
};

/* Makes an empty set that is due for its first key. */
void ticketkeys_init(struct ticketkeys *keys);

/* Adds a new key in front when it is time, dropping what is too old; true when something changed. No random bytes is a
 * bug: without them nothing here can be safe. */
bool ticketkeys_rotate(struct ticketkeys *keys, int64_t now_ms, int64_t lifetime_s);

/* Writes the content of the message TICKET_KEYS. */
void ticketkeys_put(const struct ticketkeys *keys, struct wire_out *out);

/* Wipes the keys. */
void ticketkeys_fini(struct ticketkeys *keys);

#endif
