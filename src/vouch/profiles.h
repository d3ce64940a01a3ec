/* Forwarding profiles: the ways in which a backend is told who the client is. One row of a table each (profiles.c):
 * name, sentence for the manual, writer. The verdict field is always sent, whatever the profiles. */
#ifndef SALLYPORT_VOUCH_PROFILES_H
#define SALLYPORT_VOUCH_PROFILES_H

#include "base/arena.h"
#include "base/reason.h"
#include "http/message.h"
#include "pki/peer.h"

enum vouch_profile { VOUCH_RFC9440, VOUCH_X_SSL_CLIENT_CERT, VOUCH_VERDICT, VOUCH_PROFILE_COUNT };

/* Most fields that all profiles together add. */
enum { VOUCH_FIELDS_MAX = 8 };

/* The profiles that a route uses: bit n is enum vouch_profile n. */
struct vouch_profile_set {
    uint32_t bits;
};

/* The name of a profile in the configuration, and its sentence for the manual. */
const char *vouch_profile_name(enum vouch_profile profile);
const char *vouch_profile_sentence(enum vouch_profile profile);

/* The profile of this name, or VOUCH_PROFILE_COUNT. */
enum vouch_profile vouch_profile_find(struct slice name);

/* Adds the fields of the set to `message`, never-indexed: `peer` is the proof, or NULL when the client presented no
 * certificate (then the verdict is NONE and nothing else is added). Encoded once and kept with the peer; what is
 * made for this message lies in `arena`. False with *reason IDENTITY_TOO_LARGE (leaf over 8 KiB, more than 10
 * certificates or 16 KiB of chain; never a part) or MEMORY. */
[[nodiscard]] bool vouch_add_fields(const struct vouch_profile_set *set, struct verified_peer *peer,
                                    struct arena *arena, struct http_message *message, enum reason *reason);

#endif
