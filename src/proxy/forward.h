/* What a backend is told: the client's request without any field that claims an identity, and ours written last. The
 * identity comes from a struct verified_peer and from nothing else. */
#ifndef SALLYPORT_PROXY_FORWARD_H
#define SALLYPORT_PROXY_FORWARD_H

#include "http/message.h"
#include "plan/snapshot.h"

/* Who asks: what the backend is told of its certificate (vouch/profiles), the address, and by which scheme it came;
 * and, where a password was asked for, by which rules and of which user. */
struct forward_client {
    struct vouch_client told;
    const struct addr_ip *address;
    struct slice scheme;
    const struct plan_password *password;
    struct slice user;
};

/* Makes in `arena` the request to send from the request that came. NONE, or why the request is refused: a protected
 * field that the route does not strip, an identity that is too large, no memory. */
[[nodiscard]] enum reason forward_request(struct arena *arena, const struct http_message *from,
                                          const struct plan_route *route, const struct forward_client *client,
                                          struct http_message *to);

/* Overwrites the values of Authorization fields in a message that was copied: nothing of a password stays in memory. */
void forward_wipe_password(struct http_message *copied);

/* Judges a trailer section of a request: NONE, or REASON_PROTECTED_FIELD when it holds a protected name and the
 * route refuses those; a route that strips has them taken out of `trailers`, which is changed. */
[[nodiscard]] enum reason forward_trailers(struct http_message *trailers, const struct plan_route *route);

/* Makes the head to send to the client from the backend's: `Vary` that names an identity field becomes `*` (RFC 9440
 * section 3.1). Fields go to `fields` (HTTP_FIELDS_MAX). */
void forward_answer(const struct http_message *from, struct http_field *fields, struct http_message *to);

#endif
