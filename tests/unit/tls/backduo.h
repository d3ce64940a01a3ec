/* A client of ours and a server of OpenSSL's over a socket pair, both turned by the real loop. */
#ifndef SALLYPORT_TESTS_BACKDUO_H
#define SALLYPORT_TESTS_BACKDUO_H

#include "duo.h"

/* What a test may set before backduo_open: what the outpoint asks for, who the server is said to be, and the server's
 * certificate. staple: what the server shows, if asked; empty: nothing. */
struct backduo {
    struct loop *loop;
    struct chaincache *cache;
    struct tls_outpoint_settings settings;
    struct tls_outpoint *outpoint;
    struct backshake_server dialled;
    struct verify_judge hook;
    SSL_CTX *server_context;
    const struct minted *server_certificate;
    struct slice staple;
    int fds[2];
    SSL *server;
    struct stream *client;
    enum stream_status status;
    bool has_server_failed;
    struct loop_task task;
    int64_t give_up_ms;
};

static inline int backduo_on_status(SSL *ssl, void *owner) {
    const struct backduo *duo = owner;
    if (!duo->staple.len)
        return SSL_TLSEXT_ERR_NOACK;
    void *copy = OPENSSL_memdup(duo->staple.data, duo->staple.len);
    SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)duo->staple.len);
    return SSL_TLSEXT_ERR_OK;
}

static inline int backduo_take_any(X509_STORE_CTX *store, void *unused) {
    (void)unused;
    X509_STORE_CTX_set_error(store, X509_V_OK);
    return 1;
}

/* Both versions, the certificate judged and for "example.test", sessions kept. */
static inline void backduo_init(struct backduo *duo, const struct duo_pki *pki) {
    *duo = (struct backduo){.loop = loop_new(), .cache = chaincache_new(100)};
    duo->settings = (struct tls_outpoint_settings){
        .min_version = TLS_VERSION_12,
        .max_version = TLS_VERSION_13,
        .trust = pki->trust,
        .verify = {.purpose = VERIFY_SERVER, .depth = 3, .rsa_bits_min = 2048},
        .resumes = true,
        .cache = duo->cache,
    };
    duo->dialled = (struct backshake_server){.address = slice_text("192.0.2.1:443"),
                                             .sni = slice_text("example.test"),
                                             .name = slice_text("example.test")};
    duo->server_certificate = &pki->server;
    duo->server_context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_session_id_context(duo->server_context, (const unsigned char *)"test", 4);
    SSL_CTX_set_tlsext_status_cb(duo->server_context, backduo_on_status);
    SSL_CTX_set_tlsext_status_arg(duo->server_context, duo);
}

static inline void backduo_version(struct backduo *duo, int version) {
    SSL_CTX_set_min_proto_version(duo->server_context, version);
    SSL_CTX_set_max_proto_version(duo->server_context, version);
}

/* From now on the server asks for a certificate and takes any. */
static inline void backduo_ask(struct backduo *duo, bool is_required) {
    SSL_CTX_set_verify(duo->server_context, SSL_VERIFY_PEER | (is_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0),
                       NULL);
    SSL_CTX_set_cert_verify_callback(duo->server_context, backduo_take_any, NULL);
}

/* Closes the connection, if there is one; another may be opened. */
static inline void backduo_close(struct backduo *duo) {
    if (duo->server) {
        SSL_set_shutdown(duo->server, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        SSL_free(duo->server);
        close(duo->fds[1]);
    }
    stream_close(&duo->client);
    duo->server = NULL;
    harness_turns(duo->loop, 2);
}

static inline void backduo_fini(struct backduo *duo) {
    backduo_close(duo);
    loop_free(&duo->loop);
    tls_outpoint_unref(&duo->outpoint);
    SSL_CTX_free(duo->server_context);
    chaincache_free(&duo->cache);
}

static inline void backduo_on_ready(void *owner, unsigned what) {
    (void)owner, (void)what;
}

/* Connects; nothing has been said yet. */
static inline void backduo_open(struct backduo *duo) {
    struct error_list errors;
    error_list_init(&errors);
    if (!duo->outpoint)
        duo->outpoint = tls_outpoint_new(&duo->settings, &errors);
    if (errors.count)
        fail_msg("%s", errors.items[0].sentence);
    error_list_fini(&errors);
    backduo_close(duo);
    harness_pair(duo->fds);
    duo->server = SSL_new(duo->server_context);
    SSL_set_fd(duo->server, duo->fds[1]);
    SSL_set_accept_state(duo->server);
    duo_give_certificate(duo->server, duo->server_certificate, NULL);
    duo->client =
        tlsstream_connect(duo->loop, tcp_new(duo->loop, duo->fds[0]), duo->outpoint, &duo->dialled, duo->hook);
    assert_non_null(duo->client);
    stream_own(duo->client, duo, backduo_on_ready);
    duo->status = STREAM_AGAIN;
    duo->has_server_failed = false;
}

/* One step of each. Our reading takes tickets in. */
static inline void backduo_step(struct backduo *duo) {
    uint8_t byte;
    size_t got = 0;
    if (duo->status == STREAM_AGAIN)
        duo->status = tlsstream_handshake(duo->client);
    else if (duo->status == STREAM_OK)
        stream_read(duo->client, &byte, 1);
    ERR_clear_error();
    int result =
        SSL_is_init_finished(duo->server) ? SSL_read_ex(duo->server, &byte, 1, &got) : SSL_do_handshake(duo->server);
    if (result <= 0) {
        int error = SSL_get_error(duo->server, result);
        duo->has_server_failed = error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL;
    }
}

static inline void backduo_turn(struct loop_task *task) {
    struct backduo *duo = list_entry(task, struct backduo, task);
    backduo_step(duo);
    bool is_settled = duo->status == STREAM_FAILED || (duo->status == STREAM_OK && SSL_is_init_finished(duo->server)) ||
        (duo->status == STREAM_OK && duo->has_server_failed);
    if (is_settled || now_ms() > duo->give_up_ms)
        loop_stop(duo->loop);
    else
        loop_defer(duo->loop, task);
}

/* Opens, shakes hands and lets tickets and alerts arrive. */
static inline enum stream_status backduo_handshake(struct backduo *duo) {
    backduo_open(duo);
    loop_task_init(&duo->task, backduo_turn);
    duo->give_up_ms = now_ms() + HARNESS_LIMIT_MS;
    loop_defer(duo->loop, &duo->task);
    assert_true(loop_run(duo->loop));
    loop_task_cancel(&duo->task);
    if (duo->status == STREAM_AGAIN)
        fail_msg("the handshake does not end");
    for (int i = 0; i < 5; i++) {
        backduo_step(duo);
        harness_turns(duo->loop, 1);
    }
    return duo->status;
}

/* Expects the handshake to succeed, resumed or not. */
static inline void backduo_expect(struct backduo *duo, bool is_resumed) {
    if (backduo_handshake(duo) != STREAM_OK)
        fail_msg("refused: %s, %s", reason_row(stream_failure(duo->client))->label, tlsstream_detail(duo->client));
    assert_int_equal(SSL_session_reused(duo->server), is_resumed);
    assert_int_equal(tlsstream_facts(duo->client).resumed, is_resumed);
    assert_non_null(tlsstream_peer(duo->client));
}

/* Expects a refusal for this reason. */
static inline void backduo_expect_refusal(struct backduo *duo, enum reason reason) {
    assert_int_equal(backduo_handshake(duo), STREAM_FAILED);
    assert_string_equal(reason_row(stream_failure(duo->client))->label, reason_row(reason)->label);
    assert_null(tlsstream_peer(duo->client));
}

#endif
