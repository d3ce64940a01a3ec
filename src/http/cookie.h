/* Reading of Cookie fields (RFC 6265 section 4.2): only as far as a value is looked for by its name. Pure. */
#ifndef SALLYPORT_HTTP_COOKIE_H
#define SALLYPORT_HTTP_COOKIE_H

#include "http/message.h"

/* The value of the first cookie of a request with this name (case counts), without quotes around it; empty when there
 * is none. Borrowed from the request, and not checked for what it contains. */
struct slice cookie_find(const struct http_message *request, struct slice name);

#endif
