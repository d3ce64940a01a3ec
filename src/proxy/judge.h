/* The one place that decides whether a client is let in and its request served. Pure: facts in, a verdict out;
 * nothing is fetched, kept or counted here (what has to be counted comes through struct judge_meter). The live
 * gateway asks here inside of the handshake, at admission, at every request and when sessions are swept; the command
 * `explain` asks the same questions about files. */
#ifndef SALLYPORT_PROXY_JUDGE_H
#define SALLYPORT_PROXY_JUDGE_H

#include "http/message.h"
#include "pki/denylist.h"
#include "plan/snapshot.h"
#include "proxy/ocspcache.h"

/* A host name with its terminator. */
enum { JUDGE_HOST_ROOM = 254 };

/* Counts requests as they happen: takes one from what the limits allow. 0, or how many milliseconds later there will be
 * one again. */
struct judge_meter {
    int64_t (*address_wait_ms)(void *owner, const struct plan_client_limits *limits);
    int64_t (*identity_wait_ms)(void *owner, const struct plan_client_limits *limits);
    void *owner;
};

/* What is judged. All of it is borrowed.
 * is_current: listener and host are of the newest configuration. is_arriving: the handshake has not begun. host:
 * what the server name leads to. peer: the proof, or NULL when there is none. refused: why the presented chain was
 * refused where the handshake went on all the same, or NULL. now: seconds since 1970. denials: the operator's list, or
 * NULL when the client has passed it already. ocsp: what responders said, or NULL.
 * may_wait: the client can wait until one is asked. identity_connections: how many the peer's identity has open with
 * this one, where that is asked (0: it is not). request: the head, or NULL while there is none. meter: NULL where
 * nothing happens, but is only talked about.
 * The rest is found on the way: request_host is the request's host as compared (in host_text), named what it leads
 * to, route where it goes, password what has to be checked besides, or NULL (proxy/passwords does it: it can wait). */
struct judge_case {
    bool is_current;
    bool is_arriving;
    const struct plan_listener *listener;
    const struct plan_host *host;
    struct verified_peer *peer;
    const struct verify_verdict *refused;
    const struct addr_ip *client;
    struct slice server_name;
    int64_t now;
    const struct denylist *denials;
    const struct ocspcache *ocsp;
    bool may_wait;
    unsigned identity_connections;
    const struct http_message *request;
    const struct judge_meter *meter;
    struct slice request_host;
    const struct plan_host *named;
    const struct plan_route *route;
    const struct plan_password *password;
    char host_text[JUDGE_HOST_ROOM];
};

/* differs: with its shadow rules in force the policy would have decided otherwise: refused where it allows, or allowed
 * where it refuses. rule, place: the one that makes the difference; rule is NULL when it has no name. */
struct judge_shadow {
    bool differs;
    const char *rule;
    struct error_place place;
};

/* reason NONE: allowed. depth: the certificate of the path it is about, 0 for the leaf; -1 when it is about none.
 * detail: more words (a fixed string, or the OCSP cache's as long as the session watches it) or NULL. place: of the
 * setting that decided, of the configuration's life. rule: name of the rule that refused, or NULL. retry_after_ms:
 * when it is worth to ask again, 0 for unknown. would_refuse: NONE, or the reason of a check that only records (a
 * shadow rule, a host under report_only, OCSP in mode soft). shadow: what shadow rules would have changed.
 * failed: NONE, or the reason that the backend is told in the place of an identity (under report_only, when there was a
 * certificate). concerns_client: what was refused is who the client is and what it may do, not how it asks or when.
 * check: the name of the one that refused, or NULL. needs_ocsp: allowed so far, but a responder is to be asked before
 * the client is let in. */
struct judge_verdict {
    enum reason reason;
    enum reason would_refuse;
    enum reason failed;
    bool concerns_client;
    bool needs_ocsp;
    int depth;
    const char *check;
    const char *detail;
    const char *rule;
    struct judge_shadow shadow;
    int64_t retry_after_ms;
    struct error_place place;
};

/* SKIPPED: nothing is set that would ask for the check. UNKNOWN: what it is about has to be asked for first. */
enum judge_outcome { JUDGE_SKIPPED, JUDGE_PASSED, JUDGE_REFUSED, JUDGE_UNKNOWN };

/* Is told of every check in its order, with the verdict as the check leaves it. */
struct judge_trace {
    void (*told)(void *owner, const char *check, enum judge_outcome outcome, const struct judge_verdict *verdict);
    void *owner;
};

/* Judges a client by its address, its server name and the time alone, before the handshake costs anything: refused is
 * only who would be refused with any certificate; nobody at a host that only reports, or refuses by a page. */
void judge_arrival(struct judge_case *judged, struct judge_verdict *verdict);

/* Judges a client: sets *verdict. trace may be NULL. The chain itself was judged before, by pki/verify: that is what
 * `peer` proves. */
void judge_client(struct judge_case *judged, const struct judge_trace *trace, struct judge_verdict *verdict);

/* Judges a request: the client first, then what it asks for. When allowed, `route` is set. */
void judge_request(struct judge_case *judged, const struct judge_trace *trace, struct judge_verdict *verdict);

#endif
