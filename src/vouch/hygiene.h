/* The table of protected names: fields by which a backend could be told an identity, an address or a verdict. Only
 * the gateway may send them. Names are compared without case and with everything that is no letter or digit folded to
 * one class, since backends (CGI, WSGI, Rack, PHP) do not tell those apart. */
#ifndef SALLYPORT_VOUCH_HYGIENE_H
#define SALLYPORT_VOUCH_HYGIENE_H

#include "http/message.h"

/* PASS: not protected. STRIP: taken out silently (clients of other proxies send it in good faith). REFUSE: an
 * attempt to forge; 400 unless the route strips. */
enum hygiene_action { HYGIENE_PASS, HYGIENE_STRIP, HYGIENE_REFUSE };

/* What is done with a field of this name in a request, in its trailers, or in its Connection tokens. */
enum hygiene_action hygiene_check(struct slice name);

/* True for a Vary field of an answer that names an identity field (RFC 9440 section 3.1: `*` is sent to the client
 * instead). */
bool hygiene_is_vary_on_identity(const struct http_field *field);

#endif
