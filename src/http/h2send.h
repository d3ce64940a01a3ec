/* The outgoing side of an HTTP/2 connection: frames are gathered, and leave in one write. */
#ifndef SALLYPORT_HTTP_H2SEND_H
#define SALLYPORT_HTTP_H2SEND_H

#include "http/h2state.h"
#include "http/h2write.h"

/* Sets what nghttp2 calls for sending. */
void h2send_set_callbacks(nghttp2_session_callbacks *callbacks);

/* Makes frames and writes them as far as the stream below takes them. True when nothing is left with us or with the
 * stream below. A failed write sets write_failed. */
bool h2send_flush(struct h2state *state);

/* Gathers the head of an answer to, or of a request on, `stream`; `end`: no body follows. False when nghttp2 does not
 * take it. A request gets its id here. */
[[nodiscard]] bool h2send_answer(struct h2stream *stream, const struct h2write_lines *lines, bool end);
[[nodiscard]] bool h2send_request(struct h2stream *stream, const struct h2write_lines *lines, bool end);

/* Gathers an interim (1xx) head. */
[[nodiscard]] bool h2send_interim(struct h2stream *stream, const struct h2write_lines *lines);

/* Takes of a body; see http_stream_send_body. */
size_t h2send_body(struct h2stream *stream, struct slice bytes, bool end);

/* Ends the body with trailers; see http_stream_send_trailers. */
[[nodiscard]] bool h2send_trailers(struct h2stream *stream, const struct http_message *trailers);

/* Resets the stream with a code of RFC 9113 section 7: now, or (h2send_reset_later) behind the end of our message. */
void h2send_reset(struct h2stream *stream, uint32_t code);
void h2send_reset_later(struct h2stream *stream, uint32_t code);

/* Gathers a GOAWAY behind what is gathered, without nghttp2, which is not used any more from here. */
void h2send_goodbye(struct h2state *state, uint32_t code);

#endif
