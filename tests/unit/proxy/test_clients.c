/* What is counted of a client: its network's sessions, its identity's, and each rate apart from the others. */
#include "proxy/clients.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct clients clients;
static const struct limitwho_prefixes prefixes = {.ipv4_bits = 24, .ipv6_bits = 64};

static int set_up(void **state) {
    (void)state;
    return clients_init(&clients, 7) ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    clients_fini(&clients);
    return 0;
}

static struct addr_ip ip(const char *text) {
    struct addr addr;
    assert_true(addr_parse(slice_text(text), &addr));
    return addr_ip_of(&addr);
}

static struct limitcount_key *take(const char *text) {
    struct addr_ip client = ip(text);
    struct limitcount_key *key = clients_take_address(&clients, &client, &prefixes);
    assert_non_null(key);
    return key;
}

static unsigned count_of(const char *text) {
    struct addr_ip client = ip(text);
    return clients_of_address(&clients, &client, &prefixes);
}

static void a_network_is_counted_together(void **state) {
    (void)state;
    struct limitcount_key *one = take("192.0.2.1:1");
    struct limitcount_key *two = take("192.0.2.200:1");
    assert_ptr_equal(one, two);
    assert_int_equal(count_of("192.0.2.77:9"), 2);
    assert_int_equal(count_of("192.0.3.1:9"), 0);
    limitcount_drop(&clients.addresses, &one);
    limitcount_drop(&clients.addresses, &two);
    assert_int_equal(count_of("192.0.2.1:9"), 0);
}

static void rates_and_scopes_are_apart(void **state) {
    (void)state;
    struct limit_rate once = limit_rate_of(1, 1000, 1);
    struct plan_client_limits limits = {.scope = 1,
                                        .identity_requests = once,
                                        .address_requests = once,
                                        .address_handshakes = once};
    struct plan_client_limits other = limits;
    other.scope = 99;
    struct limitcount_key *who = take("192.0.2.1:1");
    assert_int_equal(clients_begin_handshake(&clients, &limits, who, 1), 0);
    assert_int_equal(clients_request_of_address(&clients, &limits, who, 1), 0);
    assert_int_equal(clients_request_of_identity(&clients, &limits, who, 1), 0);
    assert_int_equal(clients_request_of_address(&clients, &other, who, 1), 0);
    assert_int_equal(clients_begin_handshake(&clients, &limits, who, 1), 1000);
    assert_int_equal(clients_request_of_address(&clients, &limits, who, 1), 1000);
    assert_int_equal(clients_request_of_identity(&clients, &limits, who, 1), 1000);
    limitcount_drop(&clients.addresses, &who);
}

static void without_a_limit_nothing_is_counted(void **state) {
    (void)state;
    const struct plan_client_limits limits = {.scope = 1};
    assert_int_equal(clients_request_of_identity(&clients, &limits, NULL, 1), 0);
    assert_int_equal(clients_request_of_address(&clients, &limits, NULL, 1), 0);
    assert_int_equal(clients_begin_handshake(&clients, &limits, NULL, 1), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_network_is_counted_together, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rates_and_scopes_are_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_limit_nothing_is_counted, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
