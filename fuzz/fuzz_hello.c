/* ClientHellos: the first byte says how the rest is used, as raw bytes (0) or as a message cut into records of that
 * many bytes. The verdict must not depend on how the bytes came: all at once, or one by one. */
#include "base/bug.h"
#include "tls/hello.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Cuts a message into records; returns their bytes, to be freed. */
static uint8_t *cut(const uint8_t *message, size_t size, size_t record_bytes, size_t *raw_bytes) {
    size_t records = (size + record_bytes - 1) / record_bytes;
    uint8_t *raw = malloc(size + 5 * records + 1);
    bug_on(!raw);
    *raw_bytes = 0;
    for (size_t at = 0; at < size; at += record_bytes) {
        size_t len = size - at < record_bytes ? size - at : record_bytes;
        const uint8_t header[5] = {22, 3, 1, (uint8_t)(len >> 8), (uint8_t)len};
        memcpy(raw + *raw_bytes, header, 5);
        memcpy(raw + *raw_bytes + 5, message + at, len);
        *raw_bytes += 5 + len;
    }
    return raw;
}

static void check_same(const struct hello *a, const struct hello *b) {
    char name_a[HELLO_NAME_MAX + 1], name_b[HELLO_NAME_MAX + 1];
    bug_on(hello_server_name(a, name_a) != hello_server_name(b, name_b) || strcmp(name_a, name_b) != 0);
    bug_on(a->raw_bytes != b->raw_bytes || a->has_tls12 != b->has_tls12 || a->has_tls13 != b->has_tls13);
    bug_on(a->has_psk != b->has_psk || a->session_id_bytes != b->session_id_bytes);
    bug_on(!slice_equal(a->alpn, b->alpn));
    struct slice rest = a->alpn, protocol;
    while (hello_alpn_next(&rest, &protocol))
        bug_on(protocol.len == 0);
    bug_on(rest.len != 0);
}

static void check(const uint8_t *raw, size_t size) {
    struct hello at_once, by_byte;
    hello_init(&at_once);
    hello_init(&by_byte);
    enum hello_status status = hello_parse(slice_of(raw, size), &at_once);
    bug_on(status == HELLO_MORE && size >= HELLO_RAW_MAX);
    for (size_t len = 0; len <= size; len++) {
        if (hello_parse(slice_of(raw, len), &by_byte) != HELLO_MORE)
            break;
    }
    bug_on(by_byte.status != status);
    if (status == HELLO_OK)
        check_same(&at_once, &by_byte);
    hello_fini(&at_once);
    hello_fini(&by_byte);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    if (data[0] == 0) {
        check(data + 1, size - 1);
        return 0;
    }
    size_t raw_bytes;
    uint8_t *raw = cut(data + 1, size - 1, data[0], &raw_bytes);
    check(raw, raw_bytes);
    free(raw);
    return 0;
}
