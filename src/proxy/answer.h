/* Answers of the gateway itself: what a refused request gets. */
#ifndef SALLYPORT_PROXY_ANSWER_H
#define SALLYPORT_PROXY_ANSWER_H

#include "http/conn.h"

/* Sends the whole answer for `reason` (its row gives the status and the sentence) with the request's id on `stream`,
 * without a body for HEAD. False when it cannot be sent. Gathered, not flushed. */
[[nodiscard]] bool answer_send(struct http_stream *stream, enum reason reason, uint64_t id, struct slice method);

/* The status that a reason is answered with. */
uint16_t answer_status(enum reason reason);

#endif
