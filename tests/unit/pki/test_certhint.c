/* What is said of certificates in words. */
#include "pki/certhint.h"

#include "minted.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static bool says(bool (*hint)(struct slice, struct buf *), struct slice der, const char *words) {
    struct buf text;
    buf_init(&text, 2000);
    bool done = hint(der, &text);
    struct slice said = buf_view(&text);
    bool found = done && memmem(said.data, said.len, words, strlen(words));
    buf_fini(&text);
    return found;
}

static void names_of_issuers_come_with_their_key(void **state) {
    (void)state;
    struct minted ca = minted_make("Department", MINT_CA, NULL);
    struct minted alice = minted_make("alice", MINT_CLIENT, &ca);
    assert_true(says(certhint_issuer, buf_view(&alice.der), "CN=Department,O=Sallyport tests (key identifier "));
    minted_fini(&alice);
    minted_fini(&ca);
}

static void usages_are_named(void **state) {
    (void)state;
    struct minted ca = minted_make("Department", MINT_CA, NULL);
    struct minted server = minted_make("server", MINT_SERVER, &ca);
    assert_true(says(certhint_usage, buf_view(&server.der), "digitalSignature"));
    assert_true(says(certhint_usage, buf_view(&server.der), "extended key usage serverAuth"));
    assert_true(says(certhint_usage, buf_view(&ca.der), "keyCertSign"));
    assert_true(says(certhint_usage, buf_view(&ca.der), "no extended key usage"));
    minted_fini(&server);
    minted_fini(&ca);
}

static void what_is_no_certificate_says_nothing(void **state) {
    (void)state;
    assert_false(says(certhint_issuer, slice_text("garbage"), ""));
    assert_false(says(certhint_usage, slice_of(NULL, 0), ""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_of_issuers_come_with_their_key),
        cmocka_unit_test(usages_are_named),
        cmocka_unit_test(what_is_no_certificate_says_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
