/* An HTTP message head as meaning: building, looking up, copying, and the tables of methods and statuses. */
#include "http/message.h"

#include "http/octets.h"

#include <arpa/inet.h>

static bool copy_slice(struct arena *arena, const struct http_message *from, const struct http_message *to,
                       struct slice *slice);
static bool copy_fields(struct arena *arena, const struct http_message *from, struct http_message *to, size_t extra);
static bool split_port(struct slice authority, struct slice *host, struct slice *port);
static bool is_ipv6_literal(struct slice host);

void http_message_init(struct http_message *message, struct http_field *fields, size_t room) {
    *message = (struct http_message){.fields = fields, .field_room = room};
}

bool http_message_add(struct http_message *message, struct slice name, struct slice value, unsigned flags) {
    if (message->field_count == message->field_room)
        return false;
    message->fields[message->field_count++] = (struct http_field){.name = name, .value = value, .flags = flags};
    return true;
}

struct slice http_message_find(const struct http_message *message, struct slice name) {
    for (size_t i = 0; i < message->field_count; i++)
        if (slice_equal_nocase(message->fields[i].name, name))
            return message->fields[i].value;
    return (struct slice){0};
}

bool http_message_copy(struct arena *arena, const struct http_message *from, struct http_message *to, size_t extra) {
    *to = *from;
    if (from->raw.len > 0) {
        to->raw = arena_copy(arena, from->raw);
        if (!to->raw.data)
            return false;
    }
    struct slice *parts[] = {&to->method, &to->scheme, &to->authority, &to->path, &to->upgrade};
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (!copy_slice(arena, from, to, parts[i]))
            return false;
    for (size_t i = 0; i < to->connection_token_count; i++)
        if (!copy_slice(arena, from, to, &to->connection_tokens[i]))
            return false;
    return copy_fields(arena, from, to, extra);
}

bool http_method_is_safe(struct slice method) {
    static const char *const safe[] = {"GET", "HEAD", "OPTIONS", "TRACE"};
    for (size_t i = 0; i < sizeof safe / sizeof safe[0]; i++)
        if (slice_equal(method, slice_text(safe[i])))
            return true;
    return false;
}

bool http_method_is_idempotent(struct slice method) {
    return http_method_is_safe(method) || slice_equal(method, slice_text("PUT")) ||
        slice_equal(method, slice_text("DELETE"));
}

bool http_status_has_no_body(uint16_t status, struct slice method) {
    return status < 200 || status == 204 || status == 304 || slice_equal(method, slice_text("HEAD"));
}

struct slice http_status_phrase(uint16_t status) {
    /* RFC 9110 section 15, RFC 6585, RFC 8297; 499 is the custom of gateways. */
    static const struct {
        uint16_t status;
        const char *phrase;
    } phrases[] = {
        {200, "OK"},
        {304, "Not Modified"},
        {404, "Not Found"},
        {100, "Continue"},
        {101, "Switching Protocols"},
        {102, "Processing"},
        {103, "Early Hints"},
        {201, "Created"},
        {202, "Accepted"},
        {203, "Non-Authoritative Information"},
        {204, "No Content"},
        {205, "Reset Content"},
        {206, "Partial Content"},
        {300, "Multiple Choices"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {303, "See Other"},
        {305, "Use Proxy"},
        {307, "Temporary Redirect"},
        {308, "Permanent Redirect"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {402, "Payment Required"},
        {403, "Forbidden"},
        {405, "Method Not Allowed"},
        {406, "Not Acceptable"},
        {407, "Proxy Authentication Required"},
        {408, "Request Timeout"},
        {409, "Conflict"},
        {410, "Gone"},
        {411, "Length Required"},
        {412, "Precondition Failed"},
        {413, "Content Too Large"},
        {414, "URI Too Long"},
        {415, "Unsupported Media Type"},
        {416, "Range Not Satisfiable"},
        {417, "Expectation Failed"},
        {421, "Misdirected Request"},
        {422, "Unprocessable Content"},
        {425, "Too Early"},
        {426, "Upgrade Required"},
        {428, "Precondition Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {451, "Unavailable For Legal Reasons"},
        {499, "Client Closed Request"},
        {500, "Internal Server Error"},
        {501, "Not Implemented"},
        {502, "Bad Gateway"},
        {503, "Service Unavailable"},
        {504, "Gateway Timeout"},
        {505, "HTTP Version Not Supported"},
        {511, "Network Authentication Required"},
    };
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
        if (phrases[i].status == status)
            return slice_text(phrases[i].phrase);
    return slice_text("");
}

bool http_authority_host(struct slice authority, char host[254], size_t *len) {
    struct slice name, port;
    if (!split_port(authority, &name, &port))
        return false;
    bool is_literal = name.len > 0 && name.data[0] == '[';
    if (!is_literal && name.len > 0 && name.data[name.len - 1] == '.')
        name.len--;
    if (name.len == 0 || name.len > 253)
        return false;
    if (is_literal ? !is_ipv6_literal(name) : octets_run(name, OCTETS_HOST) != name.len)
        return false;
    for (size_t i = 0; i < name.len; i++)
        host[i] = (char)octets_lower(name.data[i]);
    host[name.len] = '\0';
    *len = name.len;
    return true;
}

/* Moves a slice that lies in from->raw over to to->raw, and copies any other. */
static bool copy_slice(struct arena *arena, const struct http_message *from, const struct http_message *to,
                       struct slice *slice) {
    if (slice->len == 0)
        return true;
    uintptr_t raw = (uintptr_t)from->raw.data, start = (uintptr_t)slice->data;
    if (from->raw.len > 0 && start >= raw && start + slice->len <= raw + from->raw.len) {
        slice->data = to->raw.data + (start - raw);
        return true;
    }
    *slice = arena_copy(arena, *slice);
    return slice->data != NULL;
}

static bool copy_fields(struct arena *arena, const struct http_message *from, struct http_message *to, size_t extra) {
    to->field_room = from->field_count + extra;
    to->fields = arena_array(arena, to->field_room ? to->field_room : 1, sizeof *to->fields);
    if (!to->fields)
        return false;
    for (size_t i = 0; i < from->field_count; i++) {
        to->fields[i] = from->fields[i];
        if (!copy_slice(arena, from, to, &to->fields[i].name) || !copy_slice(arena, from, to, &to->fields[i].value))
            return false;
    }
    return true;
}

/* Cuts ":port" off; the colons inside of [IPv6] do not count. The port is empty when there is none. */
static bool split_port(struct slice authority, struct slice *host, struct slice *port) {
    ptrdiff_t close = authority.len > 0 && authority.data[0] == '[' ? slice_find(authority, ']') : 0;
    if (close < 0)
        return false;
    struct slice rest = slice_sub(authority, (size_t)close, authority.len);
    ptrdiff_t colon = slice_find(rest, ':');
    *host = authority;
    *port = (struct slice){0};
    if (colon < 0)
        return true;
    host->len = (size_t)(close + colon);
    *port = slice_sub(authority, host->len + 1, authority.len);
    uint64_t number;
    return port->len <= 5 && slice_decimal(*port, &number) && number <= 65535;
}

static bool is_ipv6_literal(struct slice host) {
    char text[INET6_ADDRSTRLEN];
    struct in6_addr address;
    if (host.len < 4 || host.len - 2 >= sizeof text || host.data[host.len - 1] != ']')
        return false;
    memcpy(text, host.data + 1, host.len - 2);
    text[host.len - 2] = '\0';
    return strlen(text) == host.len - 2 && inet_pton(AF_INET6, text, &address) == 1;
}
