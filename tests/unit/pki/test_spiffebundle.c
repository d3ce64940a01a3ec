/* Bundles of SPIFFE trust domains: which keys count, and what is refused. */
#include "pki/spiffebundle.h"

#include "pki/pem.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct spiffebundle bundle;
static struct buf pem;

static int set_up(void **state) {
    (void)state;
    buf_init(&pem, SPIFFEBUNDLE_PEM_BYTES_MAX);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    buf_fini(&pem);
    return 0;
}

static const char *read_text(const char *text) {
    buf_consume(&pem, buf_len(&pem));
    return spiffebundle_read(slice_text(text), &bundle, &pem);
}

static void keys_of_svids_become_pem(void **state) {
    (void)state;
    assert_null(read_text("{\"spiffe_sequence\": 12, \"spiffe_refresh_hint\": 300, \"other\": {\"keys\": []},\n"
                          " \"keys\": [{\"kty\": \"EC\", \"x5c\": [\"AAEC\\/w==\"], \"use\": \"x509-svid\"},\n"
                          "  {\"use\": \"jwt-svid\", \"kid\": \"a\"}, {\"x5c\": [\"AAAA\"]},\n"
                          "  {\"use\": \"x509-svid\", \"x5c\": [\"AAAA\"]}]}\n"));
    assert_int_equal(bundle.certificates, 2);
    assert_int_equal(bundle.sequence, 12);
    assert_int_equal(bundle.refresh_hint_s, 300);
    struct pem_reader reader;
    struct pem_block block;
    pem_init(&reader, buf_view(&pem));
    assert_int_equal(pem_next(&reader, &block), PEM_FOUND);
    assert_int_equal(pem_next(&reader, &block), PEM_FOUND);
    assert_int_equal(pem_next(&reader, &block), PEM_DONE);
}

static void what_is_no_bundle_is_refused(void **state) {
    (void)state;
    static const struct {
        const char *text, *fault;
    } bad[] = {
        {"{\"keys\": []}", "it has no key for x509-svid"},
        {"{\"keys\": [{\"use\": \"jwt-svid\"}]}", "it has no key for x509-svid"},
        {"{\"keys\": [{\"use\": \"x509-svid\"}]}", "a key for x509-svid has exactly one certificate in x5c"},
        {"{\"keys\": [{\"use\": \"x509-svid\", \"x5c\": []}]}",
         "a key for x509-svid has exactly one certificate in x5c"},
        {"{\"keys\": [{\"use\": \"x509-svid\", \"x5c\": [\"AAAA\", \"AAAA\"]}]}",
         "a key for x509-svid has exactly one certificate in x5c"},
        {"{\"keys\": [{\"use\": \"x509-svid\", \"x5c\": [\"A A=\"]}]}",
         "a certificate in x5c that is not base64, or too large"},
        {"{\"keys\": [{\"use\": \"x509-svid\", \"x5c\": [\"\"]}]}",
         "a certificate in x5c that is not base64, or too large"},
        {"{\"keys\": [{\"use\": \"x509-svid\", \"use\": \"jwt-svid\"}]}",
         "a member that is there twice, or whose name is escaped"},
        {"{\"keys\": [], \"keys\": []}", "a member that is there twice, or whose name is escaped"},
        {"{\"keys\": {}}", "its \"keys\" are no list"},
        {"{\"keys\": [[]]}", "it is no JSON"},
        {"{\"keys\": [{\"use\": 1}]}", "it has no key for x509-svid"},
        {"{\"spiffe_sequence\": -1}", "a number that is not whole, or too large"},
        {"{\"keys\": [{\"use\": \"x509-svid\", \"x5c\": [\"AAAA\"]}]", "it is no JSON"},
        {"{\"keys\": [{\"use\": \"x509-svid\", \"x5c\": [\"AAAA\"]}]} {}", "it is no JSON"},
        {"[]", "it is no JSON"},
        {"", "it is no JSON"},
        {"{\"k\\u0065ys\": []}", "a member that is there twice, or whose name is escaped"},
        {"{}", "its \"keys\" are no list"},
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        const char *fault = read_text(bad[i].text);
        assert_non_null(fault);
        assert_string_equal(fault, bad[i].fault);
    }
}

static void json_and_pem_are_told_apart(void **state) {
    (void)state;
    assert_true(spiffebundle_is_json(slice_text("\n {\"keys\": []}")));
    assert_false(spiffebundle_is_json(slice_text("-----BEGIN CERTIFICATE-----\n")));
    assert_false(spiffebundle_is_json(slice_text("")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(keys_of_svids_become_pem, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_bundle_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(json_and_pem_are_told_apart, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
