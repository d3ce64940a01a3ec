/* What a backend was told about the client, read from a request's fields and printed for people and programs. */
#ifndef SALLYPORT_BIN_TOLD_H
#define SALLYPORT_BIN_TOLD_H

#include "base/buf.h"
#include "http/message.h"

/* Appends the answer of `whoami` to a request: as text, or as one JSON object. False when `to` is full. */
[[nodiscard]] bool told_print_text(const struct http_message *request, struct buf *to);
[[nodiscard]] bool told_print_json(const struct http_message *request, struct buf *to);

#endif
