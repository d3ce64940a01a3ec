/* Both records are built by small appends into memory of the ring; a record that does not fit is dropped whole and
 * counted. */
#include "proxy/account.h"

#include "base/now.h"
#include "base/text.h"
#include "pki/identity.h"

#include <stdio.h>

/* An access line with every name at its longest; a refusal record has up to two summaries more, and both what a load
 * balancer says. */
enum { ACCOUNT_LINE_MAX = 12288 };

/* Longest text of a client's choice in a record (path, host, server name): enough to see what it was. */
enum { ACCOUNT_TEXT_MAX = 1024 };

/* A record under way. `fits` stays true while all appends did. */
struct account_line {
    struct buf buf;
    bool fits;
    bool first;
};

static bool account_open(struct account_line *line, struct session_room *room, enum event_kind kind) {
    uint8_t *memory = events_begin(room->events, kind, ACCOUNT_LINE_MAX);
    if (!memory) {
        counters_add(room->counters, COUNTER_EVENTS_LOST, 1);
        return false;
    }
    line->buf = (struct buf){.data = memory, .cap = ACCOUNT_LINE_MAX, .max = ACCOUNT_LINE_MAX};
    line->fits = buf_append_byte(&line->buf, '{');
    line->first = true;
    return true;
}

static void account_close(struct account_line *line, struct session_room *room) {
    line->fits = line->fits && buf_append_byte(&line->buf, '}');
    if (!line->fits)
        counters_add(room->counters, COUNTER_EVENTS_LOST, 1);
    events_commit(room->events, line->fits ? buf_len(&line->buf) : 0);
}

static void account_raw(struct account_line *line, struct slice bytes) {
    line->fits = line->fits && buf_append(&line->buf, bytes);
}

/* `key` comes with its quotes and colon. */
static void account_key(struct account_line *line, const char *key) {
    if (!line->first)
        line->fits = line->fits && buf_append_byte(&line->buf, ',');
    line->first = false;
    account_raw(line, slice_text(key));
}

static void account_text(struct account_line *line, const char *key, struct slice text) {
    if (text.len == 0)
        return;
    account_key(line, key);
    line->fits = line->fits && text_json(&line->buf, slice_sub(text, 0, ACCOUNT_TEXT_MAX));
}

static void account_number(struct account_line *line, const char *key, uint64_t number) {
    char digits[20];
    account_key(line, key);
    account_raw(line, slice_of(digits, text_decimal(digits, number)));
}

static void account_time(struct account_line *line, const char *key, int64_t unix_ms) {
    char text[26] = "\"";
    text_time(text + 1, unix_ms);
    text[25] = '"';
    account_key(line, key);
    account_raw(line, slice_of(text, sizeof text));
}

static void account_id(struct account_line *line, uint64_t id) {
    uint64_t big_endian = __builtin_bswap64(id);
    char text[18] = "\"";
    text_hex(text + 1, slice_of(&big_endian, sizeof big_endian));
    text[17] = '"';
    account_key(line, "\"id\":");
    account_raw(line, slice_of(text, sizeof text));
}

static void account_client(struct account_line *line, const struct addr_ip *client) {
    char text[ADDR_TEXT_MAX];
    account_text(line, "\"client\":", slice_of(text, addr_ip_text(client, text)));
}

static void account_begin_object(struct account_line *line, const char *key) {
    account_key(line, key);
    account_raw(line, slice_text("{"));
    line->first = true;
}

static void account_end_object(struct account_line *line) {
    account_raw(line, slice_text("}"));
    line->first = false;
}

static void account_certificate(struct account_line *line, const char *key, const struct peer_summary *summary) {
    if (!summary->present)
        return;
    account_begin_object(line, key);
    account_text(line, "\"subject\":", slice_text(summary->subject));
    account_text(line, "\"issuer\":", slice_text(summary->issuer));
    account_text(line, "\"serial\":", slice_text(summary->serial));
    account_text(line, "\"fingerprint_sha256\":", slice_text(summary->fingerprint));
    account_time(line, "\"not_before\":", summary->not_before * 1000);
    account_time(line, "\"not_after\":", summary->not_after * 1000);
    account_end_object(line);
}

static void account_identity(struct account_line *line, const struct verified_peer *peer) {
    if (!peer)
        return;
    const struct peer_summary *summary = verified_peer_summary(peer);
    account_begin_object(line, "\"identity\":");
    account_text(line, "\"subject\":", slice_text(summary->subject));
    account_text(line, "\"fingerprint\":", slice_text(summary->fingerprint));
    account_text(line, "\"serial\":", slice_text(summary->serial));
    if (verified_peer_proof(peer) == PEER_PROOF_POSSESSION)
        account_text(line, "\"proof\":", slice_text("possession"));
    account_end_object(line);
}

static void account_place(struct account_line *line, const struct error_place *place) {
    char text[ACCOUNT_TEXT_MAX];
    if (!place->file)
        return;
    int len = snprintf(text, sizeof text, "%s:%u:%u", place->file, place->line, place->column);
    account_text(line, "\"config\":", slice_of(text, len < ACCOUNT_TEXT_MAX ? (size_t)len : ACCOUNT_TEXT_MAX - 1));
}

/* The deciding line, and the name of the rule that it begins. */
static void account_rule(struct account_line *line, const char *rule, const struct error_place *place) {
    account_text(line, "\"rule\":", slice_text(rule));
    account_place(line, place);
}

/* What the judge says beyond the reason, when it was the judge who refused; else only the place `otherwise`. */
static void account_judged(struct account_line *line, enum reason reason, const struct judge_verdict *verdict,
                           const struct error_place *otherwise) {
    if (reason != verdict->reason) {
        account_place(line, otherwise);
        return;
    }
    account_text(line, "\"check\":", slice_text(verdict->check));
    if (verdict->depth >= 0)
        account_number(line, "\"depth\":", (uint64_t)verdict->depth);
    account_text(line, "\"detail\":", slice_text(verdict->detail));
    account_rule(line, verdict->rule, &verdict->place);
}

static void account_would_refuse(struct account_line *line, const struct judge_verdict *verdict) {
    if (verdict->would_refuse != REASON_NONE)
        account_text(line, "\"would_refuse\":", slice_text(reason_row(verdict->would_refuse)->label));
}

/* What shadow rules would have changed: in access and refusal records. */
static void account_shadow(struct account_line *line, enum reason reason, const struct judge_verdict *verdict) {
    if (!verdict->shadow.differs)
        return;
    account_begin_object(line, "\"shadow\":");
    account_text(line, "\"would\":", slice_text(reason == REASON_POLICY ? "allow" : "refuse"));
    account_rule(line, verdict->shadow.rule, &verdict->shadow.place);
    account_end_object(line);
}

static void account_count_shadow(struct session_room *room, const struct judge_verdict *verdict) {
    if (verdict->shadow.differs)
        counters_add(room->counters, COUNTER_SHADOW_DIFFERENCES, 1);
}

static void account_why(struct account_line *line, enum reason reason) {
    const struct reason_row *row = reason_row(reason);
    account_text(line, "\"reason\":", slice_text(row->label));
    account_text(line, "\"sentence\":", slice_text(row->sentence));
    account_text(line, "\"remedy\":", slice_text(row->remedy));
}

static bool account_refusal_open(struct account_line *line, struct session_room *room, uint64_t id, const char *stage,
                                 enum reason reason) {
    if (!account_open(line, room, EVENT_REFUSAL))
        return false;
    account_time(line, "\"time\":", loop_unix_ms(room->loop));
    account_id(line, id);
    account_text(line, "\"stage\":", slice_text(stage));
    account_why(line, reason);
    return true;
}

void account_connection_refused(struct session_room *room, const struct plan_listener *listener,
                                const struct addr_ip *client, enum reason reason) {
    struct account_line line;
    counters_reason(room->counters, reason);
    counters_add(room->counters, COUNTER_HANDSHAKES_REFUSED, 1);
    if (!account_refusal_open(&line, room, session_room_id(room), "accept", reason))
        return;
    account_text(&line, "\"listener\":", slice_text(listener->name));
    account_client(&line, client);
    account_place(&line, &listener->place);
    account_close(&line, room);
}

void account_accept_paused(struct session_room *room, enum reason reason, const char *detail) {
    struct account_line line;
    counters_reason(room->counters, reason);
    if (!account_refusal_open(&line, room, session_room_id(room), "accept", reason))
        return;
    account_text(&line, "\"detail\":", slice_text(detail));
    account_close(&line, room);
}

/* What a load balancer in front says, and nobody here has proven. */
static void account_claims(struct account_line *line, const struct claims *claims) {
    char id[2 * CLAIMS_TEXT_MAX];
    account_begin_object(line, "\"told_by_proxy\":");
    account_text(line, "\"authority\":", claims->authority);
    account_text(line, "\"alpn\":", claims->alpn);
    text_hex(id, claims->unique_id);
    account_text(line, "\"unique_id\":", slice_of(id, 2 * claims->unique_id.len));
    if (claims->has_tls) {
        account_key(line, "\"tls\":");
        account_raw(line, slice_text("true"));
        account_text(line, "\"tls_version\":", claims->tls_version);
        account_key(line, "\"verified\":");
        account_raw(line, slice_text(claims->is_verified ? "true" : "false"));
    }
    account_text(line, "\"common_name\":", claims->common_name);
    account_certificate(line, "\"certificate\":", &claims->certificate);
    account_end_object(line);
}

static void account_session(struct account_line *line, const struct session *session) {
    account_text(line, "\"listener\":", slice_text(session->listener->name));
    account_client(line, &session->client);
    account_text(line, "\"sni\":", session_server_name(session));
    if (session->claims)
        account_claims(line, session->claims);
}

/* What the verdict says: the certificate shown, which one failed at which depth, and in which words. */
static void account_verdict(struct account_line *line, const struct verify_verdict *verdict) {
    account_number(line, "\"depth\":", (uint64_t)(verdict->depth < 0 ? 0 : verdict->depth));
    account_text(line, "\"detail\":", slice_text(verdict->detail));
    account_certificate(line, "\"presented\":", &verdict->presented);
    account_certificate(line, "\"failed\":", &verdict->failed);
}

/* Who a client is said to be: by its proof, or by what it presented and was refused for. */
static void account_who(struct account_line *line, const struct session *session) {
    account_identity(line, session->peer);
    if (!session->refused)
        return;
    account_certificate(line, "\"presented\":", &session->refused->presented);
    account_certificate(line, "\"failed\":", &session->refused->failed);
}

/* Of a connection that got as far as TLS. The verdict on the chain includes what the judge said inside of the
 * handshake, but for the place. */
static void account_handshake_facts(struct account_line *line, const struct session *session, enum reason reason) {
    uint8_t alert = tlsstream_alert(session->stream);
    const struct verify_verdict *chain = tlsstream_verdict(session->stream);
    const struct judge_verdict *verdict = &session->verdict;
    if (alert)
        account_number(line, "\"alert\":", alert);
    if (!chain) {
        account_text(line, "\"detail\":", slice_text(tlsstream_detail(session->stream)));
        account_judged(line, reason, verdict, &session->host->place);
        return;
    }
    account_text(line, "\"check\":", slice_text(reason == verdict->reason ? verdict->check : "chain"));
    account_verdict(line, chain);
    if (reason == verdict->reason)
        account_rule(line, verdict->rule, &verdict->place);
    else
        account_place(line, &session->host->place);
    account_shadow(line, reason, verdict);
}

static const char *account_stage(enum session_phase phase) {
    if (phase == SESSION_PROXY)
        return "proxy_header";
    if (phase == SESSION_ADMIT)
        return "admission";
    return phase == SESSION_HELLO ? "client_hello" : "handshake";
}

void account_handshake_refused(struct session *session, enum reason reason) {
    struct session_room *room = session->room;
    struct account_line line;
    counters_reason(room->counters, reason);
    counters_add(room->counters, COUNTER_HANDSHAKES_REFUSED, 1);
    account_count_shadow(room, &session->verdict);
    if (!account_refusal_open(&line, room, session->id, account_stage(session->phase), reason))
        return;
    account_session(&line, session);
    account_identity(&line, session->peer);
    if (session->phase >= SESSION_HANDSHAKE && session->stream && session_has_tls(session))
        account_handshake_facts(&line, session, reason);
    else
        account_judged(&line, reason, &session->verdict,
                       session->host ? &session->host->place : &session->listener->place);
    account_close(&line, room);
}

/* Nothing, where clients speak without TLS. */
static void account_tls(struct account_line *line, const struct tls_facts *facts) {
    if (!facts->version)
        return;
    account_begin_object(line, "\"tls\":");
    account_text(line, "\"version\":", slice_text(facts->version));
    account_text(line, "\"cipher\":", slice_text(facts->cipher));
    account_key(line, "\"resumed\":");
    account_raw(line, slice_text(facts->resumed ? "true" : "false"));
    account_end_object(line);
}

void account_request_unread(struct session *session, enum reason reason) {
    struct session_room *room = session->room;
    struct account_line line;
    counters_reason(room->counters, reason);
    counters_add(room->counters, COUNTER_REQUESTS_REFUSED, 1);
    if (!account_refusal_open(&line, room, session_room_id(room), "request", reason))
        return;
    account_session(&line, session);
    account_number(&line, "\"status\":", reason_row(reason)->status);
    account_who(&line, session);
    account_place(&line, &session->listener->place);
    account_close(&line, room);
}

void account_session_ended(struct session *session, enum reason reason) {
    struct session_room *room = session->room;
    struct account_line line;
    counters_reason(room->counters, reason);
    if (!account_refusal_open(&line, room, session->id, "session", reason))
        return;
    account_session(&line, session);
    account_who(&line, session);
    account_judged(&line, reason, &session->verdict, &session->host->place);
    account_close(&line, room);
}

/* Which backend, which of its servers was tried last, and how many tries there were, if it was not the only one. */
static void account_backend(struct account_line *line, const struct exchange *exchange) {
    if (exchange->route)
        account_text(line, "\"backend\":", slice_text(exchange->route->backend->name));
    const struct server *server = exchange->server ? exchange->server : exchange->failed;
    if (server)
        account_text(line, "\"server\":", slice_text(server->label));
    if (exchange->attempts > 1)
        account_number(line, "\"attempts\":", exchange->attempts);
}

static void account_request_line(struct account_line *line, const struct exchange *exchange) {
    account_text(line, "\"host\":", exchange->host);
    account_text(line, "\"method\":", exchange->request.method);
    account_text(line, "\"path\":", exchange->request.path);
}

/* Why TLS to the server failed: the check, and what it is about. */
static void account_backend_tls(struct account_line *line, const struct dial_facts *facts) {
    if (!facts)
        return;
    account_begin_object(line, "\"backend_tls\":");
    if (facts->alert)
        account_number(line, "\"alert\":", facts->alert);
    if (facts->verdict) {
        account_text(line, "\"check\":", slice_text(reason_row(facts->verdict->reason)->label));
        account_verdict(line, facts->verdict);
    } else {
        account_text(line, "\"detail\":", slice_text(facts->detail));
    }
    account_end_object(line);
}

static void account_exchange_refused(const struct exchange *exchange) {
    const struct session *session = exchange->session;
    struct account_line line;
    counters_add(session->room->counters, COUNTER_REQUESTS_REFUSED, 1);
    if (!account_refusal_open(&line, session->room, exchange->id, "request", exchange->reason))
        return;
    account_session(&line, session);
    account_request_line(&line, exchange);
    account_number(&line, "\"status\":", exchange->status);
    account_backend(&line, exchange);
    account_backend_tls(&line, exchange->not_dialled);
    account_who(&line, session);
    account_text(&line, "\"user\":", exchange->check.user);
    const struct error_place *place = exchange->route ? &exchange->route->place : &session->host->place;
    account_judged(&line, exchange->reason, &exchange->verdict, place);
    account_shadow(&line, exchange->reason, &exchange->verdict);
    account_close(&line, session->room);
}

static void account_access(const struct exchange *exchange) {
    const struct session *session = exchange->session;
    struct account_line line;
    if (!account_open(&line, session->room, EVENT_ACCESS))
        return;
    account_time(&line, "\"time\":", loop_unix_ms(session->room->loop));
    account_id(&line, exchange->id);
    account_session(&line, session);
    account_request_line(&line, exchange);
    account_text(&line, "\"protocol\":",
                 slice_text(session->is_http2                     ? "HTTP/2"
                                : exchange->request.version_minor ? "HTTP/1.1"
                                                                  : "HTTP/1.0"));
    account_number(&line, "\"status\":", exchange->status);
    if (exchange->reason != REASON_NONE)
        account_text(&line, "\"reason\":", slice_text(reason_row(exchange->reason)->label));
    account_number(&line, "\"bytes_in\":", exchange->in_bytes);
    account_number(&line, "\"bytes_out\":", exchange->out_bytes);
    account_number(&line, "\"duration_us\":", (uint64_t)(now_us() - exchange->began_us));
    account_backend(&line, exchange);
    account_tls(&line, &session->facts);
    account_who(&line, session);
    account_text(&line, "\"user\":", exchange->check.user);
    account_would_refuse(&line, &exchange->verdict);
    account_shadow(&line, exchange->reason, &exchange->verdict);
    account_close(&line, session->room);
}

/* How the operator knows the client besides the subject: the SPIFFE id, or the first alternative name that is text. */
static struct slice account_name(const struct identity *identity) {
    if (identity->spiffe_id.len > 0)
        return identity->spiffe_id;
    for (size_t i = 0; i < identity->name_count; i++) {
        enum identity_kind kind = identity->names[i].kind;
        if (kind == IDENTITY_DNS || kind == IDENTITY_MAIL || kind == IDENTITY_URI || kind == IDENTITY_PRINCIPAL)
            return identity->names[i].value;
    }
    return slice_of(NULL, 0);
}

/* What a client of a judged chain presented; under report_only also one that would be refused for its chain. NULL: it
 * is nobody who could be known. */
static const struct peer_summary *account_presented(const struct session *session) {
    if (session->verdict.reason != REASON_NONE)
        return NULL;
    if (session->peer && verified_peer_proof(session->peer) == PEER_PROOF_CHAIN)
        return verified_peer_summary(session->peer);
    return session->refused && session->refused->presented.present ? &session->refused->presented : NULL;
}

void account_seen(const struct session *session, enum reason would_refuse) {
    const struct peer_summary *summary = account_presented(session);
    struct account_line line;
    if (!summary || !account_open(&line, session->room, EVENT_SEEN))
        return;
    account_time(&line, "\"time\":", loop_unix_ms(session->room->loop));
    account_text(&line, "\"listener\":", slice_text(session->listener->name));
    account_text(&line, "\"fingerprint\":", slice_text(summary->fingerprint));
    account_text(&line, "\"subject\":", slice_text(summary->subject));
    if (session->peer)
        account_text(&line, "\"name\":", account_name(verified_peer_identity(session->peer)));
    account_number(&line, "\"not_after\":", summary->not_after > 0 ? (uint64_t)summary->not_after : 0);
    if (would_refuse != REASON_NONE)
        account_text(&line, "\"would_refuse\":", slice_text(reason_row(would_refuse)->label));
    account_close(&line, session->room);
}

void account_exchange(const struct exchange *exchange) {
    const struct session *session = exchange->session;
    enum reason would_refuse = exchange->verdict.would_refuse;
    struct counters *counters = session->room->counters;
    counters_add(counters, COUNTER_REQUESTS, 1);
    account_count_shadow(session->room, &exchange->verdict);
    counters_add(counters, COUNTER_BYTES_IN, (int64_t)exchange->in_bytes);
    counters_add(counters, COUNTER_BYTES_OUT, (int64_t)exchange->out_bytes);
    if (exchange->reason != REASON_NONE)
        counters_reason(counters, exchange->reason);
    if (exchange->verdict.would_refuse != REASON_NONE)
        counters_would_refuse(counters, exchange->verdict.would_refuse);
    if (exchange->reason != REASON_NONE && exchange->reason != REASON_CLIENT_GONE)
        account_exchange_refused(exchange);
    if (would_refuse != REASON_NONE && would_refuse != session->verdict.would_refuse)
        account_seen(session, would_refuse);
    if (snapshot_logs_access(exchange->snapshot))
        account_access(exchange);
}

static void account_server(struct account_line *line, const struct tunnel *tunnel) {
    account_text(line, "\"mode\":", slice_text(tunnel->session->host->mode == PLAN_MODE_TCP ? "tcp" : "passthrough"));
    account_text(line, "\"backend\":", slice_text(tunnel->backend->name));
    if (tunnel->server)
        account_text(line, "\"server\":", slice_text(tunnel->server->label));
}

void account_tunnel_refused(const struct tunnel *tunnel, enum reason reason, const struct dial_facts *facts) {
    const struct session *session = tunnel->session;
    struct session_room *room = session->room;
    struct account_line line;
    counters_reason(room->counters, reason);
    counters_add(room->counters, COUNTER_TUNNELS_REFUSED, 1);
    if (!account_refusal_open(&line, room, session->id, "connect", reason))
        return;
    account_session(&line, session);
    account_server(&line, tunnel);
    account_backend_tls(&line, facts);
    account_who(&line, session);
    account_place(&line, &session->host->place);
    account_close(&line, room);
}

void account_tunnel(const struct tunnel *tunnel, enum reason reason, const struct pump_count *count) {
    static const char *const sides[] = {[PUMP_NOBODY] = "gateway", [PUMP_FIRST] = "client", [PUMP_SECOND] = "server"};
    const struct session *session = tunnel->session;
    struct session_room *room = session->room;
    struct account_line line;
    counters_add(room->counters, COUNTER_TUNNEL_BYTES_IN, (int64_t)count->forth_bytes);
    counters_add(room->counters, COUNTER_TUNNEL_BYTES_OUT, (int64_t)count->back_bytes);
    if (!snapshot_logs_access(tunnel->snapshot) || !account_open(&line, room, EVENT_ACCESS))
        return;
    account_time(&line, "\"time\":", loop_unix_ms(room->loop));
    account_id(&line, session->id);
    account_session(&line, session);
    account_server(&line, tunnel);
    account_text(&line, "\"reason\":", slice_text(reason_row(reason)->label));
    account_text(&line, "\"ended_by\":", slice_text(sides[count->ended_by]));
    account_number(&line, "\"bytes_in\":", count->forth_bytes);
    account_number(&line, "\"bytes_out\":", count->back_bytes);
    account_number(&line, "\"duration_us\":", (uint64_t)(now_us() - tunnel->began_us));
    account_tls(&line, &session->facts);
    account_who(&line, session);
    account_would_refuse(&line, &session->verdict);
    account_close(&line, room);
}
