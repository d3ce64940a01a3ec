/* Which user may come with which certificate. */
#include "policy/passwordbind.h"

#include "pki/identity.h"
#include "pki/peer_new.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const uint8_t fingerprint[PEER_FINGERPRINT_BYTES] = {7};
static struct identity *identity; /* of the peer below */
static struct verified_peer *peer;

static int set_up(void **state) {
    (void)state;
    static const struct peer_summary summary = {.present = true};
    struct slice path = slice_text("leaf");
    peer = peer_new(&summary, fingerprint, 0, &path, 1);
    identity = calloc(1, sizeof(*identity));
    assert_true(peer != NULL && identity != NULL);
    arena_init(&identity->arena, 1024, 4096);
    identity->attributes = arena_array(&identity->arena, 3, sizeof(*identity->attributes));
    identity->names = arena_array(&identity->arena, 4, sizeof(*identity->names));
    peer_new_identify(peer, identity);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    verified_peer_unref(&peer);
    return 0;
}

static void add_attribute(const char *type, const char *value, bool is_text) {
    identity->attributes[identity->attribute_count++] =
        (struct identity_attribute){.type = slice_text(type), .value = slice_text(value), .is_text = is_text};
}

static void add_name(enum identity_kind kind, const char *value) {
    identity->names[identity->name_count++] = (struct identity_name){.kind = kind, .value = slice_text(value)};
}

static bool allows(enum passwordbind bind, const char *name, const struct verified_peer *with) {
    const struct passwordfile_user user = {.name = slice_text(name)};
    return passwordbind_allows(bind, &user, with);
}

static void unbound_users_come_with_anything(void **state) {
    (void)state;
    assert_true(allows(PASSWORDBIND_NONE, "alice", NULL));
    assert_true(allows(PASSWORDBIND_NONE, "alice", peer));
}

static void bound_users_need_a_certificate(void **state) {
    (void)state;
    for (int bind = PASSWORDBIND_FINGERPRINT; bind <= PASSWORDBIND_SAN_PRINCIPAL; bind++)
        assert_false(allows((enum passwordbind)bind, "alice", NULL));
}

static void the_common_name_has_to_be_the_user_s(void **state) {
    (void)state;
    add_attribute("O", "alice", true);
    assert_false(allows(PASSWORDBIND_SUBJECT_CN, "alice", peer));
    add_attribute("CN", "alice", true);
    assert_true(allows(PASSWORDBIND_SUBJECT_CN, "alice", peer));
    assert_false(allows(PASSWORDBIND_SUBJECT_CN, "Alice", peer));
    assert_false(allows(PASSWORDBIND_SUBJECT_CN, "alic", peer));
    add_attribute("CN", "bob", true);
    assert_false(allows(PASSWORDBIND_SUBJECT_CN, "alice", peer));
    assert_false(allows(PASSWORDBIND_SUBJECT_CN, "bob", peer));
}

static void a_name_that_is_no_text_is_nobody_s(void **state) {
    (void)state;
    add_attribute("CN", "alice", false);
    assert_false(allows(PASSWORDBIND_SUBJECT_CN, "alice", peer));
}

static void kinds_of_names_are_told_apart(void **state) {
    (void)state;
    add_name(IDENTITY_DNS, "a");
    add_name(IDENTITY_MAIL, "m");
    add_name(IDENTITY_PRINCIPAL, "p");
    add_name(IDENTITY_URI, "u");
    assert_true(allows(PASSWORDBIND_SAN_MAIL, "m", peer));
    assert_true(allows(PASSWORDBIND_SAN_PRINCIPAL, "p", peer));
    assert_false(allows(PASSWORDBIND_SAN_MAIL, "a", peer));
    assert_false(allows(PASSWORDBIND_SAN_MAIL, "p", peer));
    assert_false(allows(PASSWORDBIND_SAN_PRINCIPAL, "m", peer));
    assert_false(allows(PASSWORDBIND_SAN_PRINCIPAL, "u", peer));
    assert_false(allows(PASSWORDBIND_SUBJECT_CN, "m", peer));
}

static void the_fingerprint_has_to_be_one_of_the_user_s(void **state) {
    (void)state;
    static const uint8_t fingerprints[2][PEER_FINGERPRINT_BYTES] = {{6}, {7}};
    struct passwordfile_user user = {.name = slice_text("alice"), .fingerprints = fingerprints, .fingerprint_count = 2};
    assert_true(passwordbind_allows(PASSWORDBIND_FINGERPRINT, &user, peer));
    user.fingerprint_count = 1;
    assert_false(passwordbind_allows(PASSWORDBIND_FINGERPRINT, &user, peer));
    user.fingerprint_count = 0;
    assert_false(passwordbind_allows(PASSWORDBIND_FINGERPRINT, &user, peer));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(unbound_users_come_with_anything, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bound_users_need_a_certificate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_common_name_has_to_be_the_user_s, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_name_that_is_no_text_is_nobody_s, set_up, tear_down),
        cmocka_unit_test_setup_teardown(kinds_of_names_are_told_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_fingerprint_has_to_be_one_of_the_user_s, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
