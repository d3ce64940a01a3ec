/* Requests and replies of the fetcher on the wire. */
#include "ipc/fetch.h"

void fetch_put_request(const struct fetch_request *request, struct wire_out *out) {
    wire_put_bytes(out, request->url);
    wire_put_bytes(out, request->body);
    wire_put_bytes(out, request->content_type);
    wire_put_u64(out, request->max_bytes);
    wire_put_i64(out, request->limit_ms);
}

void fetch_get_request(struct fetch_request *request, struct wire_in *in) {
    request->url = wire_get_bytes(in, URL_MAX);
    request->body = wire_get_bytes(in, FETCH_BODY_MAX);
    request->content_type = wire_get_bytes(in, FETCH_TYPE_MAX);
    request->max_bytes = wire_get_u64(in);
    request->limit_ms = wire_get_i64(in);
    if (request->limit_ms <= 0 || request->limit_ms > FETCH_LIMIT_MS)
        in->bad = true;
}

void fetch_put_reply(const struct fetch_reply *reply, struct wire_out *out) {
    wire_put_bool(out, reply->is_done);
    if (reply->is_done)
        wire_put_bytes(out, reply->document);
    else
        wire_put_text_cut(out, reply->why, FETCH_WHY_MAX);
}

void fetch_get_reply(struct fetch_reply *reply, size_t max, struct wire_in *in) {
    *reply = (struct fetch_reply){.is_done = wire_get_bool(in)};
    if (reply->is_done)
        reply->document = wire_get_bytes(in, max);
    else
        reply->why = wire_get_bytes(in, FETCH_WHY_MAX);
}
