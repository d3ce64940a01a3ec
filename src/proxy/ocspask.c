#include "proxy/ocspask.h"

#include "base/url.h"
#include "ipc/fetch.h"
#include "ipc/wire.h"
#include "pki/ocspparse.h"
#include "pki/ocspsubject.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

/* NONCE: RFC 9654 section 2.1. SLACK_MS: on top of the fetcher's own limit, for the way there and back. URLS: of the
 * rules and of a certificate. ANSWER: what an answer's envelope leaves. */
enum {
    NONCE_BYTES = 32,
    SLACK_MS = 1000,
    URLS_BYTES_MAX = (OCSP_RESPONDERS_MAX + OCSPSUBJECT_URLS_MAX) * (URL_MAX + 1),
    ANSWER_BYTES_MAX = ASK_ANSWER_BYTES_MAX - 64
};

/* link, patience: while it waits for its turn. rules and lists are the snapshot's. urls: those to ask, each with a
 * zero behind it; url is where the one under way begins. answer: the best so far, if has_answer. */
struct ocspask {
    struct ask ask;
    struct list link;
    struct deadline patience;
    struct loop_task bury;
    struct ocspask_context *context;
    struct ocspcache_entry *entry;
    struct snapshot *snapshot;
    const struct plan_ocsp *rules;
    const struct revindex *lists;
    struct ocspsubject subject;
    struct buf urls;
    size_t url;
    size_t next_url;
    uint8_t nonce[NONCE_BYTES];
    bool has_turn;
    bool has_answer;
    struct ocsp_answer answer;
    char why[OCSPCACHE_WHY_MAX];
};

static struct ocspask *make(struct ocspask_context *context, struct ocspcache_entry *entry,
                            const struct ocspask_subject *about);
static void end(struct ocspask *question);
static void bury(struct loop_task *task);
static bool take_turn(struct ocspask *question);
static void give_turn(struct ocspask *question);
static void next_turns(struct ocspask_context *context);
static void on_impatient(struct deadline *deadline);
static bool gather_urls(struct ocspask *question);
static bool is_allowed(const struct plan_ocsp *rules, const char *url);
static bool ask_next(struct ocspask *question);
static bool put(struct ocspask *question, const char *url);
static void on_end(struct ask *ask, enum asks_end end, struct slice answer);
static bool take_answer(struct ocspask *question, enum asks_end ended, struct slice bytes);
static bool judge(struct ocspask *question, struct slice document);
static void settle(struct ocspask *question);
static void add_why(struct ocspask *question, struct slice words);
static int64_t now_s(const struct ocspask *question);

void ocspask_start(struct ocspask_context *context, struct ocspcache_entry *entry,
                   const struct ocspask_subject *about) {
    int64_t now = loop_unix_ms(context->loop) / 1000;
    struct ocspask *question = make(context, entry, about);
    if (!question) {
        ocspcache_fail(entry, "there is no memory, or the issuer's certificate is not there", now);
        return;
    }
    if (gather_urls(question) && take_turn(question)) {
        entry->ask = question;
        return;
    }
    ocspcache_fail(entry, question->why[0] ? question->why : "no responder is configured for its issuer", now);
    counters_add(context->counters, COUNTER_OCSP_FAILURES, 1);
    give_turn(question);
    end(question);
}

void ocspask_cancel(struct ocspcache_entry *entry) {
    struct ocspask *question = entry->ask;
    if (!question)
        return;
    entry->ask = NULL;
    give_turn(question);
    end(question);
}

int64_t ocspask_limit_ms(const struct plan_ocsp *rules) {
    size_t turns = rules->responder_count + OCSPSUBJECT_URLS_MAX + 2; /* one for the turn, one for late deadlines */
    return (int64_t)turns * (rules->timeout_ms + SLACK_MS);
}

static struct ocspask *make(struct ocspask_context *context, struct ocspcache_entry *entry,
                            const struct ocspask_subject *about) {
    const struct plan_host *host = about->host;
    struct ocspask *question = calloc(1, sizeof *question);
    if (!question)
        return NULL;
    question->context = context;
    question->entry = entry;
    question->snapshot = snapshot_ref(about->snapshot);
    question->rules = host->ocsp;
    question->lists = host->revocation ? &host->revocation->index : NULL;
    asks_init(&question->ask, on_end);
    list_init(&question->link);
    deadline_init(&question->patience, on_impatient);
    loop_task_init(&question->bury, bury);
    buf_init(&question->urls, URLS_BYTES_MAX);
    const struct trust *trust = tls_endpoint_rules(host->endpoint)->trust;
    bool is_good = ocspsubject_of_peer(&question->subject, about->peer, about->depth, trust) &&
        getrandom(question->nonce, sizeof question->nonce, 0) == sizeof question->nonce;
    if (is_good)
        return question;
    end(question);
    return NULL;
}

/* The asking table may still look at `ask` until the turn is over. */
static void end(struct ocspask *question) {
    ocspsubject_fini(&question->subject);
    snapshot_unref(&question->snapshot);
    buf_fini(&question->urls);
    loop_defer(question->context->loop, &question->bury);
}

static void bury(struct loop_task *task) {
    free(list_entry(task, struct ocspask, bury));
}

/* The configured responders first; of those that the certificate names, only the allowed hosts'. */
static bool gather_urls(struct ocspask *question) {
    const struct plan_ocsp *rules = question->rules;
    struct buf own;
    bool fits = true;
    for (size_t i = 0; i < rules->responder_count; i++)
        fits = fits && buf_append(&question->urls, slice_of(rules->responders[i], strlen(rules->responders[i]) + 1));
    if (rules->aia_host_count == 0)
        return fits;
    buf_init(&own, URLS_BYTES_MAX);
    size_t count = ocspsubject_urls(&question->subject, &own);
    const char *url = (const char *)buf_view(&own).data;
    for (; count > 0; count--, url += strlen(url) + 1) {
        if (is_allowed(rules, url))
            fits = fits && buf_append(&question->urls, slice_of(url, strlen(url) + 1));
        else
            add_why(question, slice_text("the responder that the certificate names is not in aia_hosts"));
    }
    buf_fini(&own);
    return fits;
}

static bool is_allowed(const struct plan_ocsp *rules, const char *text) {
    struct url url;
    if (!url_parse(slice_text(text), &url))
        return false;
    for (size_t i = 0; i < rules->aia_host_count; i++) {
        if (url_host_is(&url, slice_text(rules->aia_hosts[i])))
            return true;
    }
    return false;
}

/* Asks, or waits until others have ended. False when nobody can be asked. */
static bool take_turn(struct ocspask *question) {
    struct ocspask_context *context = question->context;
    struct loop *loop = context->loop;
    if (buf_len(&question->urls) == 0)
        return false;
    if (context->open < OCSPASK_OPEN_MAX) {
        context->open++;
        question->has_turn = true;
        return ask_next(question);
    }
    list_append(&context->waiting, &question->link);
    deadline_set(loop_deadlines(loop), &question->patience, loop_now_ms(loop) + question->rules->timeout_ms);
    return true;
}

/* Whether it was asking or waiting. */
static void give_turn(struct ocspask *question) {
    struct ocspask_context *context = question->context;
    asks_cancel(&question->ask);
    list_remove(&question->link);
    deadline_clear(loop_deadlines(context->loop), &question->patience);
    context->open -= question->has_turn;
    question->has_turn = false;
}

/* Those who waited longest first. One that cannot even ask ends, and the next one has its turn. */
static void next_turns(struct ocspask_context *context) {
    while (context->open < OCSPASK_OPEN_MAX && !list_empty(&context->waiting)) {
        struct ocspask *question = list_entry(list_first(&context->waiting), struct ocspask, link);
        list_remove(&question->link);
        deadline_clear(loop_deadlines(context->loop), &question->patience);
        if (!take_turn(question))
            settle(question);
    }
}

static void on_impatient(struct deadline *deadline) {
    struct ocspask *question = list_entry(deadline, struct ocspask, patience);
    add_why(question, slice_text("too many questions were under way"));
    settle(question);
}

/* False when nobody is left. */
static bool ask_next(struct ocspask *question) {
    struct slice urls = buf_view(&question->urls);
    while (question->next_url < urls.len) {
        const char *url = (const char *)urls.data + question->next_url;
        question->url = question->next_url;
        question->next_url += strlen(url) + 1;
        if (put(question, url))
            return true;
        add_why(question, slice_text("too many questions are under way"));
    }
    return false;
}

static bool put(struct ocspask *question, const char *url) {
    const struct plan_ocsp *rules = question->rules;
    uint8_t memory[ASK_BYTES_MAX];
    struct wire_out out;
    struct buf body;
    wire_out_init(&out, memory, sizeof memory);
    buf_init(&body, OCSPSUBJECT_REQUEST_MAX);
    struct slice nonce = slice_of(question->nonce, rules->sends_nonce ? sizeof question->nonce : 0);
    bool is_good = ocspsubject_ask(&question->subject, rules->hash, nonce, &body);
    struct fetch_request request = {.url = slice_text(url),
                                    .body = buf_view(&body),
                                    .content_type = slice_text("application/ocsp-request"),
                                    .max_bytes = ANSWER_BYTES_MAX,
                                    .limit_ms = rules->timeout_ms};
    fetch_put_request(&request, &out);
    is_good = is_good && wire_out_view(&out).data &&
        asks_put(question->context->asks, &question->ask, ASK_FETCHER, wire_out_view(&out),
                 rules->timeout_ms + SLACK_MS);
    if (is_good)
        counters_add(question->context->counters, COUNTER_OCSP_QUESTIONS, 1);
    buf_fini(&body);
    return is_good;
}

static void on_end(struct ask *ask, enum asks_end ended, struct slice answer) {
    struct ocspask *question = list_entry(ask, struct ocspask, ask);
    struct ocspask_context *context = question->context;
    if (!take_answer(question, ended, answer) && ask_next(question))
        return;
    settle(question);
    next_turns(context);
}

/* True when it settles the matter. */
static bool take_answer(struct ocspask *question, enum asks_end ended, struct slice bytes) {
    struct wire_in in;
    struct fetch_reply reply;
    if (ended != ASKS_ANSWERED) {
        add_why(question, slice_text(ended == ASKS_LATE ? "no answer in time" : "the fetcher is not there"));
        return false;
    }
    wire_in_init(&in, bytes);
    fetch_get_reply(&reply, ANSWER_BYTES_MAX, &in);
    if (!wire_in_done(&in) || !reply.is_done) {
        add_why(question, reply.why.len ? reply.why : slice_text("the fetcher's answer is malformed"));
        return false;
    }
    return judge(question, reply.document);
}

/* Another responder may know what this one does not. */
static bool judge(struct ocspask *question, struct slice document) {
    const struct plan_ocsp *rules = question->rules;
    struct ocsp_answer answer;
    struct ocsp_question asked = {.id = &question->subject.id,
                                  .issuer = question->subject.issuer,
                                  .nonce = slice_of(question->nonce, rules->sends_nonce ? NONCE_BYTES : 0),
                                  .lists = question->lists};
    ocsp_judge(document, &asked, &rules->judged_by, now_s(question), &answer);
    if (answer.status <= OCSP_STALE) {
        add_why(question, slice_text(answer.detail));
        return false;
    }
    question->answer = answer;
    question->has_answer = true;
    return answer.status != OCSP_UNKNOWN;
}

/* Notes how it ended, and tells. */
static void settle(struct ocspask *question) {
    struct ocspask_context *context = question->context;
    struct ocspcache_entry *entry = question->entry;
    bool is_answered = question->has_answer;
    entry->ask = NULL;
    give_turn(question);
    if (is_answered)
        is_answered = ocspcache_answer(entry, &question->answer, question->rules, now_s(question));
    else
        ocspcache_fail(entry, question->why, now_s(question));
    if (!is_answered)
        counters_add(context->counters, COUNTER_OCSP_FAILURES, 1);
    end(question);
    context->ended(context->owner, entry);
}

/* "URL: words", one behind the other. */
static void add_why(struct ocspask *question, struct slice words) {
    size_t used = strlen(question->why);
    const char *url = question->next_url ? (const char *)buf_view(&question->urls).data + question->url : "";
    snprintf(question->why + used, sizeof question->why - used, "%s%s%s%.*s", used ? "; " : "", url, *url ? ": " : "",
             (int)words.len, (const char *)words.data);
}

static int64_t now_s(const struct ocspask *question) {
    return loop_unix_ms(question->context->loop) / 1000;
}
