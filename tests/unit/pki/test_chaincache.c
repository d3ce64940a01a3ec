/* The cache answers what verification would, and never longer than it may. */
#include "pki/chaincache.h"

#include "crafted.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct minted root;
static struct minted intermediate;
static struct minted client;
static struct trust *trust;
static struct chaincache *cache;
static const int64_t noon = MINTED_EPOCH + MINTED_DAY;

static int set_up_all(void **state) {
    (void)state;
    root = minted_make("Root", MINT_CA, NULL);
    intermediate = minted_make("Intermediate", MINT_CA, &root);
    client = minted_make("alice", MINT_CLIENT, &intermediate);
    trust = minted_trust(&root);
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    minted_fini(&root);
    minted_fini(&intermediate);
    minted_fini(&client);
    trust_unref(&trust);
    return 0;
}

static int set_up(void **state) {
    (void)state;
    cache = chaincache_new(3);
    return cache ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    chaincache_free(&cache);
    return 0;
}

static struct verify_settings settings(void) {
    return (struct verify_settings){.purpose = VERIFY_CLIENT, .depth = 3, .rsa_bits_min = 2048};
}

/* Judges a chain; the reason, and whether it came from memory. */
static enum reason judge(const struct slice *chain, size_t count, struct trust *under, struct verify_settings rules,
                         int64_t now, bool *is_hit) {
    struct verify_verdict verdict = {.reason = REASON_COUNT};
    struct verified_peer *peer = (struct verified_peer *)1;
    uint64_t hits = chaincache_count(cache).hits;
    chaincache_verify(cache, chain, count, under, &rules, NULL, now, &verdict, &peer);
    assert_int_equal(verdict.reason == REASON_NONE, peer != NULL);
    verified_peer_unref(&peer);
    *is_hit = chaincache_count(cache).hits > hits;
    return verdict.reason;
}

static void expect(const struct slice *chain, size_t count, struct verify_settings rules, int64_t now,
                   enum reason reason, bool is_hit) {
    bool was_hit;
    assert_int_equal(judge(chain, count, trust, rules, now, &was_hit), reason);
    assert_int_equal(was_hit, is_hit);
}

static void the_second_time_is_from_memory(void **state) {
    (void)state;
    struct slice chain[] = {buf_view(&client.der), buf_view(&intermediate.der)};
    expect(chain, 2, settings(), noon, REASON_NONE, false);
    expect(chain, 2, settings(), noon + 5, REASON_NONE, true);
    assert_int_equal(chaincache_count(cache).lookups, 2);
}

static void peers_are_shared(void **state) {
    (void)state;
    struct slice chain[] = {buf_view(&client.der), buf_view(&intermediate.der)};
    struct verify_settings rules = settings();
    struct verify_verdict verdict;
    struct verified_peer *first;
    struct verified_peer *second;
    chaincache_verify(cache, chain, 2, trust, &rules, NULL, noon, &verdict, &first);
    chaincache_verify(cache, chain, 2, trust, &rules, NULL, noon, &verdict, &second);
    assert_ptr_equal(first, second);
    chaincache_free(&cache);
    assert_string_equal(verified_peer_summary(first)->subject, "CN=alice,O=Sallyport tests");
    verified_peer_unref(&first);
    verified_peer_unref(&second);
}

static void every_difference_counts(void **state) {
    (void)state;
    struct slice chain[] = {buf_view(&client.der), buf_view(&intermediate.der), buf_view(&root.der)};
    struct verify_settings rules = settings();
    struct trust *other = minted_trust(&intermediate);
    bool is_hit;
    expect(chain, 2, settings(), noon, REASON_NONE, false);
    expect(chain, 3, settings(), noon, REASON_NONE, false);
    expect(chain, 1, settings(), noon, REASON_CERT_UNKNOWN_ISSUER, false);
    rules.depth = 2;
    expect(chain, 2, rules, noon, REASON_NONE, false);
    rules = settings();
    rules.rsa_bits_min = 4096;
    expect(chain, 2, rules, noon, REASON_NONE, false);
    rules = settings();
    rules.purpose = VERIFY_SERVER;
    expect(chain, 2, rules, noon, REASON_CERT_WRONG_USAGE, false);
    assert_int_equal(judge(chain, 2, other, settings(), noon, &is_hit), REASON_NONE);
    assert_false(is_hit);
    trust_unref(&other);
}

static void for_servers(X509 *certificate) {
    crafted_extend(certificate, NID_ext_key_usage, "serverAuth");
}

/* A chain that is good until a date only, and one that stays good after it. */
static void a_lenient_usage_ends_at_its_second(void **state) {
    (void)state;
    struct minted server = minted_make("server", MINT_CLIENT, &intermediate);
    crafted_resign(&server, &intermediate, for_servers, EVP_sha256(), NULL);
    struct slice odd[] = {buf_view(&server.der), buf_view(&intermediate.der)};
    struct slice good[] = {buf_view(&client.der), buf_view(&intermediate.der)};
    struct verify_settings rules = settings();
    rules.usage = VERIFY_USAGE_IGNORED;
    rules.usage_until = noon + 10;
    expect(odd, 2, rules, noon, REASON_NONE, false);
    expect(odd, 2, rules, noon + 9, REASON_NONE, true);
    expect(odd, 2, rules, noon + 10, REASON_CERT_WRONG_USAGE, false);
    expect(good, 2, rules, noon, REASON_NONE, false);
    expect(good, 2, rules, noon + 10, REASON_NONE, true);
    minted_fini(&server);
}

/* The same bytes are two things: a proof of possession is never found where a chain is judged, nor the other way. */
static void possession_and_chains_are_kept_apart(void **state) {
    (void)state;
    struct minted lone = minted_make("mallory", MINT_CLIENT, NULL);
    struct slice chain[] = {buf_view(&lone.der)};
    struct verify_settings rules = settings();
    struct verify_verdict verdict;
    struct verified_peer *peers[2];
    for (int i = 0; i < 2; i++)
        chaincache_possession(cache, chain, 1, &rules, NULL, noon, &verdict, &peers[i]);
    assert_int_equal(chaincache_count(cache).hits, 1);
    assert_ptr_equal(peers[0], peers[1]);
    assert_int_equal(verified_peer_proof(peers[0]), PEER_PROOF_POSSESSION);
    expect(chain, 1, rules, noon, REASON_CERT_UNKNOWN_ISSUER, false);
    verified_peer_unref(&peers[0]);
    verified_peer_unref(&peers[1]);
    struct slice good[] = {buf_view(&client.der), buf_view(&intermediate.der)};
    expect(good, 2, rules, noon, REASON_NONE, false);
    chaincache_possession(cache, good, 2, &rules, NULL, noon, &verdict, &peers[0]);
    assert_int_equal(verified_peer_proof(peers[0]), PEER_PROOF_POSSESSION);
    verified_peer_unref(&peers[0]);
    minted_fini(&lone);
}

static void equal_trust_is_equal(void **state) {
    (void)state;
    struct slice chain[] = {buf_view(&client.der), buf_view(&intermediate.der)};
    struct trust *same = minted_trust(&root);
    bool is_hit;
    expect(chain, 2, settings(), noon, REASON_NONE, false);
    assert_int_equal(judge(chain, 2, same, settings(), noon, &is_hit), REASON_NONE);
    assert_true(is_hit);
    trust_unref(&same);
}

static void a_changed_byte_is_another_chain(void **state) {
    (void)state;
    struct minted tampered = minted_make("alice", MINT_CLIENT, &root);
    struct slice chain[] = {buf_view(&tampered.der)};
    expect(chain, 1, settings(), noon, REASON_NONE, false);
    crafted_tamper(&tampered);
    chain[0] = buf_view(&tampered.der);
    expect(chain, 1, settings(), noon, REASON_CERT_BAD_SIGNATURE, false);
    expect(chain, 1, settings(), noon, REASON_CERT_BAD_SIGNATURE, false);
    minted_fini(&tampered);
}

/* The same bytes cut at another place are not the same certificates. */
static void lengths_are_part_of_the_key(void **state) {
    (void)state;
    struct slice whole[] = {buf_view(&client.der), buf_view(&intermediate.der)};
    struct buf joined;
    buf_init(&joined, 100000);
    assert_true(buf_append(&joined, whole[0]) && buf_append(&joined, whole[1]));
    struct slice one[] = {buf_view(&joined)};
    expect(whole, 2, settings(), noon, REASON_NONE, false);
    expect(one, 1, settings(), noon, REASON_CERT_MALFORMED, false);
    buf_fini(&joined);
}

static void time_is_looked_at_each_time(void **state) {
    (void)state;
    struct slice chain[] = {buf_view(&client.der), buf_view(&intermediate.der)};
    int64_t last = MINTED_EPOCH + 365 * MINTED_DAY;
    expect(chain, 2, settings(), last, REASON_NONE, false);
    expect(chain, 2, settings(), last, REASON_NONE, true);
    expect(chain, 2, settings(), last + 1, REASON_CERT_EXPIRED, false);
    expect(chain, 2, settings(), last, REASON_NONE, false);
    expect(chain, 2, settings(), MINTED_EPOCH - 1, REASON_CERT_NOT_YET_VALID, false);
}

static void the_least_recently_used_goes_first(void **state) {
    (void)state;
    struct minted clients[4];
    struct slice chains[4];
    for (size_t i = 0; i < 4; i++) {
        clients[i] = minted_make("client", MINT_CLIENT, &root);
        chains[i] = buf_view(&clients[i].der);
    }
    for (size_t i = 0; i < 3; i++)
        expect(&chains[i], 1, settings(), noon, REASON_NONE, false);
    expect(&chains[0], 1, settings(), noon, REASON_NONE, true);
    expect(&chains[3], 1, settings(), noon, REASON_NONE, false);
    expect(&chains[0], 1, settings(), noon, REASON_NONE, true);
    expect(&chains[2], 1, settings(), noon, REASON_NONE, true);
    expect(&chains[1], 1, settings(), noon, REASON_NONE, false);
    for (size_t i = 0; i < 4; i++)
        minted_fini(&clients[i]);
}

/* Refuses every path that goes through one of these. */
struct objection {
    const struct minted *certificates[2];
    unsigned asked;
};

static enum reason object(void *owner, struct verified_peer *peer, int *depth, const char **detail) {
    struct objection *objection = owner;
    objection->asked++;
    *detail = "objection";
    for (size_t i = 0; i < verified_peer_path_len(peer); i++) {
        *depth = (int)i;
        for (size_t k = 0; k < 2; k++) {
            const struct minted *certificate = objection->certificates[k];
            if (certificate && slice_equal(verified_peer_path(peer, i), buf_view(&certificate->der)))
                return REASON_CERT_REVOKED;
        }
    }
    return REASON_NONE;
}

static struct verified_peer *judge_by(struct objection *objection, const struct slice *chain, size_t count,
                                      enum reason reason, bool is_hit) {
    struct verify_settings rules = settings();
    struct verify_judge asked = {.judge = object, .owner = objection};
    struct verify_verdict verdict;
    struct verified_peer *peer;
    uint64_t hits = chaincache_count(cache).hits;
    chaincache_verify(cache, chain, count, trust, &rules, &asked, noon, &verdict, &peer);
    assert_int_equal(verdict.reason, reason);
    assert_int_equal(peer == NULL, reason != REASON_NONE);
    assert_int_equal(verdict.presented.present, reason != REASON_NONE);
    assert_int_equal(chaincache_count(cache).hits > hits, is_hit);
    return peer;
}

/* The way around a refused CA is remembered beside the first way, which is taken again when nobody refuses it. */
static void other_paths_are_remembered_too(void **state) {
    (void)state;
    struct minted cross = crafted_cross("Intermediate", &intermediate, &root);
    struct slice chain[] = {buf_view(&client.der), buf_view(&intermediate.der), buf_view(&cross.der)};
    struct objection nothing = {{NULL}, 0};
    struct verified_peer *first = judge_by(&nothing, chain, 3, REASON_NONE, false);
    bool is_first = slice_equal(verified_peer_path(first, 1), buf_view(&intermediate.der));
    struct objection refused = {{is_first ? &intermediate : &cross}, 0};
    struct verified_peer *around = judge_by(&refused, chain, 3, REASON_NONE, false);
    assert_ptr_not_equal(first, around);
    struct verified_peer *again = judge_by(&refused, chain, 3, REASON_NONE, true);
    assert_ptr_equal(again, around);
    verified_peer_unref(&again);
    again = judge_by(&nothing, chain, 3, REASON_NONE, true);
    assert_ptr_equal(again, first);
    verified_peer_unref(&again);
    struct objection both = {{&intermediate, &cross}, 0};
    again = judge_by(&both, chain, 3, REASON_CERT_REVOKED, false);
    verified_peer_unref(&first);
    verified_peer_unref(&around);
    minted_fini(&cross);
}

/* Whose leaf is refused costs no signature. */
static void a_refused_leaf_is_refused_from_memory(void **state) {
    (void)state;
    struct slice chain[] = {buf_view(&client.der), buf_view(&intermediate.der)};
    struct objection nothing = {{NULL}, 0};
    struct objection revoked = {{&client}, 0};
    struct verified_peer *peer = judge_by(&nothing, chain, 2, REASON_NONE, false);
    verified_peer_unref(&peer);
    judge_by(&revoked, chain, 2, REASON_CERT_REVOKED, true);
    assert_int_equal(revoked.asked, 1);
    peer = judge_by(&nothing, chain, 2, REASON_NONE, true);
    verified_peer_unref(&peer);
}

static void bounds_hold_before_anything_is_hashed(void **state) {
    (void)state;
    static uint8_t large[VERIFY_CERT_BYTES_MAX + 1];
    struct slice many[VERIFY_CHAIN_MAX + 1];
    for (size_t i = 0; i <= VERIFY_CHAIN_MAX; i++)
        many[i] = buf_view(&client.der);
    expect(many, VERIFY_CHAIN_MAX + 1, settings(), noon, REASON_CERT_TOO_LARGE, false);
    expect(many, 0, settings(), noon, REASON_CERT_MISSING, false);
    many[1] = slice_of(large, sizeof large);
    expect(many, 2, settings(), noon, REASON_CERT_TOO_LARGE, false);
}

static void a_cache_of_nothing_still_judges(void **state) {
    (void)state;
    struct slice chain[] = {buf_view(&client.der), buf_view(&intermediate.der)};
    chaincache_free(&cache);
    cache = chaincache_new(0);
    expect(chain, 2, settings(), noon, REASON_NONE, false);
    expect(chain, 2, settings(), noon, REASON_NONE, false);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_second_time_is_from_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(peers_are_shared, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_difference_counts, set_up, tear_down),
        cmocka_unit_test_setup_teardown(possession_and_chains_are_kept_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_lenient_usage_ends_at_its_second, set_up, tear_down),
        cmocka_unit_test_setup_teardown(equal_trust_is_equal, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_changed_byte_is_another_chain, set_up, tear_down),
        cmocka_unit_test_setup_teardown(lengths_are_part_of_the_key, set_up, tear_down),
        cmocka_unit_test_setup_teardown(time_is_looked_at_each_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_least_recently_used_goes_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_paths_are_remembered_too, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refused_leaf_is_refused_from_memory, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bounds_hold_before_anything_is_hashed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cache_of_nothing_still_judges, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
