/* Who counts as one: networks of addresses, and names that certificates prove. */
#include "policy/limitwho.h"

#include "base/arena.h"
#include "pki/identity.h"
#include "pki/peer_new.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct addr_ip ip(const char *text) {
    struct addr addr;
    assert_true(addr_parse(slice_text(text), &addr));
    return addr_ip_of(&addr);
}

static bool alike(const char *a, const char *b, unsigned ipv4_bits, unsigned ipv6_bits) {
    const struct limitwho_prefixes prefixes = {.ipv4_bits = ipv4_bits, .ipv6_bits = ipv6_bits};
    struct addr_ip first = ip(a), second = ip(b);
    first = limitwho_network(&first, &prefixes);
    second = limitwho_network(&second, &prefixes);
    return memcmp(&first, &second, sizeof(first)) == 0;
}

static void an_ipv4_address_is_one_client(void **state) {
    (void)state;
    assert_true(alike("192.0.2.1:1", "192.0.2.1:2", 32, 64));
    assert_false(alike("192.0.2.1:1", "192.0.2.2:1", 32, 64));
    assert_true(alike("192.0.2.1:1", "192.0.2.254:1", 24, 64));
    assert_false(alike("192.0.2.1:1", "192.0.3.1:1", 24, 64));
    assert_true(alike("192.0.2.129:1", "192.0.2.255:1", 25, 64));
    assert_false(alike("192.0.2.127:1", "192.0.2.128:1", 25, 64));
}

static void an_ipv6_network_is_one_client(void **state) {
    (void)state;
    assert_true(alike("[2001:db8:1:2::1]:1", "[2001:db8:1:2:ffff::9]:2", 32, 64));
    assert_false(alike("[2001:db8:1:2::1]:1", "[2001:db8:1:3::1]:1", 32, 64));
    assert_true(alike("[2001:db8:1:2::1]:1", "[2001:db8:1:3::1]:1", 32, 63));
    assert_false(alike("[2001:db8::1]:1", "[2001:db8::2]:1", 32, 128));
}

static void the_two_are_never_alike(void **state) {
    (void)state;
    assert_false(alike("0.0.0.0:1", "[::]:1", 32, 64));
    assert_false(alike("[::]:1", "0.0.0.0:1", 8, 1));
}

/* Peers that differ in what the test says. */
static struct verified_peer *peer(uint8_t fingerprint_byte, const char *spiffe_id, const char *subject) {
    static const struct peer_summary summary = {.present = true};
    uint8_t fingerprint[PEER_FINGERPRINT_BYTES] = {fingerprint_byte};
    struct slice path = slice_text("leaf");
    struct verified_peer *made = peer_new(&summary, fingerprint, 0, &path, 1);
    struct identity *identity = calloc(1, sizeof(*identity));
    assert_non_null(made);
    assert_non_null(identity);
    arena_init(&identity->arena, 64, 64);
    identity->spiffe_id = slice_text(spiffe_id);
    identity->subject = slice_text(subject);
    identity->attribute_count = *subject != '\0';
    peer_new_identify(made, identity);
    return made;
}

static bool same(struct verified_peer *a, struct verified_peer *b, enum limitwho_by by) {
    uint8_t first[LIMITWHO_BYTES], second[LIMITWHO_BYTES];
    limitwho_identity(a, by, first);
    limitwho_identity(b, by, second);
    verified_peer_unref(&a);
    verified_peer_unref(&b);
    return memcmp(first, second, sizeof(first)) == 0;
}

static void a_renewed_certificate_is_another_unless_told_by_name(void **state) {
    (void)state;
    assert_false(same(peer(1, "spiffe://a/b", "s"), peer(2, "spiffe://a/b", "s"), LIMITWHO_CERTIFICATE));
    assert_true(same(peer(1, "spiffe://a/b", "s"), peer(2, "spiffe://a/b", "t"), LIMITWHO_SPIFFE_ID));
    assert_true(same(peer(1, "spiffe://a/b", "s"), peer(2, "spiffe://a/c", "s"), LIMITWHO_SUBJECT));
    assert_false(same(peer(1, "spiffe://a/b", "s"), peer(2, "spiffe://a/c", "s"), LIMITWHO_SPIFFE_ID));
    assert_false(same(peer(1, "spiffe://a/b", "s"), peer(2, "spiffe://a/b", "t"), LIMITWHO_SUBJECT));
}

/* Clients without the name do not become one. */
static void without_the_name_the_certificate_counts(void **state) {
    (void)state;
    assert_false(same(peer(1, "", "s"), peer(2, "", "s"), LIMITWHO_SPIFFE_ID));
    assert_false(same(peer(1, "spiffe://a/b", ""), peer(2, "spiffe://a/b", ""), LIMITWHO_SUBJECT));
    assert_true(same(peer(1, "", ""), peer(1, "", ""), LIMITWHO_SUBJECT));
}

static void kinds_are_not_mixed_up(void **state) {
    (void)state;
    struct verified_peer *one = peer(1, "x", "x");
    uint8_t by_spiffe_id[LIMITWHO_BYTES], by_subject[LIMITWHO_BYTES];
    limitwho_identity(one, LIMITWHO_SPIFFE_ID, by_spiffe_id);
    limitwho_identity(one, LIMITWHO_SUBJECT, by_subject);
    assert_memory_not_equal(by_spiffe_id, by_subject, LIMITWHO_BYTES);
    verified_peer_unref(&one);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_ipv4_address_is_one_client),
        cmocka_unit_test(an_ipv6_network_is_one_client),
        cmocka_unit_test(the_two_are_never_alike),
        cmocka_unit_test(a_renewed_certificate_is_another_unless_told_by_name),
        cmocka_unit_test(without_the_name_the_certificate_counts),
        cmocka_unit_test(kinds_are_not_mixed_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
