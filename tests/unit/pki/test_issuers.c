/* Tests of pki/issuers: who stands above the leaf, with and without an intermediate. */
#include "pki/issuers.h"

#include "minted.h"
#include "pki/identity.h"
#include "pki/peer_new.h"
#include "pki/verify.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct verified_peer *verify(const struct minted *anchor, const struct slice *chain, size_t count) {
    struct trust *trust = minted_trust(anchor);
    struct verify_settings settings = {.purpose = VERIFY_CLIENT, .depth = 5, .rsa_bits_min = 2048};
    struct verify_verdict verdict;
    struct verified_peer *peer;
    verify_chain(chain, count, trust, &settings, MINTED_EPOCH + MINTED_DAY, &verdict, &peer);
    trust_unref(&trust);
    assert_non_null(peer);
    return peer;
}

static void expect(struct verified_peer *peer, const char *issuer_name, const char *root_name) {
    struct identity *issuer, *root;
    assert_true(issuers_take(peer, &issuer, &root));
    assert_true(slice_equal(identity_attribute(issuer, "CN")->value, slice_text(issuer_name)));
    assert_true(slice_equal(identity_attribute(root, "CN")->value, slice_text(root_name)));
    identity_free(&issuer);
    identity_free(&root);
    verified_peer_unref(&peer);
}

static void the_anchor_is_left_out_of_paths_but_known(void **state) {
    (void)state;
    struct minted root = minted_make("root", MINT_CA, NULL);
    struct minted issuing = minted_make("issuing", MINT_CA, &root);
    struct minted alice = minted_make("alice", MINT_CLIENT, &issuing);
    struct slice chain[] = {buf_view(&alice.der), buf_view(&issuing.der)};
    expect(verify(&root, chain, 2), "issuing", "root");
    expect(verify(&issuing, chain, 1), "issuing", "issuing");
    minted_fini(&alice);
    minted_fini(&issuing);
    minted_fini(&root);
}

static void what_was_not_judged_has_none(void **state) {
    (void)state;
    struct peer_summary summary = {.present = true};
    uint8_t fingerprint[PEER_FINGERPRINT_BYTES] = {0};
    struct slice path[] = {slice_text("leaf"), slice_text("said to be its issuer")};
    struct verified_peer *peer = peer_new(&summary, fingerprint, 0, path, 2);
    struct identity *issuer, *root;
    assert_true(issuers_take(peer, &issuer, &root));
    assert_null(issuer);
    assert_null(root);
    verified_peer_unref(&peer);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_anchor_is_left_out_of_paths_but_known),
        cmocka_unit_test(what_was_not_judged_has_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
