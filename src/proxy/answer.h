/* Answers of the gateway itself: what a refused request gets. */
#ifndef SALLYPORT_PROXY_ANSWER_H
#define SALLYPORT_PROXY_ANSWER_H

#include "http/conn.h"
#include "proxy/page.h"

/* What is answered: the row of `reason` gives the status and the sentence. id, method: the request's. retry_after_ms:
 * told by Retry-After (RFC 9110 section 10.2.3) in whole seconds, unless 0. realm: what a 401 asks a password for
 * (RFC 7617), without quotes and backslashes; NULL otherwise. page: a page for people, or NULL for a short text.
 * is_grpc: a gRPC client over HTTP/2 asks, which knows no status but its own: it gets 200 and trailers only. */
struct answer {
    enum reason reason;
    uint64_t id;
    struct slice method;
    int64_t retry_after_ms;
    const char *realm;
    const struct page *page;
    bool is_grpc;
};

/* Sends the whole answer on `stream`, without a body for HEAD. False when it cannot be sent. Gathered, not flushed. */
[[nodiscard]] bool answer_send(struct http_stream *stream, const struct answer *answer);

/* The status that a reason is answered with. */
uint16_t answer_status(enum reason reason);

#endif
