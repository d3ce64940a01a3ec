/* TLS as a filter: a stream over a stream. Handshake, verdict on the certificate of the other end (a client in front, a
 * server behind), then clear bytes through io/stream.h. */
#ifndef SALLYPORT_TLS_TLSSTREAM_H
#define SALLYPORT_TLS_TLSSTREAM_H

#include "io/loop.h"
#include "io/stream.h"
#include "tls/endpoint.h"
#include "tls/outpoint.h"

/* The handshake's facts; strings are borrowed from the library and live for ever. own_signature, own_key: of the
 * certificate that was shown (tls/certwords), NULL when there was none. */
struct tls_facts {
    const char *version;
    const char *cipher;
    bool resumed;
    struct slice alpn;
    const char *own_signature;
    const char *own_key;
};

/* Starts the server side over `below` (which becomes the stream's, also on failure) for a host's endpoint (a
 * reference is taken). `hook` is asked about a client whose chain is good; its owner outlives the stream. NULL when
 * memory is short. The returned stream moves no bytes before tlsstream_handshake says OK. */
[[nodiscard]] struct stream *tlsstream_accept(struct loop *loop, struct stream *below, struct tls_endpoint *endpoint,
                                              struct verify_judge hook);

/* Starts the client side over `below` (which becomes the stream's, also on failure) by a backend's outpoint (a
 * reference is taken). `server` says which server it is and has to outlive the handshake, as has the owner of
 * `hook`, which is asked about a server whose chain is good. NULL when memory is short. A session with the server is
 * resumed if there is one and its chain is still good. */
[[nodiscard]] struct stream *tlsstream_connect(struct loop *loop, struct stream *below, struct tls_outpoint *outpoint,
                                               const struct backshake_server *server, struct verify_judge hook);

/* Goes on with the handshake: AGAIN (call again on on_ready), OK, or FAILED; then stream_failure has the reason,
 * tlsstream_verdict the certificate's part in it, and the alert has been sent. Bytes that came before the
 * handshake's end are never shown as application data. Read at once after OK: bytes may be here of which no on_ready
 * will tell. */
enum stream_status tlsstream_handshake(struct stream *stream);

/* After OK: the proof of the other end, or NULL when it presented none. Borrowed from the stream. For resumed sessions
 * the chain that the session began with was judged again (trust, dates, settings). */
struct verified_peer *tlsstream_peer(const struct stream *stream);

/* After OK. */
struct tls_facts tlsstream_facts(const struct stream *stream);

/* What was presented and which check failed, or NULL when it was not about a certificate: after FAILED, and after OK
 * where the endpoint refuses later. Borrowed from the stream. */
const struct verify_verdict *tlsstream_verdict(const struct stream *stream);

/* The same, and it is the caller's to free. */
struct verify_verdict *tlsstream_take_verdict(struct stream *stream);

/* After FAILED: the alert that was sent, or 0; the one that the other end sent, or 0; and the library's own words (a
 * fixed string) or NULL. */
uint8_t tlsstream_alert(const struct stream *stream);
uint8_t tlsstream_peer_alert(const struct stream *stream);
const char *tlsstream_detail(const struct stream *stream);

#endif
