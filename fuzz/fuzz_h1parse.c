/* Requests, answers and chunked bodies: whatever is read can be written, and what was written is read as the same
 * again. */
#include "http/h1chunk.h"
#include "http/h1write.h"

#include <stdlib.h>

static const struct h1parse_limits limits = {.head_bytes = 4096, .target_bytes = 1024, .fields = 64};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(bool condition);
static void try_request(struct slice bytes);
static void try_request_in_two(struct slice bytes, struct h1parse_result whole);
static void try_answer(struct slice bytes, const char *method);
static void try_chunks(struct slice bytes);
static void try_trailers(struct slice bytes);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size == 0)
        return 0;
    struct slice bytes = slice_of(data + 1, size - 1);
    switch (data[0] % 4) {
    case 0:
        try_request(bytes);
        break;
    case 1:
        try_answer(bytes, data[0] & 4 ? "HEAD" : "GET");
        break;
    case 2:
        try_chunks(bytes);
        break;
    default:
        try_trailers(bytes);
        break;
    }
    return 0;
}

static void require(bool condition) {
    if (!condition)
        abort();
}

/* Reads, writes, reads again: method, host, framing and fields must survive, and a second writing must give the same
 * bytes. */
static void try_request(struct slice bytes) {
    struct http_field fields[HTTP_FIELDS_MAX], again_fields[HTTP_FIELDS_MAX];
    struct http_message message = {.fields = fields, .field_room = HTTP_FIELDS_MAX};
    struct http_message again = {.fields = again_fields, .field_room = HTTP_FIELDS_MAX};
    struct h1parse_scan scan = {0}, again_scan = {0};
    struct h1parse_result result = h1parse_request(bytes, &limits, &scan, &message);
    try_request_in_two(bytes, result);
    if (result.status != H1PARSE_DONE)
        return;
    struct buf first, second;
    buf_init(&first, 65536);
    buf_init(&second, 65536);
    require(result.used_bytes <= bytes.len && h1write_request(&first, &message));
    const struct h1parse_limits wide = {.head_bytes = 65536, .target_bytes = 65536, .fields = HTTP_FIELDS_MAX};
    result = h1parse_request(buf_view(&first), &wide, &again_scan, &again);
    require(result.status == H1PARSE_DONE && result.used_bytes == buf_len(&first));
    require(again.field_count == message.field_count && again.body == message.body &&
            again.keep_alive == message.keep_alive);
    require(again.content_length == message.content_length && slice_equal(again.authority, message.authority));
    require(h1write_request(&second, &again) && slice_equal(buf_view(&first), buf_view(&second)));
    buf_fini(&first);
    buf_fini(&second);
}

/* The verdict must not depend on how the bytes came. */
static void try_request_in_two(struct slice bytes, struct h1parse_result whole) {
    struct http_field fields[HTTP_FIELDS_MAX];
    struct http_message message = {.fields = fields, .field_room = HTTP_FIELDS_MAX};
    struct h1parse_scan scan = {0};
    struct h1parse_result result = h1parse_request(slice_sub(bytes, 0, bytes.len / 2), &limits, &scan, &message);
    if (result.status == H1PARSE_MORE)
        result = h1parse_request(bytes, &limits, &scan, &message);
    require(result.status == whole.status && result.used_bytes == whole.used_bytes);
}

static void try_answer(struct slice bytes, const char *method) {
    struct http_field fields[HTTP_FIELDS_MAX];
    struct http_message message = {.fields = fields, .field_room = HTTP_FIELDS_MAX};
    struct h1parse_scan scan = {0};
    struct h1parse_result result = h1parse_answer(bytes, slice_text(method), &limits, &scan, &message);
    if (result.status != H1PARSE_DONE)
        return;
    struct buf written;
    buf_init(&written, 65536);
    require(h1write_answer(&written, &message));
    struct h1parse_scan again = {0};
    const struct h1parse_limits wide = {.head_bytes = 65536, .target_bytes = 65536, .fields = HTTP_FIELDS_MAX};
    result = h1parse_answer(buf_view(&written), slice_text(method), &wide, &again, &message);
    require(result.status == H1PARSE_DONE && result.used_bytes == buf_len(&written));
    buf_fini(&written);
}

/* The data must be the same in one piece and octet by octet. */
static void try_chunks(struct slice bytes) {
    struct h1chunk whole = {0}, single = {0};
    uint64_t whole_sum = 0, single_sum = 0;
    struct slice data;
    bool whole_last = false, single_last = false;
    struct h1parse_result result = {0};
    struct slice rest = bytes;
    while ((result = h1chunk_next(&whole, rest, &data, &whole_last)).status == H1PARSE_DONE && !whole_last) {
        rest = slice_sub(rest, result.used_bytes + data.len, rest.len);
        whole_sum += data.len;
        h1chunk_consumed(&whole, data.len);
    }
    struct h1parse_result single_result = {0};
    for (size_t i = 0; i < bytes.len && single_result.status != H1PARSE_BAD && !single_last; i++) {
        single_result = h1chunk_next(&single, slice_of(bytes.data + i, 1), &data, &single_last);
        single_sum += data.len;
        h1chunk_consumed(&single, data.len);
    }
    require(whole_sum == single_sum && whole_last == single_last);
    require((result.status == H1PARSE_BAD) == (single_result.status == H1PARSE_BAD));
}

static void try_trailers(struct slice bytes) {
    struct http_field fields[HTTP_FIELDS_MAX];
    struct http_message trailers = {.fields = fields, .field_room = HTTP_FIELDS_MAX};
    struct h1parse_scan scan = {0};
    if (h1parse_trailers(bytes, &limits, &scan, &trailers).status != H1PARSE_DONE)
        return;
    struct buf written;
    buf_init(&written, 65536);
    require(h1write_last_chunk(&written, &trailers));
    buf_fini(&written);
}
