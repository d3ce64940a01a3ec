/* Whoever is asked about good paths has the last word, and a word against a CA is one against its paths only. */
#include "pki/verify.h"

#include "crafted.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct minted root;
static struct minted intermediate;
static struct trust *trust;
static const struct verify_settings settings = {.purpose = VERIFY_CLIENT, .depth = 3, .rsa_bits_min = 2048};
static struct verify_verdict verdict;
static const int64_t noon = MINTED_EPOCH + MINTED_DAY;

static int set_up_all(void **state) {
    (void)state;
    root = minted_make("Root", MINT_CA, NULL);
    intermediate = minted_make("Intermediate", MINT_CA, &root);
    trust = minted_trust(&root);
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    minted_fini(&root);
    minted_fini(&intermediate);
    trust_unref(&trust);
    return 0;
}

/* Refuses every path that goes through `certificate`, and counts how often it is asked. */
struct objection {
    const struct minted *certificate;
    enum reason reason;
    unsigned asked;
};

static enum reason object(void *owner, struct verified_peer *peer, int *depth, const char **detail) {
    struct objection *objection = owner;
    objection->asked++;
    *detail = "objection";
    for (size_t i = 0; i < verified_peer_path_len(peer); i++) {
        *depth = (int)i;
        if (slice_equal(verified_peer_path(peer, i), buf_view(&objection->certificate->der)))
            return objection->reason;
    }
    return REASON_NONE;
}

/* What is wrong with one CA certificate does not end the search: another of the same key may be good. */
static void a_refused_ca_is_gone_around(void **state) {
    (void)state;
    struct minted client = minted_make("client", MINT_CLIENT, &intermediate);
    struct minted cross = crafted_cross("Intermediate", &intermediate, &root);
    const struct minted *ways[] = {&intermediate, &cross};
    for (size_t i = 0; i < 4; i++) {
        const struct minted *refused = ways[i / 2];
        const struct minted *good = ways[1 - i / 2];
        struct objection objection = {.certificate = refused, .reason = REASON_CERT_REVOKED};
        struct verify_judge judge = {.judge = object, .owner = &objection};
        struct slice chain[] = {buf_view(&client.der), buf_view(&ways[i % 2]->der), buf_view(&ways[1 - i % 2]->der)};
        struct verified_peer *peer;
        verify_chain_asking(chain, 3, trust, &settings, &judge, noon, &verdict, &peer);
        assert_non_null(peer);
        assert_true(slice_equal(verified_peer_path(peer, 1), buf_view(&good->der)));
        verified_peer_unref(&peer);
        chain[1] = buf_view(&refused->der);
        verify_chain_asking(chain, 2, trust, &settings, &judge, noon, &verdict, &peer);
        assert_null(peer);
        assert_int_equal(verdict.reason, REASON_CERT_REVOKED);
        assert_int_equal(verdict.depth, 1);
        assert_string_equal(verdict.detail, "objection");
        assert_true(verdict.presented.present && verdict.failed.present);
        assert_string_equal(verdict.failed.subject, "CN=Intermediate,O=Sallyport tests");
    }
    minted_fini(&cross);
    minted_fini(&client);
}

static void a_refused_leaf_is_refused_once(void **state) {
    (void)state;
    struct minted client = minted_make("client", MINT_CLIENT, &intermediate);
    struct minted cross = crafted_cross("Intermediate", &intermediate, &root);
    struct objection objection = {.certificate = &client, .reason = REASON_CERT_ON_HOLD};
    struct verify_judge judge = {.judge = object, .owner = &objection};
    struct slice chain[] = {buf_view(&client.der), buf_view(&intermediate.der), buf_view(&cross.der)};
    struct verified_peer *peer;
    verify_chain_asking(chain, 3, trust, &settings, &judge, noon, &verdict, &peer);
    assert_null(peer);
    assert_int_equal(verdict.reason, REASON_CERT_ON_HOLD);
    assert_int_equal(verdict.depth, 0);
    assert_false(verdict.failed.present);
    assert_int_equal(objection.asked, 1);
    minted_fini(&cross);
    minted_fini(&client);
}

/* The judge is asked about good paths only, and has the last word about what is told. */
static void who_is_asked_speaks_last(void **state) {
    (void)state;
    struct minted client = minted_make("client", MINT_CLIENT, &intermediate);
    struct minted impostor = minted_make("Intermediate", MINT_CA, &root);
    struct objection objection = {.certificate = &intermediate, .reason = REASON_CERT_REVOKED};
    struct verify_judge judge = {.judge = object, .owner = &objection};
    struct slice chain[] = {buf_view(&client.der), buf_view(&impostor.der), buf_view(&intermediate.der)};
    struct verified_peer *peer;
    verify_chain_asking(chain, 3, trust, &settings, &judge, noon, &verdict, &peer);
    assert_null(peer);
    assert_int_equal(verdict.reason, REASON_CERT_REVOKED);
    assert_int_equal(objection.asked, 1);
    verify_chain_asking(chain, 2, trust, &settings, &judge, noon, &verdict, &peer);
    assert_int_equal(verdict.reason, REASON_CERT_BAD_SIGNATURE);
    assert_int_equal(objection.asked, 1);
    minted_fini(&impostor);
    minted_fini(&client);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_refused_ca_is_gone_around),
        cmocka_unit_test(a_refused_leaf_is_refused_once),
        cmocka_unit_test(who_is_asked_speaks_last),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
