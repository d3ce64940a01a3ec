/* TLS as a filter: a stream over a stream. In front: handshake, verdict on the client's certificate, then clear
 * bytes through io/stream.h. */
#ifndef SALLYPORT_TLS_TLSSTREAM_H
#define SALLYPORT_TLS_TLSSTREAM_H

#include "io/loop.h"
#include "io/stream.h"
#include "tls/endpoint.h"

/* The handshake's facts; strings are borrowed from the library and live for ever. */
struct tls_facts {
    const char *version;
    const char *cipher;
    bool resumed;
    struct slice alpn;
};

/* Starts the server side over `below` (which becomes the stream's, also on failure) for a host's endpoint (a
 * reference is taken). `hook` is asked about a client whose chain is good; its owner outlives the stream. NULL when
 * memory is short. The returned stream moves no bytes before tlsstream_handshake says OK. */
[[nodiscard]] struct stream *tlsstream_accept(struct loop *loop, struct stream *below, struct tls_endpoint *endpoint,
                                              struct verify_judge hook);

/* Goes on with the handshake: AGAIN (call again on on_ready), OK, or FAILED; then stream_failure has the reason,
 * tlsstream_verdict the certificate's part in it, and the alert has been sent. Bytes that came before the
 * handshake's end are never shown as application data. Read at once after OK: bytes may be here of which no on_ready
 * will tell. */
enum stream_status tlsstream_handshake(struct stream *stream);

/* After OK: the client's proof, or NULL when it presented none. Borrowed from the stream. For resumed sessions the
 * chain that the ticket carried was judged again (trust, dates, settings). */
struct verified_peer *tlsstream_peer(const struct stream *stream);

/* After OK. */
struct tls_facts tlsstream_facts(const struct stream *stream);

/* What was presented and which check failed, or NULL when it was not about a certificate: after FAILED, and after OK
 * where the endpoint refuses later. Borrowed from the stream. */
const struct verify_verdict *tlsstream_verdict(const struct stream *stream);

/* After OK: the same, and it is the caller's to free. */
struct verify_verdict *tlsstream_take_verdict(struct stream *stream);

/* After FAILED: the alert that was sent, or 0; the one that the client sent, or 0; and the library's own words (a fixed
 * string) or NULL. */
uint8_t tlsstream_alert(const struct stream *stream);
uint8_t tlsstream_client_alert(const struct stream *stream);
const char *tlsstream_detail(const struct stream *stream);

#endif
