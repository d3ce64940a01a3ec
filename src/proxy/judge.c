/* Two tables of checks. They are asked in order and the first that refuses ends it. A new check is a row. */
#include "proxy/judge.h"

#include "pki/cert.h"
#include "plan/route.h"
#include "policy/ruleset.h"

/* ABOUT_CLIENT: who the client is and what it may do. What such a check refuses is only recorded under report_only, and
 * is answered where a host refuses by a page. */
enum check_subject { ABOUT_CLIENT, ABOUT_REST };

struct check {
    const char *name;
    enum judge_outcome (*ask)(struct judge_case *judged, struct judge_verdict *verdict);
    enum check_subject subject;
};

static enum judge_outcome ask_configuration(struct judge_case *judged, struct judge_verdict *verdict);
static enum judge_outcome ask_certificate(struct judge_case *judged, struct judge_verdict *verdict);
static enum judge_outcome ask_dates(struct judge_case *judged, struct judge_verdict *verdict);
static enum judge_outcome ask_usage(struct judge_case *judged, struct judge_verdict *verdict);
static enum judge_outcome ask_denials(struct judge_case *judged, struct judge_verdict *verdict);
static enum judge_outcome ask_revocation(struct judge_case *judged, struct judge_verdict *verdict);
static enum judge_outcome ask_ocsp(struct judge_case *judged, struct judge_verdict *verdict);
static enum judge_outcome ask_connections(struct judge_case *judged, struct judge_verdict *verdict);
static enum judge_outcome ask_client_rules(struct judge_case *judged, struct judge_verdict *verdict);
static enum judge_outcome ask_method(struct judge_case *judged, struct judge_verdict *verdict);
static enum judge_outcome ask_length(struct judge_case *judged, struct judge_verdict *verdict);
static enum judge_outcome ask_host(struct judge_case *judged, struct judge_verdict *verdict);
static enum judge_outcome ask_address_rate(struct judge_case *judged, struct judge_verdict *verdict);
static enum judge_outcome ask_identity_rate(struct judge_case *judged, struct judge_verdict *verdict);
static enum judge_outcome ask_websocket(struct judge_case *judged, struct judge_verdict *verdict);
static enum judge_outcome ask_route(struct judge_case *judged, struct judge_verdict *verdict);
static enum judge_outcome ask_request_rules(struct judge_case *judged, struct judge_verdict *verdict);
static enum judge_outcome ask_rules(struct judge_case *judged, const struct ruleset *const *sets, size_t count,
                                    const struct facts_request *request, struct judge_verdict *verdict);
static void note_shadow(const struct ruleset_verdict *ruled, struct judge_verdict *verdict);
static bool asks_path(const struct ruleset *const *sets, size_t count);
static enum judge_outcome ask_password(struct judge_case *judged, struct judge_verdict *verdict);
static void begin(const struct judge_case *judged, struct judge_verdict *verdict);
static void ask_all(const struct check *checks, size_t count, struct judge_case *judged,
                    const struct judge_trace *trace, struct judge_verdict *verdict);
static void report(const struct judge_case *judged, struct judge_verdict *verdict);
static enum judge_outcome refuse(struct judge_verdict *verdict, enum reason reason);
static enum judge_outcome refuse_by_ocsp(const struct plan_ocsp *rules, const struct ocspcache_view *view, size_t depth,
                                         struct judge_verdict *verdict);
static int expired_depth(const struct verified_peer *peer, int64_t now);

/* Of the client. */
static const struct check client_checks[] = {
    {"configuration", ask_configuration, ABOUT_REST},
    {"certificate", ask_certificate, ABOUT_CLIENT},
    {"dates", ask_dates, ABOUT_CLIENT},
    {"usage", ask_usage, ABOUT_CLIENT},
    {"deny-list", ask_denials, ABOUT_CLIENT},
    {"revocation", ask_revocation, ABOUT_CLIENT},
    {"ocsp", ask_ocsp, ABOUT_CLIENT},
    {"connections", ask_connections, ABOUT_REST},
    {"rules", ask_client_rules, ABOUT_CLIENT},
};

/* Of a request, after those of its client. */
static const struct check request_checks[] = {
    {"method", ask_method, ABOUT_REST},
    {"length", ask_length, ABOUT_REST},
    {"host", ask_host, ABOUT_REST},
    {"address-rate", ask_address_rate, ABOUT_REST},
    {"identity-rate", ask_identity_rate, ABOUT_REST},
    {"route", ask_route, ABOUT_REST},
    {"websocket", ask_websocket, ABOUT_REST},
    {"request-rules", ask_request_rules, ABOUT_CLIENT},
    {"password", ask_password, ABOUT_REST},
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

void judge_arrival(struct judge_case *judged, struct judge_verdict *verdict) {
    const struct plan_host *host = judged->host;
    begin(judged, verdict);
    judged->is_arriving = true;
    if (host->client_auth != TLS_CLIENT_AUTH_REPORT_ONLY && !host->refuses_by_page)
        ask_client_rules(judged, verdict);
}

void judge_client(struct judge_case *judged, const struct judge_trace *trace, struct judge_verdict *verdict) {
    begin(judged, verdict);
    ask_all(client_checks, COUNT_OF(client_checks), judged, trace, verdict);
}

void judge_request(struct judge_case *judged, const struct judge_trace *trace, struct judge_verdict *verdict) {
    begin(judged, verdict);
    ask_all(client_checks, COUNT_OF(client_checks), judged, trace, verdict);
    if (verdict->reason == REASON_NONE)
        ask_all(request_checks, COUNT_OF(request_checks), judged, trace, verdict);
}

static void begin(const struct judge_case *judged, struct judge_verdict *verdict) {
    *verdict = (struct judge_verdict){.depth = -1, .place = judged->host->place};
}

static void ask_all(const struct check *checks, size_t count, struct judge_case *judged,
                    const struct judge_trace *trace, struct judge_verdict *verdict) {
    for (size_t i = 0; i < count && verdict->reason == REASON_NONE; i++) {
        enum judge_outcome outcome = checks[i].ask(judged, verdict);
        if (outcome == JUDGE_REFUSED)
            verdict->check = checks[i].name;
        verdict->concerns_client =
            checks[i].subject == ABOUT_CLIENT && outcome == JUDGE_REFUSED && verdict->reason != REASON_PATH_AMBIGUOUS;
        if (trace)
            trace->told(trace->owner, checks[i].name, outcome, verdict);
        if (verdict->concerns_client && judged->host->client_auth == TLS_CLIENT_AUTH_REPORT_ONLY)
            report(judged, verdict);
    }
}

/* The first refusal counts; the client goes on to the next check. Who presented nothing is told as that. */
static void report(const struct judge_case *judged, struct judge_verdict *verdict) {
    bool has_certificate = judged->peer || judged->refused;
    if (verdict->would_refuse == REASON_NONE)
        verdict->would_refuse = verdict->reason;
    if (verdict->failed == REASON_NONE && has_certificate)
        verdict->failed = verdict->reason;
    verdict->reason = REASON_NONE;
    verdict->concerns_client = false;
    verdict->depth = -1;
    verdict->detail = verdict->check = verdict->rule = NULL;
    verdict->place = judged->host->place;
}

static enum judge_outcome refuse(struct judge_verdict *verdict, enum reason reason) {
    verdict->reason = reason;
    return JUDGE_REFUSED;
}

/* --- the client --- */

/* A session that could not go over to the newest configuration is told nothing under the old one. */
static enum judge_outcome ask_configuration(struct judge_case *judged, struct judge_verdict *verdict) {
    return judged->is_current ? JUDGE_PASSED : refuse(verdict, REASON_DRAINING);
}

/* A proof of possession is none where a chain is to be judged: that cannot happen, and does not pass. */
static enum judge_outcome ask_certificate(struct judge_case *judged, struct judge_verdict *verdict) {
    enum tls_client_auth mode = judged->host->client_auth;
    const struct verify_verdict *refused = judged->refused;
    if (refused) {
        verdict->depth = refused->depth;
        verdict->detail = refused->detail;
        return refuse(verdict, refused->reason);
    }
    if (judged->peer && tls_endpoint_judges(mode) && verified_peer_proof(judged->peer) != PEER_PROOF_CHAIN)
        return refuse(verdict, REASON_CERT_UNKNOWN_ISSUER);
    if (judged->peer)
        return JUDGE_PASSED;
    if (tls_endpoint_requires(mode) || mode == TLS_CLIENT_AUTH_REPORT_ONLY)
        return refuse(verdict, REASON_CERT_MISSING);
    return JUDGE_SKIPPED;
}

/* They were good at the handshake; a connection may live longer than they do. */
static enum judge_outcome ask_dates(struct judge_case *judged, struct judge_verdict *verdict) {
    if (!judged->peer)
        return JUDGE_SKIPPED;
    if (verified_peer_expires(judged->peer) > judged->now)
        return JUDGE_PASSED;
    verdict->depth = expired_depth(judged->peer, judged->now);
    return refuse(verdict, REASON_CERT_EXPIRED);
}

/* The first certificate of the path that has expired: the anchor when none below it has. */
static int expired_depth(const struct verified_peer *peer, int64_t now) {
    size_t len = verified_peer_path_len(peer);
    for (size_t i = 0; i < len; i++) {
        struct peer_summary summary;
        cert_summarize_der(verified_peer_path(peer, i), &summary);
        if (summary.present && summary.not_after < now)
            return (int)i;
    }
    return (int)len;
}

/* A leaf without the extended key usage may be allowed up to a date. */
static enum judge_outcome ask_usage(struct judge_case *judged, struct judge_verdict *verdict) {
    if (!judged->peer)
        return JUDGE_SKIPPED;
    if (verified_peer_usage_ends(judged->peer) > judged->now)
        return JUDGE_PASSED;
    verdict->depth = 0;
    return refuse(verdict, REASON_CERT_WRONG_USAGE);
}

static enum judge_outcome ask_denials(struct judge_case *judged, struct judge_verdict *verdict) {
    struct denylist_hit hit;
    if (!judged->peer || !judged->denials || judged->denials->entries == 0)
        return JUDGE_SKIPPED;
    enum reason reason = denylist_check(judged->denials, judged->peer, judged->now, &hit);
    if (reason == REASON_NONE)
        return JUDGE_PASSED;
    if (reason != REASON_MEMORY) {
        verdict->depth = hit.depth;
        verdict->detail = denylist_detail(hit.kind);
    }
    return refuse(verdict, reason);
}

static enum judge_outcome ask_revocation(struct judge_case *judged, struct judge_verdict *verdict) {
    const struct revocation *revocation = judged->host->revocation;
    if (!judged->peer || !revocation)
        return JUDGE_SKIPPED;
    int depth;
    enum reason reason = revocation_check(revocation, judged->peer, judged->now, &depth);
    if (reason == REASON_NONE)
        return JUDGE_PASSED;
    verdict->depth = depth;
    verdict->place = judged->host->revocation_place;
    return refuse(verdict, reason);
}

/* Only what is known is looked at. Who may wait does so rather than being judged by what is about to be replaced. */
static enum judge_outcome ask_ocsp(struct judge_case *judged, struct judge_verdict *verdict) {
    const struct plan_ocsp *rules = judged->host->ocsp;
    if (!judged->peer || !rules)
        return JUDGE_SKIPPED;
    size_t count = ocspcache_scope(rules, verified_peer_key_count(judged->peer));
    for (size_t i = 0; i < count; i++) {
        struct ocspcache_view view =
            ocspcache_look(judged->ocsp, rules, verified_peer_key(judged->peer, i), judged->now);
        bool waits = view.is_due && judged->may_wait;
        verdict->needs_ocsp = verdict->needs_ocsp || waits;
        if (waits || view.reason == REASON_NONE)
            continue;
        if (view.is_answer || rules->is_hard)
            return refuse_by_ocsp(rules, &view, i, verdict);
        verdict->would_refuse = verdict->would_refuse == REASON_NONE ? view.reason : verdict->would_refuse;
    }
    return verdict->needs_ocsp ? JUDGE_UNKNOWN : JUDGE_PASSED;
}

static enum judge_outcome refuse_by_ocsp(const struct plan_ocsp *rules, const struct ocspcache_view *view, size_t depth,
                                         struct judge_verdict *verdict) {
    verdict->depth = (int)depth;
    verdict->detail = view->detail;
    verdict->place = rules->place;
    return refuse(verdict, view->reason);
}

/* Asked when a client is let in; those that are in stay. */
static enum judge_outcome ask_connections(struct judge_case *judged, struct judge_verdict *verdict) {
    unsigned most = judged->host->limits.identity_connections;
    if (most == 0 || !judged->peer || judged->identity_connections == 0)
        return JUDGE_SKIPPED;
    if (judged->identity_connections <= most)
        return JUDGE_PASSED;
    verdict->place = judged->host->limits.identity_place;
    return refuse(verdict, REASON_LIMIT_IDENTITY_CONNECTIONS);
}

/* Who would be refused whatever the request is, is refused at once: in the handshake, or as soon as a new configuration
 * is in force. Where there are no requests, no rule waits for one. */
static enum judge_outcome ask_client_rules(struct judge_case *judged, struct judge_verdict *verdict) {
    static const struct facts_request no_request;
    const struct ruleset *sets[] = {judged->listener->rules, judged->host->rules};
    bool has_requests = judged->host->mode == PLAN_MODE_HTTP;
    if (!sets[0] && !sets[1])
        return JUDGE_SKIPPED;
    return ask_rules(judged, sets, COUNT_OF(sets), has_requests ? NULL : &no_request, verdict);
}

static enum judge_outcome ask_rules(struct judge_case *judged, const struct ruleset *const *sets, size_t count,
                                    const struct facts_request *request, struct judge_verdict *verdict) {
    struct ruleset_verdict ruled;
    struct facts facts = {.is_arriving = judged->is_arriving,
                          .certificate = judged->peer ? certfacts_of(judged->peer) : NULL,
                          .is_verified = judged->peer && verified_peer_proof(judged->peer) == PEER_PROOF_CHAIN,
                          .address = judged->client,
                          .server_name = judged->server_name,
                          .now_s = judged->now,
                          .request = request};
    if (judged->peer && !facts.certificate)
        return refuse(verdict, REASON_MEMORY);
    ruleset_judge(sets, count, &facts, &ruled);
    if (!judged->is_arriving)
        note_shadow(&ruled, verdict);
    if (!ruled.is.refused)
        return JUDGE_PASSED;
    verdict->place = ruled.is.place;
    verdict->rule = ruled.is.rule ? ruled.is.rule->name : NULL;
    verdict->detail = ruled.is.rule ? "a rule denies it" : "no rule allows it";
    return refuse(verdict, REASON_POLICY);
}

static void note_shadow(const struct ruleset_verdict *ruled, struct judge_verdict *verdict) {
    if (ruled->is.refused == ruled->would.refused)
        return;
    verdict->shadow = (struct judge_shadow){.differs = true,
                                            .rule = ruled->would.rule ? ruled->would.rule->name : NULL,
                                            .place = ruled->would.place};
    if (ruled->would.refused)
        verdict->would_refuse = REASON_POLICY;
}

/* --- the request --- */

static enum judge_outcome ask_method(struct judge_case *judged, struct judge_verdict *verdict) {
    bool is_served = !slice_equal(judged->request->method, slice_text("CONNECT"));
    return is_served ? JUDGE_PASSED : refuse(verdict, REASON_METHOD_UNSUPPORTED);
}

/* Of a body whose length was told; others are counted as they come. */
static enum judge_outcome ask_length(struct judge_case *judged, struct judge_verdict *verdict) {
    uint64_t max = judged->listener->body_max_bytes;
    if (max == 0 || judged->request->body != HTTP_BODY_LENGTH)
        return JUDGE_SKIPPED;
    if (judged->request->content_length <= max)
        return JUDGE_PASSED;
    verdict->place = judged->listener->limits_place;
    return refuse(verdict, REASON_BODY_TOO_LARGE);
}

/* The host of the request must be one whose client authentication is that of the handshake: identities and trust of
 * one host say nothing at another. */
static enum judge_outcome ask_host(struct judge_case *judged, struct judge_verdict *verdict) {
    const struct plan_host *host = judged->host;
    size_t len;
    if (!http_authority_host(judged->request->authority, judged->host_text, &len))
        return refuse(verdict, REASON_HOST_INVALID);
    judged->request_host = slice_of(judged->host_text, len);
    judged->named = snapshot_host(judged->listener, judged->request_host);
    bool is_alike =
        judged->named && memcmp(judged->named->policy_digest, host->policy_digest, sizeof host->policy_digest) == 0;
    return is_alike ? JUDGE_PASSED : refuse(verdict, REASON_MISDIRECTED);
}

/* The limits of the host that is asked for count, whichever one the handshake was with. */
static enum judge_outcome ask_address_rate(struct judge_case *judged, struct judge_verdict *verdict) {
    const struct plan_client_limits *limits = &judged->named->limits;
    if (limits->address_requests.interval_ns == 0)
        return JUDGE_SKIPPED;
    verdict->retry_after_ms = judged->meter ? judged->meter->address_wait_ms(judged->meter->owner, limits) : 0;
    if (verdict->retry_after_ms == 0)
        return JUDGE_PASSED;
    verdict->place = limits->address_place;
    return refuse(verdict, REASON_LIMIT_ADDRESS_REQUESTS);
}

static enum judge_outcome ask_identity_rate(struct judge_case *judged, struct judge_verdict *verdict) {
    const struct plan_client_limits *limits = &judged->named->limits;
    if (limits->identity_requests.interval_ns == 0 || !judged->peer)
        return JUDGE_SKIPPED;
    verdict->retry_after_ms = judged->meter ? judged->meter->identity_wait_ms(judged->meter->owner, limits) : 0;
    if (verdict->retry_after_ms == 0)
        return JUDGE_PASSED;
    verdict->place = limits->identity_place;
    return refuse(verdict, REASON_LIMIT_IDENTITY_REQUESTS);
}

static enum judge_outcome ask_route(struct judge_case *judged, struct judge_verdict *verdict) {
    enum reason reason = snapshot_route(judged->listener, judged->request_host, judged->request->path, &judged->route);
    verdict->place = judged->route ? judged->route->place : judged->listener->place;
    return reason == REASON_NONE ? JUDGE_PASSED : refuse(verdict, reason);
}

static enum judge_outcome ask_websocket(struct judge_case *judged, struct judge_verdict *verdict) {
    if (!http_message_upgrades(judged->request))
        return JUDGE_SKIPPED;
    return judged->route->refuses_websocket ? refuse(verdict, REASON_UPGRADE_REFUSED) : JUDGE_PASSED;
}

/* The rules of the host that was named count as well as those of the host of the handshake: a connection to the one
 * opens nothing of the other. The path was found to have one meaning when the route was chosen. */
static enum judge_outcome ask_request_rules(struct judge_case *judged, struct judge_verdict *verdict) {
    const struct ruleset *of_named = judged->named == judged->host ? NULL : judged->named->rules;
    const struct ruleset *sets[] = {judged->listener->rules, judged->host->rules, of_named, judged->route->rules};
    if (!sets[0] && !sets[1] && !sets[2] && !sets[3])
        return JUDGE_SKIPPED;
    struct route_path path;
    struct facts_request request = {.host = judged->request_host, .method = judged->request->method};
    if (asks_path(sets, COUNT_OF(sets))) {
        if (!route_path_read(judged->request->path, &path))
            return refuse(verdict, REASON_PATH_AMBIGUOUS);
        request.path = slice_of(path.bytes, path.len);
    }
    return ask_rules(judged, sets, COUNT_OF(sets), &request, verdict);
}

static bool asks_path(const struct ruleset *const *sets, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (sets[i] && sets[i]->asks_path)
            return true;
    }
    return false;
}

/* Only whether one is asked for: the route's word counts, then that of the host that is asked for. */
static enum judge_outcome ask_password(struct judge_case *judged, struct judge_verdict *verdict) {
    judged->password = judged->route->says_password ? judged->route->password : judged->named->password;
    if (!judged->password)
        return JUDGE_SKIPPED;
    verdict->place = judged->password->place;
    verdict->detail = "a password is required here";
    return JUDGE_PASSED;
}
