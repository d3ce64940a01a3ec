/* A change goes through the line as it was; a line that is none is refused. */
#include "bin/denywire.h"

#include "pki/denyname.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct denywire sent;
static struct denywire got;

static bool parse(const char *line, bool *is_change) {
    return denywire_parse(slice_text(line), &got, is_change);
}

static void change_comes_back(void **state) {
    (void)state;
    struct buf line;
    bool is_change;
    buf_init(&line, 8192);
    sent = (struct denywire){.verb = DENYBOOK_HOLD, .kind = DENYNAME_CN, .until_ms = 77, .as_json = true};
    strcpy(sent.value, "a b%c\\,d\\c3");
    strcpy(sent.reason, "lost\tand found \xc3\xbc 100% ~");
    assert_true(denywire_print(&sent, &line));
    for (size_t i = 0; i < buf_len(&line); i++)
        assert_in_range(buf_view(&line).data[i], ' ', '~');
    assert_true(denywire_parse(buf_view(&line), &got, &is_change));
    assert_true(is_change);
    assert_int_equal(got.verb, DENYBOOK_HOLD);
    assert_int_equal(got.kind, DENYNAME_CN);
    assert_int_equal(got.until_ms, 77);
    assert_true(got.as_json);
    assert_string_equal(got.value, sent.value);
    assert_string_equal(got.reason, sent.reason);
    buf_fini(&line);
}

static void longest_change_fits_into_a_request(void **state) {
    (void)state;
    struct buf line;
    buf_init(&line, 8191);
    sent = (struct denywire){.verb = DENYBOOK_RELEASE, .kind = DENYNAME_FINGERPRINT, .until_ms = INT64_MAX};
    memset(sent.value, '%', sizeof(sent.value) - 1);
    memset(sent.reason, ' ', sizeof(sent.reason) - 1);
    assert_true(denywire_print(&sent, &line));
    buf_fini(&line);
}

static void other_requests_are_not_ours(void **state) {
    (void)state;
    bool is_change;
    static const char *const others[] = {"", "status", "why 12", "revoked mail a 0  text", " revoke mail a 0  text"};
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        assert_false(parse(others[i], &is_change));
        assert_false(is_change);
    }
}

static void malformed_changes_are_refused(void **state) {
    (void)state;
    bool is_change;
    assert_true(parse("revoke mail a@b 0  text", &is_change));
    static const char *const bad[] = {
        "revoke",
        "revoke mail",
        "revoke mail a@b 0  ",
        "revoke mail a@b 0  text more",
        "revoke nonsense a@b 0  text",
        "revoke mail a@b -1  text",
        "revoke mail a@b 9223372036854775808  text",
        "revoke mail a@b x  text",
        "revoke mail a%4 0  text",
        "revoke mail a%zz 0  text",
        "revoke mail a%00b 0  text",
        "revoke mail a@b 0  xml",
    };
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(parse(bad[i], &is_change));
        assert_true(is_change);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(change_comes_back),
        cmocka_unit_test(longest_change_fits_into_a_request),
        cmocka_unit_test(other_requests_are_not_ours),
        cmocka_unit_test(malformed_changes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
