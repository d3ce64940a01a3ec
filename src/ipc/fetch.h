/* What the fetcher is asked to fetch, and what came of it: the content of FETCH and of questions to the fetcher. */
#ifndef SALLYPORT_IPC_FETCH_H
#define SALLYPORT_IPC_FETCH_H

#include "base/url.h"
#include "ipc/wire.h"

/* BODY: an OCSP request for several certificates. TYPE: of its content. WHY: a sentence of why nothing came. LIMIT: no
 * transfer takes longer, whatever was asked. */
enum {
    FETCH_BODY_MAX = 8192,
    FETCH_TYPE_MAX = 128,
    FETCH_WHY_MAX = 256,
    FETCH_LIMIT_MS = 600000,
};

/* A document wanted. body: sent by POST with its content type; empty: GET. max_bytes: a longer document is refused.
 * limit_ms: for all of it. The texts are borrowed. */
struct fetch_request {
    struct slice url;
    struct slice body;
    struct slice content_type;
    uint64_t max_bytes;
    int64_t limit_ms;
};

/* What came: a document, or why none. */
struct fetch_reply {
    bool is_done;
    struct slice document;
    struct slice why;
};

/* Writes a request to a message. */
void fetch_put_request(const struct fetch_request *request, struct wire_out *out);

/* Reads it, borrowed from the message; `in` turns bad when it is none. */
void fetch_get_request(struct fetch_request *request, struct wire_in *in);

/* Writes and reads the answer to a worker's question; a document has at most `max` bytes. */
void fetch_put_reply(const struct fetch_reply *reply, struct wire_out *out);
void fetch_get_reply(struct fetch_reply *reply, size_t max, struct wire_in *in);

#endif
