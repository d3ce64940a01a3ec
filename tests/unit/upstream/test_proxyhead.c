/* What a backend is told of a client: as much as it asks for, and nothing that is not proven. */
#include "upstream/proxyhead.h"

#include "../pki/minted.h"
#include "io/proxyproto.h"
#include "pki/verify.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { ALL = 63 };

static struct minted root;
static struct minted client;
static struct trust *trust;
static struct verified_peer *proven;
static struct verified_peer *unproven;
static struct buf written;
static struct dial_scope scope;

static int set_up_all(void **state) {
    (void)state;
    const struct verify_settings settings = {.depth = 3, .rsa_bits_min = 2048};
    struct verify_verdict verdict;
    root = minted_make("Root", MINT_CA, NULL);
    client = minted_make("alice", MINT_CLIENT, &root);
    trust = minted_trust(&root);
    struct slice chain = buf_view(&client.der);
    verify_chain(&chain, 1, trust, &settings, MINTED_EPOCH + MINTED_DAY, &verdict, &proven);
    verify_possession(&chain, 1, &settings, NULL, &verdict, &unproven);
    return proven && unproven ? 0 : -1;
}

static int tear_down_all(void **state) {
    (void)state;
    verified_peer_unref(&proven);
    verified_peer_unref(&unproven);
    trust_unref(&trust);
    minted_fini(&root);
    minted_fini(&client);
    return 0;
}

static int set_up(void **state) {
    (void)state;
    buf_init(&written, 70000);
    scope = (struct dial_scope){
        .source = {.family = AF_INET, .bytes = {[10] = 0xff, 0xff, 192, 0, 2, 1}, .port = 7},
        .destination = {.family = AF_INET, .bytes = {[10] = 0xff, 0xff, 192, 0, 2, 2}, .port = 443},
        .id = 0x0123456789abcdef,
        .alpn = slice_text("h2"),
        .authority = slice_text("example.com"),
        .tls_version = "TLSv1.3",
        .cipher = "TLS_AES_128_GCM_SHA256",
        .own_signature = "RSA-SHA256",
        .own_key = "RSA2048",
        .peer = proven,
    };
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    buf_fini(&written);
    return 0;
}

static struct proxyproto told(unsigned tlvs) {
    const struct backend_proxy proxy = {.version = 2, .tlvs = tlvs};
    struct proxyproto header;
    buf_consume(&written, buf_len(&written));
    assert_true(proxyhead_write(&proxy, &scope, &written));
    assert_int_equal(proxyproto_parse(buf_view(&written), &header), PROXYPROTO_PROXIED);
    return header;
}

static void nothing_is_told_that_nobody_asks_for(void **state) {
    (void)state;
    struct proxyproto header = told(0);
    assert_int_equal(buf_len(&written), 16 + 12);
    assert_int_equal(header.source.port, 7);
    header = told(BACKEND_TLV_ALPN);
    assert_true(slice_equal(header.alpn, slice_text("h2")));
    assert_int_equal(header.authority.len, 0);
    assert_false(header.has_ssl);
    header = told(BACKEND_TLV_SSL);
    assert_int_equal(header.ssl_certificate.len, 0);
    header = told(BACKEND_TLV_CERTIFICATE);
    assert_true(slice_equal(header.ssl_certificate, buf_view(&client.der)));
    assert_int_equal(header.ssl_common_name.len, 0);
}

static void all_of_it_is_told(void **state) {
    (void)state;
    struct proxyproto header = told(ALL);
    assert_true(slice_equal(header.authority, slice_text("example.com")));
    assert_true(slice_equal(header.unique_id, slice_text("0123456789abcdef")));
    assert_int_equal(header.ssl_client, 7);
    assert_int_equal(header.ssl_verify, 0);
    assert_true(slice_equal(header.ssl_version, slice_text("TLSv1.3")));
    assert_true(slice_equal(header.ssl_common_name, slice_text("alice")));
    assert_true(slice_equal(header.ssl_certificate, buf_view(&client.der)));
}

static void a_resumed_session_shows_no_certificate_again(void **state) {
    (void)state;
    scope.resumed = true;
    assert_int_equal(told(ALL).ssl_client, 5);
}

static void who_is_not_verified_is_told_so(void **state) {
    (void)state;
    scope.peer = unproven;
    assert_int_equal(told(ALL).ssl_client, 7);
    assert_int_equal(told(ALL).ssl_verify, 1);
    scope.peer = NULL;
    struct proxyproto header = told(ALL);
    assert_int_equal(header.ssl_client, 1);
    assert_int_equal(header.ssl_verify, 1);
    assert_int_equal(header.ssl_certificate.len, 0);
}

/* Or passed through: then the server name is known all the same. */
static void without_tls_of_ours_there_is_none_to_tell(void **state) {
    (void)state;
    scope.tls_version = NULL;
    struct proxyproto header = told(ALL);
    assert_false(header.has_ssl);
    assert_int_equal(header.ssl_certificate.len, 0);
    assert_true(slice_equal(header.authority, slice_text("example.com")));
    assert_int_equal(header.unique_id.len, 16);
}

static void nobody_is_nobody(void **state) {
    (void)state;
    const struct backend_proxy proxy = {.version = 2, .tlvs = ALL};
    struct proxyproto header;
    assert_true(proxyhead_write(&proxy, NULL, &written));
    assert_int_equal(proxyproto_parse(buf_view(&written), &header), PROXYPROTO_LOCAL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_told_that_nobody_asks_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(all_of_it_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_resumed_session_shows_no_certificate_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_not_verified_is_told_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_tls_of_ours_there_is_none_to_tell, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_is_nobody, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
