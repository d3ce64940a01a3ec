/* Names and addresses on the wire. */
#include "ipc/resolve.h"

static void put_family(enum resolve_family family, struct wire_out *out);
static enum resolve_family get_family(struct wire_in *in);
static int64_t get_ms(struct wire_in *in, int64_t min, int64_t max);

void resolve_put_settings(const struct resolve_settings *settings, struct wire_out *out) {
    put_family(settings->family, out);
    wire_put_i64(out, settings->every_ms);
    wire_put_i64(out, settings->min_ttl_ms);
    wire_put_i64(out, settings->max_ttl_ms);
    wire_put_i64(out, settings->timeout_ms);
    wire_put_bytes(out, settings->servers);
}

void resolve_get_settings(struct resolve_settings *settings, struct wire_in *in) {
    settings->family = get_family(in);
    settings->every_ms = get_ms(in, 0, RESOLVE_TTL_MAX_MS);
    settings->min_ttl_ms = get_ms(in, 1, RESOLVE_TTL_MAX_MS);
    settings->max_ttl_ms = get_ms(in, 1, RESOLVE_TTL_MAX_MS);
    settings->timeout_ms = get_ms(in, 1, RESOLVE_TIMEOUT_MAX_MS);
    settings->servers = wire_get_bytes(in, RESOLVE_SERVERS_MAX);
}

struct slice resolve_get_name(struct wire_in *in) {
    struct slice name = wire_get_bytes(in, RESOLVE_NAME_MAX);
    if (name.len == 0)
        in->bad = true;
    return name;
}

void resolve_put_request(const struct resolve_request *request, struct wire_out *out) {
    wire_put_bytes(out, request->name);
    put_family(request->family, out);
    wire_put_i64(out, request->timeout_ms);
    wire_put_bytes(out, request->servers);
}

void resolve_get_request(struct resolve_request *request, struct wire_in *in) {
    request->name = resolve_get_name(in);
    request->family = get_family(in);
    request->timeout_ms = get_ms(in, 1, RESOLVE_TIMEOUT_MAX_MS);
    request->servers = wire_get_bytes(in, RESOLVE_SERVERS_MAX);
}

void resolve_add(struct resolve_answer *answer, const uint8_t address[RESOLVE_ADDRESS_BYTES]) {
    uint32_t at = 0;
    int order = 1;
    while (at < answer->count && (order = memcmp(answer->addresses[at], address, RESOLVE_ADDRESS_BYTES)) < 0)
        at++;
    if (order == 0 || answer->count == RESOLVE_ADDRESSES_MAX)
        return;
    memmove(answer->addresses[at + 1], answer->addresses[at], (answer->count - at) * RESOLVE_ADDRESS_BYTES);
    memcpy(answer->addresses[at], address, RESOLVE_ADDRESS_BYTES);
    answer->count++;
}

void resolve_put_answer(const struct resolve_answer *answer, struct wire_out *out) {
    wire_put_u32(out, answer->ttl_s);
    wire_put_bytes(out, slice_of(answer->addresses, (size_t)answer->count * RESOLVE_ADDRESS_BYTES));
}

void resolve_get_answer(struct resolve_answer *answer, struct wire_in *in) {
    answer->ttl_s = wire_get_u32(in);
    struct slice bytes = wire_get_bytes(in, sizeof(answer->addresses));
    answer->count = 0;
    for (size_t at = 0; at + RESOLVE_ADDRESS_BYTES <= bytes.len; at += RESOLVE_ADDRESS_BYTES)
        resolve_add(answer, bytes.data + at);
    if (!slice_equal(bytes, slice_of(answer->addresses, (size_t)answer->count * RESOLVE_ADDRESS_BYTES)))
        in->bad = true;
}

bool resolve_equal(const struct resolve_answer *a, const struct resolve_answer *b) {
    return a->count == b->count && memcmp(a->addresses, b->addresses, (size_t)a->count * RESOLVE_ADDRESS_BYTES) == 0;
}

static void put_family(enum resolve_family family, struct wire_out *out) {
    wire_put_u8(out, (uint8_t)family);
}

static enum resolve_family get_family(struct wire_in *in) {
    uint8_t family = wire_get_u8(in);
    if (family > RESOLVE_IPV6)
        in->bad = true;
    return in->bad ? RESOLVE_BOTH : (enum resolve_family)family;
}

static int64_t get_ms(struct wire_in *in, int64_t min, int64_t max) {
    int64_t ms = wire_get_i64(in);
    if (ms < min || ms > max)
        in->bad = true;
    return in->bad ? max : ms;
}
