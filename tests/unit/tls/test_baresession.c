/* The certificate leaves the session and nothing else does. */
#include "tls/baresession.h"

#include "duo.h"

static struct duo_pki pki;
static SSL_CTX *contexts[2];
static SSL *client;
static SSL *server;

static int set_up_all(void **state) {
    (void)state;
    duo_pki_init(&pki);
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    duo_pki_fini(&pki);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    SSL_free(client);
    SSL_free(server);
    SSL_CTX_free(contexts[0]);
    SSL_CTX_free(contexts[1]);
    return 0;
}

/* libssl alone on both ends, with everything that it keeps by itself. */
static void connect_pair(int version) {
    BIO *ends[2];
    contexts[0] = SSL_CTX_new(TLS_server_method());
    contexts[1] = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_max_proto_version(contexts[1], version);
    SSL_CTX_set_session_id_context(contexts[0], (const unsigned char *)"context", 7);
    SSL_CTX_set_verify(contexts[0], SSL_VERIFY_PEER, NULL);
    X509 *root = cert_parse(buf_view(&pki.root.der));
    X509_STORE_add_cert(SSL_CTX_get_cert_store(contexts[0]), root);
    X509_free(root);
    server = SSL_new(contexts[0]);
    client = SSL_new(contexts[1]);
    duo_give_certificate(server, &pki.server, NULL);
    duo_give_certificate(client, &pki.client, &pki.intermediate);
    assert_int_equal(BIO_new_bio_pair(&ends[0], 0, &ends[1], 0), 1);
    SSL_set_bio(server, ends[0], ends[0]);
    SSL_set_bio(client, ends[1], ends[1]);
    SSL_set_accept_state(server);
    SSL_set_connect_state(client);
    for (int i = 0; i < 20 && !(SSL_is_init_finished(server) && SSL_is_init_finished(client)); i++) {
        SSL_do_handshake(client);
        SSL_do_handshake(server);
    }
    assert_true(SSL_is_init_finished(server));
}

static struct slice encode(uint8_t *to, size_t room) {
    assert_true(i2d_SSL_SESSION(SSL_get_session(server), NULL) <= (int)room);
    return slice_of(to, (size_t)i2d_SSL_SESSION(SSL_get_session(server), &(uint8_t *){to}));
}

static struct slice content_of(struct slice sequence) {
    const uint8_t *at = sequence.data;
    long len;
    int tag;
    int class;
    ASN1_get_object(&at, &len, &tag, &class, (long)sequence.len);
    assert_int_equal((size_t)(at - sequence.data) + (size_t)len, sequence.len);
    return slice_of(at, (size_t)len);
}

static void only_the_certificate_goes(int version) {
    uint8_t memory[2][16384];
    connect_pair(version);
    SSL_SESSION *session = SSL_get_session(server);
    assert_int_equal(SSL_SESSION_set1_ticket_appdata(session, "data", 4), 1);
    assert_int_equal(sk_X509_num(SSL_get_peer_cert_chain(server)), 1);
    struct slice before = content_of(encode(memory[0], sizeof memory[0]));
    struct slice der = buf_view(&pki.client.der);
    const uint8_t *at = memmem(before.data, before.len, der.data, der.len);
    assert_non_null(at);
    assert_true(baresession_strip(server));
    assert_null(SSL_get0_peer_certificate(server));
    assert_int_equal(sk_X509_num(SSL_get_peer_cert_chain(server)), 0);
    assert_ptr_equal(SSL_get_session(server), session);
    /* Without the headers of the sequence and of the element the rest is the same, byte by byte. */
    struct slice after = content_of(encode(memory[1], sizeof memory[1]));
    struct slice tail = slice_of(at + der.len, (size_t)(before.data + before.len - at) - der.len);
    struct slice head = slice_of(before.data, (size_t)(at - before.data) - 4);
    assert_int_equal(after.len, head.len + tail.len);
    assert_memory_equal(after.data, head.data, head.len);
    assert_memory_equal(after.data + head.len, tail.data, tail.len);
}

static void tls13_sessions_are_stripped(void **state) {
    (void)state;
    only_the_certificate_goes(TLS1_3_VERSION);
}

static void tls12_sessions_are_stripped(void **state) {
    (void)state;
    only_the_certificate_goes(TLS1_2_VERSION);
}

static void the_connection_goes_on(void **state) {
    (void)state;
    char got[10];
    connect_pair(TLS1_3_VERSION);
    assert_true(baresession_strip(server));
    assert_true(baresession_strip(server));
    assert_int_equal(SSL_write(client, "hello", 5), 5);
    assert_int_equal(SSL_read(server, got, sizeof got), 5);
    assert_int_equal(SSL_key_update(server, SSL_KEY_UPDATE_REQUESTED), 1);
    assert_int_equal(SSL_write(server, "hello", 5), 5);
    assert_int_equal(SSL_read(client, got, sizeof got), 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(tls13_sessions_are_stripped, tear_down),
        cmocka_unit_test_teardown(tls12_sessions_are_stripped, tear_down),
        cmocka_unit_test_teardown(the_connection_goes_on, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
