/* Advice: said once for each place, and only about what is in use. */
#include "config/advise.h"

#include "loading.h"

#define USAGE "extended_key_usage: ignored, extended_key_usage_until: 2027-03-31"

/* 2027-03-31, 12:00. */
enum { LAST_NOON = 1806494400, DAY = 86400 };

static void expect(struct loading *loading, const char *text, int64_t now, const char *expected) {
    struct buf printed;
    buf_init(&printed, 1 << 16);
    advise_settings(loading_accepts(loading, text), now, &loading->errors);
    assert_true(error_list_print(&loading->errors, &printed) && buf_append_byte(&printed, '\0'));
    assert_string_equal((const char *)buf_view(&printed).data, expected);
    buf_fini(&printed);
    error_list_fini(&loading->errors);
}

static const char lenient[] = LOADING_BACKENDS LOADING_LISTENER LOADING_CERTIFICATES
    "    client_auth: {mode: required, trust: ca.pem, " USAGE "}\n"
    "    hosts: [{names: a.example}, {names: b.example, client_auth: {mode: optional}}]\n";

static void the_end_of_lenience_is_announced(void **state) {
    expect(*state, lenient, LAST_NOON - 100 * DAY,
           "gate/a.yaml:7:18: after 2027-03-31, in 100 days, certificates without clientAuth will be refused "
           "(\"extended_key_usage_until\")\n"
           "gate/a.yaml:8:65: after 2027-03-31, in 100 days, certificates without clientAuth will be refused "
           "(\"extended_key_usage_until\")\n");
}

static void a_past_date_is_told(void **state) {
    static const char text[] = LOADING_BACKENDS LOADING_LISTENER LOADING_CERTIFICATES
        "    client_auth: {mode: required, trust: ca.pem, " USAGE "}\n";
    expect(*state, text, LAST_NOON + DAY,
           "gate/a.yaml:7:18: \"extended_key_usage_until\" 2027-03-31 is past: certificates without clientAuth are "
           "refused now\n");
}

static void what_is_in_order_needs_no_advice(void **state) {
    expect(*state,
           LOADING_BACKENDS LOADING_LISTENER LOADING_CERTIFICATES "    client_auth: {mode: required, trust: ca.pem}\n",
           LAST_NOON, "");
    expect(*state, LOADING_BACKENDS LOADING_LISTENER LOADING_CERTIFICATES "    client_auth: {" USAGE "}\n", LAST_NOON,
           "");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_end_of_lenience_is_announced, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_past_date_is_told, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(what_is_in_order_needs_no_advice, loading_set_up, loading_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
