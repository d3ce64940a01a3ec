/* What is known of a client and its request when rules are asked: plain data, borrowed for the time of the question. */
#ifndef SALLYPORT_POLICY_FACTS_H
#define SALLYPORT_POLICY_FACTS_H

#include "base/addr.h"
#include "policy/certfacts.h"

/* host: in lower case, without a port and without a dot at the end. path: in its normal form (plan/route); empty for
 * the target "*". */
struct facts_request {
    struct slice host;
    struct slice method;
    struct slice path;
};

/* is_arriving: the handshake has not begun, so that nothing is known of a certificate. certificate: NULL when there is
 * none. is_verified: its chain was; otherwise only possession of its key is proven.
 * server_name: in lower case; empty when none was sent. now_s: seconds since 1970. request: NULL as long as there is
 * none: at the handshake. */
struct facts {
    bool is_arriving;
    const struct certfacts *certificate;
    bool is_verified;
    const struct addr_ip *address;
    struct slice server_name;
    int64_t now_s;
    const struct facts_request *request;
};

#endif
