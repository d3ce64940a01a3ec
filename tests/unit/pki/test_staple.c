/* Only a good answer about the certificate itself is shown with it, and only as long as it says. */
#include "pki/staple.h"

#include "answered.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct minted ca, other_ca, server, demanding;
static struct buf chain;
static struct ocspsubject subject;

static void demand_staple(X509 *certificate) {
    crafted_extend(certificate, NID_tlsfeature, "status_request");
}

static void demand_other(X509 *certificate) {
    crafted_extend(certificate, NID_tlsfeature, "17");
}

static int set_up_all(void **state) {
    (void)state;
    ca = minted_make("CA", MINT_CA, NULL);
    other_ca = minted_make("CA", MINT_CA, NULL);
    server = minted_make("server", MINT_SERVER, &ca);
    demanding = minted_make("server", MINT_SERVER, &ca);
    buf_init(&chain, 65536);
    bug_on(!buf_append(&chain, buf_view(&server.certificate)) || !buf_append(&chain, buf_view(&ca.certificate)));
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    minted_fini(&ca);
    minted_fini(&other_ca);
    minted_fini(&server);
    minted_fini(&demanding);
    buf_fini(&chain);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    ocspsubject_fini(&subject);
    return 0;
}

static void issuer_comes_from_the_chain_or_by_itself(void **state) {
    (void)state;
    struct slice none = slice_text("");
    assert_null(staple_subject(&subject, buf_view(&chain), none));
    ocspsubject_fini(&subject);
    assert_null(staple_subject(&subject, buf_view(&server.certificate), buf_view(&ca.certificate)));
    ocspsubject_fini(&subject);
    assert_string_equal(staple_subject(&subject, buf_view(&server.certificate), none),
                        "its issuer's certificate is not there");
    ocspsubject_fini(&subject);
    assert_non_null(strstr(staple_subject(&subject, buf_view(&chain), buf_view(&other_ca.certificate)), "another"));
    ocspsubject_fini(&subject);
    assert_non_null(staple_subject(&subject, slice_text("text"), none));
}

static const char *fault_of(int status, const struct minted *signer, int64_t now, int64_t *until) {
    struct answered answered = {.singles = {{&server, &ca, status, ANSWERED_NO_CODE, -1, 24, false, false}},
                                .signer = signer};
    struct buf der = answered_make(&answered);
    const char *fault = staple_judge(&subject, buf_view(&der), now, until);
    buf_fini(&der);
    return fault;
}

static void only_good_is_shown(void **state) {
    (void)state;
    int64_t until;
    assert_null(staple_subject(&subject, buf_view(&chain), slice_text("")));
    assert_null(fault_of(V_OCSP_CERTSTATUS_GOOD, &ca, ANSWERED_NOW, &until));
    assert_int_equal(until, ANSWERED_NOW + 24 * 3600);
    assert_null(fault_of(V_OCSP_CERTSTATUS_GOOD, &ca, until, &until));
    assert_string_equal(fault_of(V_OCSP_CERTSTATUS_GOOD, &ca, until + 1, &until), "its nextUpdate is past");
    assert_string_equal(fault_of(V_OCSP_CERTSTATUS_REVOKED, &ca, ANSWERED_NOW, &until), "the certificate is revoked");
    assert_non_null(strstr(fault_of(V_OCSP_CERTSTATUS_UNKNOWN, &ca, ANSWERED_NOW, &until), "does not know"));
    assert_non_null(strstr(fault_of(V_OCSP_CERTSTATUS_GOOD, &other_ca, ANSWERED_NOW, &until), "signature"));
    assert_non_null(staple_judge(&subject, slice_text("garbage"), ANSWERED_NOW, &until));
}

static void demands_are_read(void **state) {
    (void)state;
    assert_false(staple_is_demanded(buf_view(&demanding.certificate)));
    crafted_resign(&demanding, &ca, demand_other, EVP_sha256(), NULL);
    assert_false(staple_is_demanded(buf_view(&demanding.certificate)));
    crafted_resign(&demanding, &ca, demand_staple, EVP_sha256(), NULL);
    assert_true(staple_is_demanded(buf_view(&demanding.certificate)));
    assert_false(staple_is_demanded(slice_text("")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(issuer_comes_from_the_chain_or_by_itself, tear_down),
        cmocka_unit_test_teardown(only_good_is_shown, tear_down),
        cmocka_unit_test(demands_are_read),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
