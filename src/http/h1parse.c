/* Strict HTTP/1.x parsing: finds the end of a head, reads its first line and its fields, and decides the framing. */
#include "http/h1parse.h"

#include "http/octets.h"
#include "http/rules.h"

/* What is being read: the three kinds differ in the first line and in what a field may mean. */
enum section { REQUEST, ANSWER, TRAILERS };

/* One reading: the bytes not read yet, and what the fields have said so far. */
struct reading {
    struct slice rest;
    enum section section;
    size_t fields_limit;
    size_t lines;
    struct http_message *message;
    struct slice host;
    struct slice upgrade;
    struct slice target_authority;
    unsigned hosts;
    bool has_length;
    bool is_chunked;
    bool says_close;
    bool says_upgrade;
};

/* What follows the first `len` bytes of `text`, which has as many. */
static inline struct slice behind(struct slice text, size_t len) {
    return slice_of(text.data + len, text.len - len);
}

static struct h1parse_result find_end(struct slice bytes, size_t start, size_t limit, struct h1parse_scan *scan);
static struct h1parse_result result_bad(enum reason reason);
static void begin(struct reading *reading, struct slice head, enum section section, const struct h1parse_limits *limits,
                  struct http_message *message);
static enum reason read_request_line(struct reading *reading, size_t target_limit);
static enum reason read_target(struct reading *reading, struct slice target);
static enum reason read_absolute_target(struct reading *reading, struct slice target);
static enum reason read_version(struct reading *reading, struct slice text);
static enum reason read_status_line(struct reading *reading);
static enum reason read_fields(struct reading *reading);
static enum reason read_line(struct reading *reading, struct slice *name, struct slice *value);
static enum reason take_field(struct reading *reading, struct slice name, struct slice value);
static enum reason take_length(struct reading *reading, struct slice value);
static enum reason take_coding(struct reading *reading, struct slice value);
static enum reason take_host(struct reading *reading, struct slice value);
static enum reason take_expect(struct reading *reading, struct slice name, struct slice value);
static void take_te(struct reading *reading, struct slice value);
static enum reason take_connection(struct reading *reading, struct slice value);
static enum reason take_connection_option(struct reading *reading, struct slice option);
static void drop_connection_fields(struct http_message *message);
static enum reason finish_request(struct reading *reading);
static void finish_answer(struct reading *reading, struct slice method);

struct h1parse_result h1parse_request(struct slice bytes, const struct h1parse_limits *limits,
                                      struct h1parse_scan *scan, struct http_message *message) {
    if (bytes.len == 0 || (bytes.len == 1 && bytes.data[0] == '\r'))
        return (struct h1parse_result){.status = H1PARSE_MORE};
    size_t start = bytes.data[0] == '\r' && bytes.data[1] == '\n' ? 2 : 0; /* one empty line: RFC 9112 section 2.2 */
    if (bytes.len > start && !octets_is(bytes.data[start], OCTETS_TOKEN))
        return result_bad(REASON_REQUEST_LINE);
    struct h1parse_result end = find_end(bytes, start, limits->head_bytes, scan);
    if (end.status != H1PARSE_DONE)
        return end;

    struct reading reading;
    begin(&reading, slice_sub(bytes, start, end.used_bytes - start), REQUEST, limits, message);
    enum reason reason = read_request_line(&reading, limits->target_bytes);
    if (reason == REASON_NONE)
        reason = read_fields(&reading);
    if (reason == REASON_NONE)
        reason = finish_request(&reading);
    return reason == REASON_NONE ? end : result_bad(reason);
}

struct h1parse_result h1parse_answer(struct slice bytes, struct slice method, const struct h1parse_limits *limits,
                                     struct h1parse_scan *scan, struct http_message *message) {
    struct h1parse_result end = find_end(bytes, 0, limits->head_bytes, scan);
    enum reason reason = end.reason;
    if (end.status == H1PARSE_MORE)
        return end;
    if (end.status == H1PARSE_DONE) {
        struct reading reading;
        begin(&reading, slice_sub(bytes, 0, end.used_bytes), ANSWER, limits, message);
        reason = read_status_line(&reading);
        if (reason == REASON_NONE)
            reason = read_fields(&reading);
        if (reason == REASON_NONE)
            finish_answer(&reading, method);
    }
    if (reason == REASON_NONE)
        return end;
    bool is_large = reason == REASON_REQUEST_FIELDS_TOO_LARGE || reason == REASON_REQUEST_URI_TOO_LONG;
    return result_bad(is_large ? REASON_BACKEND_TOO_LARGE : REASON_BACKEND_MALFORMED);
}

struct h1parse_result h1parse_trailers(struct slice bytes, const struct h1parse_limits *limits,
                                       struct h1parse_scan *scan, struct http_message *message) {
    struct h1parse_result end = find_end(bytes, 0, limits->head_bytes, scan);
    if (end.status != H1PARSE_DONE)
        return end;
    struct reading reading;
    begin(&reading, slice_sub(bytes, 0, end.used_bytes), TRAILERS, limits, message);
    enum reason reason = read_fields(&reading);
    return reason == REASON_NONE ? end : result_bad(reason);
}

/* Looks for the empty line that ends a head which begins at `start`. Every line feed on the way must follow a
 * carriage return. */
static struct h1parse_result find_end(struct slice bytes, size_t start, size_t limit, struct h1parse_scan *scan) {
    struct slice window = slice_sub(bytes, 0, limit);
    size_t from = scan->seen_bytes > start ? scan->seen_bytes : start;
    while (from < window.len) {
        const uint8_t *found = memchr(window.data + from, '\n', window.len - from);
        if (!found)
            break;
        size_t feed = (size_t)(found - window.data);
        if (feed == start || window.data[feed - 1] != '\r')
            return result_bad(REASON_LINE_END);
        if (feed == start + 1 || window.data[feed - 2] == '\n')
            return (struct h1parse_result){.status = H1PARSE_DONE, .used_bytes = feed + 1};
        from = feed + 1;
    }
    scan->seen_bytes = window.len;
    if (bytes.len < limit)
        return (struct h1parse_result){.status = H1PARSE_MORE};
    bool is_first_line = slice_find(slice_sub(window, start, window.len), '\n') < 0;
    return result_bad(is_first_line ? REASON_REQUEST_URI_TOO_LONG : REASON_REQUEST_FIELDS_TOO_LARGE);
}

static struct h1parse_result result_bad(enum reason reason) {
    return (struct h1parse_result){.status = H1PARSE_BAD, .reason = reason};
}

static void begin(struct reading *reading, struct slice head, enum section section, const struct h1parse_limits *limits,
                  struct http_message *message) {
    http_message_init(message, message->fields, message->field_room);
    message->raw = head;
    *reading = (struct reading){.rest = head, .section = section, .fields_limit = limits->fields, .message = message};
}

/* RFC 9112 section 3. An empty target between two single spaces means "/". */
static enum reason read_request_line(struct reading *reading, size_t target_limit) {
    struct slice rest = reading->rest;
    struct http_message *message = reading->message;
    message->method = slice_sub(rest, 0, octets_token_run(rest));
    rest = slice_sub(rest, message->method.len, rest.len);
    if (message->method.len == 0 || rest.data[0] != ' ')
        return REASON_REQUEST_LINE;
    struct slice target = slice_sub(rest, 1, octets_run(slice_sub(rest, 1, rest.len), OCTETS_TARGET));
    rest = slice_sub(rest, 1 + target.len, rest.len);
    if (rest.data[0] != ' ')
        return REASON_REQUEST_LINE;
    if (target.len > target_limit)
        return REASON_REQUEST_URI_TOO_LONG;
    enum reason reason = read_version(reading, slice_sub(rest, 1, rest.len));
    if (reason != REASON_NONE)
        return reason;
    if (rules_method_is_foreign(message->method))
        return REASON_METHOD_UNSUPPORTED;
    enum { VERSION_LINE_BYTES = sizeof " HTTP/1.1\r\n" - 1 };
    reading->rest = slice_sub(rest, VERSION_LINE_BYTES, rest.len);
    return read_target(reading, target);
}

/* RFC 9112 section 3.2: origin form, absolute form, and "*" for OPTIONS. Octets beyond ASCII must be UTF-8. */
static enum reason read_target(struct reading *reading, struct slice target) {
    struct http_message *message = reading->message;
    if (target.len == 0)
        target = slice_text("/");
    bool is_absolute = target.data[0] != '/' && !(target.len == 1 && target.data[0] == '*');
    if (!rules_target_is_text(target))
        return REASON_REQUEST_LINE;
    if (is_absolute)
        return read_absolute_target(reading, target);
    message->path = target;
    return rules_path_is_good(message->method, target) ? REASON_NONE : REASON_REQUEST_LINE;
}

/* http://authority/path. Without a path it is "/", or "*" for OPTIONS (RFC 9112 section 3.2.4); a query without a
 * path is refused. */
static enum reason read_absolute_target(struct reading *reading, struct slice target) {
    struct http_message *message = reading->message;
    ptrdiff_t colon = slice_find(target, ':');
    message->scheme = slice_sub(target, 0, colon < 0 ? 0 : (size_t)colon);
    if (!slice_equal_nocase(message->scheme, slice_text("http")) &&
        !slice_equal_nocase(message->scheme, slice_text("https")))
        return REASON_REQUEST_LINE;
    struct slice rest = slice_sub(target, message->scheme.len, target.len);
    if (!slice_starts(rest, slice_text("://")))
        return REASON_REQUEST_LINE;
    rest = slice_sub(rest, 3, rest.len);
    ptrdiff_t path = slice_find(rest, '/');
    reading->target_authority = slice_sub(rest, 0, path < 0 ? rest.len : (size_t)path);
    message->path = slice_sub(rest, reading->target_authority.len, rest.len);
    if (message->path.len == 0)
        message->path = slice_text(slice_equal(message->method, slice_text("OPTIONS")) ? "*" : "/");
    return reading->target_authority.len == 0 ? REASON_REQUEST_LINE : REASON_NONE;
}

/* "HTTP/1.1" or "HTTP/1.0" and the line end, at the start of `text`. */
static enum reason read_version(struct reading *reading, struct slice text) {
    if (!slice_starts(text, slice_text("HTTP/")) || text.len < 10)
        return REASON_REQUEST_LINE;
    const uint8_t *version = text.data + 5;
    bool is_version =
        version[0] >= '0' && version[0] <= '9' && version[1] == '.' && version[2] >= '0' && version[2] <= '9';
    if (!is_version || (reading->section == REQUEST && (version[3] != '\r' || version[4] != '\n')))
        return REASON_REQUEST_LINE;
    if (version[0] != '1' || version[2] > '1')
        return REASON_REQUEST_VERSION;
    reading->message->version_major = 1;
    reading->message->version_minor = (uint8_t)(version[2] - '0');
    return REASON_NONE;
}

/* RFC 9112 section 4. The phrase is not kept; the space before an empty one may be missing, as many servers leave it
 * out. */
static enum reason read_status_line(struct reading *reading) {
    struct slice line = reading->rest;
    enum { STATUS_AT = sizeof "HTTP/1.1 " - 1, AFTER_STATUS = STATUS_AT + 3 };
    if (line.len < AFTER_STATUS + 2 || read_version(reading, line) != REASON_NONE || line.data[STATUS_AT - 1] != ' ')
        return REASON_REQUEST_LINE;
    uint64_t status;
    if (!slice_decimal(slice_sub(line, STATUS_AT, 3), &status) || status < 100 || status > 599)
        return REASON_REQUEST_LINE;
    reading->message->status = (uint16_t)status;
    struct slice phrase = slice_sub(line, AFTER_STATUS, line.len);
    size_t phrase_len = octets_value_run(phrase);
    if (phrase_len > 0 && phrase.data[0] != ' ')
        return REASON_REQUEST_LINE;
    if (phrase.data[phrase_len] != '\r' || phrase.data[phrase_len + 1] != '\n')
        return REASON_LINE_END;
    reading->rest = slice_sub(phrase, phrase_len + 2, phrase.len);
    return REASON_NONE;
}

/* Every line up to the empty one; find_end has seen that it is there. */
static enum reason read_fields(struct reading *reading) {
    while (reading->rest.data[0] != '\r') {
        struct slice name, value;
        enum reason reason = read_line(reading, &name, &value);
        if (reason == REASON_NONE)
            reason = take_field(reading, name, value);
        if (reason != REASON_NONE)
            return reason;
    }
    if (reading->rest.len != 2)
        return REASON_LINE_END;
    if (reading->message->connection_token_count > 0)
        drop_connection_fields(reading->message);
    return REASON_NONE;
}

/* RFC 9112 section 5: name, colon without space before it, value between optional spaces, CR LF. */
static enum reason read_line(struct reading *reading, struct slice *name, struct slice *value) {
    struct slice rest = reading->rest;
    if (rest.data[0] == ' ' || rest.data[0] == '\t')
        return REASON_FIELD_FOLDED;
    if (reading->lines++ >= reading->fields_limit)
        return REASON_REQUEST_FIELDS_TOO_LARGE;
    *name = slice_of(rest.data, octets_token_run(rest));
    if (name->len == 0 || rest.data[name->len] != ':')
        return REASON_FIELD_NAME;
    struct slice after = behind(rest, name->len + 1);
    size_t value_len = octets_value_run(after);
    if (after.data[value_len] != '\r')
        return REASON_FIELD_VALUE;
    if (after.data[value_len + 1] != '\n')
        return REASON_LINE_END;
    *value = slice_trim(slice_of(after.data, value_len));
    reading->rest = behind(after, value_len + 2);
    return REASON_NONE;
}

/* Keeps an end-to-end field; takes one that speaks of framing, host or connection for what it means here. */
static enum reason take_field(struct reading *reading, struct slice name, struct slice value) {
    enum rules_meaning meaning = rules_meaning_of(name);
    if (meaning != RULES_MEANING_NONE && reading->section == TRAILERS)
        return REASON_CHUNK;
    switch (meaning) {
    case RULES_MEANING_CONNECTION:
        return take_connection(reading, value);
    case RULES_MEANING_CONTENT_LENGTH:
        return take_length(reading, value);
    case RULES_MEANING_TRANSFER_ENCODING:
        return take_coding(reading, value);
    case RULES_MEANING_HOST:
        return take_host(reading, value);
    case RULES_MEANING_EXPECT:
        return take_expect(reading, name, value);
    case RULES_MEANING_UPGRADE:
        reading->upgrade = value;
        return REASON_NONE;
    case RULES_MEANING_TE:
        take_te(reading, value);
        return REASON_NONE;
    case RULES_MEANING_HOP_BY_HOP:
        return REASON_NONE;
    case RULES_MEANING_TRAILER:
    case RULES_MEANING_NONE:
        break;
    }
    if (rules_is_framing_lookalike(name))
        return REASON_FRAMING_LOOKALIKE;
    return http_message_add(reading->message, name, value, 0) ? REASON_NONE : REASON_REQUEST_FIELDS_TOO_LARGE;
}

static enum reason take_length(struct reading *reading, struct slice value) {
    if (reading->is_chunked)
        return REASON_FRAMING_CONFLICT;
    if (reading->has_length || !slice_decimal(value, &reading->message->content_length))
        return REASON_CONTENT_LENGTH;
    reading->has_length = true;
    return REASON_NONE;
}

/* RFC 9112 section 6.1; in HTTP/1.0 a transfer coding means that somebody on the way is faulty. */
static enum reason take_coding(struct reading *reading, struct slice value) {
    if (reading->has_length)
        return REASON_FRAMING_CONFLICT;
    if (reading->is_chunked || reading->message->version_minor == 0 ||
        !slice_equal_nocase(value, slice_text("chunked")))
        return REASON_TRANSFER_ENCODING;
    reading->is_chunked = true;
    return REASON_NONE;
}

/* An answer's Host has no meaning and is not passed on. */
static enum reason take_host(struct reading *reading, struct slice value) {
    reading->host = value;
    return ++reading->hosts > 1 && reading->section == REQUEST ? REASON_HOST_MISSING : REASON_NONE;
}

/* RFC 9110 section 10.1.1: HTTP/1.0 clients do not wait for 100. In an answer it is a field like any other. */
static enum reason take_expect(struct reading *reading, struct slice name, struct slice value) {
    if (reading->section == ANSWER)
        return http_message_add(reading->message, name, value, 0) ? REASON_NONE : REASON_REQUEST_FIELDS_TOO_LARGE;
    if (!slice_equal_nocase(value, slice_text("100-continue")))
        return REASON_EXPECTATION;
    reading->message->expect_continue = reading->message->version_minor > 0;
    return REASON_NONE;
}

/* RFC 9110 section 10.1.4. Codings are not asked for: only whether trailers are wanted. */
static void take_te(struct reading *reading, struct slice value) {
    while (value.len > 0 && reading->section == REQUEST) {
        ptrdiff_t comma = slice_find(value, ',');
        size_t len = comma < 0 ? value.len : (size_t)comma;
        if (slice_equal_nocase(slice_trim(slice_sub(value, 0, len)), slice_text("trailers")))
            reading->message->takes_trailers = true;
        value = slice_sub(value, comma < 0 ? len : len + 1, value.len);
    }
}

/* A list of tokens (RFC 9110 section 7.6.1). */
static enum reason take_connection(struct reading *reading, struct slice value) {
    while (value.len > 0) {
        ptrdiff_t comma = slice_find(value, ',');
        size_t len = comma < 0 ? value.len : (size_t)comma;
        struct slice option = slice_trim(slice_sub(value, 0, len));
        value = slice_sub(value, comma < 0 ? len : len + 1, value.len);
        if (option.len == 0)
            continue;
        enum reason reason = take_connection_option(reading, option);
        if (reason != REASON_NONE)
            return reason;
    }
    return REASON_NONE;
}

static enum reason take_connection_option(struct reading *reading, struct slice option) {
    struct http_message *message = reading->message;
    if (!octets_is_token(option))
        return REASON_FIELD_VALUE;
    if (slice_equal_nocase(option, slice_text("keep-alive")))
        return REASON_NONE;
    if (slice_equal_nocase(option, slice_text("close"))) {
        reading->says_close = true;
        return REASON_NONE;
    }
    if (slice_equal_nocase(option, slice_text("upgrade")))
        reading->says_upgrade = true;
    if (message->connection_token_count == HTTP_CONNECTION_TOKENS_MAX)
        return REASON_REQUEST_FIELDS_TOO_LARGE;
    message->connection_tokens[message->connection_token_count++] = option;
    return REASON_NONE;
}

/* Takes out what Connection listed; the order of the others stays. */
static void drop_connection_fields(struct http_message *message) {
    size_t kept = 0;
    for (size_t i = 0; i < message->field_count; i++) {
        bool is_listed = false;
        for (size_t t = 0; t < message->connection_token_count && !is_listed; t++)
            is_listed = slice_equal_nocase(message->fields[i].name, message->connection_tokens[t]);
        if (!is_listed)
            message->fields[kept++] = message->fields[i];
    }
    message->field_count = kept;
}

/* RFC 9112 sections 3.2 and 6.3. HTTP/1.0 connections are never kept. */
static enum reason finish_request(struct reading *reading) {
    struct http_message *message = reading->message;
    char host[254];
    size_t host_len;
    if (reading->hosts != 1)
        return REASON_HOST_MISSING;
    if (!http_authority_host(reading->host, host, &host_len))
        return REASON_HOST_INVALID;
    if (reading->target_authority.len > 0 && !slice_equal_nocase(reading->target_authority, reading->host))
        return REASON_HOST_INVALID;
    message->authority = reading->host;
    if (reading->is_chunked)
        message->body = HTTP_BODY_STREAM;
    else if (reading->has_length)
        message->body = HTTP_BODY_LENGTH;
    message->keep_alive = message->version_minor > 0 && !reading->says_close;
    if (reading->says_upgrade && message->version_minor > 0)
        message->upgrade = reading->upgrade;
    return REASON_NONE;
}

/* RFC 9112 section 6.3. To HEAD and with 304, `body` says what a GET would have brought. */
static void finish_answer(struct reading *reading, struct slice method) {
    struct http_message *message = reading->message;
    bool has_no_body = http_status_has_no_body(message->status, method);
    if (message->status < 200 || message->status == 204)
        message->body = HTTP_BODY_NONE;
    else if (reading->is_chunked)
        message->body = HTTP_BODY_STREAM;
    else if (reading->has_length)
        message->body = HTTP_BODY_LENGTH;
    else
        message->body = message->status == 304 ? HTTP_BODY_NONE : HTTP_BODY_UNTIL_CLOSE;
    bool ends_by_close = message->body == HTTP_BODY_UNTIL_CLOSE && !has_no_body;
    message->keep_alive = message->version_minor > 0 && !reading->says_close && !ends_by_close;
    if (reading->says_upgrade)
        message->upgrade = reading->upgrade;
}
