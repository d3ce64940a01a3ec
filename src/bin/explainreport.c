#include "bin/explainreport.h"

#include "base/json.h"

#include <stdio.h>

enum { PLACE_MAX = 512 };

static bool text_question(const struct explanation *explanation, struct buf *to);
static bool text_step(const struct explanation_step *step, struct buf *to);
static bool text_refusal(const struct explanation *explanation, struct buf *to);
static bool text_told(const struct explanation *explanation, struct buf *to);
static void json_steps(const struct explanation *explanation, struct json *json);
static void json_refusal(const struct explanation *explanation, struct json *json);
static const struct peer_summary *shown(const struct explanation *explanation);
static struct slice place_text(const struct error_place *place, char text[PLACE_MAX]);

static const char *const stages[] = {
    [EXPLANATION_HELLO] = "client_hello", [EXPLANATION_HANDSHAKE] = "handshake", [EXPLANATION_REQUEST] = "request"};
static const char *const outcomes[] = {
    [JUDGE_SKIPPED] = "not asked", [JUDGE_PASSED] = "passed", [JUDGE_REFUSED] = "REFUSED", [JUDGE_UNKNOWN] = "unknown"};

bool explainreport_text(const struct explanation *explanation, struct buf *to) {
    bool fits = text_question(explanation, to);
    for (size_t i = 0; i < explanation->step_count; i++)
        fits = fits && text_step(&explanation->steps[i], to);
    if (explanation->verdict.would_refuse != REASON_NONE)
        fits = fits && buf_printf(to, "would be refused: %s\n", reason_row(explanation->verdict.would_refuse)->label);
    if (explanation->verdict.reason != REASON_NONE)
        return fits && text_refusal(explanation, to);
    if (explanation->verdict.needs_ocsp)
        fits = fits &&
            buf_append_text(to, "if an OCSP responder, who would be asked first, says that the client is good:\n");
    const char *besides = explanation->judged.password ? ", with a password" : "";
    return fits && buf_printf(to, "allowed, to backend %s%s\n", explanation->judged.route->backend->name, besides);
}

bool explainreport_json(const struct explanation *explanation, struct buf *to) {
    const struct explainquestion *question = explanation->question;
    const struct peer_summary *summary = shown(explanation);
    struct json json;
    json_begin(&json, to);
    json_open(&json, NULL, '{');
    json_text(&json, "name", slice_text(question->name));
    json_text(&json, "result", slice_text(explanation_result(explanation)));
    if (question->expect)
        json_bool(&json, "as_expected", strcmp(question->expect, explanation_result(explanation)) == 0);
    json_text(&json, "stage", slice_text(stages[explanation->stage]));
    json_refusal(explanation, &json);
    if (explanation->verdict.would_refuse != REASON_NONE)
        json_text(&json, "would_refuse", slice_text(reason_row(explanation->verdict.would_refuse)->label));
    if (explanation->verdict.needs_ocsp)
        json_bool(&json, "needs_ocsp", true);
    if (summary) {
        json_text(&json, "subject", slice_text(summary->subject));
        json_text(&json, "fingerprint", slice_text(summary->fingerprint));
    }
    if (explanation->judged.route)
        json_text(&json, "backend", slice_text(explanation->judged.route->backend->name));
    if (explanation->judged.password)
        json_bool(&json, "password", true);
    json_steps(explanation, &json);
    json_close(&json, '}');
    return json.fits && buf_append_text(to, "\n");
}

static bool text_question(const struct explanation *explanation, struct buf *to) {
    const struct judge_case *judged = &explanation->judged;
    const struct explainquestion *question = explanation->question;
    const struct peer_summary *summary = shown(explanation);
    return buf_printf(to, "%s https://%s%s at listener %s, from %s, %s%s\n",
                      question->method ? question->method : "GET", question->host ? question->host : "localhost",
                      question->path ? question->path : "/", judged->listener->name, explanation->client_text,
                      question->cert ? "with " : "without a certificate", question->cert ? question->cert : "") &&
        (!summary || buf_printf(to, "%s, issued by %s\n", summary->subject, summary->issuer));
}

static bool text_step(const struct explanation_step *step, struct buf *to) {
    char text[PLACE_MAX];
    struct error_place near = step->verdict.place; /* all are of one configuration: the file's name is enough */
    near.file = near.file && strrchr(near.file, '/') ? strrchr(near.file, '/') + 1 : near.file;
    struct slice place = place_text(&near, text);
    bool shows_place = step->outcome != JUDGE_SKIPPED && place.len > 0;
    return buf_printf(to, "  %-14s %s", step->check, outcomes[step->outcome]) &&
        (!shows_place ||
         buf_printf(to, "%*s %.*s", (int)(10 - strlen(outcomes[step->outcome])), "", (int)place.len, text)) &&
        buf_append_text(to, "\n");
}

static bool text_refusal(const struct explanation *explanation, struct buf *to) {
    const struct judge_verdict *verdict = &explanation->verdict;
    const struct reason_row *row = reason_row(verdict->reason);
    const struct peer_summary *failed = &explanation->chain.failed;
    char text[PLACE_MAX];
    struct slice place = place_text(&verdict->place, text);
    return buf_printf(to, "refused: %s\n  %s\n", row->label, row->sentence) &&
        (verdict->depth < 0 || buf_printf(to, "  certificate %d of the chain", verdict->depth)) &&
        (verdict->depth < 0 || !failed->present || buf_printf(to, ": %s", failed->subject)) &&
        (verdict->depth < 0 || buf_append_text(to, "\n")) &&
        (!verdict->detail || buf_printf(to, "  detail: %s\n", verdict->detail)) &&
        (!verdict->rule || buf_printf(to, "  rule: %s\n", verdict->rule)) &&
        buf_printf(to, "  decided by %.*s\n", (int)place.len, text) && text_told(explanation, to) &&
        (explanation->mend[0] == '\0' || buf_printf(to, "  %s\n", explanation->mend)) &&
        (row->remedy[0] == '\0' || buf_printf(to, "  remedy: %s\n", row->remedy));
}

/* How the client learns of it. */
static bool text_told(const struct explanation *explanation, struct buf *to) {
    const struct reason_row *row = reason_row(explanation->verdict.reason);
    if (explanation->stage == EXPLANATION_REQUEST)
        return buf_printf(to, "  the client gets the status %u\n", row->status);
    if (explanation->verdict.reason == REASON_POLICY)
        return buf_append_text(to,
                               "  the client gets the TLS alert 49, or 46 if its certificate was looked at first\n");
    return row->alert == 0 || buf_printf(to, "  the client gets the TLS alert %u\n", row->alert);
}

static void json_steps(const struct explanation *explanation, struct json *json) {
    static const char *const words[] = {[JUDGE_SKIPPED] = "skipped",
                                        [JUDGE_PASSED] = "passed",
                                        [JUDGE_REFUSED] = "refused",
                                        [JUDGE_UNKNOWN] = "unknown"};
    char text[PLACE_MAX];
    json_open(json, "checks", '[');
    for (size_t i = 0; i < explanation->step_count; i++) {
        const struct explanation_step *step = &explanation->steps[i];
        json_open(json, NULL, '{');
        json_text(json, "check", slice_text(step->check));
        json_text(json, "outcome", slice_text(words[step->outcome]));
        if (step->outcome != JUDGE_SKIPPED)
            json_text(json, "config", place_text(&step->verdict.place, text));
        json_close(json, '}');
    }
    json_close(json, ']');
}

static void json_refusal(const struct explanation *explanation, struct json *json) {
    const struct judge_verdict *verdict = &explanation->verdict;
    const struct reason_row *row = reason_row(verdict->reason);
    char text[PLACE_MAX];
    if (verdict->reason == REASON_NONE)
        return;
    if (verdict->depth >= 0)
        json_number(json, "depth", verdict->depth);
    json_text(json, "detail", slice_text(verdict->detail));
    if (verdict->rule)
        json_text(json, "rule", slice_text(verdict->rule));
    json_text(json, "sentence", slice_text(row->sentence));
    json_text(json, "config", place_text(&verdict->place, text));
    if (explanation->mend[0] != '\0')
        json_text(json, "mend", slice_text(explanation->mend));
    json_text(json, "remedy", slice_text(row->remedy));
}

static const struct peer_summary *shown(const struct explanation *explanation) {
    if (explanation->peer)
        return verified_peer_summary(explanation->peer);
    return explanation->chain.presented.present ? &explanation->chain.presented : NULL;
}

/* Without data where the place is unknown. */
static struct slice place_text(const struct error_place *place, char text[PLACE_MAX]) {
    if (!place->file)
        return slice_of(NULL, 0);
    int len = snprintf(text, PLACE_MAX, "%s:%u:%u", place->file, place->line, place->column);
    return slice_of(text, len < PLACE_MAX ? (size_t)len : PLACE_MAX - 1);
}
