/* Forwarding profiles: the ways in which a backend is told who the client is, one row of vouch/profiles_table.h each.
 * The verdict field is always sent, whatever the profiles. */
#ifndef SALLYPORT_VOUCH_PROFILES_H
#define SALLYPORT_VOUCH_PROFILES_H

#include "base/arena.h"
#include "base/reason.h"
#include "http/message.h"
#include "pki/peer.h"

enum vouch_profile {
#define PROFILE(name, word, writer, sentence) VOUCH_##name,
#include "vouch/profiles_table.h"
#undef PROFILE
    VOUCH_PROFILE_COUNT
};

/* Most fields that all profiles together add. */
enum { VOUCH_FIELDS_MAX = 8 };

/* The profiles that a route uses: bit n is enum vouch_profile n. */
struct vouch_profile_set {
    uint32_t bits;
};

/* Who is told of. peer: the proof, or NULL when there is none. failed: NONE, or why the client would be refused by a
 * host that only reports. */
struct vouch_client {
    struct verified_peer *peer;
    enum reason failed;
};

/* Adds the fields of the set to `message`, never-indexed. The verdict comes first: VERIFIED, or UNVERIFIED-POP for a
 * peer of whom only possession of the key is proven, each with what the profiles say of the certificate; or FAILED: and
 * a reason's label, or NONE, each with nothing else. Encoded once and kept with the peer; what is
 * made for this message lies in `arena`. False with *reason IDENTITY_TOO_LARGE (leaf over 8 KiB, more than 10
 * certificates or 16 KiB of chain; never a part) or MEMORY. */
[[nodiscard]] bool vouch_add_fields(const struct vouch_profile_set *set, const struct vouch_client *client,
                                    struct arena *arena, struct http_message *message, enum reason *reason);

#endif
