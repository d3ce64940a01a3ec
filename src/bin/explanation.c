#include "bin/explanation.h"

#include "base/now.h"
#include "bin/options.h"
#include "http/h1parse.h"
#include "proxy/forward.h"

#include <stdio.h>

enum { ARENA_BLOCK_BYTES = 64 << 10, ARENA_BYTES_MAX = 4 << 20 };

static bool read_question(struct explanation *explanation, const struct snapshot *snapshot, struct error_list *errors);
static bool find_listener(struct explanation *explanation, const struct snapshot *snapshot, struct error_list *errors);
static bool read_source(struct explanation *explanation, struct error_list *errors);
static void decide(struct explanation *explanation);
static bool choose_host(struct explanation *explanation);
static bool judge_the_arrival(struct explanation *explanation);
static bool judge_chain(struct explanation *explanation);
static enum reason on_chain(void *owner, struct verified_peer *peer, int *depth, const char **detail);
static void refuse_chain(struct explanation *explanation);
static bool refuse_later(struct explanation *explanation);
static bool judge_the_client(struct explanation *explanation);
static bool read_head(struct explanation *explanation, struct http_message *head);
static void judge_the_request(struct explanation *explanation, struct http_message *head);
static void on_check(void *owner, const char *check, enum judge_outcome outcome, const struct judge_verdict *verdict);
static bool step(struct explanation *explanation, const char *check, enum judge_outcome outcome, enum reason reason,
                 struct error_place place);
static bool complain(struct error_list *errors, const char *what, const char *word);

bool explanation_make(struct explanation *explanation, const struct explainquestion *question,
                      const struct snapshot *snapshot, struct error_list *errors) {
    explanation_fini(explanation);
    explanation->question = question;
    arena_init(&explanation->arena, ARENA_BLOCK_BYTES, ARENA_BYTES_MAX);
    if (!read_question(explanation, snapshot, errors))
        return false;
    decide(explanation);
    return true;
}

void explanation_fini(struct explanation *explanation) {
    verified_peer_unref(&explanation->peer);
    if (explanation->question) {
        pkifiles_fini(&explanation->files);
        arena_fini(&explanation->arena);
    }
    *explanation = (struct explanation){.question = NULL};
    pkifiles_init(&explanation->files);
}

const char *explanation_result(const struct explanation *explanation) {
    enum reason reason = explanation->verdict.reason;
    return reason == REASON_NONE ? "allowed" : reason_row(reason)->label;
}

/* --- the question --- */

static bool read_question(struct explanation *explanation, const struct snapshot *snapshot, struct error_list *errors) {
    const struct explainquestion *question = explanation->question;
    const char *server_name = question->sni ? question->sni : question->host;
    explanation->judged.is_current = true;
    explanation->judged.may_wait = true; /* as a new connection may */
    explanation->judged.client = &explanation->client;
    explanation->judged.server_name = slice_text(server_name);
    explanation->judged.now = now_unix_ms() / 1000;
    return find_listener(explanation, snapshot, errors) && read_source(explanation, errors) &&
        (options_time(question->time, &explanation->judged.now) || complain(errors, "no time", question->time)) &&
        (!question->cert || pkifiles_add(&explanation->files, question->cert, "CERTIFICATE", errors));
}

static bool find_listener(struct explanation *explanation, const struct snapshot *snapshot, struct error_list *errors) {
    const char *name = explanation->question->listener;
    size_t count;
    const struct plan_listener *listeners = snapshot_listeners(snapshot, &count);
    for (size_t i = 0; i < count; i++)
        if (!explanation->judged.listener && (!name || strcmp(name, listeners[i].name) == 0))
            explanation->judged.listener = &listeners[i];
    if (!name && count > 1)
        return complain(errors, "only one of several: say which listener", listeners[0].name);
    return explanation->judged.listener || complain(errors, "no listener", name ? name : "");
}

/* With or without a port. */
static bool read_source(struct explanation *explanation, struct error_list *errors) {
    static const char *const forms[][2] = {{"", ""}, {"", ":0"}, {"[", "]:0"}};
    const char *source = explanation->question->source ? explanation->question->source : "127.0.0.1";
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct addr addr;
        char text[ADDR_TEXT_MAX];
        int len = snprintf(text, sizeof text, "%s%s%s", forms[i][0], source, forms[i][1]);
        if (len >= ADDR_TEXT_MAX || !addr_parse(slice_of(text, (size_t)len), &addr))
            continue;
        explanation->client = addr_ip_of(&addr);
        addr_ip_text_host(&explanation->client, explanation->client_text);
        return true;
    }
    return complain(errors, "no address", source);
}

static bool complain(struct error_list *errors, const char *what, const char *word) {
    return error_add(errors, (struct error_place){.file = NULL}, "\"%s\" is %s.", word, what);
}

/* --- the decision --- */

static void decide(struct explanation *explanation) {
    static struct http_field fields[HTTP_FIELDS_MAX];
    struct http_message head;
    http_message_init(&head, fields, HTTP_FIELDS_MAX);
    explanation->stage = EXPLANATION_HELLO;
    if (!choose_host(explanation) || !judge_the_arrival(explanation))
        return;
    explanation->stage = EXPLANATION_HANDSHAKE;
    if (!judge_chain(explanation) || !judge_the_client(explanation) || explanation->judged.host->mode != PLAN_MODE_HTTP)
        return;
    explanation->stage = EXPLANATION_REQUEST;
    if (read_head(explanation, &head))
        judge_the_request(explanation, &head);
}

static bool choose_host(struct explanation *explanation) {
    struct judge_case *judged = &explanation->judged;
    judged->host = snapshot_host_of_hello(judged->listener, judged->server_name, slice_of(NULL, 0));
    if (!judged->host)
        return step(explanation, "server_name", JUDGE_REFUSED, REASON_SNI_UNKNOWN, judged->listener->place);
    return step(explanation, "server_name", JUDGE_PASSED, REASON_NONE, judged->host->place);
}

/* Before a certificate is looked at. Who passes is asked the same rules again, so that only a refusal is told. */
static bool judge_the_arrival(struct explanation *explanation) {
    struct judge_case arriving = explanation->judged;
    judge_arrival(&arriving, &explanation->verdict);
    if (explanation->verdict.reason != REASON_NONE)
        on_check(explanation, "arrival", JUDGE_REFUSED, &explanation->verdict);
    return explanation->verdict.reason == REASON_NONE;
}

/* As tls/handshake does; a client that is not asked for a certificate does not show the one that it has. */
static bool judge_chain(struct explanation *explanation) {
    struct judge_case *judged = &explanation->judged;
    const struct tls_endpoint *endpoint = judged->host->endpoint;
    const struct handshake_rules *rules = endpoint ? tls_endpoint_rules(endpoint) : NULL;
    const struct verify_judge judge = {.judge = on_chain, .owner = explanation};
    const struct pkifiles *files = &explanation->files;
    struct verified_peer *peer;
    struct slice chain[VERIFY_CHAIN_MAX + 1];
    size_t count = files->count < VERIFY_CHAIN_MAX + 1 ? files->count : VERIFY_CHAIN_MAX + 1;
    if (!rules || !rules->asks || count == 0)
        return step(explanation, "chain", JUDGE_SKIPPED, REASON_NONE, judged->host->place);
    for (size_t i = 0; i < count; i++)
        chain[i] = pkifiles_get(files, i);
    handshake_verify(rules, &judge, chain, count, judged->now, &explanation->chain, &peer);
    bool is_good = peer != NULL;
    verified_peer_unref(&peer);
    bool is_judged = explanation->peer && explanation->chain.reason == explanation->verdict.reason;
    if (!is_good && !is_judged)
        refuse_chain(explanation);
    return is_good || (rules->refuses_later && refuse_later(explanation));
}

/* The handshake goes on, without a proof: each request meets the verdict. */
static bool refuse_later(struct explanation *explanation) {
    verified_peer_unref(&explanation->peer);
    explanation->judged.peer = NULL;
    explanation->judged.refused = &explanation->chain;
    return true;
}

/* Asked about each good path of the chain, as in a handshake; the last one is told of. */
static enum reason on_chain(void *owner, struct verified_peer *peer, int *depth, const char **detail) {
    struct explanation *explanation = owner;
    const struct judge_trace trace = {.told = on_check, .owner = explanation};
    verified_peer_unref(&explanation->peer);
    explanation->peer = verified_peer_ref(peer);
    explanation->judged.peer = peer;
    explanation->step_count = 1; /* the server name's */
    step(explanation, "chain", JUDGE_PASSED, REASON_NONE, explanation->judged.host->place);
    judge_client(&explanation->judged, &trace, &explanation->verdict);
    *depth = explanation->verdict.depth < 0 ? 0 : explanation->verdict.depth;
    *detail = explanation->verdict.detail;
    return explanation->verdict.reason;
}

/* No path, or none that is good. */
static void refuse_chain(struct explanation *explanation) {
    verified_peer_unref(&explanation->peer);
    explanation->judged.peer = NULL;
    explanation->step_count = 1;
    step(explanation, "chain", JUDGE_REFUSED, explanation->chain.reason, explanation->judged.host->place);
    explanation->verdict.depth = explanation->chain.depth;
    explanation->verdict.detail = explanation->chain.detail;
}

static bool judge_the_client(struct explanation *explanation) {
    const struct judge_trace trace = {.told = on_check, .owner = explanation};
    judge_client(&explanation->judged, &trace, &explanation->verdict);
    bool reads_page = explanation->verdict.concerns_client && explanation->judged.host->refuses_by_page;
    return explanation->verdict.reason == REASON_NONE || reads_page;
}

/* The head as a client would send it, read as the gateway reads it. */
static bool read_head(struct explanation *explanation, struct http_message *head) {
    static char text[EXPLANATION_HEAD_MAX];
    const struct explainquestion *question = explanation->question;
    const struct plan_listener *listener = explanation->judged.listener;
    const char *host = question->host ? question->host : question->sni;
    struct h1parse_scan scan = {0};
    int len =
        snprintf(text, sizeof text, "%s %s HTTP/1.1\r\nHost: %s\r\n\r\n", question->method ? question->method : "GET",
                 question->path ? question->path : "/", host ? host : "localhost");
    struct slice bytes = slice_of(text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1);
    struct h1parse_result result = h1parse_request(bytes, &listener->request_limits, &scan, head);
    enum reason reason = result.status == H1PARSE_BAD ? result.reason
        : result.status == H1PARSE_MORE               ? REASON_REQUEST_FIELDS_TOO_LARGE
                                                      : REASON_NONE;
    return step(explanation, "head", reason == REASON_NONE ? JUDGE_PASSED : JUDGE_REFUSED, reason,
                listener->limits_place);
}

/* The client was judged already, in the handshake: its checks are not told again. What the backend would be sent is
 * made in the end. */
static void judge_the_request(struct explanation *explanation, struct http_message *head) {
    struct judge_case *judged = &explanation->judged;
    const struct judge_trace trace = {.told = on_check, .owner = explanation};
    struct forward_client client = {.told = {.peer = explanation->peer},
                                    .address = &explanation->client,
                                    .scheme = slice_text(judged->host->endpoint ? "https" : "http")};
    struct http_message sent;
    judged->request = head;
    judge_request(judged, &trace, &explanation->verdict);
    if (explanation->verdict.reason != REASON_NONE)
        return;
    struct judge_verdict verdict = explanation->verdict;
    client.told.failed = verdict.failed;
    enum reason reason = forward_request(&explanation->arena, head, judged->route, &client, &sent);
    step(explanation, "forward", reason == REASON_NONE ? JUDGE_PASSED : JUDGE_REFUSED, reason, judged->route->place);
    explanation->verdict.would_refuse = verdict.would_refuse;
    explanation->verdict.needs_ocsp = verdict.needs_ocsp;
}

static void on_check(void *owner, const char *check, enum judge_outcome outcome, const struct judge_verdict *verdict) {
    struct explanation *explanation = owner;
    for (size_t i = 0; i < explanation->step_count; i++)
        if (strcmp(explanation->steps[i].check, check) == 0)
            return;
    if (explanation->step_count < EXPLANATION_STEPS_MAX)
        explanation->steps[explanation->step_count++] =
            (struct explanation_step){.check = check, .outcome = outcome, .verdict = *verdict};
}

/* Of a check that is not the judge's; true unless it refuses. */
static bool step(struct explanation *explanation, const char *check, enum judge_outcome outcome, enum reason reason,
                 struct error_place place) {
    explanation->verdict = (struct judge_verdict){.reason = reason, .depth = -1, .place = place};
    on_check(explanation, check, outcome, &explanation->verdict);
    return reason == REASON_NONE;
}
