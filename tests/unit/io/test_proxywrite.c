/* PROXY headers as they are sent: byte by byte, and read back by io/proxyproto. */
#include "io/proxywrite.h"

#include "io/proxyproto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct buf written;

static int set_up(void **state) {
    (void)state;
    buf_init(&written, 2 * PROXYWRITE_MAX);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    buf_fini(&written);
    return 0;
}

static struct addr_ip ip(const char *text) {
    struct addr addr;
    assert_true(addr_parse(slice_text(text), &addr));
    return addr_ip_of(&addr);
}

static struct proxywrite ends(const char *source, const char *destination) {
    return (struct proxywrite){.source = ip(source), .destination = ip(destination)};
}

static void expect(const void *bytes, size_t len) {
    assert_int_equal(buf_len(&written), len);
    assert_memory_equal(buf_view(&written).data, bytes, len);
    buf_consume(&written, buf_len(&written));
}

static void expect_line(const struct proxywrite *told, const char *line) {
    assert_true(proxywrite_v1(told, &written));
    expect(line, strlen(line));
}

static void the_line_has_the_addresses(void **state) {
    (void)state;
    struct proxywrite told = ends("192.0.2.1:51234", "198.51.100.2:443");
    expect_line(&told, "PROXY TCP4 192.0.2.1 198.51.100.2 51234 443\r\n");
    told = ends("[2001:db8::1]:1", "[2001:db8::2]:65535");
    expect_line(&told, "PROXY TCP6 2001:db8::1 2001:db8::2 1 65535\r\n");
    told = ends("192.0.2.1:51234", "[2001:db8::2]:443");
    expect_line(&told, "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::2 51234 443\r\n");
    told = ends("unix:/a", "192.0.2.1:1");
    expect_line(&told, "PROXY UNKNOWN\r\n");
}

static void the_binary_form_has_the_same(void **state) {
    (void)state;
    static const uint8_t v4[] = {'\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T',  '\n', 0x21, 0x11,
                                 0,    12,   192,  0,    2, 1,    198,  51,  100, 2,   0xc8, 0x22, 1,    0xbb};
    static const uint8_t unknown[] = {'\r', '\n', '\r', '\n', 0, '\r', '\n', 'Q', 'U', 'I', 'T', '\n', 0x21, 0, 0, 0};
    struct proxywrite told = ends("192.0.2.1:51234", "198.51.100.2:443");
    assert_true(proxywrite_v2(&told, &written));
    expect(v4, sizeof v4);
    told.source.family = AF_UNSPEC;
    assert_true(proxywrite_v2(&told, &written));
    expect(unknown, sizeof unknown);
}

static void nobody_is_told_as_nobody(void **state) {
    (void)state;
    struct proxyproto header;
    assert_true(proxywrite_local(1, &written));
    expect("PROXY UNKNOWN\r\n", 15);
    assert_true(proxywrite_local(2, &written));
    assert_int_equal(buf_view(&written).data[12], 0x20);
    assert_int_equal(proxyproto_parse(buf_view(&written), &header), PROXYPROTO_LOCAL);
    assert_int_equal(header.header_bytes, 16);
}

static struct proxywrite everything(void) {
    struct proxywrite told = ends("[2001:db8::1]:1", "[2001:db8::2]:2");
    told.alpn = slice_text("h2");
    told.authority = slice_text("example.com");
    told.unique_id = slice_text("0123456789abcdef");
    told.has_ssl = true;
    told.ssl_client = PROXYWRITE_SSL | PROXYWRITE_CERT_CONN | PROXYWRITE_CERT_SESS;
    told.ssl_verify = 1;
    told.ssl_version = slice_text("TLSv1.3");
    told.ssl_common_name = slice_text("alice");
    told.ssl_cipher = slice_text("TLS_AES_128_GCM_SHA256");
    told.ssl_signature = slice_text("ecdsa-with-SHA256");
    told.ssl_key = slice_text("EC256");
    told.ssl_certificate = slice_of("\x30\x03\x02\x01\x01", 5);
    told.has_checksum = true;
    return told;
}

static void what_is_written_is_what_is_read(void **state) {
    (void)state;
    const struct proxywrite told = everything();
    struct proxyproto header;
    assert_true(proxywrite_v2(&told, &written));
    struct slice bytes = buf_view(&written);
    assert_int_equal(proxyproto_parse(bytes, &header), PROXYPROTO_PROXIED);
    assert_int_equal(header.header_bytes, bytes.len);
    assert_memory_equal(header.source.bytes, told.source.bytes, 16);
    assert_int_equal(header.destination.port, 2);
    assert_true(slice_equal(header.alpn, told.alpn));
    assert_true(slice_equal(header.authority, told.authority));
    assert_true(slice_equal(header.unique_id, told.unique_id));
    assert_true(header.has_ssl);
    assert_int_equal(header.ssl_client, 7);
    assert_int_equal(header.ssl_verify, 1);
    assert_true(slice_equal(header.ssl_version, told.ssl_version));
    assert_true(slice_equal(header.ssl_common_name, told.ssl_common_name));
    assert_true(slice_equal(header.ssl_certificate, told.ssl_certificate));
}

/* Type, length of two bytes, text. */
static bool holds(struct slice bytes, uint8_t type, const char *text) {
    for (size_t i = 0; i + 3 <= bytes.len; i++) {
        if (bytes.data[i] == type && bytes.data[i + 1] == 0 && bytes.data[i + 2] == strlen(text) &&
            slice_equal(slice_sub(bytes, i + 3, strlen(text)), slice_text(text)))
            return true;
    }
    return false;
}

static void what_our_reader_passes_over_is_there(void **state) {
    (void)state;
    const struct proxywrite told = everything();
    assert_true(proxywrite_v2(&told, &written));
    assert_true(holds(buf_view(&written), 0x23, "TLS_AES_128_GCM_SHA256"));
    assert_true(holds(buf_view(&written), 0x24, "ecdsa-with-SHA256"));
    assert_true(holds(buf_view(&written), 0x25, "EC256"));
}

/* But in the type of the checksum itself, 7 bytes from the end. */
static void a_bit_that_turns_is_seen(void **state) {
    (void)state;
    const struct proxywrite told = everything();
    struct proxyproto header;
    assert_true(proxywrite_v2(&told, &written));
    struct slice bytes = buf_view(&written);
    for (size_t i = 16; i < bytes.len; i++) {
        if (i == bytes.len - 7)
            continue;
        ((uint8_t *)bytes.data)[i] ^= 0x40;
        assert_int_not_equal(proxyproto_parse(bytes, &header), PROXYPROTO_PROXIED);
        ((uint8_t *)bytes.data)[i] ^= 0x40;
    }
}

static void what_is_empty_is_left_out(void **state) {
    (void)state;
    struct proxywrite told = ends("192.0.2.1:51234", "198.51.100.2:443");
    told.has_ssl = true;
    assert_true(proxywrite_v2(&told, &written));
    assert_int_equal(buf_len(&written), 16 + 12 + 3 + 5);
}

static void what_does_not_fit_is_not_begun(void **state) {
    (void)state;
    static uint8_t large[65535];
    struct proxywrite told = everything();
    told.ssl_certificate = slice_of(large, sizeof large);
    assert_false(proxywrite_v2(&told, &written));
    buf_fini(&written);
    buf_init(&written, 20);
    told = ends("192.0.2.1:51234", "198.51.100.2:443");
    assert_false(proxywrite_v1(&told, &written));
    buf_fini(&written);
    buf_init(&written, 20);
    assert_false(proxywrite_v2(&told, &written));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_line_has_the_addresses, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_binary_form_has_the_same, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_is_told_as_nobody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_written_is_what_is_read, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_our_reader_passes_over_is_there, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_bit_that_turns_is_seen, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_empty_is_left_out, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_does_not_fit_is_not_begun, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
