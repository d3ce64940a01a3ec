/* A server of ours and a client of OpenSSL's over a socket pair, both turned by the real loop. */
#ifndef SALLYPORT_TESTS_DUO_H
#define SALLYPORT_TESTS_DUO_H

#include "../io/harness.h"
#include "../pki/minted.h"
#include "io/tcp.h"
#include "tls/endpoint.h"
#include "tls/library.h"
#include "tls/tlsstream.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

/* A root, an intermediate, a server and a client, made once for all tests of a program. */
struct duo_pki {
    struct minted root;
    struct minted intermediate;
    struct minted server;
    struct minted server_rsa;
    struct minted client;
    struct trust *trust;
};

/* What a test may set before duo_open: the client's certificate (NULL: none), its chain, and what the endpoint asks
 * for. */
struct duo {
    struct loop *loop;
    struct chaincache *cache;
    struct tls_tickets *tickets;
    struct tls_endpoint_settings settings;
    struct tls_certificate certificates[2];
    struct tls_endpoint *endpoint;
    struct verify_judge hook;
    SSL_CTX *client_context;
    const struct minted *client_certificate;
    const struct minted *client_chain;
    SSL_SESSION *session; /* offered by the client, then replaced by the one that it got */
    int fds[2];
    SSL *client;
    struct stream *server;
    enum stream_status status;
    int client_alert;
    bool has_client_failed;
    bool is_over;
    struct loop_task task;
    int64_t give_up_ms;
    uint8_t received[65536];
    size_t received_len;
};

static int duo_index = -1;

static inline struct duo *duo_of(const SSL *ssl) {
    return SSL_get_ex_data(ssl, duo_index);
}

static inline struct minted duo_mint(const char *name, enum mint_usage usage, enum mint_kind kind,
                                     const struct minted *issuer) {
    int64_t now = now_unix_ms() / 1000;
    const char *const names[] = {"example.test", NULL};
    struct mint_request request = {.common_name = name,
                                   .organization = "Tests",
                                   .names = usage == MINT_CA ? NULL : names,
                                   .usage = usage,
                                   .not_before = now - MINTED_DAY,
                                   .not_after = now + 30 * MINTED_DAY};
    return minted_request(&request, kind, issuer);
}

static inline void duo_pki_init(struct duo_pki *pki) {
    pki->root = duo_mint("Root", MINT_CA, MINT_EC_P256, NULL);
    pki->intermediate = duo_mint("Intermediate", MINT_CA, MINT_EC_P256, &pki->root);
    pki->server = duo_mint("server", MINT_SERVER, MINT_EC_P256, &pki->root);
    pki->server_rsa = duo_mint("server", MINT_SERVER, MINT_RSA_2048, &pki->root);
    pki->client = duo_mint("alice", MINT_CLIENT, MINT_EC_P256, &pki->intermediate);
    pki->trust = minted_trust(&pki->root);
}

static inline void duo_pki_fini(struct duo_pki *pki) {
    trust_unref(&pki->trust);
    minted_fini(&pki->root);
    minted_fini(&pki->intermediate);
    minted_fini(&pki->server);
    minted_fini(&pki->server_rsa);
    minted_fini(&pki->client);
}

static inline void duo_on_info(const SSL *ssl, int where, int value) {
    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (value & 0xff) != SSL_AD_CLOSE_NOTIFY)
        duo_of(ssl)->client_alert = value & 0xff;
}

static inline int duo_on_session(SSL *ssl, SSL_SESSION *session) {
    struct duo *duo = duo_of(ssl);
    SSL_SESSION_free(duo->session);
    duo->session = session;
    return 1;
}

static inline struct tls_certificate duo_certificate(const struct minted *minted) {
    return (struct tls_certificate){.chain_pem = buf_view(&minted->certificate),
                                    .key_pem = buf_view(&minted->private_key),
                                    .chain_path = "server.pem",
                                    .key_path = "server.key"};
}

/* Both versions, P-256, a certificate required, tickets on. */
static inline void duo_init(struct duo *duo, const struct duo_pki *pki) {
    if (duo_index < 0)
        duo_index = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
    *duo = (struct duo){.loop = loop_new(), .cache = chaincache_new(100), .tickets = tls_tickets_new(3600)};
    struct tls_ticket_key key = {.name = {1}, .cipher_key = {2}, .mac_key = {3}};
    assert_true(tls_tickets_set(duo->tickets, &key, 1));
    duo->certificates[0] = duo_certificate(&pki->server);
    duo->settings = (struct tls_endpoint_settings){
        .certificates = duo->certificates,
        .certificate_count = 1,
        .min_version = TLS_VERSION_12,
        .max_version = TLS_VERSION_13,
        .client_auth = TLS_CLIENT_AUTH_REQUIRED,
        .trust = pki->trust,
        .verify = {.purpose = VERIFY_CLIENT, .depth = 3, .rsa_bits_min = 2048},
        .tickets_enabled = true,
        .context = {7},
        .cache = duo->cache,
        .tickets = duo->tickets,
    };
    duo->client_certificate = &pki->client;
    duo->client_chain = &pki->intermediate;
    duo->client_context = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_security_level(duo->client_context, 0);
    SSL_CTX_set_session_cache_mode(duo->client_context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(duo->client_context, duo_on_session);
    SSL_CTX_set_info_callback(duo->client_context, duo_on_info);
}

static inline void duo_version(struct duo *duo, int version) {
    SSL_CTX_set_min_proto_version(duo->client_context, version);
    SSL_CTX_set_max_proto_version(duo->client_context, version);
}

/* Closes the connection, if there is one; another may be opened. */
static inline void duo_close(struct duo *duo) {
    if (duo->client) {
        SSL_set_shutdown(duo->client, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
        SSL_free(duo->client);
        close(duo->fds[1]);
    }
    stream_close(&duo->server);
    duo->client = NULL;
}

/* Forgets the endpoint, so that the next duo_open makes one of the settings as they are then. */
static inline void duo_forget(struct duo *duo) {
    duo_close(duo);
    tls_endpoint_unref(&duo->endpoint);
}

static inline void duo_fini(struct duo *duo) {
    duo_forget(duo);
    loop_free(&duo->loop);
    SSL_CTX_free(duo->client_context);
    SSL_SESSION_free(duo->session);
    chaincache_free(&duo->cache);
    tls_tickets_free(&duo->tickets);
}

static inline void duo_give_certificate(SSL *client, const struct minted *certificate, const struct minted *chain) {
    X509 *leaf = cert_parse(buf_view(&certificate->der));
    X509 *other = chain ? cert_parse(buf_view(&chain->der)) : NULL;
    const uint8_t *at;
    struct buf der;
    buf_init(&der, 65536);
    minted_decode(buf_view(&certificate->private_key), &der);
    at = buf_view(&der).data;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)buf_len(&der));
    buf_fini(&der);
    assert_true(leaf && key && SSL_use_certificate(client, leaf) == 1);
    SSL_use_PrivateKey(client, key);
    if (other)
        assert_true(SSL_add1_chain_cert(client, other));
    X509_free(leaf);
    X509_free(other);
    EVP_PKEY_free(key);
}

static inline void duo_on_ready(void *owner, unsigned what) {
    (void)owner, (void)what;
}

/* Connects; nothing has been said yet. */
static inline void duo_open(struct duo *duo) {
    struct error_list errors;
    error_list_init(&errors);
    if (!duo->endpoint)
        duo->endpoint = tls_endpoint_new(&duo->settings, &errors);
    if (errors.count)
        fail_msg("%s", errors.items[0].sentence);
    error_list_fini(&errors);
    harness_pair(duo->fds);
    duo->client = SSL_new(duo->client_context);
    SSL_set_ex_data(duo->client, duo_index, duo);
    SSL_set_fd(duo->client, duo->fds[1]);
    SSL_set_connect_state(duo->client);
    SSL_set_tlsext_host_name(duo->client, "example.test");
    if (duo->client_certificate)
        duo_give_certificate(duo->client, duo->client_certificate, duo->client_chain);
    if (duo->session)
        SSL_set_session(duo->client, duo->session);
    duo->server = tlsstream_accept(duo->loop, tcp_new(duo->loop, duo->fds[0]), duo->endpoint, duo->hook);
    assert_non_null(duo->server);
    stream_own(duo->server, duo, duo_on_ready);
    duo->status = STREAM_AGAIN;
    duo->client_alert = 0;
    duo->has_client_failed = false;
    duo->received_len = 0;
}

/* One step of each; the client's reading also takes tickets and alerts in. */
static inline void duo_step(struct duo *duo) {
    uint8_t byte;
    size_t got = 0;
    ERR_clear_error();
    int result =
        SSL_is_init_finished(duo->client) ? SSL_read_ex(duo->client, &byte, 1, &got) : SSL_do_handshake(duo->client);
    if (got == 1 && duo->received_len < sizeof duo->received)
        duo->received[duo->received_len++] = byte;
    if (result <= 0) {
        int error = SSL_get_error(duo->client, result);
        duo->has_client_failed = error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL || error == SSL_ERROR_ZERO_RETURN;
    }
    if (duo->status == STREAM_AGAIN)
        duo->status = tlsstream_handshake(duo->server);
    if (duo->status == STREAM_OK)
        stream_quiet(duo->server); /* lets a ticket go that waits for an answer */
}

static inline void duo_turn(struct loop_task *task) {
    struct duo *duo = list_entry(task, struct duo, task);
    duo_step(duo);
    bool is_settled = duo->status == STREAM_FAILED ? duo->has_client_failed
                                                   : duo->status == STREAM_OK && SSL_is_init_finished(duo->client);
    if (is_settled || now_ms() > duo->give_up_ms)
        loop_stop(duo->loop);
    else
        loop_defer(duo->loop, task);
}

static inline void duo_run(struct duo *duo) {
    loop_task_init(&duo->task, duo_turn);
    duo->give_up_ms = now_ms() + HARNESS_LIMIT_MS;
    loop_defer(duo->loop, &duo->task);
    assert_true(loop_run(duo->loop));
    loop_task_cancel(&duo->task);
}

/* In TLS 1.2 a client that resumed is not told of a new ticket; it is in its session. */
static inline void duo_keep_session(struct duo *duo) {
    if (duo->status == STREAM_OK && SSL_version(duo->client) == TLS1_2_VERSION) {
        SSL_SESSION_free(duo->session);
        duo->session = SSL_get1_session(duo->client);
    }
}

/* Opens, shakes hands and lets tickets and alerts arrive. */
static inline enum stream_status duo_handshake(struct duo *duo) {
    duo_open(duo);
    duo_run(duo);
    if (duo->status == STREAM_AGAIN)
        fail_msg("the handshake does not end");
    for (int i = 0; i < 5; i++)
        duo_step(duo);
    duo_keep_session(duo);
    return duo->status;
}

/* Expects the handshake to succeed, resumed or not. */
static inline void duo_expect(struct duo *duo, bool is_resumed) {
    enum stream_status status = duo_handshake(duo);
    if (status != STREAM_OK)
        fail_msg("refused: %s, %s", reason_row(stream_failure(duo->server))->label, tlsstream_detail(duo->server));
    assert_int_equal(tlsstream_facts(duo->server).resumed, is_resumed);
    assert_int_equal(SSL_session_reused(duo->client), is_resumed);
}

/* Expects a refusal and the alert of its row (or `alert` when it is not 0) at both ends. */
static inline void duo_expect_refusal(struct duo *duo, enum reason reason, int alert) {
    enum stream_status status = duo_handshake(duo);
    assert_int_equal(status, STREAM_FAILED);
    assert_string_equal(reason_row(stream_failure(duo->server))->label, reason_row(reason)->label);
    alert = alert ? alert : reason_row(reason)->alert;
    assert_int_equal(tlsstream_alert(duo->server), alert);
    assert_int_equal(duo->client_alert, alert);
    assert_null(tlsstream_peer(duo->server));
}

#endif
