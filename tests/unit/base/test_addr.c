/* Addresses and networks as text, and what only looks like one. */
#include "base/addr.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct addr parsed(const char *text) {
    struct addr addr;
    assert_true(addr_parse(slice_text(text), &addr));
    return addr;
}

static struct addr_net network(const char *text) {
    struct addr_net net;
    assert_true(addr_net_parse(slice_text(text), &net));
    return net;
}

static bool in_network(const char *net_text, const char *addr_string) {
    struct addr_net net = network(net_text);
    struct addr addr = parsed(addr_string);
    struct addr_ip ip = addr_ip_of(&addr);
    return addr_net_has(&net, &ip);
}

static void text_comes_back_as_it_was(void **state) {
    (void)state;
    static const char *const texts[] = {
        "1.2.3.4:443", "0.0.0.0:0",         "255.255.255.255:65535",          "[::]:80",
        "[::1]:8443",  "[2001:db8::a:b]:1", "unix:/run/sallyport/admin.sock", "unix:relative"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct addr addr = parsed(texts[i]);
        char to[ADDR_TEXT_MAX];
        assert_int_equal(addr_text(&addr, to), strlen(texts[i]));
        assert_string_equal(to, texts[i]);
    }
}

static void what_is_no_address_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      ":",
                                      "1.2.3.4",
                                      "1.2.3.4:",
                                      "1.2.3:80",
                                      "1.2.3.4:65536",
                                      "1.2.3.4:080",
                                      "1.2.3.4:+1",
                                      "1.2.3.4:80 ",
                                      " 1.2.3.4:80",
                                      "01.2.3.4:80",
                                      "::1:80",
                                      "[::1]",
                                      "[::1]:",
                                      "[::1]80",
                                      "[::1",
                                      "[]:80",
                                      "[1.2.3.4]:80",
                                      "[::1%lo]:80",
                                      "localhost:80",
                                      "unix:",
                                      "UNIX:/x",
                                      "1.2.3.4:99999999999999999999",
                                      "256.1.1.1:80"};
    struct addr addr;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(addr_parse(slice_text(bad[i]), &addr));
    assert_false(addr_parse(slice_of("unix:/a\0b", 9), &addr));
    assert_false(addr_parse(slice_of("1.2.3.4\0:80", 11), &addr));
}

static void unix_path_has_a_longest(void **state) {
    (void)state;
    char text[200] = "unix:";
    memset(text + 5, 'p', 107);
    struct addr addr;
    assert_true(addr_parse(slice_text(text), &addr));
    char to[ADDR_TEXT_MAX];
    assert_int_equal(addr_text(&addr, to), 112);
    assert_string_equal(to, text);
    text[5 + 107] = 'p';
    assert_false(addr_parse(slice_text(text), &addr));
}

static void kernel_form_is_right(void **state) {
    (void)state;
    struct addr v4 = parsed("1.2.3.4:443"), v6 = parsed("[::1]:443"), local = parsed("unix:/x");
    assert_int_equal(v4.any.sa_family, AF_INET);
    assert_int_equal(v4.len, sizeof(struct sockaddr_in));
    assert_int_equal(ntohs(v4.v4.sin_port), 443);
    assert_int_equal(v6.any.sa_family, AF_INET6);
    assert_int_equal(v6.len, sizeof(struct sockaddr_in6));
    assert_int_equal(local.any.sa_family, AF_UNIX);
    assert_int_equal(local.len, offsetof(struct sockaddr_un, sun_path) + 3);
}

static void compact_form_prints_the_same(void **state) {
    (void)state;
    struct addr mapped = parsed("[::ffff:10.0.0.1]:5"), none = {.len = 0}, local = parsed("unix:/x");
    struct addr_ip ip = addr_ip_of(&mapped);
    char to[ADDR_TEXT_MAX];
    assert_int_equal(ip.family, AF_INET);
    addr_ip_text(&ip, to);
    assert_string_equal(to, "10.0.0.1:5");
    addr_ip_text_host(&ip, to);
    assert_string_equal(to, "10.0.0.1");
    ip = addr_ip_of(&none);
    assert_int_equal(addr_ip_text(&ip, to), 7);
    assert_string_equal(to, "unknown");
    ip = addr_ip_of(&local);
    addr_ip_text(&ip, to);
    assert_string_equal(to, "unix:");
}

static void peer_names_are_cleaned(void **state) {
    (void)state;
    struct addr abstract = {.local = {.sun_family = AF_UNIX, .sun_path = "\0evil\nname"},
                            .len = sizeof(sa_family_t) + 10};
    struct addr unnamed = {.local = {.sun_family = AF_UNIX}, .len = sizeof(sa_family_t)};
    char to[ADDR_TEXT_MAX];
    addr_text(&abstract, to);
    assert_string_equal(to, "unix:@evil?name");
    addr_text(&unnamed, to);
    assert_string_equal(to, "unix:");
}

static void equal_means_the_same_place(void **state) {
    (void)state;
    struct addr a = parsed("1.2.3.4:80"), b = parsed("1.2.3.4:80"), c = parsed("1.2.3.4:81"), d = parsed("1.2.3.5:80");
    struct addr local = parsed("unix:/a"), longer = parsed("unix:/ab"), none = {.len = 0};
    assert_true(addr_equal(&a, &b));
    assert_false(addr_equal(&a, &c));
    assert_false(addr_equal(&a, &d));
    assert_false(addr_equal(&a, &local));
    assert_true(addr_equal(&local, &local));
    assert_false(addr_equal(&local, &longer));
    assert_false(addr_equal(&none, &none));
    struct addr whole = local;
    whole.len = sizeof(whole.local); /* as some programs pass it to bind */
    assert_true(addr_equal(&whole, &local));
}

static void networks_have_their_addresses(void **state) {
    (void)state;
    assert_true(in_network("10.0.0.0/8", "10.255.0.1:1"));
    assert_false(in_network("10.0.0.0/8", "11.0.0.0:1"));
    assert_true(in_network("10.1.2.3", "10.1.2.3:1"));
    assert_false(in_network("10.1.2.3", "10.1.2.2:1"));
    assert_true(in_network("10.128.0.0/9", "10.129.0.0:1"));
    assert_false(in_network("10.128.0.0/9", "10.127.0.0:1"));
    assert_true(in_network("0.0.0.0/0", "200.1.1.1:1"));
    assert_true(in_network("2001:db8::/32", "[2001:db8:ffff::1]:1"));
    assert_false(in_network("2001:db8::/32", "[2001:db9::1]:1"));
    assert_true(in_network("::1", "[::1]:1"));
}

static void families_do_not_mix(void **state) {
    (void)state;
    assert_false(in_network("::/0", "1.2.3.4:1"));
    assert_true(in_network("::/0", "[2001:db8::1]:1"));
    assert_false(in_network("0.0.0.0/0", "[2001:db8::1]:1"));
    assert_true(in_network("10.0.0.0/8", "[::ffff:10.0.0.1]:1"));
    assert_true(in_network("::ffff:10.0.0.0/104", "10.0.0.1:1"));
    assert_false(in_network("::/0", "unix:/x"));
}

static void what_is_no_network_is_refused(void **state) {
    (void)state;
    static const char *const bad[] = {
        "",        "/",      "10.0.0.0/", "10.0.0.0/33",   "10.0.0.0/-1", "10.0.0.0/08", "10.0.0.1/8", "10.0.0.0/8/8",
        "::1/127", "::/129", "10.0.0/8",  "example.com/8", "10.0.0.0 /8", "/8"};
    struct addr_net net = {.prefix = 77};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        assert_false(addr_net_parse(slice_text(bad[i]), &net));
    assert_int_equal(net.prefix, 77);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_comes_back_as_it_was),    cmocka_unit_test(what_is_no_address_is_refused),
        cmocka_unit_test(unix_path_has_a_longest),      cmocka_unit_test(kernel_form_is_right),
        cmocka_unit_test(compact_form_prints_the_same), cmocka_unit_test(peer_names_are_cleaned),
        cmocka_unit_test(equal_means_the_same_place),   cmocka_unit_test(networks_have_their_addresses),
        cmocka_unit_test(families_do_not_mix),          cmocka_unit_test(what_is_no_network_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
