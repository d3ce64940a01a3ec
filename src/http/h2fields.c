/* Field lines of an HTTP/2 head or trailer section. What was gathered lies in one run of bytes that never moves, so
 * that a copy of the message is one copy. */
#include "http/h2fields.h"

#include "base/bug.h"
#include "http/octets.h"
#include "http/rules.h"

#include <stdlib.h>

/* What RFC 9113 section 6.5.2 adds to the size of a field. */
enum { FIELD_OVERHEAD_BYTES = 32 };

static void take_pseudo(struct h2fields *fields, struct slice name, struct slice value);
static enum reason take_field(struct h2fields *fields, struct slice name, struct slice value, unsigned flags);
static enum reason take_meaning(struct h2fields *fields, enum rules_meaning meaning, struct slice value);
static enum reason check_line(struct slice name, struct slice value);
static struct slice keep(struct h2fields *fields, struct slice bytes);
static enum reason finish_request(struct h2fields *fields, bool ends);
static enum reason finish_target(struct h2fields *fields);
static enum reason finish_authority(struct h2fields *fields);
static enum reason finish_connect(struct h2fields *fields, bool ends);
static enum reason finish_answer(struct h2fields *fields, bool ends);
static void join_cookies(struct h2fields *fields);

static const struct {
    const char *name;
    enum h2fields_section section;
} pseudos[H2FIELDS_PSEUDOS] = {
    [H2FIELDS_METHOD] = {":method", H2FIELDS_REQUEST},       [H2FIELDS_SCHEME] = {":scheme", H2FIELDS_REQUEST},
    [H2FIELDS_AUTHORITY] = {":authority", H2FIELDS_REQUEST}, [H2FIELDS_PATH] = {":path", H2FIELDS_REQUEST},
    [H2FIELDS_PROTOCOL] = {":protocol", H2FIELDS_REQUEST},   [H2FIELDS_STATUS] = {":status", H2FIELDS_ANSWER},
};

struct h2fields *h2fields_new(const struct h1parse_limits *limits) {
    struct h2fields *fields = malloc(sizeof *fields);
    if (!fields)
        return NULL;
    fields->limits = *limits;
    buf_init(&fields->bytes, 2 * limits->head_bytes); /* the cookies are written once more when they are joined */
    if (!buf_reserve(&fields->bytes, 2 * limits->head_bytes))
        h2fields_free(&fields);
    return fields;
}

void h2fields_free(struct h2fields **fields) {
    if (*fields)
        buf_fini(&(*fields)->bytes);
    free(*fields);
    *fields = NULL;
}

void h2fields_begin(struct h2fields *fields, enum h2fields_section section) {
    fields->section = section;
    fields->fault = REASON_NONE;
    fields->size_bytes = 0;
    buf_truncate(&fields->bytes, 0);
    memset(fields->pseudos, 0, sizeof fields->pseudos);
    fields->host = (struct slice){0};
    fields->hosts = fields->cookies = 0;
    fields->has_length = fields->has_fields = false;
    http_message_init(&fields->message, fields->fields, HTTP_FIELDS_MAX);
    fields->message.version_major = 2;
    fields->message.keep_alive = true;
}

void h2fields_add(struct h2fields *fields, struct slice name, struct slice value, bool never_indexed) {
    fields->size_bytes += name.len + value.len + FIELD_OVERHEAD_BYTES;
    if (fields->fault != REASON_NONE)
        return;
    if (fields->size_bytes > fields->limits.head_bytes)
        fields->fault = REASON_REQUEST_FIELDS_TOO_LARGE;
    else if (name.len > 0 && name.data[0] == ':')
        take_pseudo(fields, name, value);
    else
        fields->fault = take_field(fields, name, value, never_indexed ? HTTP_FIELD_NEVER_INDEXED : 0);
}

enum reason h2fields_finish(struct h2fields *fields, bool ends, const struct http_message **message) {
    enum reason reason = fields->fault;
    if (reason != REASON_NONE)
        return reason;
    if (fields->section == H2FIELDS_REQUEST)
        reason = finish_request(fields, ends);
    else if (fields->section == H2FIELDS_ANSWER)
        reason = finish_answer(fields, ends);
    if (fields->cookies > 1)
        join_cookies(fields);
    fields->message.raw = buf_view(&fields->bytes);
    *message = &fields->message;
    return reason;
}

/* RFC 9113 section 8.3. */
static void take_pseudo(struct h2fields *fields, struct slice name, struct slice value) {
    unsigned i = 0;
    while (i < H2FIELDS_PSEUDOS && !slice_equal(name, slice_text(pseudos[i].name)))
        i++;
    if (i == H2FIELDS_PSEUDOS || pseudos[i].section != fields->section || fields->has_fields || fields->pseudos[i].data)
        fields->fault = fields->section == H2FIELDS_TRAILERS ? REASON_TRAILERS : REASON_PSEUDO_FIELD;
    else
        fields->pseudos[i] = keep(fields, value);
}

static enum reason take_field(struct h2fields *fields, struct slice name, struct slice value, unsigned flags) {
    fields->has_fields = true;
    enum reason reason = check_line(name, value);
    if (reason != REASON_NONE)
        return reason;
    enum rules_meaning meaning = rules_meaning_of(name);
    bool is_kept =
        meaning == RULES_MEANING_TRAILER || (meaning == RULES_MEANING_EXPECT && fields->section == H2FIELDS_ANSWER);
    if (fields->section == H2FIELDS_TRAILERS && meaning != RULES_MEANING_NONE)
        return REASON_TRAILERS;
    if (meaning != RULES_MEANING_NONE && !is_kept)
        return take_meaning(fields, meaning, value);
    if (rules_is_framing_lookalike(name))
        return REASON_FRAMING_LOOKALIKE;
    if (fields->message.field_count >= fields->limits.fields)
        return REASON_REQUEST_FIELDS_TOO_LARGE;
    if (name.len == 6 && slice_equal(name, slice_text("cookie")))
        fields->cookies++;
    struct slice kept_name = keep(fields, name), kept_value = keep(fields, value);
    bool is_added = http_message_add(&fields->message, kept_name, kept_value, flags);
    return is_added ? REASON_NONE : REASON_REQUEST_FIELDS_TOO_LARGE;
}

/* RFC 9113 section 8.2.2; what the others mean is as in HTTP/1.1. */
static enum reason take_meaning(struct h2fields *fields, enum rules_meaning meaning, struct slice value) {
    switch (meaning) {
    case RULES_MEANING_CONTENT_LENGTH:
        if (fields->has_length || !slice_decimal(value, &fields->message.content_length))
            return REASON_CONTENT_LENGTH;
        fields->has_length = true;
        return REASON_NONE;
    case RULES_MEANING_HOST:
        fields->host = keep(fields, value);
        return ++fields->hosts > 1 && fields->section == H2FIELDS_REQUEST ? REASON_HOST_MISSING : REASON_NONE;
    case RULES_MEANING_EXPECT:
        fields->message.expect_continue = true;
        return slice_equal_nocase(value, slice_text("100-continue")) ? REASON_NONE : REASON_EXPECTATION;
    case RULES_MEANING_TE:
        fields->message.takes_trailers = true;
        return slice_equal(value, slice_text("trailers")) ? REASON_NONE : REASON_CONNECTION_FIELD;
    case RULES_MEANING_CONNECTION:
    case RULES_MEANING_TRANSFER_ENCODING:
    case RULES_MEANING_UPGRADE:
    case RULES_MEANING_HOP_BY_HOP:
    case RULES_MEANING_TRAILER:
    case RULES_MEANING_NONE:
        break;
    }
    return REASON_CONNECTION_FIELD;
}

/* RFC 9113 section 8.2.1: a name in lower case, a value without spaces around it. */
static enum reason check_line(struct slice name, struct slice value) {
    if (!octets_is_token(name))
        return REASON_FIELD_NAME;
    for (size_t i = 0; i < name.len; i++)
        if (name.data[i] >= 'A' && name.data[i] <= 'Z')
            return REASON_FIELD_NAME;
    if (octets_value_run(value) != value.len || slice_trim(value).len != value.len)
        return REASON_FIELD_VALUE;
    return REASON_NONE;
}

/* A copy in the bytes of this section, for which there is always room. */
static struct slice keep(struct h2fields *fields, struct slice bytes) {
    const uint8_t *to = buf_reserve(&fields->bytes, bytes.len);
    bug_on(!to || !buf_append(&fields->bytes, bytes));
    return slice_of(to, bytes.len);
}

static enum reason finish_request(struct h2fields *fields, bool ends) {
    struct http_message *message = &fields->message;
    message->method = fields->pseudos[H2FIELDS_METHOD];
    message->scheme = fields->pseudos[H2FIELDS_SCHEME];
    message->path = fields->pseudos[H2FIELDS_PATH];
    if (!octets_is_token(message->method))
        return REASON_PSEUDO_FIELD;
    bool is_connect = slice_equal(message->method, slice_text("CONNECT"));
    if (rules_method_is_foreign(message->method) && !(is_connect && fields->pseudos[H2FIELDS_PROTOCOL].data))
        return REASON_METHOD_UNSUPPORTED;
    enum reason reason = finish_target(fields);
    if (reason == REASON_NONE)
        reason = finish_authority(fields);
    if (reason != REASON_NONE)
        return reason;
    if (fields->pseudos[H2FIELDS_PROTOCOL].data)
        return finish_connect(fields, ends);
    if (ends && message->content_length > 0)
        return REASON_CONTENT_LENGTH;
    message->body = fields->has_length ? HTTP_BODY_LENGTH : ends ? HTTP_BODY_NONE : HTTP_BODY_STREAM;
    return REASON_NONE;
}

static enum reason finish_target(struct h2fields *fields) {
    const struct http_message *message = &fields->message;
    if (!slice_equal_nocase(message->scheme, slice_text("http")) &&
        !slice_equal_nocase(message->scheme, slice_text("https")))
        return REASON_PSEUDO_FIELD;
    if (message->path.len > fields->limits.target_bytes)
        return REASON_REQUEST_URI_TOO_LONG;
    bool is_good = rules_path_is_good(message->method, message->path) &&
        octets_run(message->path, OCTETS_TARGET) == message->path.len && rules_target_is_text(message->path);
    return is_good ? REASON_NONE : REASON_PSEUDO_FIELD;
}

/* RFC 9113 section 8.3.1: :authority, or Host where it is missing, never two that differ. */
static enum reason finish_authority(struct h2fields *fields) {
    struct slice authority = fields->pseudos[H2FIELDS_AUTHORITY];
    char host[254];
    size_t host_len;
    if (!authority.data && fields->hosts == 0)
        return REASON_HOST_MISSING;
    if (authority.data && fields->hosts > 0 && !slice_equal_nocase(authority, fields->host))
        return REASON_HOST_INVALID;
    fields->message.authority = authority.data ? authority : fields->host;
    return http_authority_host(fields->message.authority, host, &host_len) ? REASON_NONE : REASON_HOST_INVALID;
}

/* RFC 8441: a tunnel for WebSocket, told as the request that opens one in HTTP/1.1. */
static enum reason finish_connect(struct h2fields *fields, bool ends) {
    struct http_message *message = &fields->message;
    if (!slice_equal(message->method, slice_text("CONNECT")))
        return REASON_PSEUDO_FIELD;
    if (!slice_equal(fields->pseudos[H2FIELDS_PROTOCOL], slice_text("websocket")))
        return REASON_METHOD_UNSUPPORTED;
    if (ends || fields->has_length || message->path.data[0] != '/')
        return REASON_PSEUDO_FIELD;
    message->method = slice_text("GET");
    message->upgrade = slice_text("websocket");
    message->body = HTTP_BODY_NONE;
    return REASON_NONE;
}

static enum reason finish_answer(struct h2fields *fields, bool ends) {
    struct http_message *message = &fields->message;
    struct slice text = fields->pseudos[H2FIELDS_STATUS];
    uint64_t status;
    if (text.len != 3 || !slice_decimal(text, &status) || status < 100 || status > 599 || status == 101)
        return REASON_PSEUDO_FIELD;
    message->status = (uint16_t)status;
    bool is_interim = status < 200;
    if (is_interim && (ends || fields->has_length))
        return REASON_PSEUDO_FIELD;
    if (is_interim || status == 204)
        message->body = HTTP_BODY_NONE;
    else if (fields->has_length)
        message->body = HTTP_BODY_LENGTH;
    else
        message->body = ends || status == 304 ? HTTP_BODY_NONE : HTTP_BODY_STREAM;
    return REASON_NONE;
}

/* RFC 9113 section 8.2.3: crumbs become one field, in the place of the first. */
static void join_cookies(struct h2fields *fields) {
    struct http_message *message = &fields->message;
    struct http_field *first = NULL;
    size_t kept = 0, start = buf_len(&fields->bytes);
    for (size_t i = 0; i < message->field_count; i++) {
        struct http_field *field = &message->fields[i];
        bool is_cookie = slice_equal(field->name, slice_text("cookie"));
        if (is_cookie) {
            if (first)
                keep(fields, slice_text("; "));
            keep(fields, field->value);
        }
        if (is_cookie && first) {
            first->flags |= field->flags;
            continue;
        }
        message->fields[kept] = *field;
        if (is_cookie)
            first = &message->fields[kept];
        kept++;
    }
    message->field_count = kept;
    first->value = slice_sub(buf_view(&fields->bytes), start, fields->bytes.max);
}
