/* http and https URLs (RFC 9110 section 4.2), as far as the gateway dials any: no user, no fragment, no characters that
 * two readers could take differently. Pure. */
#ifndef SALLYPORT_BASE_URL_H
#define SALLYPORT_BASE_URL_H

#include "base/slice.h"

/* URLs in certificates are some hundred bytes at most. HOST: RFC 1035, and the brackets of an IPv6 address. */
enum { URL_MAX = 2048, URL_HOST_MAX = 255 };

/* Parts of a URL, borrowed from its text. host: a name or an address, IPv6 in brackets. port: given or by the
 * scheme. */
struct url {
    bool is_https;
    struct slice host;
    uint16_t port;
    struct slice path;
};

/* True when `text` begins like an http or https URL: for telling URLs from paths. */
bool url_is(struct slice text);

/* Takes a URL apart; false when it is none, or one that the gateway does not dial. */
[[nodiscard]] bool url_parse(struct slice text, struct url *url);

/* True when `allowed` names the URL's host: "host" for the ports 80 and 443, "host:port" for another. Letters are
 * compared without case, and never a part of a name. */
bool url_host_is(const struct url *url, struct slice allowed);

/* True when `text` can be an `allowed` of url_host_is. */
bool url_is_host(struct slice text);

#endif
