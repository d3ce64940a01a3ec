/* The TLS endpoints of a snapshot, by all that they are made of: the next snapshot takes over those that did not
 * change. Making one costs a millisecond and more with OpenSSL 3.0; a reload must not stop a worker for as many as
 * there are hosts. */
#ifndef SALLYPORT_PLAN_ENDPOINTS_H
#define SALLYPORT_PLAN_ENDPOINTS_H

#include "base/arena.h"
#include "base/map.h"
#include "tls/endpoint.h"

/* earlier: those of the snapshot before, or NULL. reused: how many were taken over. */
struct endpoints {
    struct arena *arena;
    struct map by_content;
    const struct endpoints *earlier;
    size_t reused;
};

/* Makes an empty set. `earlier` is needed only while endpoints are made. */
void endpoints_init(struct endpoints *endpoints, struct arena *arena, const struct endpoints *earlier);

/* Gives up the references of the set. */
void endpoints_fini(struct endpoints *endpoints);

/* The endpoint of these settings, borrowed from the set: an equal one, or a new one. NULL and errors as
 * tls_endpoint_new. */
struct tls_endpoint *endpoints_get(struct endpoints *endpoints, const struct tls_endpoint_settings *settings,
                                   struct error_list *errors);

#endif
