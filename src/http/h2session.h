/* How nghttp2 is set up for one connection, what we say of ourselves at its start, and how we take leave. */
#ifndef SALLYPORT_HTTP_H2SESSION_H
#define SALLYPORT_HTTP_H2SESSION_H

#include "http/h2state.h"

/* Makes state->session for the state's kind and gathers preface, settings and window; false when memory is short. */
[[nodiscard]] bool h2session_start(struct h2state *state);

/* Does what is due of a drain (RFC 9113 section 6.8): first a notice, and when the peer has learned of it the end, so
 * that no stream which is on its way is lost. */
void h2session_drain(struct h2state *state);

#endif
