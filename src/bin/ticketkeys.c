/* Rotation of the session ticket keys. */
#include "bin/ticketkeys.h"

#include "base/bug.h"
#include "base/text.h"

#include <sys/random.h>

/* Shorter lifetimes would rotate all the time. */
enum { LIFETIME_MIN_S = 10 };

static void make_key(uint8_t *key);

void ticketkeys_init(struct ticketkeys *keys) {
    *keys = (struct ticketkeys){.rotate_at_ms = INT64_MIN};
}

bool ticketkeys_rotate(struct ticketkeys *keys, int64_t now_ms, int64_t lifetime_s) {
    if (now_ms < keys->rotate_at_ms)
        return false;
    if (lifetime_s < LIFETIME_MIN_S)
        lifetime_s = LIFETIME_MIN_S;
    memmove(keys->keys[1], keys->keys[0], sizeof(keys->keys) - sizeof(keys->keys[0]));
    make_key(keys->keys[0]);
    if (keys->count < TICKETKEYS_MAX)
        keys->count++;
    keys->rotate_at_ms = now_ms + lifetime_s * 1000 / 2;
    return true;
}

void ticketkeys_put(const struct ticketkeys *keys, struct wire_out *out) {
    wire_put_u32(out, (uint32_t)keys->count);
    for (size_t i = 0; i < keys->count; i++)
        wire_put_bytes(out, slice_of(keys->keys[i], sizeof(keys->keys[i])));
}

void ticketkeys_fini(struct ticketkeys *keys) {
    text_wipe(keys, sizeof(*keys));
}

/* All zero would be a key that everyone knows; the kernel gives it once in 2^640 times, or when it is broken. */
static void make_key(uint8_t *key) {
    static const uint8_t zero[TICKETKEYS_BYTES];
    ssize_t got = getrandom(key, TICKETKEYS_BYTES, 0);
    bug_on(got != TICKETKEYS_BYTES);
    bug_on(memcmp(key, zero, TICKETKEYS_BYTES) == 0);
}
