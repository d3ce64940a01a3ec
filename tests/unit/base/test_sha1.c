/* SHA-1: the examples of the standard, and lengths on both sides of a block's end. */
#include "base/sha1.h"

#include "base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void expect(struct slice bytes, const char *digest_hex) {
    uint8_t digest[SHA1_BYTES];
    char hex[2 * SHA1_BYTES + 1] = {0};
    sha1_digest(bytes, digest);
    text_hex(hex, slice_of(digest, sizeof digest));
    assert_string_equal(hex, digest_hex);
}

static void the_examples_of_the_standard(void **state) {
    (void)state;
    expect(slice_text("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    expect(slice_text("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq"),
           "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    expect((struct slice){0}, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
}

static void padding_takes_a_block_more_when_it_must(void **state) {
    (void)state;
    static const char a[] =
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
        "aaaaaaaaaaaaaaaaaaaaaaa";
    expect(slice_of(a, 55), "c1c8bbdc22796e28c0e15163d20899b65621d65a");
    expect(slice_of(a, 56), "c2db330f6083854c99d4b5bfb6e8f29f201be699");
    expect(slice_of(a, 64), "0098ba824b5c16427bd7a1122a5a442a25ec644d");
    expect(slice_of(a, SHA1_INPUT_MAX), "ee971065aaa017e0632a8ca6c77bb3bf8b1dfc56");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_examples_of_the_standard),
        cmocka_unit_test(padding_takes_a_block_more_when_it_must),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
