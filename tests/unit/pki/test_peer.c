/* The proof keeps its own copies and lives as long as somebody refers to it. */
#include "pki/peer.h"

#include "pki/peer_new.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct verified_peer *make(void) {
    struct peer_summary summary = {.present = true, .subject = "CN=alice"};
    char leaf[] = "leaf";
    char issuer[] = "issuer";
    struct slice path[] = {slice_text(leaf), slice_text(issuer)};
    uint8_t fingerprint[PEER_FINGERPRINT_BYTES] = {1, 2, 3};
    struct verified_peer *peer = peer_new(&summary, fingerprint, 77, path, 2);
    memset(fingerprint, 0, sizeof fingerprint);
    memset(leaf, 0, sizeof leaf);
    memset(issuer, 0, sizeof issuer);
    memset(&summary, 0, sizeof summary);
    assert_non_null(peer);
    return peer;
}

static void everything_is_copied(void **state) {
    (void)state;
    static const uint8_t fingerprint[PEER_FINGERPRINT_BYTES] = {1, 2, 3};
    struct verified_peer *peer = make();
    assert_string_equal(verified_peer_summary(peer)->subject, "CN=alice");
    assert_int_equal(verified_peer_expires(peer), 77);
    assert_int_equal(verified_peer_path_len(peer), 2);
    assert_true(slice_equal(verified_peer_path(peer, 0), slice_text("leaf")));
    assert_true(slice_equal(verified_peer_path(peer, 1), slice_text("issuer")));
    assert_memory_equal(verified_peer_fingerprint(peer), fingerprint, sizeof fingerprint);
    verified_peer_unref(&peer);
    assert_null(peer);
    verified_peer_unref(&peer);
}

static void possession_is_no_proof_of_a_chain(void **state) {
    (void)state;
    struct peer_summary summary = {.present = true};
    uint8_t fingerprint[PEER_FINGERPRINT_BYTES] = {1};
    struct verified_peer *chain = make();
    struct verified_peer *possession = peer_new_of_possession(&summary, fingerprint, slice_text("leaf"));
    assert_int_equal(verified_peer_proof(chain), PEER_PROOF_CHAIN);
    assert_int_equal(verified_peer_proof(possession), PEER_PROOF_POSSESSION);
    assert_int_equal(verified_peer_path_len(possession), 1);
    assert_int_equal(verified_peer_key_count(possession), 0);
    assert_int_equal(verified_peer_expires(possession), INT64_MAX);
    verified_peer_unref(&chain);
    verified_peer_unref(&possession);
}

static void note_freed(void *attachment) {
    (*(int *)attachment)++;
}

static void the_last_reference_frees_it_and_what_is_attached(void **state) {
    (void)state;
    int freed = 0;
    struct verified_peer *peer = make();
    struct verified_peer *second = verified_peer_ref(peer);
    assert_null(verified_peer_attachment(peer, PEER_SLOT_FORMS));
    verified_peer_attach(peer, PEER_SLOT_FORMS, &freed, note_freed);
    assert_ptr_equal(verified_peer_attachment(second, PEER_SLOT_FORMS), &freed);
    verified_peer_unref(&peer);
    assert_int_equal(freed, 0);
    verified_peer_unref(&second);
    assert_int_equal(freed, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_is_copied),
        cmocka_unit_test(possession_is_no_proof_of_a_chain),
        cmocka_unit_test(the_last_reference_frees_it_and_what_is_attached),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
