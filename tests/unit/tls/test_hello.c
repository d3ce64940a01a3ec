/* ClientHellos in every cut and shape: the good ones are read, everything that two readers could read differently is
 * refused. */
#include "tls/hello.h"

#include "io/tcp.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

_Static_assert((int)HELLO_RAW_MAX <= (int)TCP_UNREAD_MAX, "a peeked hello has to go back into the stream");

/* A hello being made: the body's parts, then its records. */
struct draft {
    uint8_t bytes[20000];
    size_t len;
};

static struct draft draft;
static struct draft extensions;
static uint8_t raw[HELLO_RAW_MAX + 8];
static size_t raw_len;
static struct hello hello;

static void add(struct draft *to, const void *bytes, size_t len) {
    assert_true(to->len + len <= sizeof(to->bytes));
    memcpy(to->bytes + to->len, bytes, len);
    to->len += len;
}

static void add_number(struct draft *to, size_t number, size_t width) {
    while (width-- > 0) {
        uint8_t byte = (uint8_t)(number >> 8 * width);
        add(to, &byte, 1);
    }
}

static void add_extension(size_t type, const void *data, size_t len) {
    add_number(&extensions, type, 2);
    add_number(&extensions, len, 2);
    add(&extensions, data, len);
}

static void add_name(const char *name) {
    struct draft data = {.len = 0};
    add_number(&data, strlen(name) + 3, 2);
    add_number(&data, 0, 1);
    add_number(&data, strlen(name), 2);
    add(&data, name, strlen(name));
    add_extension(0, data.bytes, data.len);
}

/* Everything in front of the extensions: TLS 1.2's number, a session id of 32 bytes, two ciphers, no compression. */
static void add_front(struct draft *to) {
    uint8_t zeros[32] = {0};
    add_number(to, 0x0303, 2);
    add(to, zeros, 32);
    add_number(to, 32, 1);
    add(to, zeros, 32);
    add_number(to, 4, 2);
    add_number(to, 0x1301c02b, 4);
    add_number(to, 0x0100, 2);
}

/* Puts header and body into `draft`, with the extensions made so far. */
static void finish_message(void) {
    struct draft body = {.len = 0};
    add_front(&body);
    add_number(&body, extensions.len, 2);
    add(&body, extensions.bytes, extensions.len);
    draft.len = 0;
    add_number(&draft, 1, 1);
    add_number(&draft, body.len, 3);
    add(&draft, body.bytes, body.len);
}

static void add_record(const uint8_t *bytes, size_t len) {
    assert_true(raw_len + 5 + len <= sizeof(raw));
    uint8_t header[5] = {22, 3, 1, (uint8_t)(len >> 8), (uint8_t)len};
    memcpy(raw + raw_len, header, 5);
    memcpy(raw + raw_len + 5, bytes, len);
    raw_len += 5 + len;
}

/* Cuts `draft` into records of at most `record_bytes`. */
static void cut(size_t record_bytes) {
    raw_len = 0;
    for (size_t at = 0; at < draft.len; at += record_bytes)
        add_record(draft.bytes + at, draft.len - at < record_bytes ? draft.len - at : record_bytes);
}

static enum hello_status parse(void) {
    hello_fini(&hello);
    hello_init(&hello);
    return hello_parse(slice_of(raw, raw_len), &hello);
}

static enum hello_status finish_and_parse(void) {
    finish_message();
    cut(16384);
    return parse();
}

static int set_up(void **state) {
    (void)state;
    draft.len = extensions.len = raw_len = 0;
    hello_init(&hello);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    hello_fini(&hello);
    return 0;
}

static void add_usual_extensions(void) {
    add_name("WWW.Example.COM");
    add_extension(23, "", 0);
    add_extension(35, "", 0);
    add_extension(16, "\x00\x0c\x02h2\x08http/1.1", 14);
    add_extension(43, "\x04\x03\x04\x03\x03", 5);
}

static void check_usual(void) {
    char name[HELLO_NAME_MAX + 1];
    assert_int_equal(hello_server_name(&hello, name), 15);
    assert_string_equal(name, "www.example.com");
    assert_true(hello.has_tls12 && hello.has_tls13 && hello.has_extended_master_secret);
    assert_false(hello.has_ticket || hello.has_psk || hello.has_early_data);
    assert_int_equal(hello.legacy_version, 0x0303);
    assert_int_equal(hello.session_id_bytes, 32);
    struct slice rest = hello.alpn, protocol;
    assert_true(hello_alpn_next(&rest, &protocol));
    assert_true(slice_equal(protocol, slice_text("h2")));
    assert_true(hello_alpn_next(&rest, &protocol));
    assert_true(slice_equal(protocol, slice_text("http/1.1")));
    assert_false(hello_alpn_next(&rest, &protocol));
}

static void usual_hello_is_read(void **state) {
    (void)state;
    add_usual_extensions();
    assert_int_equal(finish_and_parse(), HELLO_OK);
    check_usual();
    assert_int_equal(hello.raw_bytes, raw_len);
    assert_null(hello.message.data);
}

static void records_of_every_size_are_put_together(void **state) {
    (void)state;
    add_usual_extensions();
    finish_message();
    for (size_t record_bytes = 1; record_bytes <= draft.len; record_bytes++) {
        cut(record_bytes);
        assert_int_equal(parse(), HELLO_OK);
        check_usual();
        assert_int_equal(hello.raw_bytes, raw_len);
    }
}

static void hello_comes_byte_by_byte(void **state) {
    (void)state;
    add_usual_extensions();
    finish_message();
    for (size_t record_bytes = 1; record_bytes < 300; record_bytes += 100) {
        cut(record_bytes);
        hello_fini(&hello);
        hello_init(&hello);
        for (size_t len = 0; len < raw_len; len++) {
            uint8_t *moved = malloc(len + 1);
            memcpy(moved, raw, len);
            assert_int_equal(hello_parse(slice_of(moved, len), &hello), HELLO_MORE);
            free(moved);
        }
        assert_int_equal(hello_parse(slice_of(raw, raw_len), &hello), HELLO_OK);
        check_usual();
    }
}

/* The largest hello in the worst records, fed byte by byte: a parser that begins anew each time would read 4.8 GB
 * here. */
static void largest_hello_in_records_of_one_byte(void **state) {
    (void)state;
    static const uint8_t padding[HELLO_BODY_MAX];
    struct draft front = {.len = 0};
    add_front(&front);
    add_name("a.example");
    add_extension(21, padding, HELLO_BODY_MAX - front.len - 2 - extensions.len - 4);
    finish_message();
    assert_int_equal(draft.len, 4 + HELLO_BODY_MAX);
    cut(1);
    assert_int_equal(raw_len, HELLO_RAW_MAX);
    for (size_t len = 0; len < raw_len; len++)
        assert_int_equal(hello_parse(slice_of(raw, len), &hello), HELLO_MORE);
    assert_int_equal(hello_parse(slice_of(raw, raw_len), &hello), HELLO_OK);
    assert_true(slice_equal(hello.server_name, slice_text("a.example")));
    cut(16384);
    assert_int_equal(parse(), HELLO_OK);
}

static void larger_hello_is_too_large_as_soon_as_it_says_so(void **state) {
    (void)state;
    add_number(&draft, 1, 1);
    add_number(&draft, HELLO_BODY_MAX + 1, 3);
    for (size_t record_bytes = 1; record_bytes <= 4; record_bytes++) {
        cut(record_bytes);
        assert_int_equal(parse(), HELLO_TOO_LARGE);
    }
    raw_len = 0;
    assert_int_equal(hello_parse(slice_of(raw, 0), &hello), HELLO_TOO_LARGE);
}

static void hello_without_extensions_is_tls12(void **state) {
    (void)state;
    struct draft body = {.len = 0};
    add_front(&body);
    add_number(&draft, 1, 1);
    add_number(&draft, body.len, 3);
    add(&draft, body.bytes, body.len);
    cut(16384);
    assert_int_equal(parse(), HELLO_OK);
    assert_true(hello.has_tls12);
    assert_false(hello.has_tls13 || hello.has_extended_master_secret);
    char name[HELLO_NAME_MAX + 1];
    assert_int_equal(hello_server_name(&hello, name), 0);
    assert_string_equal(name, "");
    struct slice protocol;
    assert_false(hello_alpn_next(&hello.alpn, &protocol));
    draft.bytes[5] = 1; /* TLS 1.0 */
    cut(16384);
    assert_int_equal(parse(), HELLO_OK);
    assert_false(hello.has_tls12);
    draft.bytes[4] = 2;
    cut(16384);
    assert_int_equal(parse(), HELLO_MALFORMED);
}

static void supported_versions_override_the_legacy_version(void **state) {
    (void)state;
    add_extension(43, "\x04\x0a\x0a\x03\x04", 5);
    assert_int_equal(finish_and_parse(), HELLO_OK);
    assert_true(hello.has_tls13);
    assert_false(hello.has_tls12);
}

static void resumption_is_seen(void **state) {
    (void)state;
    add_extension(35, "ticket", 6);
    add_extension(42, "", 0);
    add_extension(41, "psk", 3);
    assert_int_equal(finish_and_parse(), HELLO_OK);
    assert_true(hello.has_ticket && hello.has_psk && hello.has_early_data);
    add_extension(50, "", 0); /* a pre-shared key has to be the last */
    assert_int_equal(finish_and_parse(), HELLO_MALFORMED);
}

static void no_extension_twice(void **state) {
    (void)state;
    static const size_t types[] = {0, 16, 23, 35, 43, 0x0a0a, 65535};
    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        extensions.len = 0;
        add_usual_extensions();
        add_extension(0x0a0a, "x", 1);
        add_extension(65535, "", 0);
        assert_int_equal(finish_and_parse(), HELLO_OK);
        if (types[i] == 0)
            add_name("other.example");
        else
            add_extension(types[i], "", 0);
        assert_int_equal(finish_and_parse(), HELLO_MALFORMED);
    }
}

static void extensions_are_counted(void **state) {
    (void)state;
    for (size_t i = 0; i < HELLO_EXTENSIONS_MAX; i++)
        add_extension(1000 + i, "", 0);
    assert_int_equal(finish_and_parse(), HELLO_OK);
    add_extension(2000, "", 0);
    assert_int_equal(finish_and_parse(), HELLO_MALFORMED);
}

static void odd_server_names_are_refused(void **state) {
    (void)state;
    char label_63[64], label_64[65], longest[300], longer[301];
    snprintf(label_63, sizeof(label_63), "%063d", 0);
    snprintf(label_64, sizeof(label_64), "%064d", 0);
    snprintf(longest, sizeof(longest), "%s.%s.%s.%061d", label_63, label_63, label_63, 0);
    snprintf(longer, sizeof(longer), "%s0", longest);
    const char *const good[] = {"a",      "a.b",  "a.b.", "_x.a-b.example", "192.0.2.1", "xn--4gbrim.example",
                                label_63, longest};
    const char *const bad[] = {"",      ".",         "..",   "a..b",        ".a",  "a b", "a\tb",   "a/b", "a:443",
                               "[::1]", "*.example", "a%00", "caf\xc3\xa9", "a@b", "a..", label_64, longer};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        extensions.len = 0;
        add_name(good[i]);
        assert_int_equal(finish_and_parse(), HELLO_OK);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        extensions.len = 0;
        add_name(bad[i]);
        assert_int_equal(finish_and_parse(), HELLO_MALFORMED);
    }
}

static void trailing_dot_is_not_part_of_the_name(void **state) {
    (void)state;
    char name[HELLO_NAME_MAX + 1];
    add_name("A.Example.");
    assert_int_equal(finish_and_parse(), HELLO_OK);
    assert_int_equal(hello_server_name(&hello, name), 9);
    assert_string_equal(name, "a.example");
}

/* Each is an extension whose inner lengths or content are wrong. */
static void broken_extensions_are_refused(void **state) {
    (void)state;
    static const struct {
        size_t type;
        size_t len;
        const char *data;
    } broken[] = {
        {0, 0, ""},
        {0, 2, "\x00\x00"},
        {0, 6, "\x00\x04\x00\x00\x01"}, /* NUL as a name */
        {0, 7,
         "\x00\x05\x00\x00\x02"
         "a\0"}, /* NUL in a name */
        {0, 6,
         "\x00\x04\x01\x00\x01"
         "a"}, /* another type of name */
        {0, 6,
         "\x00\x05\x00\x00\x01"
         "a"}, /* list longer than the extension */
        {0, 7,
         "\x00\x04\x00\x00\x01"
         "ab"}, /* bytes after the list */
        {0, 6,
         "\x00\x04\x00\x00\x02"
         "a"}, /* name longer than the list */
        {0, 10,
         "\x00\x08\x00\x00\x01"
         "a\x00\x00\x01"
         "b"}, /* two names */
        {16, 0, ""},
        {16, 2, "\x00\x00"},
        {16, 3, "\x00\x01\x00"}, /* an empty protocol */
        {16, 4, "\x00\x02\x02h"},
        {16, 5, "\x00\x02\x01hx"},
        {23, 1, "x"},
        {41, 0, ""},
        {42, 1, "x"},
        {43, 0, ""},
        {43, 1, "\x00"},
        {43, 4, "\x03\x03\x04\x03"}, /* half a version */
        {43, 4, "\x02\x03\x04\x03"},
    };
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
        extensions.len = 0;
        add_extension(broken[i].type, broken[i].data, broken[i].len);
        assert_int_equal(finish_and_parse(), HELLO_MALFORMED);
    }
}

/* Wherever the hello is cut off while its header says that it is complete, it is malformed, not read beyond its end. */
static void every_length_is_checked(void **state) {
    (void)state;
    struct draft body = {.len = 0};
    add_front(&body);
    size_t front_len = body.len;
    add_usual_extensions();
    finish_message();
    size_t whole = draft.len;
    for (size_t len = 4; len < whole; len++) {
        draft.bytes[2] = (uint8_t)((len - 4) >> 8);
        draft.bytes[3] = (uint8_t)(len - 4);
        draft.len = len;
        cut(16384);
        assert_int_equal(parse(), len - 4 == front_len ? HELLO_OK : HELLO_MALFORMED);
    }
}

static void broken_bodies_are_refused(void **state) {
    (void)state;
    static const struct {
        size_t at;
        uint8_t value;
    } changes[] = {
        {0, 2},            /* a ServerHello */
        {38, 33},          /* session id too long */
        {38, 31},          /* session id shorter than it is: what follows does not fit */
        {72, 3},  {72, 0}, /* odd and empty lists of ciphers */
        {78, 1},           /* "no compression" is not offered */
        {77, 0},           /* no compression methods */
        {80, 1},           /* extensions end before the hello does */
    };
    finish_message();
    uint8_t was[sizeof(draft.bytes)];
    memcpy(was, draft.bytes, draft.len);
    cut(16384);
    assert_int_equal(parse(), HELLO_OK);
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        memcpy(draft.bytes, was, draft.len);
        draft.bytes[changes[i].at] = changes[i].value;
        cut(16384);
        assert_int_equal(parse(), HELLO_MALFORMED);
    }
}

static void broken_records_are_refused(void **state) {
    (void)state;
    add_usual_extensions();
    finish_message();
    cut(100);
    static const struct {
        size_t at;
        uint8_t value;
    } changes[] = {
        {0, 23},   {1, 2},    {1, 0}, /* no handshake record of a version 3.x */
        {105, 20}, {105, 23},         /* another kind of record in between */
        {106, 4},  {3, 0x40},         /* more than a record may hold */
    };
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++) {
        uint8_t was = raw[changes[i].at];
        raw[changes[i].at] = changes[i].value;
        assert_int_equal(parse(), HELLO_MALFORMED);
        raw[changes[i].at] = was;
    }
    assert_int_equal(parse(), HELLO_OK);
}

static void empty_records_are_refused(void **state) {
    (void)state;
    add_usual_extensions();
    finish_message();
    add_record(draft.bytes, 50);
    add_record(draft.bytes, 0);
    assert_int_equal(parse(), HELLO_MALFORMED);
    raw_len = 0;
    add_record(draft.bytes, 0);
    assert_int_equal(parse(), HELLO_MALFORMED);
}

static void bytes_after_the_hello_in_its_record_are_refused(void **state) {
    (void)state;
    add_usual_extensions();
    finish_message();
    size_t whole = draft.len;
    add(&draft, "x", 1);
    cut(16384);
    assert_int_equal(parse(), HELLO_MALFORMED);
    raw_len = 0;
    add_record(draft.bytes, 10);
    add_record(draft.bytes + 10, draft.len - 10);
    raw_len = 20; /* refused before it is all there */
    assert_int_equal(parse(), HELLO_MALFORMED);
    draft.len = whole;
    cut(16384);
    size_t hello_bytes = raw_len;
    add_record((const uint8_t *)"early", 5);
    assert_int_equal(parse(), HELLO_OK);
    assert_int_equal(hello.raw_bytes, hello_bytes);
}

static enum hello_status parse_text(const char *text, size_t len) {
    hello_fini(&hello);
    hello_init(&hello);
    return hello_parse(slice_of(text, len), &hello);
}

static void plain_http_is_told_apart(void **state) {
    (void)state;
    static const char *const requests[] = {"GET / HTTP/1.1\r\n", "POST /x HTTP/1.0\r\n", "OPTIONS * HTTP/1.1\r\n",
                                           "PRI * HTTP/2.0\r\n\r\n"};
    for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
        assert_int_equal(parse_text(requests[i], strlen(requests[i])), HELLO_PLAIN_HTTP);
        assert_int_equal(parse_text(requests[i], 2), HELLO_MORE);
    }
    static const char *const others[] = {"get / HTTP/1.1", "GETS / HTTP/1.1", "SSH-2.0-x",
                                         "PROXY TCP4 ",    "EHLO x",          "\r\n"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++)
        assert_int_equal(parse_text(others[i], strlen(others[i])), HELLO_MALFORMED);
    assert_int_equal(parse_text("\x80\x2e\x01\x03\x01", 5), HELLO_MALFORMED); /* the hello of SSL 2 */
    assert_int_equal(parse_text("\x15\x03\x01\x00\x02\x02\x28", 7), HELLO_MALFORMED);
    assert_int_equal(parse_text("", 0), HELLO_MORE);
}

static void verdict_is_final(void **state) {
    (void)state;
    assert_int_equal(parse_text("x", 1), HELLO_MALFORMED);
    add_usual_extensions();
    finish_message();
    cut(16384);
    assert_int_equal(hello_parse(slice_of(raw, raw_len), &hello), HELLO_MALFORMED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(usual_hello_is_read),
        TEST(records_of_every_size_are_put_together),
        TEST(hello_comes_byte_by_byte),
        TEST(largest_hello_in_records_of_one_byte),
        TEST(larger_hello_is_too_large_as_soon_as_it_says_so),
        TEST(hello_without_extensions_is_tls12),
        TEST(supported_versions_override_the_legacy_version),
        TEST(resumption_is_seen),
        TEST(no_extension_twice),
        TEST(extensions_are_counted),
        TEST(odd_server_names_are_refused),
        TEST(trailing_dot_is_not_part_of_the_name),
        TEST(broken_extensions_are_refused),
        TEST(every_length_is_checked),
        TEST(broken_bodies_are_refused),
        TEST(broken_records_are_refused),
        TEST(empty_records_are_refused),
        TEST(bytes_after_the_hello_in_its_record_are_refused),
        TEST(plain_http_is_told_apart),
        TEST(verdict_is_final),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
