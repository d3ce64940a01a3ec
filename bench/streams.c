/* The client's side of HTTP/2 on one connection. */
#include "streams.h"

#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW_BYTES (1 << 20) /* so that the client's windows never hold an answer up */
#define OUT_BYTES    65536     /* the requests of all streams leave in one write */
#define FIELDS       6

struct stream {
    int status;
    uint64_t body_bytes;
};

struct streams {
    const struct options *options;
    nghttp2_session *session;
    struct stream *list; /* one for each stream at a time */
    uint64_t answered;
    uint64_t body_bytes;
    size_t out_at; /* what of `out` is sent */
    size_t out_len;
    char error[120];
    uint8_t out[OUT_BYTES];
};

static bool open_session(struct streams *streams);
static bool ask(struct streams *streams, struct stream *stream);
static nghttp2_nv field(const char *name, const char *value);
static void fill(struct streams *streams);
static int on_field(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
                    const uint8_t *value, size_t value_len, uint8_t flags, void *owner);
static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t len, void *owner);
static int on_end(nghttp2_session *session, int32_t id, uint32_t error_code, void *owner);
static int fail(struct streams *streams, const char *sentence, int number);

struct streams *streams_new(const struct options *options) {
    struct streams *streams = calloc(1, sizeof(*streams));
    if (streams == NULL)
        return NULL;
    streams->options = options;
    streams->list = calloc(options->streams, sizeof(*streams->list));
    if (streams->list == NULL || !open_session(streams)) {
        streams_free(streams);
        return NULL;
    }
    return streams;
}

void streams_free(struct streams *streams) {
    if (streams == NULL)
        return;
    nghttp2_session_del(streams->session);
    free(streams->list);
    free(streams);
}

bool streams_take(struct streams *streams, const uint8_t *bytes, size_t len) {
    ssize_t taken = nghttp2_session_mem_recv(streams->session, bytes, len);
    if (taken < 0 && streams->error[0] == '\0')
        fail(streams, nghttp2_strerror((int)taken), (int)taken);
    if (streams->error[0] == '\0' && !nghttp2_session_want_read(streams->session))
        fail(streams, "the proxy ended the HTTP/2 connection", 0);
    return streams->error[0] == '\0';
}

const uint8_t *streams_to_send(struct streams *streams, size_t *len) {
    if (streams->out_at == streams->out_len)
        fill(streams);
    *len = streams->out_len - streams->out_at;
    return streams->error[0] == '\0' ? streams->out + streams->out_at : NULL;
}

void streams_sent(struct streams *streams, size_t len) {
    streams->out_at += len;
}

uint64_t streams_answered(struct streams *streams, uint64_t *body_bytes) {
    uint64_t answered = streams->answered;
    *body_bytes = streams->body_bytes;
    streams->answered = 0;
    streams->body_bytes = 0;
    return answered;
}

const char *streams_error(const struct streams *streams) {
    return streams->error;
}

static bool open_session(struct streams *streams) {
    nghttp2_session_callbacks *callbacks;
    nghttp2_settings_entry settings[] = {{NGHTTP2_SETTINGS_ENABLE_PUSH, 0},
                                         {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, WINDOW_BYTES}};
    if (nghttp2_session_callbacks_new(&callbacks) != 0)
        return false;
    nghttp2_session_callbacks_set_on_header_callback(callbacks, on_field);
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, on_data);
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, on_end);
    bool ok = nghttp2_session_client_new(&streams->session, callbacks, streams) == 0 &&
        nghttp2_submit_settings(streams->session, NGHTTP2_FLAG_NONE, settings, 2) == 0 &&
        nghttp2_session_set_local_window_size(streams->session, NGHTTP2_FLAG_NONE, 0, WINDOW_BYTES) == 0;
    nghttp2_session_callbacks_del(callbacks);
    for (size_t i = 0; ok && i < streams->options->streams; i++)
        ok = ask(streams, &streams->list[i]);
    return ok;
}

static bool ask(struct streams *streams, struct stream *stream) {
    const nghttp2_nv fields[FIELDS] = {
        field(":method", "GET"),
        field(":scheme", "https"),
        field(":authority", streams->options->name),
        field(":path", streams->options->scenario->path),
        field("user-agent", "bench"),
        field("accept", "*/*"),
    };
    *stream = (struct stream){0};
    return nghttp2_submit_request(streams->session, NULL, fields, FIELDS, NULL, stream) > 0;
}

static nghttp2_nv field(const char *name, const char *value) {
    return (nghttp2_nv){.name = (uint8_t *)(uintptr_t)name,
                        .value = (uint8_t *)(uintptr_t)value,
                        .namelen = strlen(name),
                        .valuelen = strlen(value)};
}

/* Gathers frames until there are no more or the next might not fit. */
static void fill(struct streams *streams) {
    const uint8_t *frames;
    streams->out_at = streams->out_len = 0;
    while (OUT_BYTES - streams->out_len > 2 * 16384) {
        ssize_t len = nghttp2_session_mem_send(streams->session, &frames);
        if (len < 0 || (size_t)len > OUT_BYTES - streams->out_len) {
            fail(streams, "the requests cannot be framed", (int)len);
            return;
        }
        if (len == 0)
            return;
        memcpy(streams->out + streams->out_len, frames, (size_t)len);
        streams->out_len += (size_t)len;
    }
}

static int on_field(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_len,
                    const uint8_t *value, size_t value_len, uint8_t flags, void *owner) {
    struct stream *stream = nghttp2_session_get_stream_user_data(session, frame->hd.stream_id);
    (void)flags;
    (void)owner;
    (void)value_len;
    if (stream != NULL && name_len == 7 && memcmp(name, ":status", 7) == 0)
        stream->status = (int)strtol((const char *)value, NULL, 10);
    return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t len, void *owner) {
    struct stream *stream = nghttp2_session_get_stream_user_data(session, id);
    (void)flags;
    (void)data;
    (void)owner;
    if (stream != NULL)
        stream->body_bytes += len;
    return 0;
}

static int on_end(nghttp2_session *session, int32_t id, uint32_t error_code, void *owner) {
    struct streams *streams = owner;
    struct stream *stream = nghttp2_session_get_stream_user_data(session, id);
    if (stream == NULL)
        return 0;
    if (error_code != NGHTTP2_NO_ERROR)
        return fail(streams, "the stream was reset", (int)error_code);
    if (stream->status != 200)
        return fail(streams, "the answer has another status", stream->status);
    if (stream->body_bytes != streams->options->scenario->body_bytes)
        return fail(streams, "the answer's body is not as long as it should be", (int)stream->body_bytes);
    streams->answered++;
    streams->body_bytes += stream->body_bytes;
    return ask(streams, stream) ? 0 : fail(streams, "no further stream can be opened", id);
}

static int fail(struct streams *streams, const char *sentence, int number) {
    if (streams->error[0] == '\0')
        snprintf(streams->error, sizeof(streams->error), "%s (%d)", sentence, number);
    return NGHTTP2_ERR_CALLBACK_FAILURE;
}
