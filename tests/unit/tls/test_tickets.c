/* Ticket keys: what is refused as a set, which key seals, which opens. */
#include "tls/tickets.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static struct tls_tickets *tickets;
static EVP_CIPHER_CTX *cipher;
static EVP_MAC_CTX *mac;

static struct tls_ticket_key key_of(uint8_t seed) {
    struct tls_ticket_key key;
    memset(key.name, seed, sizeof key.name);
    memset(key.cipher_key, seed + 1, sizeof key.cipher_key);
    memset(key.mac_key, seed + 2, sizeof key.mac_key);
    return key;
}

static int set_up(void **state) {
    (void)state;
    EVP_MAC *hmac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    tickets = tls_tickets_new(3600);
    cipher = EVP_CIPHER_CTX_new();
    mac = EVP_MAC_CTX_new(hmac);
    EVP_MAC_free(hmac);
    return tickets && cipher && mac ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    tls_tickets_free(&tickets);
    EVP_CIPHER_CTX_free(cipher);
    EVP_MAC_CTX_free(mac);
    return 0;
}

static void zero_and_miscounted_keys_are_refused(void **state) {
    (void)state;
    struct tls_ticket_key keys[TLS_TICKET_KEYS_MAX + 1];
    for (uint8_t i = 0; i <= TLS_TICKET_KEYS_MAX; i++)
        keys[i] = key_of((uint8_t)(i + 1));
    assert_false(tls_tickets_set(tickets, keys, 0));
    assert_false(tls_tickets_set(tickets, keys, TLS_TICKET_KEYS_MAX + 1));
    assert_false(tls_tickets_ready(tickets));
    memset(&keys[3], 0, sizeof keys[3]);
    assert_false(tls_tickets_set(tickets, keys, 4));
    for (int part = 0; part < 3; part++) {
        keys[3] = key_of(9);
        memset(part == 0 ? keys[3].name : part == 1 ? keys[3].cipher_key : keys[3].mac_key, 0, part ? 32 : 16);
        assert_false(tls_tickets_set(tickets, keys, 4));
    }
    keys[3] = key_of(9);
    assert_true(tls_tickets_set(tickets, keys, 4));
    assert_true(tls_tickets_ready(tickets));
}

static void without_keys_nothing_is_sealed_or_opened(void **state) {
    (void)state;
    uint8_t name[16] = {0};
    uint8_t iv[16];
    assert_int_equal(tls_tickets_seal(tickets, name, iv, cipher, mac), TLS_TICKETS_NONE);
    assert_int_equal(tls_tickets_open(tickets, name, iv, cipher, mac), TLS_TICKETS_NONE);
}

static void the_newest_seals_and_all_open(void **state) {
    (void)state;
    struct tls_ticket_key keys[2] = {key_of(20), key_of(40)};
    uint8_t name[16];
    uint8_t iv[16] = {0};
    uint8_t other_iv[16];
    assert_true(tls_tickets_set(tickets, keys, 2));
    assert_int_equal(tls_tickets_seal(tickets, name, iv, cipher, mac), TLS_TICKETS_GOOD);
    assert_memory_equal(name, keys[0].name, 16);
    assert_int_equal(tls_tickets_seal(tickets, name, other_iv, cipher, mac), TLS_TICKETS_GOOD);
    assert_memory_not_equal(iv, other_iv, 16);
    assert_int_equal(tls_tickets_open(tickets, keys[0].name, iv, cipher, mac), TLS_TICKETS_GOOD);
    assert_int_equal(tls_tickets_open(tickets, keys[1].name, iv, cipher, mac), TLS_TICKETS_OLD);
    name[0] ^= 1;
    assert_int_equal(tls_tickets_open(tickets, name, iv, cipher, mac), TLS_TICKETS_NONE);
}

static void lifetimes_change(void **state) {
    (void)state;
    assert_int_equal(tls_tickets_lifetime(tickets), 3600);
    tls_tickets_set_lifetime(tickets, 5);
    assert_int_equal(tls_tickets_lifetime(tickets), 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(zero_and_miscounted_keys_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_keys_nothing_is_sealed_or_opened, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_newest_seals_and_all_open, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lifetimes_change, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
