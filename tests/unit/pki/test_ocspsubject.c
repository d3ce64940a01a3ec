/* A certificate is asked about with its true issuer, in words that libcrypto's responder understands. */
#include "pki/ocspsubject.h"

#include "crafted.h"
#include "pki/verify.h"

#include <openssl/ocsp.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct minted root, namesake, sub, client;
static struct trust *trust;
static struct ocspsubject subject;

static void add_urls(X509 *certificate) {
    crafted_extend(certificate, NID_info_access,
                   "OCSP;URI:http://one.example/ocsp,caIssuers;URI:http://one.example/ca.cer,"
                   "OCSP;URI:http://two.example/");
}

static int set_up_all(void **state) {
    (void)state;
    root = minted_make("Root", MINT_CA, NULL);
    namesake = minted_make("Root", MINT_CA, NULL);
    sub = minted_make("Sub", MINT_CA, &root);
    client = minted_make("client", MINT_CLIENT, &sub);
    crafted_resign(&client, &sub, add_urls, EVP_sha256(), NULL);
    struct trust_source sources[] = {{.pem = buf_view(&namesake.certificate), .path = "a"},
                                     {.pem = buf_view(&root.certificate), .path = "b"}};
    struct error_list errors;
    error_list_init(&errors);
    trust = trust_new(sources, 2, MINTED_EPOCH, &errors);
    assert_non_null(trust);
    error_list_fini(&errors);
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    trust_unref(&trust);
    minted_fini(&root);
    minted_fini(&namesake);
    minted_fini(&sub);
    minted_fini(&client);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    ocspsubject_fini(&subject);
    return 0;
}

static struct verified_peer *verified(void) {
    struct slice chain[] = {buf_view(&client.der), buf_view(&sub.der)};
    struct verify_settings settings = {.depth = 8, .rsa_bits_min = 2048};
    struct verify_verdict verdict;
    struct verified_peer *peer;
    verify_chain(chain, 2, trust, &settings, MINTED_EPOCH, &verdict, &peer);
    assert_non_null(peer);
    return peer;
}

static bool is_same(const X509 *certificate, const struct minted *minted) {
    X509 *other = cert_parse(buf_view(&minted->der));
    bool is_equal = X509_cmp(certificate, other) == 0;
    X509_free(other);
    return is_equal;
}

static void issuers_are_those_of_the_path(void **state) {
    (void)state;
    struct verified_peer *peer = verified();
    assert_true(ocspsubject_of_peer(&subject, peer, 0, trust));
    assert_true(is_same(subject.certificate, &client) && is_same(subject.issuer, &sub));
    ocspsubject_fini(&subject);
    assert_true(ocspsubject_of_peer(&subject, peer, 1, trust));
    assert_true(is_same(subject.certificate, &sub) && is_same(subject.issuer, &root)); /* not its namesake */
    ocspsubject_fini(&subject);
    assert_false(ocspsubject_of_peer(&subject, peer, 2, trust));
    verified_peer_unref(&peer);
}

static void another_trust_has_no_issuer(void **state) {
    (void)state;
    struct verified_peer *peer = verified();
    struct trust *other = minted_trust(&namesake);
    assert_false(ocspsubject_of_peer(&subject, peer, 1, other));
    trust_unref(&other);
    verified_peer_unref(&peer);
}

static void expect_request(enum ocspsubject_hash hash, int nid, struct slice nonce) {
    struct buf der;
    buf_init(&der, OCSPSUBJECT_REQUEST_MAX);
    assert_true(ocspsubject_ask(&subject, hash, nonce, &der));
    const uint8_t *at = buf_view(&der).data;
    OCSP_REQUEST *request = d2i_OCSP_REQUEST(NULL, &at, (long)buf_len(&der));
    assert_non_null(request);
    assert_int_equal(OCSP_request_onereq_count(request), 1);
    OCSP_CERTID *id = OCSP_onereq_get0_id(OCSP_request_onereq_get0(request, 0));
    ASN1_OBJECT *digest;
    assert_true(OCSP_id_get0_info(NULL, &digest, NULL, NULL, id));
    assert_int_equal(OBJ_obj2nid(digest), nid);
    uint8_t *name = NULL;
    int len = i2d_OCSP_CERTID(id, &name);
    assert_true(len > 4);
    assert_true(ocspid_is(&subject.id, slice_of(name + 2, (size_t)len - 2)));
    assert_false(ocspid_is(&subject.id, slice_of(name + 2, (size_t)len - 3)));
    name[len - 1] ^= 1;
    assert_false(ocspid_is(&subject.id, slice_of(name + 2, (size_t)len - 2)));
    OPENSSL_free(name);
    assert_int_equal(OCSP_REQUEST_get_ext_by_NID(request, NID_id_pkix_OCSP_Nonce, -1) >= 0, nonce.len > 0);
    OCSP_REQUEST_free(request);
    buf_fini(&der);
}

static void requests_name_the_certificate(void **state) {
    (void)state;
    struct verified_peer *peer = verified();
    assert_true(ocspsubject_of_peer(&subject, peer, 0, trust));
    expect_request(OCSPSUBJECT_SHA1, NID_sha1, slice_text(""));
    expect_request(OCSPSUBJECT_SHA256, NID_sha256, slice_text("0123456789abcdef0123456789abcdef"));
    verified_peer_unref(&peer);
}

static void urls_of_responders_are_read(void **state) {
    (void)state;
    static const char expected[] = "http://one.example/ocsp\0http://two.example/";
    struct buf urls;
    struct verified_peer *peer = verified();
    buf_init(&urls, 4096);
    assert_true(ocspsubject_of_peer(&subject, peer, 0, trust));
    assert_int_equal(ocspsubject_urls(&subject, &urls), 2);
    assert_true(slice_equal(buf_view(&urls), slice_of(expected, sizeof expected)));
    ocspsubject_fini(&subject);
    assert_true(ocspsubject_of_peer(&subject, peer, 1, trust));
    assert_int_equal(ocspsubject_urls(&subject, &urls), 0);
    buf_fini(&urls);
    verified_peer_unref(&peer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(issuers_are_those_of_the_path, tear_down),
        cmocka_unit_test_teardown(another_trust_has_no_issuer, tear_down),
        cmocka_unit_test_teardown(requests_name_the_certificate, tear_down),
        cmocka_unit_test_teardown(urls_of_responders_are_read, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
