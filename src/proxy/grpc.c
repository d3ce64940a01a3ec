/* gRPC's own words for what HTTP says. */
#include "proxy/grpc.h"

static bool is_plain(char byte);

bool grpc_is_request(const struct http_message *request) {
    struct slice type = http_message_find(request, slice_text("content-type"));
    struct slice name = slice_text("application/grpc");
    if (type.len < name.len || !slice_equal_nocase(slice_sub(type, 0, name.len), name))
        return false;
    return type.len == name.len || type.data[name.len] == '+' || type.data[name.len] == ';';
}

/* UNKNOWN is 2. Clients try again what is UNAVAILABLE, so only what may go better the next time is that. */
unsigned grpc_status(uint16_t status) {
    enum {
        CANCELLED = 1,
        UNKNOWN = 2,
        DEADLINE_EXCEEDED = 4,
        PERMISSION_DENIED = 7,
        RESOURCE_EXHAUSTED = 8,
        UNIMPLEMENTED = 12,
        INTERNAL = 13,
        UNAVAILABLE = 14,
        UNAUTHENTICATED = 16
    };
    static const struct {
        uint16_t http;
        unsigned grpc;
    } rows[] = {
        {400, INTERNAL},           {401, UNAUTHENTICATED},    {403, PERMISSION_DENIED}, {404, UNIMPLEMENTED},
        {408, DEADLINE_EXCEEDED},  {413, RESOURCE_EXHAUSTED}, {421, UNAVAILABLE},       {429, RESOURCE_EXHAUSTED},
        {431, RESOURCE_EXHAUSTED}, {499, CANCELLED},          {500, INTERNAL},          {501, UNIMPLEMENTED},
        {502, UNAVAILABLE},        {503, UNAVAILABLE},        {504, DEADLINE_EXCEEDED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].http == status)
            return rows[i].grpc;
    return UNKNOWN;
}

size_t grpc_message(char to[GRPC_MESSAGE_MAX], enum reason reason) {
    static const char digits[] = "0123456789ABCDEF";
    size_t len = 0;
    for (const char *at = reason_row(reason)->sentence; *at && len + 3 <= GRPC_MESSAGE_MAX; at++) {
        if (is_plain(*at)) {
            to[len++] = *at;
            continue;
        }
        to[len++] = '%';
        to[len++] = digits[(uint8_t)*at >> 4];
        to[len++] = digits[(uint8_t)*at & 15];
    }
    return len;
}

/* One to eight digits and a unit. */
int64_t grpc_timeout_ms(const struct http_message *request) {
    static const struct {
        char unit;
        int64_t per_ms;
        int64_t ms;
    } units[] = {{'H', 1, 3600000}, {'M', 1, 60000}, {'S', 1, 1000}, {'m', 1, 1}, {'u', 1000, 1}, {'n', 1000000, 1}};
    struct slice value = http_message_find(request, slice_text("grpc-timeout"));
    uint64_t number;
    if (value.len < 2 || value.len > 9 || !slice_decimal(slice_sub(value, 0, value.len - 1), &number))
        return 0;
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (units[i].unit == (char)value.data[value.len - 1]) {
            int64_t wait_ms = (int64_t)number * units[i].ms / units[i].per_ms;
            return wait_ms > 0 ? wait_ms : 1;
        }
    return 0;
}

static bool is_plain(char byte) {
    return byte >= ' ' && byte <= '~' && byte != '%';
}
