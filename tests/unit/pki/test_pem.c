/* PEM is read strictly: half a block is an error, never a comment. */
#include "pki/pem.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct pem_reader reader;
static struct pem_block block;

static enum pem_status first_of(const char *text) {
    pem_init(&reader, slice_text(text));
    return pem_next(&reader, &block);
}

static void expect_bytes(const char *bytes, size_t len) {
    struct buf der;
    buf_init(&der, PEM_BLOCK_BYTES_MAX);
    assert_true(pem_decode(&block, &der));
    assert_true(slice_equal(buf_view(&der), slice_of(bytes, len)));
    buf_fini(&der);
}

static void blocks_come_one_after_the_other(void **state) {
    (void)state;
    assert_int_equal(first_of("# a comment\r\n\r\n-----BEGIN A-----\r\nAQI=\r\n-----END A-----\r\nin between\n"
                              "-----BEGIN B C-----\n AQ\n\tID \n-----END B C-----"),
                     PEM_FOUND);
    assert_true(pem_is(&block, "A"));
    assert_false(pem_is(&block, "B C"));
    assert_int_equal(block.line, 3);
    expect_bytes("\1\2", 2);
    assert_int_equal(pem_next(&reader, &block), PEM_FOUND);
    assert_true(pem_is(&block, "B C"));
    assert_int_equal(block.line, 7);
    expect_bytes("\1\2\3", 3);
    assert_int_equal(pem_next(&reader, &block), PEM_DONE);
}

static void text_without_blocks_is_empty(void **state) {
    (void)state;
    assert_int_equal(first_of(""), PEM_DONE);
    assert_int_equal(first_of("\n\n just words\n==========\n---\n"), PEM_DONE);
}

static void halves_are_broken(void **state) {
    (void)state;
    static const char *const broken[] = {
        "-----BEGIN A-----\nAQID\n",
        "-----BEGIN A-----",
        "-----END A-----\n",
        "AQID\n-----END A-----\n",
        "-----BEGIN A-----\nAQID\n-----END B-----\n",
        "-----BEGIN A-----\nAQID\n-----BEGIN A-----\nAQID\n-----END A-----\n",
        "-----BEGIN A----\nAQID\n-----END A-----\n",
        "----BEGIN CERTIFICATE-----\nAQID\n-----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAQID\n----END CERTIFICATE-----\n",
        "-----BEGIN CERTIFICATE-----\nAQID-----END CERTIFICATE-----\n",
        "-----BEGIN -----\nAQID\n-----END -----\n",
        "-----begin CERTIFICATE-----\nAQID\n",
        "-----",
    };
    for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
        if (first_of(broken[i]) != PEM_BROKEN)
            fail_msg("taken: %s", broken[i]);
        assert_non_null(reader.fault);
    }
}

static void contents_have_to_be_base64(void **state) {
    (void)state;
    static const char *const bad[] = {"", "AQI", "AQ=I", "AQID=", "AQ!D", "AQJ="};
    struct buf der;
    buf_init(&der, 100);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        block.body = slice_text(bad[i]);
        assert_false(pem_decode(&block, &der));
        assert_int_equal(buf_len(&der), 0);
    }
    block.body = slice_of("AQ\0ID", 5);
    assert_false(pem_decode(&block, &der));
    buf_fini(&der);
}

static void huge_blocks_are_refused(void **state) {
    (void)state;
    static char huge[PEM_BLOCK_BYTES_MAX * 2];
    struct buf der;
    buf_init(&der, PEM_BLOCK_BYTES_MAX);
    memset(huge, 'A', sizeof huge);
    block.body = slice_of(huge, sizeof huge);
    assert_false(pem_decode(&block, &der));
    buf_fini(&der);
}

static void old_encryption_is_noticed(void **state) {
    (void)state;
    assert_int_equal(
        first_of("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nAQID\n-----END RSA PRIVATE KEY-----\n"),
        PEM_FOUND);
    assert_true(block.is_encrypted);
    assert_int_equal(first_of("-----BEGIN RSA PRIVATE KEY-----\nAQID\n-----END RSA PRIVATE KEY-----\n"), PEM_FOUND);
    assert_false(block.is_encrypted);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_come_one_after_the_other),
        cmocka_unit_test(text_without_blocks_is_empty),
        cmocka_unit_test(halves_are_broken),
        cmocka_unit_test(contents_have_to_be_base64),
        cmocka_unit_test(huge_blocks_are_refused),
        cmocka_unit_test(old_encryption_is_noticed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
