/* Taking URLs apart. */
#include "base/url.h"

static const char http[] = "http://";
static const char https[] = "https://";

static bool starts_nocase(struct slice text, const char *word);
static bool parse_authority(struct slice authority, struct slice *host, uint16_t *port);
static struct slice host_of(struct slice authority);
static bool is_name(struct slice host);
static bool is_address6(struct slice host);
static bool parse_port(struct slice text, uint16_t *port);
static bool is_plain(struct slice path);
static bool is_alphanumeric(uint8_t byte);

bool url_is(struct slice text) {
    return starts_nocase(text, http) || starts_nocase(text, https);
}

bool url_parse(struct slice text, struct url *url) {
    if (text.len > URL_MAX || !url_is(text))
        return false;
    url->is_https = starts_nocase(text, https);
    url->port = url->is_https ? 443 : 80;
    struct slice rest = slice_sub(text, url->is_https ? sizeof(https) - 1 : sizeof(http) - 1, text.len);
    size_t end = 0;
    while (end < rest.len && rest.data[end] != '/' && rest.data[end] != '?')
        end++;
    url->path = slice_sub(rest, end, rest.len);
    return parse_authority(slice_sub(rest, 0, end), &url->host, &url->port) && is_plain(url->path);
}

bool url_host_is(const struct url *url, struct slice allowed) {
    struct slice host;
    uint16_t port = 0;
    if (!parse_authority(allowed, &host, &port) || !slice_equal_nocase(host, url->host))
        return false;
    return port == 0 ? url->port == 80 || url->port == 443 : port == url->port;
}

bool url_is_host(struct slice text) {
    struct slice host;
    uint16_t port;
    return parse_authority(text, &host, &port);
}

static bool starts_nocase(struct slice text, const char *word) {
    struct slice wanted = slice_text(word);
    return text.len >= wanted.len && slice_equal_nocase(slice_sub(text, 0, wanted.len), wanted);
}

/* "host" or "host:port"; the port is left as it was when none is given. */
static bool parse_authority(struct slice authority, struct slice *host, uint16_t *port) {
    *host = host_of(authority);
    struct slice rest = slice_sub(authority, host->len, authority.len);
    if (!is_name(*host) && !is_address6(*host))
        return false;
    return rest.len == 0 || (rest.data[0] == ':' && parse_port(slice_sub(rest, 1, rest.len), port));
}

static struct slice host_of(struct slice authority) {
    uint8_t end = authority.len > 0 && authority.data[0] == '[' ? ']' : ':';
    ptrdiff_t at = slice_find(authority, end);
    if (at < 0)
        return authority;
    return slice_sub(authority, 0, (size_t)at + (end == ']'));
}

static bool is_name(struct slice host) {
    if (host.len == 0 || host.len > URL_HOST_MAX || !is_alphanumeric(host.data[0]))
        return false;
    for (size_t i = 0; i < host.len; i++) {
        uint8_t byte = host.data[i];
        bool is_dot = byte == '.' && host.data[i - 1] != '.';
        if (!is_alphanumeric(byte) && byte != '-' && byte != '_' && !is_dot)
            return false;
    }
    return true;
}

static bool is_address6(struct slice host) {
    if (host.len < 4 || host.len > URL_HOST_MAX || host.data[0] != '[' || host.data[host.len - 1] != ']')
        return false;
    for (size_t i = 1; i < host.len - 1; i++) {
        uint8_t byte = host.data[i] | 0x20;
        bool is_hex = (host.data[i] >= '0' && host.data[i] <= '9') || (byte >= 'a' && byte <= 'f');
        if (!is_hex && host.data[i] != ':' && host.data[i] != '.')
            return false;
    }
    return true;
}

static bool parse_port(struct slice text, uint16_t *port) {
    uint64_t number;
    if (!slice_decimal(text, &number) || number == 0 || number > UINT16_MAX)
        return false;
    *port = (uint16_t)number;
    return true;
}

/* No spaces, controls, backslashes or bytes beyond ASCII, and no fragment. */
static bool is_plain(struct slice path) {
    for (size_t i = 0; i < path.len; i++) {
        uint8_t byte = path.data[i];
        if (byte <= ' ' || byte >= 0x7f || byte == '#' || byte == '\\' || byte == '"' || byte == '<' || byte == '>')
            return false;
    }
    return true;
}

static bool is_alphanumeric(uint8_t byte) {
    uint8_t lower = byte | 0x20;
    return (byte >= '0' && byte <= '9') || (lower >= 'a' && lower <= 'z');
}
