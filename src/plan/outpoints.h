/* How the backends of a snapshot speak TLS, by all that it is made of: the next snapshot takes over what did not
 * change, and with it the sessions that are kept. */
#ifndef SALLYPORT_PLAN_OUTPOINTS_H
#define SALLYPORT_PLAN_OUTPOINTS_H

#include "base/arena.h"
#include "base/map.h"
#include "tls/outpoint.h"

/* earlier: those of the snapshot before, or NULL. */
struct outpoints {
    struct arena *arena;
    struct map by_content;
    const struct outpoints *earlier;
};

enum { OUTPOINTS_DIGEST_BYTES = 32 };

/* Makes an empty set. `earlier` is needed only while outpoints are made. */
void outpoints_init(struct outpoints *outpoints, struct arena *arena, const struct outpoints *earlier);

/* Gives up the references of the set. */
void outpoints_fini(struct outpoints *outpoints);

/* The outpoint of these settings, borrowed from the set: an equal one, or a new one; `digest` is set to one over all of
 * them. NULL and errors as tls_outpoint_new. */
struct tls_outpoint *outpoints_get(struct outpoints *outpoints, const struct tls_outpoint_settings *settings,
                                   uint8_t digest[OUTPOINTS_DIGEST_BYTES], struct error_list *errors);

#endif
