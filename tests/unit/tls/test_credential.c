/* A host's certificate and key: every way in which the files can be wrong has its sentence and its place. */
#include "../pki/crafted.h"
#include "tls/credential.h"

#include <openssl/ssl.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct minted root;
static struct minted server;
static SSL_CTX *context;
static struct tls_certificate certificate;
static struct error_list errors;
static struct buf joined;

static int set_up_all(void **state) {
    (void)state;
    root = minted_make("Root", MINT_CA, NULL);
    server = minted_make("server", MINT_SERVER, &root);
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    minted_fini(&root);
    minted_fini(&server);
    return 0;
}

static int set_up(void **state) {
    (void)state;
    context = SSL_CTX_new(TLS_server_method());
    error_list_init(&errors);
    buf_init(&joined, 100000);
    certificate = (struct tls_certificate){
        .chain_pem = buf_view(&server.certificate),
        .key_pem = buf_view(&server.private_key),
        .chain_path = "server.pem",
        .key_path = "server.key",
        .chain_place = {.file = "sallyport.yaml", .line = 3, .column = 5},
        .key_place = {.file = "sallyport.yaml", .line = 4, .column = 7},
    };
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    SSL_CTX_free(context);
    error_list_fini(&errors);
    buf_fini(&joined);
    return 0;
}

static void expect_error(unsigned line, const char *words) {
    int64_t expires;
    assert_false(credential_use(context, &certificate, &expires, &errors));
    assert_int_equal(errors.count, 1);
    assert_int_equal(errors.items[0].line, line);
    if (!strstr(errors.items[0].sentence, words))
        fail_msg("\"%s\" does not say \"%s\"", errors.items[0].sentence, words);
}

static struct slice join(struct slice a, struct slice b) {
    assert_true(buf_append(&joined, a) && buf_append(&joined, b));
    return buf_view(&joined);
}

static void a_matching_pair_is_taken(void **state) {
    (void)state;
    int64_t expires = 0;
    certificate.chain_pem = join(buf_view(&server.certificate), buf_view(&root.certificate));
    assert_true(credential_use(context, &certificate, &expires, &errors));
    assert_int_equal(expires, MINTED_EPOCH + 365 * MINTED_DAY);
    STACK_OF(X509) *chain;
    assert_int_equal(SSL_CTX_get0_chain_certs(context, &chain), 1);
    assert_int_equal(sk_X509_num(chain), 1);
}

static void one_file_may_hold_both(void **state) {
    (void)state;
    int64_t expires;
    certificate.chain_pem = certificate.key_pem = join(buf_view(&server.private_key), buf_view(&server.certificate));
    assert_true(credential_use(context, &certificate, &expires, &errors));
}

static void another_key_is_refused(void **state) {
    (void)state;
    certificate.key_pem = buf_view(&root.private_key);
    expect_error(4, "does not belong to the certificate in server.pem");
}

static void missing_parts_are_told(void **state) {
    (void)state;
    certificate.key_pem = buf_view(&server.certificate);
    expect_error(4, "server.key has no private key");
}

static void missing_certificates_are_told(void **state) {
    (void)state;
    certificate.chain_pem = buf_view(&server.private_key);
    expect_error(3, "server.pem has no certificate");
}

static void empty_files_are_told(void **state) {
    (void)state;
    certificate.chain_pem = (struct slice){0};
    expect_error(3, "server.pem has no certificate");
}

static void half_a_file_is_refused(void **state) {
    (void)state;
    certificate.chain_pem = slice_sub(certificate.chain_pem, 0, certificate.chain_pem.len - 40);
    expect_error(3, "has no end");
}

static void half_a_line_is_refused(void **state) {
    (void)state;
    certificate.chain_pem = slice_sub(certificate.chain_pem, 0, certificate.chain_pem.len - 10);
    expect_error(3, "malformed or out of place");
}

static void half_a_key_is_refused(void **state) {
    (void)state;
    certificate.key_pem = slice_sub(certificate.key_pem, 0, certificate.key_pem.len / 2);
    expect_error(4, "has no end");
}

static void malformed_contents_are_refused(void **state) {
    (void)state;
    certificate.chain_pem = slice_text("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
    expect_error(3, "server.pem line 1: the certificate is malformed");
}

static void malformed_keys_are_refused(void **state) {
    (void)state;
    certificate.key_pem = slice_text("\n-----BEGIN PRIVATE KEY-----\nMAA=\n-----END PRIVATE KEY-----\n");
    expect_error(4, "server.key line 2: the private key is malformed");
}

/* Nobody is asked for a passphrase: the process would wait for ever. */
static void encrypted_keys_are_refused(void **state) {
    (void)state;
    certificate.key_pem =
        slice_text("-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n");
    expect_error(4, "is encrypted");
}

static void old_encrypted_keys_are_refused(void **state) {
    (void)state;
    certificate.key_pem =
        slice_text("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\n"
                   "MAA=\n-----END RSA PRIVATE KEY-----\n");
    expect_error(4, "is encrypted");
}

static void a_second_of_the_same_type_is_refused(void **state) {
    (void)state;
    int64_t expires;
    assert_true(credential_use(context, &certificate, &expires, &errors));
    expect_error(3, "type of key already");
}

static void weak_certificates_are_refused_by_the_library(void **state) {
    (void)state;
    struct minted weak = minted_make("weak", MINT_SERVER, &root);
    EVP_PKEY *small = EVP_RSA_gen(1024);
    crafted_resign(&weak, &root, NULL, EVP_sha256(), small);
    SSL_CTX_set_security_level(context, 2);
    certificate.chain_pem = buf_view(&weak.certificate);
    certificate.key_pem = buf_view(&weak.private_key);
    expect_error(3, "too small");
    EVP_PKEY_free(small);
    minted_fini(&weak);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_matching_pair_is_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_file_may_hold_both, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_key_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(missing_parts_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(missing_certificates_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(empty_files_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(half_a_file_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(half_a_line_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(half_a_key_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(malformed_contents_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(malformed_keys_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(encrypted_keys_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(old_encrypted_keys_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_second_of_the_same_type_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(weak_certificates_are_refused_by_the_library, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
