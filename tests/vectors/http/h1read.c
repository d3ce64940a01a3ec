/* Reads connections' worth of HTTP/1 requests and says what the parser makes of them, for http1.py.
 * Input: "<length>\n<bytes>", again and again. Output, a line each: what would be passed on, in hex, then how it
 * ended: "end", "more" or a reason. */
#include "http/h1chunk.h"
#include "http/h1write.h"

#include <stdio.h>
#include <stdlib.h>

static const struct h1parse_limits limits = {.head_bytes = 16384, .target_bytes = 8192, .fields = 100};

static const char *read_connection(struct slice bytes, struct buf *passed_on);
static const char *read_request(struct slice *bytes, struct buf *passed_on, bool *is_kept);
static const char *read_length(struct slice *bytes, uint64_t len, struct buf *passed_on);
static const char *read_chunks(struct slice *bytes, struct buf *passed_on);

int main(void) {
    size_t len;
    while (scanf("%zu", &len) == 1 && getchar() == '\n' && len < 1 << 20) {
        /* Exactly as large as the input, so that the sanitizer sees a read behind it. */
        uint8_t *bytes = malloc(len ? len : 1);
        if (!bytes || fread(bytes, 1, len, stdin) != len)
            return EXIT_FAILURE;
        struct buf passed_on;
        buf_init(&passed_on, 1 << 22);
        const char *verdict = read_connection(slice_of(bytes, len), &passed_on);
        for (size_t i = 0; i < buf_len(&passed_on); i++)
            printf("%02x", buf_view(&passed_on).data[i]);
        printf(" %s\n", verdict);
        buf_fini(&passed_on);
        free(bytes);
    }
    return EXIT_SUCCESS;
}

static const char *read_connection(struct slice bytes, struct buf *passed_on) {
    bool is_kept = true;
    while (bytes.len > 0 && is_kept) {
        const char *problem = read_request(&bytes, passed_on, &is_kept);
        if (problem)
            return problem;
    }
    return "end";
}

/* NULL when the request is complete. What is written stays in `passed_on` also when the body breaks off. */
static const char *read_request(struct slice *bytes, struct buf *passed_on, bool *is_kept) {
    struct http_field fields[HTTP_FIELDS_MAX];
    struct http_message message = {.fields = fields, .field_room = HTTP_FIELDS_MAX};
    struct h1parse_scan scan = {0};
    struct h1parse_result result = h1parse_request(*bytes, &limits, &scan, &message);
    if (result.status != H1PARSE_DONE)
        return result.status == H1PARSE_MORE ? "more" : reason_row(result.reason)->label;
    *is_kept = message.keep_alive;
    message.keep_alive = true;
    if (!h1write_request(passed_on, &message))
        return "unwritable";
    *bytes = slice_sub(*bytes, result.used_bytes, bytes->len);
    if (message.body == HTTP_BODY_STREAM)
        return read_chunks(bytes, passed_on);
    return message.body == HTTP_BODY_LENGTH ? read_length(bytes, message.content_length, passed_on) : NULL;
}

static const char *read_length(struct slice *bytes, uint64_t len, struct buf *passed_on) {
    struct slice body = slice_sub(*bytes, 0, len < bytes->len ? (size_t)len : bytes->len);
    *bytes = slice_sub(*bytes, body.len, bytes->len);
    if (!buf_append(passed_on, body))
        return "unwritable";
    return body.len == len ? NULL : "more";
}

static const char *read_chunks(struct slice *bytes, struct buf *passed_on) {
    struct h1chunk chunk = {0};
    for (;;) {
        struct slice data;
        bool last;
        struct h1parse_result result = h1chunk_next(&chunk, *bytes, &data, &last);
        if (result.status != H1PARSE_DONE)
            return result.status == H1PARSE_MORE ? "more" : reason_row(result.reason)->label;
        *bytes = slice_sub(*bytes, result.used_bytes, bytes->len);
        if (last)
            break;
        char head[H1WRITE_CHUNK_HEAD_MAX];
        size_t head_len = h1write_chunk_head(head, data.len);
        if (!buf_append(passed_on, slice_of(head, head_len)) || !buf_append(passed_on, data) ||
            !buf_append(passed_on, slice_text("\r\n")))
            return "unwritable";
        h1chunk_consumed(&chunk, data.len);
        *bytes = slice_sub(*bytes, data.len, bytes->len);
    }
    struct http_field fields[HTTP_FIELDS_MAX];
    struct http_message trailers = {.fields = fields, .field_room = HTTP_FIELDS_MAX};
    struct h1parse_scan scan = {0};
    struct h1parse_result result = h1parse_trailers(*bytes, &limits, &scan, &trailers);
    if (result.status != H1PARSE_DONE)
        return result.status == H1PARSE_MORE ? "more" : reason_row(result.reason)->label;
    *bytes = slice_sub(*bytes, result.used_bytes, bytes->len);
    return h1write_last_chunk(passed_on, &trailers) ? NULL : "unwritable";
}
