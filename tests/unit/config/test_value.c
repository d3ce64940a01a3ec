/* Tests of config/value: every kind read, its bounds, and what is said about a bad one. */
#include "config/value.h"

#include "base/addr.h"
#include "config/settings.h"

#include <stdio.h>

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char *const words[] = {"off", "optional", "required", NULL};
static const char *const automatic[] = {"auto", NULL};
static struct arena arena;

static int set_up(void **state) {
    (void)state;
    arena_init(&arena, 4096, 1 << 20);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    arena_fini(&arena);
    return 0;
}

static bool parse(const struct schema_field *field, const char *text, void *to, char *complaint) {
    struct value_context context = {.arena = &arena, .directory = slice_text("/etc/gate")};
    return value_parse(field, slice_text(text), &context, to, complaint);
}

static void accepts(const struct schema_field *field, const char *text, void *to) {
    char complaint[VALUE_COMPLAINT_MAX] = "";
    if (!parse(field, text, to, complaint))
        fail_msg("%s: %s", text, complaint);
}

static void refuses(const struct schema_field *field, const char *text, const char *expected) {
    union {
        struct addr addr;
        struct settings_match match;
    } to;
    char complaint[VALUE_COMPLAINT_MAX] = "";
    assert_false(parse(field, text, &to, complaint));
    assert_string_equal(complaint, expected);
}

static void durations_have_units(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t milliseconds;
    } good[] = {{"10s", 10000},   {"1m30s", 90000}, {"500ms", 500}, {"8h", 28800000},
                {"1d", 86400000}, {"0", 0},         {"0s", 0},      {"1d2h3m4s5ms", 93784005},
                {"1m5ms", 60005}, {"90s", 90000}};
    const char *bad[] = {"",
                         "10",
                         "s",
                         "10 s",
                         "1.5s",
                         "-1s",
                         "1s1m",
                         "1s1s",
                         "10S",
                         "1msx",
                         "99999999999999999999s",
                         "9999999999999999999d",
                         "1w",
                         "1m30",
                         "00"};
    uint64_t milliseconds;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(value_duration(slice_text(good[i].text), &milliseconds));
        assert_int_equal(milliseconds, good[i].milliseconds);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(value_duration(slice_text(bad[i]), &milliseconds));
}

static void sizes_are_1024_based(void **state) {
    (void)state;
    static const struct {
        const char *text;
        uint64_t bytes;
    } good[] = {{"32KB", 32768}, {"32KiB", 32768}, {"16MiB", 16777216}, {"1gb", 1073741824},
                {"512B", 512},   {"0", 0},         {"77", 77}};
    const char *bad[] = {"", "KB", "1.5KB", "-1", "1 KB", "1TBx", "99999999999999999999", "9999999999999999999GB"};
    uint64_t bytes;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        assert_true(value_size(slice_text(good[i].text), &bytes));
        assert_int_equal(bytes, good[i].bytes);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(value_size(slice_text(bad[i]), &bytes));
}

static void prints(enum schema_kind kind, uint64_t number, const char *expected) {
    struct buf to;
    buf_init(&to, 100);
    assert_true(value_print(&to, kind, number));
    assert_true(slice_equal(buf_view(&to), slice_text(expected)));
    buf_fini(&to);
}

static void numbers_print_as_they_are_written(void **state) {
    (void)state;
    prints(SCHEMA_DURATION, 90000, "1m30s");
    prints(SCHEMA_DURATION, 500, "500ms");
    prints(SCHEMA_DURATION, 0, "0");
    prints(SCHEMA_SIZE, 32768, "32KB");
    prints(SCHEMA_SIZE, 16 << 20, "16MB");
    prints(SCHEMA_SIZE, 1000, "1000B");
    prints(SCHEMA_SIZE, 0, "0");
    prints(SCHEMA_COUNT, 12, "12");
}

static void numbers_are_bounded(void **state) {
    (void)state;
    struct schema_field count = {.key = "workers", .kind = SCHEMA_COUNT, .max = 64, .words = automatic};
    struct schema_field wait = {.key = "idle", .kind = SCHEMA_DURATION, .min = 1, .max = 86400000};
    unsigned workers = 7;
    int64_t idle_ms;
    accepts(&count, "64", &workers);
    assert_int_equal(workers, 64);
    accepts(&count, "auto", &workers);
    assert_int_equal(workers, 0);
    accepts(&wait, "1d", &idle_ms);
    assert_int_equal(idle_ms, 86400000);
    refuses(&count, "65", "has to be between 1 and 64, found \"65\"");
    refuses(&count, "0", "has to be between 1 and 64, found \"0\"");
    refuses(&count, "many", "expected a whole number or auto, found \"many\"");
    refuses(&wait, "0s", "has to be between 1ms and 1d, found \"0s\"");
    refuses(&wait, "2d", "has to be between 1ms and 1d, found \"2d\"");
    refuses(&wait, "10", "expected a duration such as \"10s\", \"1m30s\" or \"500ms\", found \"10\"");
}

static void words_are_exact(void **state) {
    (void)state;
    struct schema_field choice = {.kind = SCHEMA_CHOICE, .words = words};
    struct schema_field boolean = {.kind = SCHEMA_BOOL};
    enum tls_client_auth mode = TLS_CLIENT_AUTH_REQUIRED;
    bool value = true;
    accepts(&choice, "off", &mode);
    assert_int_equal(mode, TLS_CLIENT_AUTH_OFF);
    accepts(&boolean, "false", &value);
    assert_false(value);
    accepts(&boolean, "true", &value);
    assert_true(value);
    refuses(&choice, "Required", "expected off, optional or required, found \"Required\"");
    refuses(&boolean, "yes", "expected true or false, found \"yes\"");
    refuses(&boolean, "", "expected true or false, found nothing");
}

static void paths_are_relative_to_the_file(void **state) {
    (void)state;
    struct schema_field log = {.kind = SCHEMA_PATH, .words = words};
    struct schema_field plain = {.kind = SCHEMA_FILE};
    const char *path;
    struct settings_file file;
    struct schema_field directory = {.kind = SCHEMA_DIRECTORY};
    struct settings_directory state_directory;
    struct schema_field value = {.kind = SCHEMA_MATCH};
    struct settings_match match = {.text = NULL};
    accepts(&value, "\\@alice", &match);
    assert_string_equal(match.text, "\\@alice");
    assert_null(match.file.path);
    match.text = NULL;
    accepts(&value, "@lists/names.txt", &match);
    assert_string_equal(match.file.path, "/etc/gate/lists/names.txt");
    assert_null(match.text);
    refuses(&value, "@", "expected a value, or \"@\" and the path of a list, found \"@\"");
    accepts(&log, "access.log", &path);
    assert_string_equal(path, "/etc/gate/access.log");
    accepts(&log, "/var/log/access.log", &path);
    assert_string_equal(path, "/var/log/access.log");
    accepts(&log, "off", &path);
    assert_string_equal(path, "off");
    accepts(&log, "./off", &path);
    assert_string_equal(path, "/etc/gate/./off");
    accepts(&plain, "off", &file);
    assert_string_equal(file.path, "/etc/gate/off");
    accepts(&directory, "state", &state_directory);
    assert_string_equal(state_directory.path, "/etc/gate/state");
    refuses(&plain, "a\nb", "contains a control character");
}

static void addresses_are_numbers_or_sockets(void **state) {
    (void)state;
    struct schema_field server = {.kind = SCHEMA_ADDRESS};
    struct addr addr;
    char text[ADDR_TEXT_MAX];
    accepts(&server, "unix:run/app.sock", &addr);
    addr_text(&addr, text);
    assert_string_equal(text, "unix:/etc/gate/run/app.sock");
    accepts(&server, "unix:/run/app.sock", &addr);
    addr_text(&addr, text);
    assert_string_equal(text, "unix:/run/app.sock");
    accepts(&server, "[::]:8443", &addr);
    addr_text(&addr, text);
    assert_string_equal(text, "[::]:8443");
    refuses(&server, "localhost:80",
            "expected an address such as \"127.0.0.1:8080\", \"[::1]:8080\" or \"unix:/run/app.sock\" (names are not "
            "resolved), found \"localhost:80\"");
    refuses(&server, "unix:", "the path of a Unix socket has 1 to 107 bytes");
    refuses(&server, "127.0.0.1:0", "port 0 is not an address to use");
    refuses(&server, "8443",
            "expected an address such as \"127.0.0.1:8080\", \"[::1]:8080\" or \"unix:/run/app.sock\" (names are not "
            "resolved), found \"8443\"");
}

static void targets_are_addresses_or_names(void **state) {
    (void)state;
    static const char *const bad[] = {"app.internal",  "app.internal:", "app.internal:0", "app.internal:65536",
                                      "*.internal:80", "1.2.3.4.5:80",  "300.1.1.1:80",   "[::1:80",
                                      ":80",           "a_b c:80"};
    struct schema_field server = {.kind = SCHEMA_TARGET};
    struct settings_target target;
    char text[ADDR_TEXT_MAX], complaint[VALUE_COMPLAINT_MAX];
    accepts(&server, "127.0.0.1:80", &target);
    addr_text(&target.addr, text);
    assert_string_equal(text, "127.0.0.1:80");
    assert_null(target.host);
    accepts(&server, "unix:/run/app.sock", &target);
    assert_null(target.host);
    accepts(&server, "App.Internal:65535", &target);
    assert_string_equal(target.host, "app.internal");
    assert_int_equal(target.port, 65535);
    accepts(&server, "localhost:80", &target);
    assert_string_equal(target.host, "localhost");
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(parse(&server, bad[i], &target, complaint));
}

static void networks_have_no_bits_beyond_the_prefix(void **state) {
    (void)state;
    struct schema_field from = {.kind = SCHEMA_NETWORK};
    struct addr_net net;
    accepts(&from, "10.0.0.0/8", &net);
    assert_int_equal(net.prefix, 104);
    refuses(
        &from, "10.0.0.1/8",
        "expected a network such as \"10.0.0.0/8\" or \"::1/128\", with no bits set beyond the prefix, found \"10.0.0.1/8\"");
}

static void names_and_hosts_and_prefixes(void **state) {
    (void)state;
    struct schema_field name = {.kind = SCHEMA_NAME}, host = {.kind = SCHEMA_HOST}, prefix = {.kind = SCHEMA_PREFIX};
    const char *text;
    accepts(&name, "api-1.local_x", &text);
    accepts(&host, "*.Example.COM.", &text);
    assert_string_equal(text, "*.example.com");
    accepts(&prefix, "/admin/", &text);
    accepts(&prefix, "/a.b/..c/", &text);
    refuses(&name, "a b", "expected a name of letters, digits, \"-\", \"_\" and \".\", at most 63, found \"a b\"");
    refuses(&host, "*", "expected a host name such as \"api.example.com\" or \"*.example.com\", found \"*\"");
    refuses(&prefix, "admin", "expected a path such as \"/admin/\", found \"admin\"");
    refuses(&prefix, "/a%2fb", "a path prefix is written plainly, without \"%\"");
    refuses(&prefix, "/a;b", "a path prefix is written plainly, without \";\"");
    const char *odd[] = {"//", "/a//b", "/./a", "/a/..", "/a/../b", "/."};
    for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
        refuses(&prefix, odd[i], "a path prefix has no empty, \".\" or \"..\" segments");
}

static void dates_are_days_of_the_calendar(void **state) {
    (void)state;
    struct schema_field field = {.kind = SCHEMA_DATE};
    static const struct {
        const char *text;
        int64_t seconds;
    } good[] = {{"2027-03-31", 1806451200}, {"1971-01-01", 31536000},     {"2024-02-29", 1709164800},
                {"2000-02-29", 951782400},  {"9999-12-31", 253402214400}, {"2100-03-01", 4107542400}};
    static const char *const malformed[] = {"2027-3-31",  "31.03.2027", "2027-03-31T00:00:00Z", "2027-13-01",
                                            "2027-00-01", "2027-01-00", "1970-01-01",           "-027-01-01"};
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        int64_t seconds = 0;
        accepts(&field, good[i].text, &seconds);
        assert_int_equal(seconds, good[i].seconds);
    }
    for (size_t i = 0; i < sizeof(malformed) / sizeof(malformed[0]); i++) {
        char expected[VALUE_COMPLAINT_MAX];
        snprintf(expected, sizeof(expected), "expected a date such as \"2027-03-31\", found \"%s\"", malformed[i]);
        refuses(&field, malformed[i], expected);
    }
    refuses(&field, "2027-02-29", "there is no such day");
    refuses(&field, "2100-02-29", "there is no such day");
    refuses(&field, "2027-04-31", "there is no such day");
}

static void object_identifiers_are_dotted_numbers(void **state) {
    (void)state;
    struct schema_field field = {.kind = SCHEMA_OID};
    static const char *const good[] = {"2.16.840.1.101.3.2.1.48.1", "1.3", "0.39.0", "2.999"};
    static const char *const bad[] = {"3.1", "1.40", "1", "1.", ".1", "1..2", "1.02", "1.2.x", "anyPolicy", "1.2 "};
    const char *kept;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        accepts(&field, good[i], &kept);
        assert_string_equal(kept, good[i]);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char complaint[VALUE_COMPLAINT_MAX];
        assert_false(parse(&field, bad[i], &kept, complaint));
    }
}

static void digests_are_of_32_bytes(void **state) {
    (void)state;
    struct schema_field field = {.kind = SCHEMA_DIGEST};
    uint8_t digest[VERIFY_PIN_BYTES];
    accepts(&field, "sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE=", digest);
    assert_int_equal(digest[VERIFY_PIN_BYTES - 1], 1);
    refuses(&field, "abcd",
            "expected a SHA-256 digest: 64 hexadecimal digits, with or without colons between pairs, or \"sha256/\" "
            "and base64, found \"abcd\"");
}

static void long_texts_are_refused(void **state) {
    (void)state;
    struct schema_field field = {.kind = SCHEMA_TEXT};
    static char text[VALUE_TEXT_MAX + 2];
    const char *kept;
    memset(text, 'a', VALUE_TEXT_MAX + 1);
    refuses(&field, text, "longer than 4096 bytes");
    text[VALUE_TEXT_MAX] = '\0';
    accepts(&field, text, &kept);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_have_units),
        cmocka_unit_test(sizes_are_1024_based),
        cmocka_unit_test(numbers_print_as_they_are_written),
        cmocka_unit_test(numbers_are_bounded),
        cmocka_unit_test(words_are_exact),
        cmocka_unit_test(paths_are_relative_to_the_file),
        cmocka_unit_test(addresses_are_numbers_or_sockets),
        cmocka_unit_test(targets_are_addresses_or_names),
        cmocka_unit_test(networks_have_no_bits_beyond_the_prefix),
        cmocka_unit_test(names_and_hosts_and_prefixes),
        cmocka_unit_test(dates_are_days_of_the_calendar),
        cmocka_unit_test(object_identifiers_are_dotted_numbers),
        cmocka_unit_test(digests_are_of_32_bytes),
        cmocka_unit_test(long_texts_are_refused),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
