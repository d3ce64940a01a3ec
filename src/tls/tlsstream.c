#include "tls/tlsstream.h"

#include "base/bug.h"
#include "tls/certwords.h"
#include "tls/failure.h"
#include "tls/handshake.h"
#include "tls/tlsbio.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

/* OPEN: the handshake is over. FAILED: nothing moves any more. */
enum tlsstream_phase { TLSSTREAM_HANDSHAKE, TLSSTREAM_OPEN, TLSSTREAM_FAILED };

/* How long the ticket of TLS 1.3 may wait for an answer to go out with: a client's first request is there by then. */
enum { TLSSTREAM_TICKET_MS = 50 };

/* In front there are endpoint and handshake, behind outpoint and back. has_shut: close_notify was written.
 * wants_fin: the stream below is to be shut once the output is out. ticket_due: set while output waits that nobody
 * waits for. */
struct tlsstream {
    struct stream stream;
    struct loop_task release;
    struct loop_task last_flight;
    struct deadline ticket_due;
    struct loop *loop;
    struct tls_endpoint *endpoint;
    struct tls_outpoint *outpoint;
    SSL *ssl;
    struct tlsbio window;
    struct handshake handshake;
    struct backshake *back;
    enum tlsstream_phase phase;
    bool has_shut;
    bool wants_fin;
    enum reason failure;
    const char *detail;
};

/* Where a write stands in its parts. */
struct cursor {
    const struct slice *parts;
    size_t count;
    size_t index;
    size_t offset;
};

static struct stream_result on_read(struct stream *stream, uint8_t *to, size_t room);
static struct stream_result on_write(struct stream *stream, const struct slice *parts, size_t count);
static bool on_flush(struct stream *stream);
static void on_shut(struct stream *stream);
static void on_close(struct stream *stream);
static void on_quiet(struct stream *stream);
static enum reason on_failure(const struct stream *stream);
static void on_below(void *owner, unsigned what);
static void release(struct loop_task *task);
static struct tlsstream *of(const struct stream *stream);
static struct tlsstream *make(struct loop *loop, struct stream *below, SSL_CTX *library);
static void discard(struct tlsstream *self);
static int64_t now_s(const struct tlsstream *self);
static uint8_t alert_received(const struct tlsstream *self);
static bool open_front(struct tlsstream *self);
static bool open_back(struct tlsstream *self);
static enum stream_status finish_handshake(struct tlsstream *self);
static enum stream_status fail_handshake(struct tlsstream *self);
static enum reason handshake_reason(struct tlsstream *self);
static bool lacks_extended_secret(const struct tlsstream *self);
static bool is_drained(const struct tlsstream *self, int result);
static struct stream_result nothing_read(struct tlsstream *self, int result);
static struct stream_result fail(struct tlsstream *self, enum reason reason);
static struct slice next_chunk(const struct cursor *cursor, uint8_t *scratch);
static struct slice join_parts(struct cursor cursor, uint8_t *scratch);
static struct slice current_part(const struct cursor *cursor);
static void advance(struct cursor *cursor, size_t bytes);
static bool flush_output(struct tlsstream *self);
static void hold_ticket(struct tlsstream *self);
static void on_ticket_due(struct deadline *deadline);
static void on_last_flight(struct loop_task *task);

static const struct stream_ops ops = {
    .read = on_read,
    .write = on_write,
    .flush = on_flush,
    .shut = on_shut,
    .close = on_close,
    .quiet = on_quiet,
    .failure = on_failure,
};

struct stream *tlsstream_accept(struct loop *loop, struct stream *below, struct tls_endpoint *endpoint,
                                struct verify_judge hook) {
    struct tlsstream *self = make(loop, below, tls_endpoint_library(endpoint));
    if (!self)
        return NULL;
    self->endpoint = tls_endpoint_ref(endpoint);
    SSL_set_accept_state(self->ssl);
    handshake_begin(&self->handshake, self->ssl, tls_endpoint_rules(endpoint), hook);
    return &self->stream;
}

struct stream *tlsstream_connect(struct loop *loop, struct stream *below, struct tls_outpoint *outpoint,
                                 const struct backshake_server *server, struct verify_judge hook) {
    struct tlsstream *self = make(loop, below, tls_outpoint_library(outpoint));
    if (!self)
        return NULL;
    self->outpoint = tls_outpoint_ref(outpoint);
    SSL_set_connect_state(self->ssl);
    self->back = calloc(1, sizeof *self->back);
    if (self->back && backshake_begin(self->back, self->ssl, tls_outpoint_rules(outpoint), server, hook, now_s(self)))
        return &self->stream;
    discard(self);
    return NULL;
}

/* `below` is the new stream's, and closed when there is none. */
static struct tlsstream *make(struct loop *loop, struct stream *below, SSL_CTX *library) {
    struct tlsstream *self = calloc(1, sizeof *self);
    SSL *ssl = self ? SSL_new(library) : NULL;
    BIO *bio = ssl ? tlsbio_new(&self->window) : NULL;
    if (!bio) {
        SSL_free(ssl);
        free(self);
        stream_close(&below);
        return NULL;
    }
    *self = (struct tlsstream){.stream = {.ops = &ops}, .loop = loop, .ssl = ssl};
    tlsbio_init(&self->window, below);
    loop_task_init(&self->release, release);
    loop_task_init(&self->last_flight, on_last_flight);
    deadline_init(&self->ticket_due, on_ticket_due);
    SSL_set_bio(ssl, bio, bio);
    stream_own(below, self, on_below);
    return self;
}

static void discard(struct tlsstream *self) {
    struct stream *stream = &self->stream;
    stream_close(&stream);
}

enum stream_status tlsstream_handshake(struct stream *stream) {
    struct tlsstream *self = of(stream);
    bug_on(self->phase == TLSSTREAM_OPEN);
    if (self->phase == TLSSTREAM_FAILED)
        return STREAM_FAILED;
    ERR_clear_error();
    if (self->back)
        self->back->now = now_s(self);
    else
        self->handshake.now = now_s(self);
    int result = SSL_do_handshake(self->ssl);
    if (result == 1)
        return finish_handshake(self);
    int error = SSL_get_error(self->ssl, result);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
        return fail_handshake(self);
    tlsbio_flush(&self->window);
    return self->window.has_failed ? fail_handshake(self) : STREAM_AGAIN;
}

struct verified_peer *tlsstream_peer(const struct stream *stream) {
    const struct tlsstream *self = of(stream);
    if (self->phase != TLSSTREAM_OPEN)
        return NULL;
    return self->back ? self->back->peer : handshake_peer(&self->handshake, self->ssl);
}

struct tls_facts tlsstream_facts(const struct stream *stream) {
    const struct tlsstream *self = of(stream);
    const unsigned char *alpn;
    unsigned alpn_len;
    const X509 *own = SSL_get_certificate(self->ssl);
    SSL_get0_alpn_selected(self->ssl, &alpn, &alpn_len);
    return (struct tls_facts){
        .version = SSL_get_version(self->ssl),
        .cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(self->ssl)),
        .resumed = SSL_session_reused(self->ssl),
        .alpn = slice_of(alpn, alpn_len),
        .own_signature = own ? certwords_signature(own) : NULL,
        .own_key = own ? certwords_key(own) : NULL,
    };
}

const struct verify_verdict *tlsstream_verdict(const struct stream *stream) {
    const struct tlsstream *self = of(stream);
    return self->back ? self->back->verdict : handshake_verdict(&self->handshake, self->ssl);
}

struct verify_verdict *tlsstream_take_verdict(struct stream *stream) {
    struct tlsstream *self = of(stream);
    if (!self->back)
        return handshake_take_verdict(&self->handshake, self->ssl);
    struct verify_verdict *verdict = self->back->verdict;
    self->back->verdict = NULL;
    return verdict;
}

uint8_t tlsstream_alert(const struct stream *stream) {
    const struct tlsstream *self = of(stream);
    return self->back ? self->back->alert_sent : self->handshake.alert_sent;
}

uint8_t tlsstream_peer_alert(const struct stream *stream) {
    return alert_received(of(stream));
}

const char *tlsstream_detail(const struct stream *stream) {
    return of(stream)->detail;
}

static int64_t now_s(const struct tlsstream *self) {
    return loop_unix_ms(self->loop) / 1000;
}

static uint8_t alert_received(const struct tlsstream *self) {
    return self->back ? self->back->alert_received : self->handshake.alert_received;
}

static enum stream_status finish_handshake(struct tlsstream *self) {
    if (!(self->back ? open_back(self) : open_front(self)))
        return STREAM_FAILED;
    self->phase = TLSSTREAM_OPEN;
    return STREAM_OK;
}

/* The last flight (TLS 1.3: the ticket) is not flushed here: it goes out with the first answer, or when there is
 * nothing to read. */
static bool open_front(struct tlsstream *self) {
    const struct handshake_rules *rules = self->handshake.rules;
    bool needs_proof = rules->is_required && !rules->refuses_later;
    if (needs_proof && !handshake_peer(&self->handshake, self->ssl)) {
        fail(self, REASON_CERT_MISSING);
        return false;
    }
    handshake_shed(&self->handshake, self->ssl);
    hold_ticket(self);
    return true;
}

/* The last flight goes out with the first request, if that is written in this turn. */
static bool open_back(struct tlsstream *self) {
    if (!backshake_finish(self->back, self->ssl)) {
        fail(self, REASON_TLS_EXTENDED_MASTER_SECRET);
        return false;
    }
    loop_defer(self->loop, &self->last_flight);
    return true;
}

static enum stream_status fail_handshake(struct tlsstream *self) {
    enum reason reason = handshake_reason(self);
    flush_output(self);
    fail(self, reason);
    return STREAM_FAILED;
}

static enum reason handshake_reason(struct tlsstream *self) {
    enum reason reason = failure_of_handshake(self->ssl, &self->detail);
    const struct verify_verdict *verdict = tlsstream_verdict(&self->stream);
    if (verdict && (self->back || !tls_endpoint_rules(self->endpoint)->refuses_later))
        return verdict->reason;
    if (lacks_extended_secret(self))
        return REASON_TLS_EXTENDED_MASTER_SECRET;
    return self->window.has_ended || self->window.has_failed ? REASON_TLS_CLIENT_CLOSED : reason;
}

static bool lacks_extended_secret(const struct tlsstream *self) {
    return !self->back && self->handshake.lacks_extended_secret;
}

static struct stream_result on_read(struct stream *stream, uint8_t *to, size_t room) {
    struct tlsstream *self = of(stream);
    size_t total = 0;
    int result = 1;
    if (self->phase != TLSSTREAM_OPEN)
        return fail(self, self->failure);
    ERR_clear_error();
    self->window.read_left = room + TLSBIO_SILENT_BYTES;
    while (total < room) {
        size_t got = 0;
        result = SSL_read_ex(self->ssl, to + total, room - total, &got);
        total += got;
        if (result != 1 || !SSL_has_pending(self->ssl))
            break;
    }
    if (total == 0)
        return nothing_read(self, result);
    return (struct stream_result){.status = STREAM_OK, .drained = is_drained(self, result), .bytes = total};
}

/* An end or a failure that came right behind the bytes is here already: no on_ready will tell of it. */
static bool is_drained(const struct tlsstream *self, int result) {
    bool is_dry = result == 1 ? !SSL_has_pending(self->ssl) : SSL_get_error(self->ssl, result) == SSL_ERROR_WANT_READ;
    return self->window.is_drained && is_dry;
}

/* The end of the bytes without a close_notify is a truncation: FAILED, not END. A client that sends and sends and
 * says nothing is no client: each key update costs us more than it, and the others would wait. */
static struct stream_result nothing_read(struct tlsstream *self, int result) {
    int error = SSL_get_error(self->ssl, result);
    if (!deadline_is_set(&self->ticket_due))
        flush_output(self);
    if (self->window.read_left == 0)
        return fail(self, REASON_TLS_PROTOCOL);
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE)
        return (struct stream_result){.status = STREAM_AGAIN, .drained = true};
    if (error == SSL_ERROR_ZERO_RETURN)
        return (struct stream_result){.status = STREAM_END};
    if (self->back && alert_received(self)) /* in TLS 1.3 a server refuses our certificate only now */
        return fail(self, REASON_BACKEND_TLS_ALERT);
    return fail(self, error == SSL_ERROR_SSL && !alert_received(self) ? REASON_TLS_PROTOCOL : REASON_CLOSED);
}

static struct stream_result on_write(struct stream *stream, const struct slice *parts, size_t count) {
    struct tlsstream *self = of(stream);
    struct cursor cursor = {.parts = parts, .count = count};
    size_t taken = 0;
    advance(&cursor, 0);
    if (self->phase != TLSSTREAM_OPEN || self->has_shut)
        return fail(self, self->failure);
    if (current_part(&cursor).len)
        deadline_clear(loop_deadlines(self->loop), &self->ticket_due); /* the ticket is no longer alone */
    ERR_clear_error();
    while (current_part(&cursor).len && (tlsbio_has_room(&self->window) || flush_output(self))) {
        uint8_t scratch[TLSBIO_RECORD_BYTES];
        struct slice chunk = next_chunk(&cursor, scratch);
        size_t written = 0;
        if (SSL_write_ex(self->ssl, chunk.data, chunk.len, &written) != 1)
            return fail(self, REASON_CLOSED);
        advance(&cursor, written);
        taken += written;
    }
    flush_output(self);
    if (self->window.has_failed)
        return fail(self, REASON_CLOSED);
    return (struct stream_result){.status = taken ? STREAM_OK : STREAM_AGAIN, .bytes = taken};
}

/* What goes into the next record: small parts are joined, so that head and body of an answer are one record; a large
 * one is not copied. */
static struct slice next_chunk(const struct cursor *cursor, uint8_t *scratch) {
    struct slice part = current_part(cursor);
    if (part.len >= TLSBIO_RECORD_BYTES || cursor->index + 1 == cursor->count)
        return slice_sub(part, 0, TLSBIO_RECORD_BYTES);
    return join_parts(*cursor, scratch);
}

static struct slice join_parts(struct cursor cursor, uint8_t *scratch) {
    size_t len = 0;
    while (len < TLSBIO_RECORD_BYTES) {
        struct slice piece = slice_sub(current_part(&cursor), 0, TLSBIO_RECORD_BYTES - len);
        if (piece.len == 0)
            break;
        memcpy(scratch + len, piece.data, piece.len);
        len += piece.len;
        advance(&cursor, piece.len);
    }
    return slice_of(scratch, len);
}

/* Empty at the end only: advance passes over empty parts. */
static struct slice current_part(const struct cursor *cursor) {
    if (cursor->index == cursor->count)
        return (struct slice){0};
    struct slice part = cursor->parts[cursor->index];
    return slice_sub(part, cursor->offset, part.len);
}

static void advance(struct cursor *cursor, size_t bytes) {
    cursor->offset += bytes;
    while (cursor->index < cursor->count && cursor->offset >= cursor->parts[cursor->index].len) {
        cursor->offset -= cursor->parts[cursor->index].len;
        cursor->index++;
    }
}

static bool on_flush(struct stream *stream) {
    struct tlsstream *self = of(stream);
    bool has_only_ticket = deadline_is_set(&self->ticket_due); /* which is not the owner's */
    return (has_only_ticket || flush_output(self)) && stream_flush(self->window.below);
}

static void on_shut(struct stream *stream) {
    struct tlsstream *self = of(stream);
    if (self->phase == TLSSTREAM_OPEN && !self->has_shut)
        SSL_shutdown(self->ssl);
    self->has_shut = true;
    self->wants_fin = true;
    flush_output(self);
}

static void on_close(struct stream *stream) {
    struct tlsstream *self = of(stream);
    flush_output(self);
    deadline_clear(loop_deadlines(self->loop), &self->ticket_due);
    loop_task_cancel(&self->last_flight);
    stream_close(&self->window.below);
    stream_own(stream, NULL, NULL);
    loop_defer(self->loop, &self->release);
}

static void on_quiet(struct stream *stream) {
    struct tlsstream *self = of(stream);
    if (flush_output(self))
        buf_fini(&self->window.output);
    SSL_free_buffers(self->ssl);
    stream_quiet(self->window.below);
}

static enum reason on_failure(const struct stream *stream) {
    return of(stream)->failure;
}

/* The stream below has news. Output that waited goes first; the owner hears of room only when it is out. */
static void on_below(void *owner, unsigned what) {
    struct tlsstream *self = owner;
    if (what & STREAM_READABLE)
        self->window.is_drained = false;
    if (what & STREAM_WRITABLE)
        self->window.is_blocked = false;
    if ((what & STREAM_WRITABLE) && !flush_output(self))
        what &= ~(unsigned)STREAM_WRITABLE;
    if (what && self->stream.on_ready)
        self->stream.on_ready(self->stream.owner, what);
}

/* True when nothing is left in our own buffer. A half-close that waited for it is carried out. */
static bool flush_output(struct tlsstream *self) {
    if (!tlsbio_flush(&self->window))
        return false;
    deadline_clear(loop_deadlines(self->loop), &self->ticket_due);
    if (self->wants_fin) {
        self->wants_fin = false;
        stream_shut(self->window.below);
    }
    return true;
}

/* What a handshake of TLS 1.3 leaves to be sent is a ticket, which can wait a little; the client of TLS 1.2 waits for
 * it. */
static void hold_ticket(struct tlsstream *self) {
    if (buf_len(&self->window.output) && SSL_version(self->ssl) >= TLS1_3_VERSION)
        deadline_set(loop_deadlines(self->loop), &self->ticket_due, loop_now_ms(self->loop) + TLSSTREAM_TICKET_MS);
}

static void on_ticket_due(struct deadline *deadline) {
    flush_output(list_entry(deadline, struct tlsstream, ticket_due));
}

static void on_last_flight(struct loop_task *task) {
    flush_output(list_entry(task, struct tlsstream, last_flight));
}

/* Of the first failure only; later ones follow from it. */
static struct stream_result fail(struct tlsstream *self, enum reason reason) {
    if (self->phase != TLSSTREAM_FAILED)
        self->failure = reason == REASON_NONE ? REASON_INTERNAL : reason;
    self->phase = TLSSTREAM_FAILED;
    return (struct stream_result){.status = STREAM_FAILED};
}

static void release(struct loop_task *task) {
    struct tlsstream *self = list_entry(task, struct tlsstream, release);
    if (self->back && self->phase == TLSSTREAM_OPEN) /* else libssl would take the end for a reason not to resume */
        SSL_set_shutdown(self->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    SSL_free(self->ssl);
    if (self->back)
        backshake_fini(self->back);
    else if (self->endpoint)
        handshake_fini(&self->handshake);
    free(self->back);
    tlsbio_fini(&self->window);
    tls_endpoint_unref(&self->endpoint);
    tls_outpoint_unref(&self->outpoint);
    free(self);
}

static struct tlsstream *of(const struct stream *stream) {
    bug_on(stream->ops != &ops);
    return list_entry(stream, struct tlsstream, stream);
}
