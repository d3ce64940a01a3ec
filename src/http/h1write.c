/* Writing HTTP/1.1 from messages: the length is added up first, so that a head is one reservation and plain copies. */
#include "http/h1write.h"

#include "base/text.h"
#include "http/octets.h"
#include "http/rules.h"

/* Framing and connection fields of one message, as text. */
#define LONGEST_FRAMING                                                                                                \
    "Content-Length: 18446744073709551615\r\nConnection: close, TE, Upgrade\r\nTE: trailers\r\nUpgrade: websocket\r\n"
enum { FRAMING_MAX = sizeof LONGEST_FRAMING };

static bool write_head(struct buf *to, struct slice first_line, const struct http_message *message, bool has_framing);
static size_t framing_text(char to[FRAMING_MAX], const struct http_message *message, bool has_framing);
static uint8_t *put_connection(uint8_t *at, const struct http_message *message);
static bool fields_are_clean(const struct http_message *message);
static size_t fields_bytes(const struct http_message *message);
static uint8_t *put(uint8_t *to, struct slice bytes);
static uint8_t *put_text(uint8_t *to, const char *text);
static uint8_t *put_fields(uint8_t *to, const struct http_message *message);

bool h1write_request(struct buf *to, const struct http_message *message) {
    bool is_clean = octets_is_token(message->method) && message->path.len > 0 && message->authority.len > 0 &&
        octets_run(message->authority, OCTETS_TARGET) == message->authority.len && fields_are_clean(message);
    if (!is_clean)
        return false;
    char framing[FRAMING_MAX];
    size_t framing_len = framing_text(framing, message, true);
    size_t path_len = rules_path_bytes(message->path);
    enum { CONSTANT_BYTES = sizeof "  HTTP/1.1\r\nHost: \r\n\r\n" - 1 };
    size_t bytes =
        message->method.len + path_len + message->authority.len + CONSTANT_BYTES + fields_bytes(message) + framing_len;
    uint8_t *start = buf_reserve(to, bytes);
    if (!start)
        return false;
    uint8_t *at = put_text(put(start, message->method), " ");
    at = put_text(rules_put_path(at, message->path, path_len), " HTTP/1.1\r\nHost: ");
    at = put_text(put(at, message->authority), "\r\n");
    at = put_fields(at, message);
    at = put_text(put(at, slice_of(framing, framing_len)), "\r\n");
    buf_commit(to, (size_t)(at - start));
    return true;
}

bool h1write_answer(struct buf *to, const struct http_message *message) {
    char line[sizeof "HTTP/1.1 200 " - 1 + 64];
    struct slice phrase = http_status_phrase(message->status);
    if (message->status < 100 || message->status > 599 || phrase.len > 60 || !fields_are_clean(message))
        return false;
    uint8_t *at = put_text((uint8_t *)line, "HTTP/1.1 ");
    at += text_decimal((char *)at, message->status);
    at = put_text(put(put_text(at, " "), phrase), "\r\n");
    bool has_framing = message->status >= 200 && message->status != 204;
    return write_head(to, slice_of(line, (size_t)(at - (uint8_t *)line)), message, has_framing);
}

size_t h1write_chunk_head(char to[H1WRITE_CHUNK_HEAD_MAX], size_t len) {
    size_t digits = 1;
    while (digits < 16 && len >> (4 * digits) != 0)
        digits++;
    for (size_t i = 0; i < digits; i++)
        to[i] = "0123456789abcdef"[len >> (4 * (digits - 1 - i)) & 15];
    memcpy(to + digits, "\r\n", 2);
    return digits + 2;
}

bool h1write_last_chunk(struct buf *to, const struct http_message *trailers) {
    if (!trailers || trailers->field_count == 0)
        return buf_append(to, slice_text("0\r\n\r\n"));
    if (!fields_are_clean(trailers))
        return false;
    uint8_t *start = buf_reserve(to, fields_bytes(trailers) + 5);
    if (!start)
        return false;
    uint8_t *at = put_text(put_fields(put_text(start, "0\r\n"), trailers), "\r\n");
    buf_commit(to, (size_t)(at - start));
    return true;
}

static bool write_head(struct buf *to, struct slice first_line, const struct http_message *message, bool has_framing) {
    char framing[FRAMING_MAX];
    size_t framing_len = framing_text(framing, message, has_framing);
    uint8_t *start = buf_reserve(to, first_line.len + fields_bytes(message) + framing_len + 2);
    if (!start)
        return false;
    uint8_t *at = put_fields(put(start, first_line), message);
    at = put_text(put(at, slice_of(framing, framing_len)), "\r\n");
    buf_commit(to, (size_t)(at - start));
    return true;
}

/* RFC 9112 section 6. A request without a body says nothing, an answer without one says so. Interim answers have
 * neither framing nor Connection. */
static size_t framing_text(char to[FRAMING_MAX], const struct http_message *message, bool has_framing) {
    bool is_answer = message->status != 0;
    bool has_length =
        message->body == HTTP_BODY_LENGTH || (message->body == HTTP_BODY_NONE && is_answer && message->status != 304);
    uint8_t *at = (uint8_t *)to;
    if (has_framing && message->body == HTTP_BODY_STREAM) {
        at = put_text(at, "Transfer-Encoding: chunked\r\n");
    } else if (has_framing && has_length) {
        at = put_text(at, "Content-Length: ");
        at += text_decimal((char *)at, message->body == HTTP_BODY_LENGTH ? message->content_length : 0);
        at = put_text(at, "\r\n");
    }
    return (size_t)(put_connection(at, message) - (uint8_t *)to);
}

/* What is said to the next connection only (RFC 9110 section 7.6.1). Answers tell of Upgrade where that is what they
 * are about. */
static uint8_t *put_connection(uint8_t *at, const struct http_message *message) {
    bool is_request = message->status == 0;
    bool is_interim = message->status >= 100 && message->status < 200;
    bool closes = !is_interim && (!message->keep_alive || message->body == HTTP_BODY_UNTIL_CLOSE);
    bool upgrades = message->upgrade.len > 0 && (is_request || message->status == 101 || message->status == 426);
    if (!closes && !upgrades && !message->takes_trailers)
        return at;
    const char *const options[] = {closes ? "close" : NULL, message->takes_trailers ? "TE" : NULL,
                                   upgrades ? "Upgrade" : NULL};
    const char *before = "Connection: ";
    for (size_t i = 0; i < sizeof options / sizeof options[0]; i++)
        if (options[i]) {
            at = put_text(put_text(at, before), options[i]);
            before = ", ";
        }
    at = put_text(at, message->takes_trailers ? "\r\nTE: trailers\r\n" : "\r\n");
    return upgrades ? put_text(at, "Upgrade: websocket\r\n") : at;
}

/* Nothing that could end a line early, or a name, is ever written, wherever the field came from. */
static bool fields_are_clean(const struct http_message *message) {
    for (size_t i = 0; i < message->field_count; i++) {
        const struct http_field *field = &message->fields[i];
        if (!octets_is_token(field->name) || octets_value_run(field->value) != field->value.len)
            return false;
    }
    return true;
}

static size_t fields_bytes(const struct http_message *message) {
    size_t bytes = 0;
    for (size_t i = 0; i < message->field_count; i++)
        bytes += message->fields[i].name.len + message->fields[i].value.len + 4;
    return bytes;
}

static uint8_t *put(uint8_t *to, struct slice bytes) {
    if (bytes.len > 0)
        memcpy(to, bytes.data, bytes.len);
    return to + bytes.len;
}

static inline uint8_t *put_text(uint8_t *to, const char *text) {
    size_t len = strlen(text);
    memcpy(to, text, len);
    return to + len;
}

static uint8_t *put_fields(uint8_t *to, const struct http_message *message) {
    for (size_t i = 0; i < message->field_count; i++) {
        to = put_text(put(to, message->fields[i].name), ": ");
        to = put_text(put(to, message->fields[i].value), "\r\n");
    }
    return to;
}
