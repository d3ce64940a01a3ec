/* What each profile writes, with and without a certificate, and what it refuses to write. */
#include "vouch/profiles.h"

#include "peers.h"

static struct http_field fields[VOUCH_FIELDS_MAX];
static struct http_message message;
static struct arena arena;
static enum reason reason;
static enum reason failed;

static int set_up(void **state) {
    (void)state;
    http_message_init(&message, fields, VOUCH_FIELDS_MAX);
    arena_init(&arena, 1024, 65536);
    failed = REASON_NONE;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    arena_fini(&arena);
    return 0;
}

static bool add(uint32_t bits, struct verified_peer *peer) {
    struct vouch_client client = {.peer = peer, .failed = failed};
    return vouch_add_fields(&(struct vouch_profile_set){.bits = bits}, &client, &arena, &message, &reason);
}

static struct slice find(const char *name) {
    return http_message_find(&message, slice_text(name));
}

static const uint32_t every_profile = (1u << VOUCH_PROFILE_COUNT) - 1;

static void without_a_certificate_the_verdict_stands_alone(void **state) {
    (void)state;
    assert_true(add(every_profile, NULL));
    assert_int_equal(message.field_count, 1);
    assert_true(slice_equal(find("Client-Cert-Verdict"), slice_text("NONE")));
    assert_int_equal(reason, REASON_NONE);
}

static void who_is_only_in_possession_of_a_key_is_told_as_that(void **state) {
    (void)state;
    static const struct peer_summary summary = {.present = true};
    static const uint8_t fingerprint[PEER_FINGERPRINT_BYTES];
    struct verified_peer *peer = peer_new_of_possession(&summary, fingerprint, slice_text("leaf"));
    assert_true(add(every_profile, peer));
    assert_true(slice_equal(find("Client-Cert-Verdict"), slice_text("UNVERIFIED-POP")));
    assert_true(slice_equal(find("Client-Cert"), slice_text(":bGVhZg==:")));
    assert_null(find("Client-Cert-Chain").data);
    verified_peer_unref(&peer);
}

static void a_failed_client_has_a_reason_and_no_identity(void **state) {
    (void)state;
    struct verified_peer *peer = peers_make((const size_t[]){700, 800, 0});
    failed = REASON_CERT_EXPIRED;
    for (int i = 0; i < 2; i++) {
        message.field_count = 0;
        assert_true(add(every_profile, i == 0 ? peer : NULL));
        assert_int_equal(message.field_count, 1);
        assert_true(slice_equal(find("Client-Cert-Verdict"), slice_text("FAILED:certificate-expired")));
    }
    verified_peer_unref(&peer);
}

static void each_profile_writes_its_fields(void **state) {
    (void)state;
    static const struct {
        uint32_t bits;
        size_t fields;
        bool has_cert, has_chain, has_ssl;
    } rows[] = {
        {0, 1, false, false, false},
        {1u << VOUCH_VERDICT, 1, false, false, false},
        {1u << VOUCH_RFC9440, 3, true, true, false},
        {1u << VOUCH_X_SSL_CLIENT_CERT, 2, false, false, true},
        {every_profile, 4, true, true, true},
    };
    struct verified_peer *peer = peers_make((const size_t[]){700, 800, 0});
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        message.field_count = 0;
        assert_true(add(rows[i].bits, peer));
        assert_int_equal(message.field_count, rows[i].fields);
        assert_true(slice_equal(find("Client-Cert-Verdict"), slice_text("VERIFIED")));
        assert_int_equal(find("Client-Cert").data != NULL, rows[i].has_cert);
        assert_int_equal(find("Client-Cert-Chain").data != NULL, rows[i].has_chain);
        assert_int_equal(find("X-SSL-Client-Cert").data != NULL, rows[i].has_ssl);
        for (size_t f = 0; f < message.field_count; f++)
            assert_int_equal(message.fields[f].flags, HTTP_FIELD_NEVER_INDEXED);
    }
    verified_peer_unref(&peer);
}

static void a_leaf_alone_has_no_chain_field(void **state) {
    (void)state;
    struct verified_peer *peer = peers_make((const size_t[]){700, 0});
    assert_true(add(1u << VOUCH_RFC9440, peer));
    assert_int_equal(message.field_count, 2);
    assert_null(find("Client-Cert-Chain").data);
    verified_peer_unref(&peer);
}

static void what_is_too_large_is_refused_whole(void **state) {
    (void)state;
    struct verified_peer *leaf = peers_make((const size_t[]){9000, 0});
    struct verified_peer *chain = peers_make((const size_t[]){700, 9000, 9000, 0});
    assert_false(add(1u << VOUCH_RFC9440, leaf));
    assert_int_equal(reason, REASON_IDENTITY_TOO_LARGE);
    assert_false(add(1u << VOUCH_X_SSL_CLIENT_CERT, leaf));
    assert_int_equal(reason, REASON_IDENTITY_TOO_LARGE);
    assert_false(add(1u << VOUCH_RFC9440, chain));
    assert_int_equal(reason, REASON_IDENTITY_TOO_LARGE);
    message.field_count = 0;
    assert_true(add(1u << VOUCH_X_SSL_CLIENT_CERT, chain)); /* needs no chain */
    assert_true(add(1u << VOUCH_VERDICT, leaf));
    verified_peer_unref(&leaf);
    verified_peer_unref(&chain);
}

static void a_message_without_room(void **state) {
    (void)state;
    struct verified_peer *peer = peers_make((const size_t[]){700, 800, 0});
    for (size_t room = 0; room < 4; room++) {
        http_message_init(&message, fields, room);
        assert_false(add(every_profile, peer));
        assert_int_equal(reason, REASON_MEMORY);
    }
    verified_peer_unref(&peer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(without_a_certificate_the_verdict_stands_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_only_in_possession_of_a_key_is_told_as_that, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_failed_client_has_a_reason_and_no_identity, set_up, tear_down),
        cmocka_unit_test_setup_teardown(each_profile_writes_its_fields, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_leaf_alone_has_no_chain_field, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_too_large_is_refused_whole, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_message_without_room, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
