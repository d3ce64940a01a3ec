/* The life of one HTTP/2 stream between its owner and nghttp2, and the bytes that it holds. */
#ifndef SALLYPORT_HTTP_H2STREAM_H
#define SALLYPORT_HTTP_H2STREAM_H

#include "http/h2state.h"

/* Makes a stream that is owned; NULL when memory is short. */
[[nodiscard]] struct h2stream *h2stream_new(struct h2state *state);

/* nghttp2 has begun (has closed) the stream. Closing frees one that nobody owns any more. */
void h2stream_begun(struct h2stream *stream, int32_t id);
void h2stream_closed(struct h2stream *stream);

/* Its owner lets go of it: unread bytes are dropped and their credit returned. Frees it when nghttp2 has closed it. */
void h2stream_disown(struct h2stream *stream);

/* Ends it for its owner: `failed` follows, once. */
void h2stream_fail(struct h2stream *stream, enum reason reason);

/* What can be read of its body now (http_stream_body), and what was taken of that. */
struct http_body_view h2stream_view(struct h2stream *stream);
void h2stream_consume(struct h2stream *stream, size_t len);

/* Keeps bytes of the body that still lie in the reader's memory; false when memory is short. */
[[nodiscard]] bool h2stream_keep_passing(struct h2stream *stream);

/* Takes a piece of the body for which nobody waits; credit goes back at once. */
void h2stream_refund(struct h2state *state, int32_t id, size_t len);

/* Copies trailers to `*to`, which is made and goes with the stream; false when memory is short. */
[[nodiscard]] bool h2stream_keep_trailers(struct h2state_trailers **to, const struct http_message *trailers);

/* Frees the streams kept for re-use. */
void h2stream_free_spare(struct h2state *state);

/* Frees every stream, whoever owns it: the connection ends. */
void h2stream_free_all(struct h2state *state);

#endif
