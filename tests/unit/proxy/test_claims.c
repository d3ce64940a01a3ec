/* What a PROXY header says besides addresses is copied, cut where it is long, and never more than told. */
#include "proxy/claims.h"

#include "../pki/minted.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void a_header_without_additions_claims_nothing(void **state) {
    (void)state;
    struct claims *claims;
    assert_true(claims_take(&(struct proxyproto){.header_bytes = 28}, &claims));
    assert_null(claims);
}

static void texts_outlive_the_header(void **state) {
    (void)state;
    struct claims *claims;
    char authority[] = "db.example.com", id[] = "\x01\x02";
    struct proxyproto header = {.authority = slice_text(authority),
                                .alpn = slice_text("h2"),
                                .unique_id = slice_text(id)};
    assert_true(claims_take(&header, &claims));
    memset(authority, 'x', sizeof authority - 1);
    assert_true(slice_equal(claims->authority, slice_text("db.example.com")));
    assert_true(slice_equal(claims->alpn, slice_text("h2")));
    assert_int_equal(claims->unique_id.len, 2);
    assert_int_equal(claims->common_name.len, 0);
    assert_false(claims->has_tls);
    assert_false(claims->certificate.present);
    free(claims);
}

static void long_texts_are_cut(void **state) {
    (void)state;
    struct claims *claims;
    uint8_t name[4000];
    memset(name, 'n', sizeof name);
    struct proxyproto header = {.has_ssl = true, .ssl_common_name = slice_of(name, sizeof name)};
    assert_true(claims_take(&header, &claims));
    assert_int_equal(claims->common_name.len, CLAIMS_TEXT_MAX);
    free(claims);
}

/* A session without a certificate has `verify` 0 as well. */
static void verified_is_only_who_showed_a_certificate(void **state) {
    (void)state;
    static const struct {
        uint8_t client;
        uint32_t verify;
        bool is_verified;
    } cases[] = {{0x01, 0, false}, {0x03, 0, true}, {0x05, 0, true}, {0x03, 1, false}, {0, 0, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct claims *claims;
        struct proxyproto header = {.has_ssl = true, .ssl_client = cases[i].client, .ssl_verify = cases[i].verify};
        assert_true(claims_take(&header, &claims));
        assert_int_equal(claims->is_verified, cases[i].is_verified);
        assert_true(claims->has_tls);
        free(claims);
    }
}

static void a_certificate_is_summed_up_and_garbage_is_none(void **state) {
    (void)state;
    struct claims *claims;
    struct minted ca = minted_make("Clients CA", MINT_CA, NULL);
    struct minted alice = minted_make("alice", MINT_CLIENT, &ca);
    struct proxyproto header = {.has_ssl = true, .ssl_certificate = buf_view(&alice.der)};
    assert_true(claims_take(&header, &claims));
    assert_true(claims->certificate.present);
    assert_non_null(strstr(claims->certificate.subject, "CN=alice"));
    free(claims);
    header.ssl_certificate = slice_text("no certificate");
    assert_true(claims_take(&header, &claims));
    assert_false(claims->certificate.present);
    free(claims);
    minted_fini(&alice);
    minted_fini(&ca);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_header_without_additions_claims_nothing),
        cmocka_unit_test(texts_outlive_the_header),
        cmocka_unit_test(long_texts_are_cut),
        cmocka_unit_test(verified_is_only_who_showed_a_certificate),
        cmocka_unit_test(a_certificate_is_summed_up_and_garbage_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
