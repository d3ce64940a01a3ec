/* PROXY headers: what is good is read to the byte, what is begun is waited for, everything else is refused. */
#include "io/proxyproto.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const char v2_start[] = "\r\n\r\n\0\r\nQUIT\n";

/* A version 2 header being made. */
struct draft {
    uint8_t bytes[8192];
    size_t len;
};

static void add(struct draft *draft, const void *bytes, size_t len) {
    assert_true(draft->len + len <= sizeof(draft->bytes));
    memcpy(draft->bytes + draft->len, bytes, len);
    draft->len += len;
    size_t body = draft->len > 16 ? draft->len - 16 : 0;
    draft->bytes[14] = (uint8_t)(body >> 8);
    draft->bytes[15] = (uint8_t)body;
}

static void begin(struct draft *draft, uint8_t version_command, uint8_t family) {
    *draft = (struct draft){0};
    add(draft, v2_start, 12);
    add(draft, (uint8_t[]){version_command, family, 0, 0}, 4);
}

static void begin_tcp4(struct draft *draft) {
    begin(draft, 0x21, 0x11);
    add(draft, (uint8_t[]){192, 0, 2, 1, 198, 51, 100, 2, 0xc8, 0x22, 0x01, 0xbb}, 12);
}

static void add_tlv(struct draft *draft, uint8_t type, const void *value, size_t len) {
    add(draft, (uint8_t[]){type, (uint8_t)(len >> 8), (uint8_t)len}, 3);
    add(draft, value, len);
}

static enum proxyproto_status parse(const struct draft *draft, struct proxyproto *header) {
    return proxyproto_parse(slice_of(draft->bytes, draft->len), header);
}

static enum proxyproto_status parse_text(const char *text, struct proxyproto *header) {
    return proxyproto_parse(slice_text(text), header);
}

static void check_ip(const struct addr_ip *ip, const char *expected) {
    char text[ADDR_TEXT_MAX];
    addr_ip_text(ip, text);
    assert_string_equal(text, expected);
}

static void check_slice(struct slice slice, const char *expected) {
    assert_true(slice_equal(slice, slice_text(expected)));
}

static void line_of_version_1_is_read(void **state) {
    (void)state;
    struct proxyproto header;
    assert_int_equal(parse_text("PROXY TCP4 192.0.2.1 198.51.100.2 51234 443\r\nrest", &header), PROXYPROTO_PROXIED);
    check_ip(&header.source, "192.0.2.1:51234");
    check_ip(&header.destination, "198.51.100.2:443");
    assert_int_equal(header.header_bytes, 45);
    assert_int_equal(parse_text("PROXY TCP6 2001:db8::1 ::1 0 65535\r\n", &header), PROXYPROTO_PROXIED);
    check_ip(&header.source, "[2001:db8::1]:0");
    check_ip(&header.destination, "[::1]:65535");
    assert_int_equal(parse_text("PROXY UNKNOWN\r\nx", &header), PROXYPROTO_LOCAL);
    assert_int_equal(header.header_bytes, 15);
    assert_int_equal(parse_text("PROXY UNKNOWN what ever it says\r\n", &header), PROXYPROTO_LOCAL);
}

static void bad_lines_are_refused(void **state) {
    (void)state;
    static const char *const lines[] = {
        "GET / HTTP/1.1\r\n",
        "PROXY \r\n",
        "PROXYTCP4 1.2.3.4 1.2.3.4 1 2\r\n",
        "PROXY UNKNOWNX\r\n",
        "PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 3\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n",
        "PROXY TCP4 1.2.3.4  1.2.3.4 1 2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 2\r\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 02\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 -2\r\n",
        "PROXY TCP4 1.2.3.4 1.2.3.4 1 \r\n",
        "PROXY TCP4 1.2.3.04 1.2.3.4 1 2\r\n",
        "PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n",
        "PROXY TCP4 ::1 ::1 1 2\r\n",
        "PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n",
        "PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n",
        "PROXY TCP6 1111:1111:1111:1111:1111:1111:1111:1111:1111:1111:1111 ::1 1 2\r\n",
        "PROXY 1111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111111",
    };
    struct proxyproto header;
    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        assert_int_equal(parse_text(lines[i], &header), PROXYPROTO_BAD);
    static const char with_nul[] = "PROXY TCP4 1.2.3.4\0 1.2.3.4 1 2\r\n";
    assert_int_equal(proxyproto_parse(slice_of(with_nul, sizeof(with_nul) - 1), &header), PROXYPROTO_BAD);
}

/* Every proper beginning of a good header is MORE, at every length. */
static void beginnings_are_waited_for(void **state) {
    (void)state;
    struct proxyproto header;
    const char *line = "PROXY TCP4 192.0.2.1 198.51.100.2 51234 443\r\n";
    for (size_t len = 0; len < strlen(line); len++)
        assert_int_equal(proxyproto_parse(slice_of(line, len), &header), PROXYPROTO_MORE);
    struct draft draft;
    begin_tcp4(&draft);
    add_tlv(&draft, 0x02, "example.com", 11);
    for (size_t len = 0; len < draft.len; len++)
        assert_int_equal(proxyproto_parse(slice_of(draft.bytes, len), &header), PROXYPROTO_MORE);
    assert_int_equal(parse(&draft, &header), PROXYPROTO_PROXIED);
}

static void header_of_version_2_is_read(void **state) {
    (void)state;
    struct draft draft;
    struct proxyproto header;
    begin_tcp4(&draft);
    assert_int_equal(parse(&draft, &header), PROXYPROTO_PROXIED);
    check_ip(&header.source, "192.0.2.1:51234");
    check_ip(&header.destination, "198.51.100.2:443");
    assert_int_equal(header.header_bytes, 28);

    begin(&draft, 0x21, 0x21);
    uint8_t addresses[36] = {[0] = 0x20, [1] = 1, [15] = 9, [31] = 1, [33] = 80, [35] = 81};
    add(&draft, addresses, sizeof(addresses));
    assert_int_equal(parse(&draft, &header), PROXYPROTO_PROXIED);
    check_ip(&header.source, "[2001::9]:80");
    check_ip(&header.destination, "[::1]:81");

    begin(&draft, 0x21, 0x31);
    add(&draft, (uint8_t[216]){0}, 216);
    assert_int_equal(parse(&draft, &header), PROXYPROTO_PROXIED);
    assert_int_equal(header.source.family, AF_UNIX);
}

static void local_and_unknown_families_keep_the_connections_addresses(void **state) {
    (void)state;
    static const uint8_t local[][2] = {{0x20, 0x00}, {0x20, 0x11}, {0x21, 0x00}, {0x21, 0x12}, {0x21, 0x10}};
    for (size_t i = 0; i < sizeof(local) / sizeof(local[0]); i++) {
        struct draft draft;
        struct proxyproto header;
        begin(&draft, local[i][0], local[i][1]);
        add(&draft, "no address at all", 17);
        assert_int_equal(parse(&draft, &header), PROXYPROTO_LOCAL);
        assert_int_equal(header.header_bytes, 33);
        assert_int_equal(header.source.family, AF_UNSPEC);
    }
}

static void tlvs_are_read(void **state) {
    (void)state;
    struct draft draft;
    struct proxyproto header;
    begin_tcp4(&draft);
    add_tlv(&draft, 0x01, "h2", 2);
    add_tlv(&draft, 0x02, "example.com", 11);
    add_tlv(&draft, 0x04, "padding", 7);
    add_tlv(&draft, 0x05, "id", 2);
    add_tlv(&draft, 0x30, "blue", 4);
    add_tlv(&draft, 0x20,
            "\x07\x00\x00\x00\x14\x21\x00\x07TLSv1.3\x22\x00\x02me\x28\x00\x03"
            "DER\x29\x00\x00",
            29);
    assert_int_equal(parse(&draft, &header), PROXYPROTO_PROXIED);
    check_slice(header.alpn, "h2");
    check_slice(header.authority, "example.com");
    check_slice(header.unique_id, "id");
    check_slice(header.network_namespace, "blue");
    assert_true(header.has_ssl);
    assert_int_equal(header.ssl_client, 7);
    assert_int_equal(header.ssl_verify, 20);
    check_slice(header.ssl_version, "TLSv1.3");
    check_slice(header.ssl_common_name, "me");
    check_slice(header.ssl_certificate, "DER");
}

/* Each is a good TCP4 header with something at its end that breaks it. */
static void bad_tlvs_are_refused(void **state) {
    (void)state;
    static const struct {
        const char *bytes;
        size_t len;
    } ends[] = {
        {"\x04", 1},
        {"\x04\x00", 2},
        {"\x04\x00\x01", 3},
        {"\x01\x00\x02h", 4},
        {"\x01\x00\x01h\x01\x00\x01h", 8},
        {"\x01\x00\x00\x01\x00\x00", 6},
        {"\x03\x00\x03\x00\x00\x00", 6},
        {"\x03\x00\x04\x00\x00\x00\x00", 7},
        {"\x20\x00\x04\x00\x00\x00\x00", 7},
        {"\x20\x00\x07\x00\x00\x00\x00\x00\x21\x00", 10},
        {"\x20\x00\x08\x00\x00\x00\x00\x00\x21\x00\x01", 11},
        {"\x20\x00\x05\x00\x00\x00\x00\x00\x20\x00\x05\x00\x00\x00\x00\x00", 16},
    };
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
        struct draft draft;
        struct proxyproto header;
        begin_tcp4(&draft);
        add(&draft, ends[i].bytes, ends[i].len);
        assert_int_equal(parse(&draft, &header), PROXYPROTO_BAD);
    }
}

static void unique_id_has_a_maximum(void **state) {
    (void)state;
    struct draft draft;
    struct proxyproto header;
    uint8_t id[129] = {0};
    begin_tcp4(&draft);
    add_tlv(&draft, 0x05, id, 128);
    assert_int_equal(parse(&draft, &header), PROXYPROTO_PROXIED);
    begin_tcp4(&draft);
    add_tlv(&draft, 0x05, id, 129);
    assert_int_equal(parse(&draft, &header), PROXYPROTO_BAD);
}

static void checksum_is_checked_wherever_it_stands(void **state) {
    (void)state;
    struct draft draft;
    struct proxyproto header;
    begin_tcp4(&draft);
    add_tlv(&draft, 0x03, "\x85\xc9\x34\x33", 4);
    assert_int_equal(parse(&draft, &header), PROXYPROTO_PROXIED);
    draft.bytes[16] ^= 1;
    assert_int_equal(parse(&draft, &header), PROXYPROTO_BAD);
    begin_tcp4(&draft);
    add_tlv(&draft, 0x03, "\x8f\x1f\x54\xe9", 4);
    add_tlv(&draft, 0x04, "\0\0\0\0\0", 5);
    assert_int_equal(parse(&draft, &header), PROXYPROTO_PROXIED);
}

static void bad_first_bytes_are_refused_at_once(void **state) {
    (void)state;
    static const uint8_t bad[][2] = {{0x11, 0x11}, {0x31, 0x11}, {0x22, 0x11},
                                     {0x2f, 0x11}, {0x21, 0x41}, {0x21, 0x13}};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct draft draft;
        struct proxyproto header;
        begin(&draft, bad[i][0], bad[i][1]);
        draft.bytes[15] = 12;
        assert_int_equal(parse(&draft, &header), PROXYPROTO_BAD);
    }
}

static void lengths_are_bounded_both_ways(void **state) {
    (void)state;
    struct draft draft;
    struct proxyproto header;
    static const uint8_t padding[4096 - 12 - 3];
    begin_tcp4(&draft);
    add_tlv(&draft, 0x04, padding, sizeof(padding));
    assert_int_equal(draft.len, PROXYPROTO_MAX);
    assert_int_equal(parse(&draft, &header), PROXYPROTO_PROXIED);
    add(&draft, "", 1);
    assert_int_equal(parse(&draft, &header), PROXYPROTO_BAD);
    static const struct {
        uint8_t family;
        size_t len;
    } shorter[] = {{0x11, 11}, {0x21, 35}, {0x31, 215}};
    for (size_t i = 0; i < 3; i++) {
        begin(&draft, 0x21, shorter[i].family);
        add(&draft, padding, shorter[i].len);
        assert_int_equal(parse(&draft, &header), PROXYPROTO_BAD);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(line_of_version_1_is_read),
        cmocka_unit_test(bad_lines_are_refused),
        cmocka_unit_test(beginnings_are_waited_for),
        cmocka_unit_test(header_of_version_2_is_read),
        cmocka_unit_test(local_and_unknown_families_keep_the_connections_addresses),
        cmocka_unit_test(tlvs_are_read),
        cmocka_unit_test(bad_tlvs_are_refused),
        cmocka_unit_test(unique_id_has_a_maximum),
        cmocka_unit_test(checksum_is_checked_wherever_it_stands),
        cmocka_unit_test(bad_first_bytes_are_refused_at_once),
        cmocka_unit_test(lengths_are_bounded_both_ways),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
