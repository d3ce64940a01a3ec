/* Dialling a server: the stream of it, or the reason why there is none. */
#include "upstream/dial.h"

#include "../tls/duo.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* A test waits this long for what must happen; more means that it does not. */
enum { PATIENCE_MS = 5000 };

static struct loop *loop;
static struct upstream *upstream;
static struct server *server;
static struct backend backend;
static int listening;
static struct stream *dialled;
static enum reason dialled_reason;
static struct deadline patience;
static struct arena arena;
static const struct dial_facts *kept;
static struct duo_pki pki;
static struct chaincache *cache;
static struct minted certificate;

static void give_up(struct deadline *deadline) {
    (void)deadline;
    loop_stop(loop);
}

static int set_up(void **state) {
    (void)state;
    struct addr addr = {.v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
                        .len = sizeof addr.v4};
    listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listening, &addr.any, addr.len), 0);
    assert_int_equal(listen(listening, 8), 0);
    assert_int_equal(getsockname(listening, &addr.any, &addr.len), 0);
    loop = loop_new();
    upstream = upstream_new();
    server = server_get(upstream, "app", NULL, &addr);
    backend = (struct backend){.connect_timeout_ms = PATIENCE_MS};
    dialled = NULL;
    dialled_reason = REASON_COUNT;
    deadline_init(&patience, give_up);
    arena_init(&arena, 4096, 65536);
    kept = NULL;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    stream_close(&dialled);
    server_release(&server);
    deadline_clear(loop_deadlines(loop), &patience);
    loop_free(&loop);
    upstream_free(&upstream);
    tls_outpoint_unref(&backend.tls.outpoint);
    arena_fini(&arena);
    close(listening);
    return 0;
}

static int set_up_all(void **state) {
    static const char *const names[] = {"127.0.0.1", "api.test", NULL};
    int64_t now = now_unix_ms() / 1000;
    struct mint_request request = {.common_name = "server",
                                   .organization = "Tests",
                                   .names = names,
                                   .usage = MINT_SERVER,
                                   .not_before = now - MINTED_DAY,
                                   .not_after = now + MINTED_DAY};
    (void)state;
    signal(SIGPIPE, SIG_IGN);
    tls_library_start();
    duo_pki_init(&pki);
    certificate = minted_request(&request, MINT_EC_P256, &pki.root);
    cache = chaincache_new(16);
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    minted_fini(&certificate);
    duo_pki_fini(&pki);
    chaincache_free(&cache);
    return 0;
}

static void on_dialled(void *owner, struct stream *stream, const struct dial_facts *facts, enum reason reason) {
    assert_ptr_equal(owner, &backend);
    assert_non_null(facts);
    kept = dial_keep_facts(facts, &arena);
    dialled = stream;
    dialled_reason = reason;
    loop_stop(loop);
}

static struct dial *start(void) {
    return dial_start(loop, &backend, server, NULL, on_dialled, &backend);
}

static void run(int64_t wait_ms) {
    deadline_set(loop_deadlines(loop), &patience, loop_now_ms(loop) + wait_ms);
    assert_true(loop_run(loop));
    deadline_clear(loop_deadlines(loop), &patience);
}

static void a_clear_server_gets_what_is_written(void **state) {
    (void)state;
    char got[3];
    struct slice sent = slice_text("abc");
    assert_non_null(start());
    run(PATIENCE_MS);
    assert_int_equal(dialled_reason, REASON_NONE);
    assert_int_equal(server->references, 1);
    assert_int_equal(stream_write(dialled, &sent, 1).bytes, 3);
    int far_end = accept(listening, NULL, NULL);
    assert_int_equal(recv(far_end, got, sizeof got, MSG_WAITALL), 3);
    assert_memory_equal(got, "abc", 3);
    close(far_end);
}

static void nobody_listens(void **state) {
    (void)state;
    assert_int_equal(shutdown(listening, SHUT_RDWR), 0);
    if (start()) {
        run(PATIENCE_MS);
        assert_null(dialled);
        assert_int_equal(dialled_reason, REASON_BACKEND_CONNECT);
    }
    assert_int_equal(server->references, 1);
}

static void a_cancelled_attempt_says_nothing(void **state) {
    (void)state;
    struct dial *dial = start();
    assert_non_null(dial);
    dial_cancel(&dial);
    assert_null(dial);
    dial_cancel(&dial);
    run(100);
    assert_int_equal(dialled_reason, REASON_COUNT);
    assert_int_equal(server->references, 1);
}

/* --- TLS --- */

static void speak_tls(void) {
    struct error_list errors;
    error_list_init(&errors);
    const struct tls_outpoint_settings settings = {
        .min_version = TLS_VERSION_12,
        .max_version = TLS_VERSION_13,
        .trust = pki.trust,
        .verify = {.purpose = VERIFY_SERVER, .depth = 3, .rsa_bits_min = 2048},
        .cache = cache,
    };
    backend.tls.outpoint = tls_outpoint_new(&settings, &errors);
    assert_non_null(backend.tls.outpoint);
    error_list_fini(&errors);
}

/* A server of OpenSSL's, in a process of its own, for one connection: it says "hello" and waits for the end. */
static pid_t serve(void) {
    pid_t child = fork();
    if (child != 0)
        return child;
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    SSL *ssl = SSL_new(context);
    duo_give_certificate(ssl, &certificate, NULL);
    SSL_set_fd(ssl, accept(listening, NULL, NULL));
    uint8_t byte;
    if (SSL_accept(ssl) == 1 && SSL_write(ssl, "hello", 5) == 5)
        SSL_read(ssl, &byte, 1);
    _exit(0);
}

static void reap(pid_t child) {
    stream_close(&dialled);
    assert_int_equal(waitpid(child, NULL, 0), child);
}

static void a_server_is_for_its_own_address(void **state) {
    (void)state;
    speak_tls();
    pid_t child = serve();
    assert_non_null(start());
    run(PATIENCE_MS);
    assert_int_equal(dialled_reason, REASON_NONE);
    assert_non_null(dialled);
    assert_null(kept);
    assert_string_equal(verified_peer_summary(tlsstream_peer(dialled))->subject, "CN=server,O=Tests");
    reap(child);
}

static void a_server_of_another_name_is_refused(void **state) {
    (void)state;
    speak_tls();
    backend.tls.name = "other.test";
    pid_t child = serve();
    assert_non_null(start());
    run(PATIENCE_MS);
    assert_int_equal(dialled_reason, REASON_BACKEND_CERT_NAME);
    assert_null(dialled);
    assert_non_null(kept);
    assert_int_equal(kept->verdict->reason, REASON_CERT_OTHER_NAME);
    assert_string_equal(kept->verdict->presented.subject, "CN=server,O=Tests");
    reap(child);
}

static void a_server_may_have_a_given_name(void **state) {
    (void)state;
    speak_tls();
    backend.tls.name = "api.test";
    pid_t child = serve();
    assert_non_null(start());
    run(PATIENCE_MS);
    assert_int_equal(dialled_reason, REASON_NONE);
    reap(child);
}

/* Without lists nobody is known not to be revoked. */
static void lists_are_asked_about_servers(void **state) {
    (void)state;
    const struct revocation lists = {.missing = REVOCATION_MISSING_REFUSE};
    speak_tls();
    backend.tls.revocation = &lists;
    pid_t child = serve();
    assert_non_null(start());
    run(PATIENCE_MS);
    assert_int_equal(dialled_reason, REASON_BACKEND_CERT_UNCHECKED);
    assert_int_equal(kept->verdict->reason, REASON_REVOCATION_LIST_MISSING);
    reap(child);
}

static void a_silent_server_costs_the_connect_timeout(void **state) {
    (void)state;
    speak_tls();
    backend.connect_timeout_ms = 100;
    assert_non_null(start());
    run(PATIENCE_MS);
    assert_int_equal(dialled_reason, REASON_BACKEND_TLS_TIMEOUT);
    assert_null(dialled);
}

static void what_comes_before_the_handshake_is_not_shown(void **state) {
    (void)state;
    static const char answer[] = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n";
    speak_tls();
    assert_non_null(start());
    int far_end = accept(listening, NULL, NULL);
    assert_int_equal(send(far_end, answer, sizeof answer - 1, 0), sizeof answer - 1);
    run(PATIENCE_MS);
    assert_int_equal(dialled_reason, REASON_BACKEND_TLS);
    assert_null(dialled);
    assert_string_equal(kept->detail, "wrong version number");
    close(far_end);
}

static void a_server_that_hangs_up_is_told(void **state) {
    (void)state;
    speak_tls();
    assert_non_null(start());
    int far_end = accept(listening, NULL, NULL);
    assert_int_equal(shutdown(far_end, SHUT_WR), 0);
    run(PATIENCE_MS);
    assert_int_equal(dialled_reason, REASON_BACKEND_TLS_CLOSED);
    close(far_end);
}

static void cancelling_ends_a_handshake(void **state) {
    (void)state;
    speak_tls();
    struct dial *dial = start();
    int far_end = accept(listening, NULL, NULL);
    run(100);
    assert_int_equal(dialled_reason, REASON_COUNT);
    dial_cancel(&dial);
    run(100);
    assert_int_equal(dialled_reason, REASON_COUNT);
    assert_int_equal(server->references, 1);
    close(far_end);
}

/* --- PROXY header --- */

static void the_header_comes_first(void **state) {
    (void)state;
    const struct dial_scope scope = {
        .source = {.family = AF_INET, .bytes = {[10] = 0xff, 0xff, 192, 0, 2, 1}, .port = 7},
        .destination = {.family = AF_INET, .bytes = {[10] = 0xff, 0xff, 192, 0, 2, 2}, .port = 443}};
    static const char expected[] = "PROXY TCP4 192.0.2.1 192.0.2.2 7 443\r\nabc";
    char got[sizeof expected - 1];
    struct slice sent = slice_text("abc");
    backend.proxy.version = 1;
    assert_non_null(dial_start(loop, &backend, server, &scope, on_dialled, &backend));
    run(PATIENCE_MS);
    assert_int_equal(dialled_reason, REASON_NONE);
    assert_int_equal(stream_write(dialled, &sent, 1).bytes, 3);
    int far_end = accept(listening, NULL, NULL);
    assert_int_equal(recv(far_end, got, sizeof got, MSG_WAITALL), sizeof got);
    assert_memory_equal(got, expected, sizeof got);
    close(far_end);
}

static void nobody_is_told_as_nobody(void **state) {
    (void)state;
    char got[15];
    backend.proxy.version = 1;
    assert_non_null(start());
    run(PATIENCE_MS);
    int far_end = accept(listening, NULL, NULL);
    assert_int_equal(recv(far_end, got, sizeof got, MSG_WAITALL), sizeof got);
    assert_memory_equal(got, "PROXY UNKNOWN\r\n", sizeof got);
    close(far_end);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_clear_server_gets_what_is_written, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_listens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cancelled_attempt_says_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_server_is_for_its_own_address, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_server_of_another_name_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_server_may_have_a_given_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lists_are_asked_about_servers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_silent_server_costs_the_connect_timeout, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_comes_before_the_handshake_is_not_shown, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_server_that_hangs_up_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cancelling_ends_a_handshake, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_header_comes_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_is_told_as_nobody, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
