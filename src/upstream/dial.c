/* One attempt goes through its steps one after the other: connect, PROXY header, TLS. The last of them tells the
 * owner. */
#include "upstream/dial.h"

#include "io/connector.h"
#include "io/proxywrite.h"
#include "tls/tlsstream.h"
#include "upstream/serverfault.h"

#include <stdlib.h>

/* stream: while the header is written, and in the TLS handshake. head: what is left of the header;
 * is_too_large: there is none for this client. until_ms (monotonic): the end of all steps. name: the server's own. */
struct dial {
    struct loop *loop;
    const struct backend *backend;
    struct server *server;
    struct connector *connector;
    struct stream *stream;
    struct buf head;
    bool is_too_large;
    struct backshake_server told;
    char name[ADDR_TEXT_MAX];
    int64_t until_ms;
    struct deadline deadline;
    struct loop_task bury;
    dial_done *done;
    void *owner;
};

static void on_connected(void *owner, struct stream *stream, enum reason reason);
static void on_room(void *owner, unsigned what);
static void write_head(struct dial *dial);
static void go_on_with(struct dial *dial, struct stream *stream);
static void begin_tls(struct dial *dial, struct stream *below);
static void name_server(struct dial *dial);
static struct slice sni_of(const struct backend_tls *tls, struct slice name);
static enum reason judge(void *owner, struct verified_peer *peer, int *depth, const char **detail);
static void on_ready(void *owner, unsigned what);
static void go_on(struct dial *dial);
static void on_deadline(struct deadline *deadline);
static void finish_tls(struct dial *dial);
static void fail_tls(struct dial *dial, enum reason reason);
static void give_up(struct dial *dial, enum reason reason);
static void finish(struct dial *dial, struct stream *stream, const struct dial_facts *facts, enum reason reason);
static void end(struct dial *dial);
static void bury(struct loop_task *task);

struct dial *dial_start(struct loop *loop, const struct backend *backend, struct server *server,
                        const struct dial_scope *scope, dial_done *done, void *owner) {
    struct dial *dial = calloc(1, sizeof *dial);
    if (!dial)
        return NULL;
    *dial = (struct dial){.loop = loop,
                          .backend = backend,
                          .until_ms = loop_now_ms(loop) + backend->connect_timeout_ms,
                          .done = done,
                          .owner = owner};
    buf_init(&dial->head, PROXYWRITE_MAX);
    dial->is_too_large = backend->proxy.version && !proxyhead_write(&backend->proxy, scope, &dial->head);
    dial->connector = connector_start(loop, &server->addr, backend->connect_timeout_ms, on_connected, dial);
    if (!dial->connector) {
        buf_fini(&dial->head);
        free(dial);
        return NULL;
    }
    dial->server = server_ref(server);
    deadline_init(&dial->deadline, on_deadline);
    loop_task_init(&dial->bury, bury);
    return dial;
}

void dial_cancel(struct dial **held) {
    struct dial *dial = *held;
    *held = NULL;
    if (!dial)
        return;
    connector_cancel(&dial->connector);
    stream_close(&dial->stream);
    end(dial);
}

const struct dial_facts *dial_keep_facts(const struct dial_facts *facts, struct arena *arena) {
    struct dial_facts kept = {.resumed = facts->resumed, .detail = facts->detail, .alert = facts->alert};
    if (!facts->detail && !facts->alert && !facts->verdict)
        return NULL;
    if (facts->verdict)
        kept.verdict = (const void *)arena_copy(arena, slice_of(facts->verdict, sizeof *facts->verdict)).data;
    return (const void *)arena_copy(arena, slice_of(&kept, sizeof kept)).data;
}

enum reason dial_check(const struct backend *backend, const struct verified_peer *peer, int64_t now) {
    const struct revocation *revocation = backend->tls.revocation;
    int depth;
    if (!peer || verified_peer_proof(peer) != PEER_PROOF_CHAIN)
        return REASON_NONE;
    if (now >= verified_peer_expires(peer))
        return REASON_BACKEND_CERT_EXPIRED;
    return revocation ? serverfault_of(revocation_check(revocation, peer, now, &depth)) : REASON_NONE;
}

static void on_connected(void *owner, struct stream *stream, enum reason reason) {
    struct dial *dial = owner;
    dial->connector = NULL;
    if (!stream) {
        give_up(dial, reason);
        return;
    }
    deadline_set(loop_deadlines(dial->loop), &dial->deadline, dial->until_ms);
    dial->stream = stream;
    stream_own(stream, dial, on_room);
    if (dial->is_too_large)
        give_up(dial, REASON_IDENTITY_TOO_LARGE);
    else
        write_head(dial);
}

/* --- the PROXY header --- */

static void on_room(void *owner, unsigned what) {
    if (what & STREAM_WRITABLE)
        write_head(owner);
}

/* Nothing is read before it is out: a server that knows nobody yet has nothing to say. */
static void write_head(struct dial *dial) {
    while (buf_len(&dial->head)) {
        struct slice left = buf_view(&dial->head);
        struct stream_result result = stream_write(dial->stream, &left, 1);
        if (result.status == STREAM_AGAIN)
            return;
        if (result.status != STREAM_OK) {
            give_up(dial, REASON_BACKEND_CLOSED);
            return;
        }
        buf_consume(&dial->head, result.bytes);
    }
    struct stream *stream = dial->stream;
    dial->stream = NULL;
    stream_own(stream, NULL, NULL);
    go_on_with(dial, stream);
}

static void go_on_with(struct dial *dial, struct stream *stream) {
    if (dial->backend->tls.outpoint)
        begin_tls(dial, stream);
    else
        finish(dial, stream, &(struct dial_facts){.resumed = false}, REASON_NONE);
}

/* --- TLS --- */

static void begin_tls(struct dial *dial, struct stream *below) {
    const struct verify_judge hook = {.judge = judge, .owner = dial};
    name_server(dial);
    dial->stream = tlsstream_connect(dial->loop, below, dial->backend->tls.outpoint, &dial->told, hook);
    if (!dial->stream) {
        give_up(dial, REASON_MEMORY);
        return;
    }
    stream_own(dial->stream, dial, on_ready);
    go_on(dial);
}

/* A server is what its name or else its address says, unless the operator says otherwise. */
static void name_server(struct dial *dial) {
    const struct backend_tls *tls = &dial->backend->tls;
    struct addr_ip ip = addr_ip_of(&dial->server->addr);
    bool is_named = tls->name || tls->spiffe_id || ip.family == AF_UNIX;
    const char *host = dial->server->host;
    struct slice own = is_named ? slice_text("")
        : host                  ? slice_text(host)
                                : slice_of(dial->name, addr_ip_text_host(&ip, dial->name));
    dial->told = (struct backshake_server){.address = dial->server->key,
                                           .name = tls->name ? slice_text(tls->name) : own,
                                           .spiffe_id = slice_text(tls->spiffe_id)};
    dial->told.sni = sni_of(tls, dial->told.name);
}

/* An address is no server name (RFC 6066 section 3). */
static struct slice sni_of(const struct backend_tls *tls, struct slice name) {
    struct addr_net net;
    if (tls->sni)
        return slice_text(tls->sni);
    return addr_net_parse(name, &net) ? slice_text("") : name;
}

/* Lists are asked by what they say now, at full handshakes and before sessions are resumed. */
static enum reason judge(void *owner, struct verified_peer *peer, int *depth, const char **detail) {
    const struct dial *dial = owner;
    const struct revocation *revocation = dial->backend->tls.revocation;
    (void)detail;
    return revocation ? revocation_check(revocation, peer, loop_unix_ms(dial->loop) / 1000, depth) : REASON_NONE;
}

static void on_ready(void *owner, unsigned what) {
    (void)what;
    go_on(owner);
}

static void go_on(struct dial *dial) {
    switch (tlsstream_handshake(dial->stream)) {
    case STREAM_AGAIN:
        break;
    case STREAM_OK:
        finish_tls(dial);
        break;
    case STREAM_END:
    case STREAM_FAILED:
        fail_tls(dial, serverfault_of(stream_failure(dial->stream)));
        break;
    }
}

static void on_deadline(struct deadline *deadline) {
    struct dial *dial = list_entry(deadline, struct dial, deadline);
    give_up(dial, buf_len(&dial->head) ? REASON_BACKEND_CONNECT_TIMEOUT : REASON_BACKEND_TLS_TIMEOUT);
}

static void finish_tls(struct dial *dial) {
    struct stream *stream = dial->stream;
    struct tls_facts tls = tlsstream_facts(stream);
    const struct dial_facts facts = {.alpn = tls.alpn, .peer = tlsstream_peer(stream), .resumed = tls.resumed};
    dial->stream = NULL;
    stream_own(stream, NULL, NULL);
    finish(dial, stream, &facts, REASON_NONE);
}

static void fail_tls(struct dial *dial, enum reason reason) {
    const struct verify_verdict *verdict = tlsstream_verdict(dial->stream);
    const struct dial_facts facts = {.detail = verdict ? verdict->detail : tlsstream_detail(dial->stream),
                                     .alert = tlsstream_peer_alert(dial->stream),
                                     .verdict = verdict};
    struct stream *stream = dial->stream;
    dial->stream = NULL;
    finish(dial, NULL, &facts, reason);
    stream_close(&stream);
}

/* --- the end --- */

/* There is nothing to be told but the reason. */
static void give_up(struct dial *dial, enum reason reason) {
    stream_close(&dial->stream);
    finish(dial, NULL, &(struct dial_facts){.resumed = false}, reason);
}

static void finish(struct dial *dial, struct stream *stream, const struct dial_facts *facts, enum reason reason) {
    end(dial);
    dial->done(dial->owner, stream, facts, reason);
}

static void end(struct dial *dial) {
    deadline_clear(loop_deadlines(dial->loop), &dial->deadline);
    server_release(&dial->server);
    loop_defer(dial->loop, &dial->bury);
}

static void bury(struct loop_task *task) {
    struct dial *dial = list_entry(task, struct dial, bury);
    buf_fini(&dial->head);
    free(dial);
}
