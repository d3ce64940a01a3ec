/* What both versions of HTTP refuse by name, by method and by path. */
#include "http/rules.h"

#include "text.h"

static void every_field_of_the_connection_has_its_meaning(void **state) {
    (void)state;
    assert_int_equal(rules_meaning_of(S("Connection")), RULES_MEANING_CONNECTION);
    assert_int_equal(rules_meaning_of(S("CONTENT-LENGTH")), RULES_MEANING_CONTENT_LENGTH);
    assert_int_equal(rules_meaning_of(S("transfer-encoding")), RULES_MEANING_TRANSFER_ENCODING);
    assert_int_equal(rules_meaning_of(S("host")), RULES_MEANING_HOST);
    assert_int_equal(rules_meaning_of(S("expect")), RULES_MEANING_EXPECT);
    assert_int_equal(rules_meaning_of(S("upgrade")), RULES_MEANING_UPGRADE);
    assert_int_equal(rules_meaning_of(S("trailer")), RULES_MEANING_TRAILER);
    assert_int_equal(rules_meaning_of(S("TE")), RULES_MEANING_TE);
    assert_int_equal(rules_meaning_of(S("keep-alive")), RULES_MEANING_HOP_BY_HOP);
    assert_int_equal(rules_meaning_of(S("proxy-connection")), RULES_MEANING_HOP_BY_HOP);
}

static void other_names_have_none(void **state) {
    (void)state;
    static const char *const names[] = {"", "t", "hosts", "hose", "connectio", "content-lengt", "x-transfer-encodin"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        assert_int_equal(rules_meaning_of(slice_text(names[i])), RULES_MEANING_NONE);
}

static void a_name_that_differs_by_separators_is_a_lookalike(void **state) {
    (void)state;
    assert_true(rules_is_framing_lookalike(S("content_length")));
    assert_true(rules_is_framing_lookalike(S("Transfer---Encoding")));
    assert_true(rules_is_framing_lookalike(S(".content-length")));
    assert_false(rules_is_framing_lookalike(S("content-lengths")));
    assert_false(rules_is_framing_lookalike(S("content")));
    assert_false(rules_is_framing_lookalike(S("x-content-length")));
}

static void foreign_methods_are_known(void **state) {
    (void)state;
    assert_true(rules_method_is_foreign(S("CONNECT")));
    assert_true(rules_method_is_foreign(S("PRI")));
    assert_false(rules_method_is_foreign(S("GET")));
    assert_false(rules_method_is_foreign(S("connect")));
}

static void a_path_begins_with_a_slash_or_is_the_asterisk_of_options(void **state) {
    (void)state;
    assert_true(rules_path_is_good(S("GET"), S("/")));
    assert_true(rules_path_is_good(S("OPTIONS"), S("*")));
    assert_false(rules_path_is_good(S("GET"), S("*")));
    assert_false(rules_path_is_good(S("GET"), S("a/")));
    assert_false(rules_path_is_good(S("OPTIONS"), S("*/")));
    assert_false(rules_path_is_good(S("GET"), S("")));
}

static void octets_beyond_ascii_are_utf_8(void **state) {
    (void)state;
    assert_true(rules_target_is_text(S("/a%20b")));
    assert_true(rules_target_is_text(S("/\xc3\xa4")));
    assert_false(rules_target_is_text(S("/\xc3")));
    assert_false(rules_target_is_text(S("/\xff/a")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_field_of_the_connection_has_its_meaning),
        cmocka_unit_test(other_names_have_none),
        cmocka_unit_test(a_name_that_differs_by_separators_is_a_lookalike),
        cmocka_unit_test(foreign_methods_are_known),
        cmocka_unit_test(a_path_begins_with_a_slash_or_is_the_asterisk_of_options),
        cmocka_unit_test(octets_beyond_ascii_are_utf_8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
