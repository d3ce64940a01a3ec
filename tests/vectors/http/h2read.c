/* Plays what tests/vectors/http/http2.py sends to the server side of HTTP/2, one line at a time, and prints what came
 * of it. "new": a connection whose settings are known. "open": a request on stream 1, whose body is missing. "head
 * HEX": a block of fields, as the head of the next request; prints its message as name=value, tab between. "frame
 * HEX": bytes of a frame; prints what the client hears. */
#include "../../unit/http/h2harness.h"

enum { LINE_MAX_BYTES = 1 << 20 };

static unsigned next_id;

static void print_request(void *owner, struct http_stream *stream, const struct http_message *head) {
    add_exchange(owner, stream);
    printf(":method=%.*s\t:authority=%.*s\t:path=%.*s", (int)head->method.len, head->method.data,
           (int)head->authority.len, head->authority.data, (int)head->path.len, head->path.data);
    for (size_t i = 0; i < head->field_count; i++)
        printf("\t%.*s=%.*s", (int)head->fields[i].name.len, head->fields[i].name.data, (int)head->fields[i].value.len,
               head->fields[i].value.data);
}

static void print_refused(void *owner, enum reason reason) {
    (void)owner;
    printf("refused %s", reason_row(reason)->label);
}

static const struct http_conn_events printing_events = {
    .request = print_request, .began = on_began, .idle = on_idle, .refused = print_refused, .ended = on_ended};

static size_t read_hex(const char *text, uint8_t *to) {
    size_t len = 0;
    for (unsigned octet; sscanf(text + 2 * len, "%2x", &octet) == 1; len++)
        to[len] = (uint8_t)octet;
    return len;
}

/* Limits as wide as the vectors need them: they test frames and fields, not floods. */
static struct end *begin(void) {
    static const struct h1parse_limits heads = {.head_bytes = 65536, .target_bytes = 8192, .fields = 100};
    struct h2limits limits = h2limits_default;
    limits.streams = 200;
    struct end *end = make_end_with(true, &limits);
    h2state_of(end->conn)->head_limits = heads;
    greet(end);
    http_conn_own(end->conn, &printing_events, end);
    next_id = 1;
    return end;
}

static void play(struct end *end, const char *line) {
    static uint8_t bytes[LINE_MAX_BYTES / 2];
    if (strncmp(line, "open", 4) == 0) {
        put_head(end, 1, false, ":method: PUT\n:path: /" GET);
        tell(end);
        printf("\n");
        return;
    }
    if (strncmp(line, "head ", 5) == 0) {
        size_t len = read_hex(line + 5, bytes);
        put_frame(end, NGHTTP2_HEADERS, NGHTTP2_FLAG_END_HEADERS | NGHTTP2_FLAG_END_STREAM, next_id,
                  slice_of(bytes, len));
        next_id += 2;
        tell(end);
        printf("\n");
    } else {
        size_t len = read_hex(line + sizeof "frame", bytes);
        put(end, bytes, len);
        tell(end);
        printf("%s\n", hear(end));
    }
}

int main(void) {
    static char line[LINE_MAX_BYTES];
    struct end *end = NULL;
    while (fgets(line, sizeof line, stdin)) {
        if (strncmp(line, "new", 3) != 0) {
            play(end, line);
            continue;
        }
        if (end)
            free_end(end);
        end = begin();
    }
    if (end)
        free_end(end);
    return 0;
}
