/* Field lines of HTTP/2 from messages. */
#include "http/h2write.h"

#include "base/text.h"
#include "http/octets.h"
#include "http/rules.h"

static void begin(struct h2write_lines *to);
static void add(struct h2write_lines *to, struct slice name, struct slice value, uint8_t flags);
static bool add_path(struct h2write_lines *to, struct slice path);
static void add_length(struct h2write_lines *to, uint64_t length);
static bool add_fields(struct h2write_lines *to, const struct http_message *message);
static bool is_sent(struct slice name, bool is_answer);

bool h2write_request(struct h2write_lines *to, const struct http_message *message) {
    begin(to);
    bool is_clean = octets_is_token(message->method) && message->path.len > 0 && message->authority.len > 0 &&
        octets_run(message->authority, OCTETS_TARGET) == message->authority.len;
    if (!is_clean)
        return false;
    bool is_tunnel = message->upgrade.len > 0;
    add(to, slice_text(":method"), is_tunnel ? slice_text("CONNECT") : message->method, 0);
    if (is_tunnel)
        add(to, slice_text(":protocol"), message->upgrade, 0);
    add(to, slice_text(":scheme"), message->scheme, 0);
    add(to, slice_text(":authority"), message->authority, 0);
    if (!add_path(to, message->path))
        return false;
    if (message->body == HTTP_BODY_LENGTH && !is_tunnel)
        add_length(to, message->content_length);
    if (message->takes_trailers)
        add(to, slice_text("te"), slice_text("trailers"), 0);
    return add_fields(to, message);
}

bool h2write_answer(struct h2write_lines *to, const struct http_message *message) {
    begin(to);
    if (message->status < 100 || message->status > 599)
        return false;
    bool is_tunnel = message->status == 101;
    size_t len = text_decimal(to->status, is_tunnel ? 200 : message->status);
    add(to, slice_text(":status"), slice_of(to->status, len), 0);
    if (message->body == HTTP_BODY_LENGTH && message->status >= 200 && message->status != 204)
        add_length(to, message->content_length);
    return add_fields(to, message);
}

bool h2write_trailers(struct h2write_lines *to, const struct http_message *message) {
    begin(to);
    return add_fields(to, message);
}

void h2write_fini(struct h2write_lines *lines) {
    buf_fini(&lines->path);
}

static void begin(struct h2write_lines *to) {
    to->count = 0;
    buf_init(&to->path, SIZE_MAX / 2);
}

/* nghttp2 copies what the lines point to when it takes them. */
static void add(struct h2write_lines *to, struct slice name, struct slice value, uint8_t flags) {
    to->lines[to->count++] = (nghttp2_nv){
        .name = (uint8_t *)(uintptr_t)name.data,
        .value = (uint8_t *)(uintptr_t)value.data,
        .namelen = name.len,
        .valuelen = value.len,
        .flags = flags,
    };
}

static bool add_path(struct h2write_lines *to, struct slice path) {
    size_t len = rules_path_bytes(path);
    if (len > path.len) {
        uint8_t *at = buf_reserve(&to->path, len);
        if (!at)
            return false;
        rules_put_path(at, path, len);
        path = slice_of(at, len);
    }
    add(to, slice_text(":path"), path, 0);
    return true;
}

static void add_length(struct h2write_lines *to, uint64_t length) {
    size_t len = text_decimal(to->length, length);
    add(to, slice_text("content-length"), slice_of(to->length, len), 0);
}

/* Nothing that a reader of HTTP/1.1 behind the peer could take for a line end is ever written, wherever the field came
 * from. */
static bool add_fields(struct h2write_lines *to, const struct http_message *message) {
    if (message->field_count > HTTP_FIELDS_MAX)
        return false;
    for (size_t i = 0; i < message->field_count; i++) {
        const struct http_field *field = &message->fields[i];
        if (!octets_is_token(field->name) || octets_value_run(field->value) != field->value.len)
            return false;
        uint8_t flags = field->flags & HTTP_FIELD_NEVER_INDEXED ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
        if (is_sent(field->name, message->status != 0))
            add(to, field->name, slice_trim(field->value), flags);
    }
    return true;
}

static bool is_sent(struct slice name, bool is_answer) {
    enum rules_meaning meaning = rules_meaning_of(name);
    return meaning == RULES_MEANING_NONE || meaning == RULES_MEANING_TRAILER ||
        (meaning == RULES_MEANING_EXPECT && is_answer);
}
