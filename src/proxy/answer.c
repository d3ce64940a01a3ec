/* A short text that a person can read and a program can take the reason from. */
#include "proxy/answer.h"

#include "base/text.h"
#include "proxy/grpc.h"

#include <stdio.h>

/* REALM: config/check allows no longer one. */
enum { ANSWER_BODY_MAX = PAGE_BYTES_MAX, ANSWER_FIELDS = 8, ANSWER_REALM_MAX = 256, ANSWER_SECONDS_ROOM = 24 };

static bool answer_send_grpc(struct http_stream *stream, const struct answer *answer);
static bool answer_send_text(struct http_stream *stream, const struct answer *answer);
static bool answer_add_form(const struct page *page, struct http_message *head);
static bool answer_add_retry(const struct answer *answer, char seconds[ANSWER_SECONDS_ROOM], struct http_message *head);
static bool answer_add_challenge(const struct answer *answer, char challenge[ANSWER_REALM_MAX],
                                 struct http_message *head);

uint16_t answer_status(enum reason reason) {
    uint16_t status = reason_row(reason)->status;
    return status ? status : 500;
}

static size_t answer_body(char body[ANSWER_BODY_MAX], enum reason reason, uint64_t id) {
    const struct reason_row *row = reason_row(reason);
    struct slice phrase = http_status_phrase(answer_status(reason));
    int len = snprintf(body, ANSWER_BODY_MAX, "%u %.*s\n%s\nreason: %s\nid: %016llx\n", answer_status(reason),
                       (int)phrase.len, (const char *)phrase.data, row->sentence, row->label, (unsigned long long)id);
    return len < ANSWER_BODY_MAX ? (size_t)len : ANSWER_BODY_MAX - 1;
}

bool answer_send(struct http_stream *stream, const struct answer *answer) {
    return answer->is_grpc ? answer_send_grpc(stream, answer) : answer_send_text(stream, answer);
}

static bool answer_send_grpc(struct http_stream *stream, const struct answer *answer) {
    struct http_field fields[ANSWER_FIELDS];
    struct http_message head;
    char status[ANSWER_SECONDS_ROOM], message[GRPC_MESSAGE_MAX];
    size_t status_len = text_decimal(status, grpc_status(answer_status(answer->reason)));
    size_t message_len = grpc_message(message, answer->reason);
    http_message_init(&head, fields, ANSWER_FIELDS);
    head.status = 200;
    return http_message_add(&head, slice_text("content-type"), slice_text("application/grpc"), 0) &&
        http_message_add(&head, slice_text("grpc-status"), slice_of(status, status_len), 0) &&
        http_message_add(&head, slice_text("grpc-message"), slice_of(message, message_len), 0) &&
        http_stream_send_head(stream, &head, true);
}

static bool answer_send_text(struct http_stream *stream, const struct answer *answer) {
    struct http_field fields[ANSWER_FIELDS];
    struct http_message head;
    char body[ANSWER_BODY_MAX], seconds[ANSWER_SECONDS_ROOM], challenge[ANSWER_REALM_MAX];
    size_t len = answer->page ? page_write(answer->page, answer->reason, answer->id, body)
                              : answer_body(body, answer->reason, answer->id);
    bool is_head = slice_equal(answer->method, slice_text("HEAD"));
    http_message_init(&head, fields, ANSWER_FIELDS);
    head.status = answer_status(answer->reason);
    head.version_major = 1;
    head.version_minor = 1;
    head.keep_alive = true;
    head.body = HTTP_BODY_LENGTH;
    head.content_length = len;
    return answer_add_form(answer->page, &head) && answer_add_retry(answer, seconds, &head) &&
        answer_add_challenge(answer, challenge, &head) && http_stream_send_head(stream, &head, is_head) &&
        (is_head || http_stream_send_body(stream, slice_of(body, len), true) == len);
}

/* A page may not be framed, run anything or load anything, whatever a browser makes of it. */
static bool answer_add_form(const struct page *page, struct http_message *head) {
    static const char closed[] = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'";
    const char *type = page ? page_media_type(page) : "text/plain; charset=utf-8";
    bool fits = http_message_add(head, slice_text("Content-Type"), slice_text(type), 0) &&
        http_message_add(head, slice_text("Cache-Control"), slice_text("no-store"), 0);
    if (!page)
        return fits;
    return fits && http_message_add(head, slice_text("Vary"), slice_text("Accept"), 0) &&
        http_message_add(head, slice_text("X-Content-Type-Options"), slice_text("nosniff"), 0) &&
        http_message_add(head, slice_text("Content-Security-Policy"), slice_text(closed), 0);
}

static bool answer_add_retry(const struct answer *answer, char seconds[ANSWER_SECONDS_ROOM],
                             struct http_message *head) {
    if (answer->retry_after_ms <= 0)
        return true;
    size_t len = text_decimal(seconds, (uint64_t)(answer->retry_after_ms + 999) / 1000);
    return http_message_add(head, slice_text("Retry-After"), slice_of(seconds, len), 0);
}

static bool answer_add_challenge(const struct answer *answer, char challenge[ANSWER_REALM_MAX],
                                 struct http_message *head) {
    if (!answer->realm)
        return true;
    int len = snprintf(challenge, ANSWER_REALM_MAX, "Basic realm=\"%s\", charset=\"UTF-8\"", answer->realm);
    return len > 0 && len < ANSWER_REALM_MAX &&
        http_message_add(head, slice_text("WWW-Authenticate"), slice_of(challenge, (size_t)len), 0);
}
