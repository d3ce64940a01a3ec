/* Tests of config/balancecheck: servers that are given twice, and rules of the choice that cannot be kept. */
#include "loading.h"

#define FRONT LOADING_LISTENER LOADING_CERTIFICATES "backends:\n  api:\n"

static void no_server_is_given_twice(void **state) {
    loading_refuses(*state,
                    FRONT "    servers:\n      - {address: 1.1.1.1:1, name: x}\n"
                          "      - {address: 1.1.1.1:2, name: x}\n      - 1.1.1.1:2\n      - 1.1.1.1:2\n"
                          "      - {address: \"unix:/run/a\", name: y}\n      - {address: \"unix:/run/a\", name: z}\n",
                    "10:36: a server of this backend has this name already; first in line 9\n"
                    "11:9: a server of this backend has this address already; first in line 10\n"
                    "12:9: a server of this backend has this address already; first in line 10\n"
                    "14:19: a server of this backend has this address already; first in line 13\n");
}

static void someone_has_to_answer_in_ordinary_times(void **state) {
    loading_refuses(*state, FRONT "    servers: [{address: 1.1.1.1:1, backup: true}]\n",
                    "7:3: all servers of this backend are backups\n");
    loading_accepts(*state, FRONT "    servers: [{address: 1.1.1.1:1, backup: true}, 1.1.1.1:2]\n");
}

static void a_hash_goes_by_what_is_known(void **state) {
    loading_refuses(*state, FRONT "    servers: 1.1.1.1:1\n    balance: hash\n    hash_by: header A B\n",
                    "10:14: \"hash_by\": expected address, fingerprint, \"header NAME\" or \"cookie NAME\", found "
                    "\"header A B\"\n");
    loading_refuses(*state, FRONT "    servers: 1.1.1.1:1\n    hash_by: address\n",
                    "9:14: \"hash_by\" has no effect: \"balance\" is not hash\n");
    loading_accepts(*state, FRONT "    servers: 1.1.1.1:1\n    balance: hash\n    hash_by: cookie session\n");
}

static void a_cookie_is_one_that_browsers_take(void **state) {
    loading_refuses(*state,
                    FRONT "    servers: 1.1.1.1:1\n"
                          "    sticky: {cookie: a b, same_site: none, secure: false}\n",
                    "9:22: \"cookie\": the name of a cookie has no spaces and no separators in it\n"
                    "9:38: browsers take a cookie with \"same_site: none\" only when it is secure\n");
    loading_accepts(*state, FRONT "    servers: 1.1.1.1:1\n    sticky: {cookie: a, same_site: none}\n");
}

static void a_health_check_is_one_that_can_be_made(void **state) {
    loading_refuses(*state, FRONT "    servers: 1.1.1.1:1\n    health_check: {path: /x}\n",
                    "9:19: \"health_check\" needs a \"type\"\n");
    loading_refuses(*state, FRONT "    servers: 1.1.1.1:1\n    health_check: {type: tls}\n",
                    "9:26: \"type\" is tls, but this backend has no \"tls\"\n");
    loading_accepts(*state, FRONT "    servers: 1.1.1.1:1\n    health_check: {type: http, expect_status: 204}\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(no_server_is_given_twice, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(someone_has_to_answer_in_ordinary_times, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_hash_goes_by_what_is_known, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_health_check_is_one_that_can_be_made, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_cookie_is_one_that_browsers_take, loading_set_up, loading_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
