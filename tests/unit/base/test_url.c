/* URLs are read one way or not at all, and a host is allowed whole or not at all. */
#include "base/url.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct url parse(const char *text) {
    struct url url;
    if (!url_parse(slice_text(text), &url))
        fail_msg("%s is not read", text);
    return url;
}

static void assert_none(const char *text) {
    struct url url;
    if (url_parse(slice_text(text), &url))
        fail_msg("%s is read", text);
}

static bool allows(const char *allowed, const char *text) {
    struct url url = parse(text);
    return url_host_is(&url, slice_text(allowed));
}

static void parts_are_found(void **state) {
    (void)state;
    struct url url = parse("http://crl.example.com/a/b.crl?x=1");
    assert_false(url.is_https);
    assert_true(slice_equal(url.host, slice_text("crl.example.com")));
    assert_int_equal(url.port, 80);
    assert_true(slice_equal(url.path, slice_text("/a/b.crl?x=1")));
    url = parse("HTTPS://[2001:db8::1]:8443");
    assert_true(url.is_https);
    assert_true(slice_equal(url.host, slice_text("[2001:db8::1]")));
    assert_int_equal(url.port, 8443);
    assert_int_equal(url.path.len, 0);
    assert_int_equal(parse("https://a_b-c.example").port, 443);
    assert_true(slice_equal(parse("http://a?b").path, slice_text("?b")));
}

static void what_two_readers_could_take_differently_is_none(void **state) {
    (void)state;
    static const char *const texts[] = {
        "",
        "http://",
        "http:///a",
        "ftp://a/",
        "file:///etc/passwd",
        "//a/b",
        "http://user@a/",
        "http://u:p@a/",
        "http://a#b",
        "http://a/#b",
        "http://a b/",
        "http://a/\n",
        "http://a/ b",
        "http://a\\b/",
        "http://a/\\b",
        "http://a:/",
        "http://a:0/",
        "http://a:65536/",
        "http://a:80x/",
        "http://a:+80/",
        "http://[::1/",
        "http://[::1]x/",
        "http://[]/",
        "http://[fe80::1%25eth0]/",
        "http://.a/",
        "http://a..b/",
        "http://-a/",
        "http://a%2eb/",
        "http://\xc3\xa4/",
        "http://a/\xc3\xa4",
        "http://a:80:80/",
        "ldap://a/cn=x",
        "http:/a/",
        "http://a;b/",
        "http://[g::1]/",
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        assert_none(texts[i]);
}

static void too_long_is_none(void **state) {
    (void)state;
    char text[URL_MAX + 2];
    memset(text, 'a', sizeof(text));
    memcpy(text, "http://a/", 9);
    text[URL_MAX + 1] = '\0';
    assert_none(text);
    text[URL_MAX] = '\0';
    parse(text);
    char host[7 + URL_HOST_MAX + 2];
    memset(host, 'a', sizeof(host));
    memcpy(host, "http://", 7);
    host[7 + URL_HOST_MAX + 1] = '\0';
    assert_none(host);
}

static void host_is_allowed_whole(void **state) {
    (void)state;
    assert_true(allows("crl.example.com", "http://crl.example.com/x"));
    assert_true(allows("CRL.example.com", "https://crl.EXAMPLE.com/x"));
    assert_true(allows("[::1]", "http://[::1]/"));
    assert_false(allows("example.com", "http://crl.example.com/x"));
    assert_false(allows("crl.example.com", "http://crl.example.com.evil/x"));
    assert_false(allows("crl.example.com", "http://evil/crl.example.com"));
    assert_false(allows("", "http://a/"));
    assert_false(allows("*", "http://a/"));
}

static void port_is_allowed_when_it_is_named(void **state) {
    (void)state;
    assert_false(allows("a", "http://a:8080/"));
    assert_true(allows("a:8080", "http://a:8080/"));
    assert_false(allows("a:8080", "http://a/"));
    assert_true(allows("a:80", "http://a/"));
    assert_false(allows("a:80", "https://a/"));
    assert_true(allows("a", "https://a:443/"));
}

static void allowed_hosts_are_told_from_other_texts(void **state) {
    (void)state;
    assert_true(url_is_host(slice_text("a")) && url_is_host(slice_text("a.b:80")) &&
                url_is_host(slice_text("[::1]:8")));
    assert_false(url_is_host(slice_text("")) || url_is_host(slice_text("http://a")) || url_is_host(slice_text("a/b")));
    assert_false(url_is_host(slice_text("*.a")) || url_is_host(slice_text("a:")) || url_is_host(slice_text("a b")));
    assert_true(url_is(slice_text("HTTP://")) && url_is(slice_text("https://x")));
    assert_false(url_is(slice_text("httpx://a")) || url_is(slice_text("lists/http://")) || url_is(slice_text("")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_are_found),
        cmocka_unit_test(what_two_readers_could_take_differently_is_none),
        cmocka_unit_test(too_long_is_none),
        cmocka_unit_test(host_is_allowed_whole),
        cmocka_unit_test(port_is_allowed_when_it_is_named),
        cmocka_unit_test(allowed_hosts_are_told_from_other_texts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
