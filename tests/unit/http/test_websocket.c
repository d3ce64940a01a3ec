/* Keys and proofs of the WebSocket handshake. */
#include "http/websocket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void the_example_of_the_rfc(void **state) {
    (void)state;
    char accept[WEBSOCKET_ACCEPT_LEN];
    struct slice key = slice_text("dGhlIHNhbXBsZSBub25jZQ==");
    assert_true(websocket_is_key(key));
    websocket_accept(key, accept);
    assert_memory_equal(accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=", sizeof accept);
}

static void a_key_is_base64_of_16_bytes(void **state) {
    (void)state;
    static const char *const wrong[] = {"",
                                        "dGhlIHNhbXBsZSBub25jZQ=",
                                        "dGhlIHNhbXBsZSBub25jZTE=",
                                        "dGhlIHNhbXBsZSBub25jZTEy",
                                        "dGhlIHNhbXBsZSBub25jZ!==",
                                        "dGhlIHNhbXBsZSBub25jZQ==dGhlIHNhbXBsZSBub25jZQ=="};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        assert_false(websocket_is_key(slice_text(wrong[i])));
}

static void made_keys_are_keys_and_differ(void **state) {
    (void)state;
    char one[WEBSOCKET_KEY_LEN], other[WEBSOCKET_KEY_LEN];
    assert_true(websocket_make_key(one) && websocket_make_key(other));
    assert_true(websocket_is_key(slice_of(one, sizeof one)));
    assert_memory_not_equal(one, other, sizeof one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_example_of_the_rfc),
        cmocka_unit_test(a_key_is_base64_of_16_bytes),
        cmocka_unit_test(made_keys_are_keys_and_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
