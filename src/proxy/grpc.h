/* What gRPC has of its own over HTTP/2: its requests are told by their content type, refusals go into a status of its
 * own, and a client may say how long it waits (grpc.github.io, "gRPC over HTTP2"). */
#ifndef SALLYPORT_PROXY_GRPC_H
#define SALLYPORT_PROXY_GRPC_H

#include "base/reason.h"
#include "http/message.h"

/* Longest value of grpc-message: a sentence of ours, percent-encoded. */
enum { GRPC_MESSAGE_MAX = 512 };

/* True for a request of a gRPC client: content type application/grpc, with or without a format. Not of gRPC-Web, whose
 * clients speak ordinary HTTP. */
bool grpc_is_request(const struct http_message *request);

/* The status of gRPC that says what `status` of HTTP says. */
unsigned grpc_status(uint16_t status);

/* Writes the reason's sentence as a value of grpc-message to `to`, at most GRPC_MESSAGE_MAX bytes; returns how many. */
size_t grpc_message(char to[GRPC_MESSAGE_MAX], enum reason reason);

/* How long the client waits for the whole of its call, by grpc-timeout; 0 when it does not say, or says it wrongly. At
 * least a millisecond. */
int64_t grpc_timeout_ms(const struct http_message *request);

#endif
