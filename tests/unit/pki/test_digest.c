/* Tests of pki/digest: a known digest, and that parts do not run together. */
#include "pki/digest.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static void no_parts_are_sha256_of_nothing(void **state) {
    (void)state;
    static const uint8_t expected[DIGEST_BYTES] = {0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4,
                                                   0xc8, 0x99, 0x6f, 0xb9, 0x24, 0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b,
                                                   0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55};
    uint8_t digest[DIGEST_BYTES];
    digest_parts(NULL, 0, digest);
    assert_memory_equal(digest, expected, DIGEST_BYTES);
}

static void parts_do_not_run_together(void **state) {
    (void)state;
    struct slice one[] = {slice_text("ab"), slice_text("c")}, other[] = {slice_text("a"), slice_text("bc")};
    struct slice empty[] = {slice_text("ab"), slice_text("c"), slice_text("")};
    uint8_t digests[4][DIGEST_BYTES];
    digest_parts(one, 2, digests[0]);
    digest_parts(other, 2, digests[1]);
    digest_parts(empty, 3, digests[2]);
    digest_parts(one, 2, digests[3]);
    assert_memory_not_equal(digests[0], digests[1], DIGEST_BYTES);
    assert_memory_not_equal(digests[0], digests[2], DIGEST_BYTES);
    assert_memory_equal(digests[0], digests[3], DIGEST_BYTES);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_parts_are_sha256_of_nothing),
        cmocka_unit_test(parts_do_not_run_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
