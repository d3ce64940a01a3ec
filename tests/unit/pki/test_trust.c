/* A trust store is what the operator meant, or an error. */
#include "pki/trust.h"

#include "crafted.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct minted roots[2];
static struct minted leaf;
static struct error_list errors;
static struct buf text;

static int set_up_all(void **state) {
    (void)state;
    roots[0] = minted_make("Root 0", MINT_CA, NULL);
    roots[1] = minted_make("Root 1", MINT_CA, NULL);
    leaf = minted_make("leaf", MINT_CLIENT, &roots[0]);
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    minted_fini(&roots[0]);
    minted_fini(&roots[1]);
    minted_fini(&leaf);
    return 0;
}

static int set_up(void **state) {
    (void)state;
    error_list_init(&errors);
    buf_init(&text, 1 << 20);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    error_list_fini(&errors);
    buf_fini(&text);
    return 0;
}

static struct trust *load_at(struct slice pem, int64_t now) {
    struct trust_source source = {.pem = pem, .place = {.file = "c.yaml", .line = 7, .column = 3}, .path = "ca.pem"};
    return trust_new(&source, 1, now, &errors);
}

static void expect_error(struct slice pem, const char *words) {
    error_list_fini(&errors);
    error_list_init(&errors);
    assert_null(load_at(pem, MINTED_EPOCH));
    assert_true(errors.count > 0);
    assert_int_equal(errors.items[0].line, 7);
    if (!strstr(errors.items[0].sentence, words))
        fail_msg("\"%s\" does not say \"%s\"", errors.items[0].sentence, words);
}

static void add(const struct minted *minted) {
    assert_true(buf_append(&text, buf_view(&minted->certificate)));
}

static void content_makes_the_digest(void **state) {
    (void)state;
    add(&roots[0]);
    add(&roots[1]);
    struct trust *first = load_at(buf_view(&text), MINTED_EPOCH);
    buf_consume(&text, buf_len(&text));
    add(&roots[1]);
    assert_true(buf_append_text(&text, "# the other one, twice\n"));
    add(&roots[0]);
    add(&roots[0]);
    struct trust *second = load_at(buf_view(&text), MINTED_EPOCH);
    struct trust *third = minted_trust(&roots[0]);
    assert_int_equal(trust_count(first), 2);
    assert_int_equal(trust_count(second), 2);
    assert_int_equal(trust_count(third), 1);
    assert_memory_equal(trust_digest(first), trust_digest(second), TRUST_DIGEST_BYTES);
    assert_memory_not_equal(trust_digest(first), trust_digest(third), TRUST_DIGEST_BYTES);
    trust_unref(&first);
    trust_unref(&second);
    trust_unref(&third);
}

/* Whose bundle an anchor is in is part of the trust: the same anchors under other domains are another trust. */
static void anchors_belong_to_trust_domains(void **state) {
    (void)state;
    struct trust_source sources[] = {{.pem = buf_view(&roots[0].certificate), .path = "a", .domain = "example.org"},
                                     {.pem = buf_view(&roots[1].certificate), .path = "b", .domain = "example.com"},
                                     {.pem = buf_view(&roots[0].certificate), .path = "c", .domain = "example.com"}};
    struct trust *both = trust_new(sources, 3, MINTED_EPOCH, &errors);
    struct trust *two = trust_new(sources, 2, MINTED_EPOCH, &errors);
    X509 *first = cert_parse(buf_view(&roots[0].der));
    X509 *second = cert_parse(buf_view(&roots[1].der));
    assert_int_equal(trust_count(both), 2);
    assert_true(trust_has_domains(both) && trust_has_domain(both, slice_text("example.org")));
    assert_false(trust_has_domain(both, slice_text("example.net")));
    assert_false(trust_has_domain(both, slice_text("example.or")));
    assert_true(trust_speaks_for(both, first, slice_text("example.org")));
    assert_true(trust_speaks_for(both, first, slice_text("example.com")));
    assert_false(trust_speaks_for(both, second, slice_text("example.org")));
    assert_false(trust_speaks_for(two, first, slice_text("example.com")));
    assert_memory_not_equal(trust_digest(both), trust_digest(two), TRUST_DIGEST_BYTES);
    struct trust *none = minted_trust(&roots[0]);
    assert_false(trust_has_domains(none));
    X509_free(first);
    X509_free(second);
    trust_unref(&both);
    trust_unref(&two);
    trust_unref(&none);
}

static void der_is_read_too(void **state) {
    (void)state;
    struct trust *from_der = load_at(buf_view(&roots[0].der), MINTED_EPOCH);
    struct trust *from_pem = minted_trust(&roots[0]);
    assert_memory_equal(trust_digest(from_der), trust_digest(from_pem), TRUST_DIGEST_BYTES);
    trust_unref(&from_der);
    trust_unref(&from_pem);
    struct slice der = buf_view(&roots[0].der);
    expect_error(slice_sub(der, 0, der.len - 1), "ca.pem line 1: the certificate is malformed");
}

static void files_add_up(void **state) {
    (void)state;
    struct trust_source sources[] = {{.pem = buf_view(&roots[0].certificate), .path = "a"},
                                     {.pem = buf_view(&roots[1].certificate), .path = "b"}};
    struct trust *trust = trust_new(sources, 2, MINTED_EPOCH, &errors);
    struct trust *second = trust_ref(trust);
    assert_int_equal(trust_count(trust), 2);
    trust_unref(&trust);
    const uint8_t *at = trust_subject(second, 0).data;
    X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)trust_subject(second, 0).len);
    assert_non_null(name);
    X509 *const *found;
    assert_int_equal(trust_find(second, name, &found), 1);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"x", -1, -1, 0);
    assert_false(trust_find(second, name, &found));
    X509_NAME_free(name);
    trust_unref(&second);
    sources[1].pem = slice_text("");
    assert_null(trust_new(sources, 2, MINTED_EPOCH, &errors));
    assert_string_equal(errors.items[0].sentence, "b has no certificate in it.");
}

static void nothing_is_an_error(void **state) {
    (void)state;
    expect_error((struct slice){0}, "ca.pem has no certificate");
    expect_error(slice_text("nothing here\n"), "ca.pem has no certificate");
    error_list_fini(&errors);
    error_list_init(&errors);
    assert_null(trust_new(NULL, 0, 0, &errors));
    assert_int_equal(errors.count, 1);
}

static void half_a_bundle_is_an_error(void **state) {
    (void)state;
    add(&roots[0]);
    add(&roots[1]);
    expect_error(slice_sub(buf_view(&text), 0, buf_len(&text) - 30), "ca.pem line");
    expect_error(slice_sub(buf_view(&text), 10, buf_len(&text)), "ca.pem line 1");
    expect_error(slice_sub(buf_view(&text), 100, buf_len(&text)), "ca.pem line");
}

static void other_things_in_the_file_are_errors(void **state) {
    (void)state;
    add(&roots[0]);
    assert_true(buf_append(&text, buf_view(&roots[0].private_key)));
    expect_error(buf_view(&text), "this is not a certificate");
    expect_error(slice_text("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"),
                 "line 1: the certificate is malformed");
    expect_error(slice_text("-----BEGIN CERTIFICATE-----\n????\n-----END CERTIFICATE-----\n"),
                 "line 1: the certificate is malformed");
}

static void only_cas_are_anchors(void **state) {
    (void)state;
    expect_error(buf_view(&leaf.certificate), "CN=leaf,O=Sallyport tests is not a CA");
}

static void drop_certificate_signing(X509 *certificate) {
    crafted_extend(certificate, NID_key_usage, "critical,cRLSign");
}

static void cas_that_may_not_sign_are_no_anchors(void **state) {
    (void)state;
    struct minted other = minted_make("Other", MINT_CA, NULL);
    crafted_resign(&other, NULL, drop_certificate_signing, EVP_sha256(), NULL);
    expect_error(buf_view(&other.certificate), "keyCertSign");
    minted_fini(&other);
}

static void expired_anchors_are_errors(void **state) {
    (void)state;
    int64_t last = MINTED_EPOCH + 365 * MINTED_DAY;
    struct trust *trust = load_at(buf_view(&roots[0].certificate), last);
    assert_non_null(trust);
    trust_unref(&trust);
    assert_null(load_at(buf_view(&roots[0].certificate), last + 1));
    assert_non_null(strstr(errors.items[0].sentence, "has expired"));
    trust = load_at(buf_view(&roots[0].certificate), TRUST_AT_ANY_TIME);
    assert_non_null(trust);
    trust_unref(&trust);
}

static void too_many_are_an_error(void **state) {
    (void)state;
    buf_fini(&text);
    buf_init(&text, 4 << 20);
    for (int i = 0; i <= TRUST_ANCHORS_MAX; i++)
        add(&roots[0]);
    expect_error(buf_view(&text), "more than 1000");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(content_makes_the_digest, set_up, tear_down),
        cmocka_unit_test_setup_teardown(anchors_belong_to_trust_domains, set_up, tear_down),
        cmocka_unit_test_setup_teardown(der_is_read_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(files_add_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(half_a_bundle_is_an_error, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_things_in_the_file_are_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(only_cas_are_anchors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cas_that_may_not_sign_are_no_anchors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(expired_anchors_are_errors, set_up, tear_down),
        cmocka_unit_test_setup_teardown(too_many_are_an_error, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
