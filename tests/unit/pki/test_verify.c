/* Each rule of path validation: what it refuses, at which certificate, and what it must let through. */
#include "pki/verify.h"

#include "crafted.h"
#include "pki/identity.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct minted root;
static struct minted intermediate;
static struct trust *trust;
static struct verify_settings settings;
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

static int set_up(void **state) {
    (void)state;
    settings = (struct verify_settings){.purpose = VERIFY_CLIENT, .depth = 3, .rsa_bits_min = 2048};
    return 0;
}

/* Judges up to three certificates (NULL: none); the caller drops the peer. */
static struct verified_peer *judge_at(int64_t now, const struct minted *leaf, const struct minted *second,
                                      const struct minted *third) {
    const struct minted *all[] = {leaf, second, third};
    struct slice chain[3];
    size_t count = 0;
    for (size_t i = 0; i < 3; i++) {
        if (all[i])
            chain[count++] = buf_view(&all[i]->der);
    }
    struct verified_peer *peer = NULL;
    verify_chain(chain, count, trust, &settings, now, &verdict, &peer);
    assert_int_equal(peer != NULL, verdict.reason == REASON_NONE);
    return peer;
}

static void expect(const struct minted *leaf, const struct minted *second, enum reason reason, int depth) {
    struct verified_peer *peer = judge_at(noon, leaf, second, NULL);
    if (verdict.reason != reason)
        fail_msg("%s (%s) instead of %s", reason_row(verdict.reason)->label, verdict.detail, reason_row(reason)->label);
    if (reason != REASON_NONE) {
        assert_int_equal(verdict.depth, depth);
        assert_true(verdict.presented.present);
        assert_non_null(verdict.detail);
    }
    verified_peer_unref(&peer);
}

/* A client's certificate under the root, changed by `tweak`. */
static void expect_tweaked(crafted_tweak *tweak, enum reason reason) {
    struct minted client = minted_make("client", MINT_CLIENT, &root);
    crafted_resign(&client, &root, tweak, EVP_sha256(), NULL);
    expect(&client, NULL, reason, 0);
    minted_fini(&client);
}

/* A good client under an intermediate that was changed by `tweak`. */
static void expect_tweaked_issuer(crafted_tweak *tweak, enum reason reason, int depth) {
    struct minted issuer = minted_make("Issuer", MINT_CA, &root);
    crafted_resign(&issuer, &root, tweak, EVP_sha256(), NULL);
    struct minted client = minted_make("client", MINT_CLIENT, &issuer);
    expect(&client, &issuer, reason, depth);
    minted_fini(&issuer);
    minted_fini(&client);
}

static void accepted_peers_have_their_path(void **state) {
    (void)state;
    struct minted client = minted_make("alice", MINT_CLIENT, &intermediate);
    struct verified_peer *peer = judge_at(noon, &client, &root, &intermediate); /* in any order, the anchor as well */
    assert_int_equal(verdict.reason, REASON_NONE);
    assert_int_equal(verified_peer_path_len(peer), 2);
    assert_true(slice_equal(verified_peer_path(peer, 0), buf_view(&client.der)));
    assert_true(slice_equal(verified_peer_path(peer, 1), buf_view(&intermediate.der)));
    assert_string_equal(verified_peer_summary(peer)->subject, "CN=alice,O=Sallyport tests");
    assert_int_equal(verified_peer_expires(peer), MINTED_EPOCH + 365 * MINTED_DAY + 1);
    assert_false(verdict.presented.present);
    verified_peer_unref(&peer);
    minted_fini(&client);
}

static void an_intermediate_may_be_an_anchor(void **state) {
    (void)state;
    struct minted client = minted_make("alice", MINT_CLIENT, &intermediate);
    struct trust *old = trust;
    trust = minted_trust(&intermediate);
    struct verified_peer *peer = judge_at(noon, &client, NULL, NULL);
    assert_int_equal(verified_peer_path_len(peer), 1);
    verified_peer_unref(&peer);
    expect(&client, &intermediate, REASON_NONE, 0);
    trust_unref(&trust);
    trust = old;
    minted_fini(&client);
}

static void nothing_and_nonsense_are_refused(void **state) {
    (void)state;
    struct minted client = minted_make("alice", MINT_CLIENT, &root);
    struct slice chain[] = {buf_view(&client.der), slice_text("nonsense")};
    struct verified_peer *peer;
    verify_chain(chain, 0, trust, &settings, noon, &verdict, &peer);
    assert_int_equal(verdict.reason, REASON_CERT_MISSING);
    verify_chain(chain, 2, trust, &settings, noon, &verdict, &peer);
    assert_int_equal(verdict.reason, REASON_CERT_MALFORMED);
    assert_int_equal(verdict.depth, 1);
    assert_string_equal(verdict.presented.subject, "CN=alice,O=Sallyport tests");
    verify_chain(chain + 1, 1, trust, &settings, noon, &verdict, &peer);
    assert_int_equal(verdict.reason, REASON_CERT_MALFORMED);
    assert_false(verdict.presented.present);
    assert_null(peer);
    minted_fini(&client);
}

static void dates_are_inclusive_at_both_ends(void **state) {
    (void)state;
    struct minted client = minted_make("alice", MINT_CLIENT, &root);
    int64_t last = MINTED_EPOCH + 365 * MINTED_DAY;
    static const enum reason reasons[] = {REASON_CERT_NOT_YET_VALID, REASON_NONE, REASON_NONE, REASON_CERT_EXPIRED};
    const int64_t times[] = {MINTED_EPOCH - 1, MINTED_EPOCH, last, last + 1};
    for (size_t i = 0; i < 4; i++) {
        struct verified_peer *peer = judge_at(times[i], &client, NULL, NULL);
        assert_int_equal(verdict.reason, reasons[i]);
        verified_peer_unref(&peer);
    }
    minted_fini(&client);
}

static void expired_issuers_are_named(void **state) {
    (void)state;
    struct mint_request request = {.common_name = "Old",
                                   .usage = MINT_CA,
                                   .not_before = MINTED_EPOCH - 10,
                                   .not_after = MINTED_EPOCH};
    struct minted old = minted_request(&request, MINT_EC_P256, &root);
    struct minted client = minted_make("alice", MINT_CLIENT, &old);
    expect(&client, &old, REASON_CERT_EXPIRED, 1);
    assert_true(verdict.failed.present);
    assert_string_equal(verdict.failed.subject, "CN=Old");
    minted_fini(&old);
    minted_fini(&client);
}

static void paths_have_to_lead_to_an_anchor(void **state) {
    (void)state;
    struct minted client = minted_make("alice", MINT_CLIENT, &intermediate);
    struct minted lone = minted_make("lone", MINT_CLIENT, NULL);
    struct minted foreign = minted_make("Foreign", MINT_CA, NULL);
    struct minted mallory = minted_make("mallory", MINT_CLIENT, &foreign);
    expect(&client, NULL, REASON_CERT_UNKNOWN_ISSUER, 0);
    expect(&lone, NULL, REASON_CERT_UNKNOWN_ISSUER, 0);
    expect(&mallory, NULL, REASON_CERT_UNKNOWN_ISSUER, 0);
    expect(&mallory, &foreign, REASON_CERT_UNKNOWN_ISSUER, 1);
    minted_fini(&client);
    minted_fini(&lone);
    minted_fini(&foreign);
    minted_fini(&mallory);
}

static void drop_authority_key_id(X509 *certificate) {
    crafted_drop(certificate, NID_authority_key_identifier);
}

static void altered_and_impostor_certificates_have_bad_signatures(void **state) {
    (void)state;
    struct minted client = minted_make("alice", MINT_CLIENT, &root);
    crafted_tamper(&client);
    expect(&client, NULL, REASON_CERT_BAD_SIGNATURE, 0);
    struct minted impostor = minted_make("Root", MINT_CA, NULL);
    struct minted mallory = minted_make("mallory", MINT_CLIENT, &impostor);
    expect(&mallory, NULL, REASON_CERT_BAD_SIGNATURE, 0);
    crafted_resign(&mallory, &impostor, drop_authority_key_id, EVP_sha256(), NULL);
    expect(&mallory, NULL, REASON_CERT_BAD_SIGNATURE, 0);
    struct minted by_impostor = minted_make("Intermediate", MINT_CA, &impostor);
    crafted_tamper(&by_impostor);
    minted_fini(&client);
    client = minted_make("alice", MINT_CLIENT, &by_impostor);
    expect(&client, &by_impostor, REASON_CERT_BAD_SIGNATURE, 1);
    minted_fini(&client);
    minted_fini(&impostor);
    minted_fini(&mallory);
    minted_fini(&by_impostor);
}

static void leaves_issue_nothing(void **state) {
    (void)state;
    struct minted leaf = minted_make("leaf", MINT_CLIENT, &root);
    struct minted mallory = minted_make("mallory", MINT_CLIENT, &leaf);
    expect(&mallory, &leaf, REASON_CERT_ISSUER_NOT_CA, 1);
    minted_fini(&leaf);
    minted_fini(&mallory);
}

static void drop_constraints(X509 *certificate) {
    crafted_drop(certificate, NID_basic_constraints);
}

static void only_crl_signing(X509 *certificate) {
    crafted_extend(certificate, NID_key_usage, "critical,cRLSign");
}

static void issuers_have_to_be_cas(void **state) {
    (void)state;
    expect_tweaked_issuer(drop_constraints, REASON_CERT_ISSUER_NOT_CA, 1);
    expect_tweaked_issuer(only_crl_signing, REASON_CERT_ISSUER_NOT_CA, 1);
}

static void no_path_length(X509 *certificate) {
    crafted_extend(certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
}

static void lengths_of_paths_are_bounded(void **state) {
    (void)state;
    struct minted narrow = minted_make("Narrow", MINT_CA, &root);
    crafted_resign(&narrow, &root, no_path_length, EVP_sha256(), NULL);
    struct minted below = minted_make("Below", MINT_CA, &narrow);
    struct minted client = minted_make("alice", MINT_CLIENT, &below);
    struct verified_peer *peer = judge_at(noon, &client, &below, &narrow);
    assert_null(peer);
    assert_int_equal(verdict.reason, REASON_CERT_CHAIN_TOO_LONG);
    minted_fini(&client);
    client = minted_make("alice", MINT_CLIENT, &narrow);
    expect(&client, &narrow, REASON_NONE, 0);
    settings.depth = 0;
    peer = judge_at(noon, &client, &narrow, NULL);
    assert_null(peer);
    assert_int_equal(verdict.reason, REASON_CERT_CHAIN_TOO_LONG);
    minted_fini(&narrow);
    minted_fini(&below);
    minted_fini(&client);
}

static void for_mail(X509 *certificate) {
    crafted_extend(certificate, NID_ext_key_usage, "emailProtection");
}

static void for_servers(X509 *certificate) {
    crafted_extend(certificate, NID_ext_key_usage, "serverAuth");
}

static void for_both(X509 *certificate) {
    crafted_extend(certificate, NID_ext_key_usage, "serverAuth,clientAuth");
}

static void for_anything(X509 *certificate) {
    crafted_extend(certificate, NID_ext_key_usage, "anyExtendedKeyUsage");
}

static void for_unsaid(X509 *certificate) {
    crafted_drop(certificate, NID_ext_key_usage);
    crafted_drop(certificate, NID_key_usage);
}

static void only_agreement(X509 *certificate) {
    crafted_extend(certificate, NID_key_usage, "critical,keyAgreement");
}

static void usages_are_enforced(void **state) {
    (void)state;
    expect_tweaked(for_mail, REASON_CERT_WRONG_USAGE);
    expect_tweaked(for_servers, REASON_CERT_WRONG_USAGE);
    expect_tweaked(for_anything, REASON_CERT_WRONG_USAGE);
    expect_tweaked(for_both, REASON_NONE);
    expect_tweaked(for_unsaid, REASON_NONE);
    expect_tweaked(only_agreement, REASON_CERT_WRONG_USAGE);
    expect_tweaked_issuer(for_servers, REASON_CERT_WRONG_USAGE, 1);
    expect_tweaked_issuer(for_both, REASON_NONE, 0);
}

/* When it becomes required: never for who has it, at the date for who has not; in a CA above, too. */
static void the_end_of_lenience_is_known_beforehand(void **state) {
    (void)state;
    struct minted client = minted_make("client", MINT_CLIENT, &intermediate);
    struct minted unsaid = minted_make("client", MINT_CLIENT, &intermediate);
    crafted_resign(&unsaid, &intermediate, for_unsaid, EVP_sha256(), NULL);
    struct minted narrow = minted_make("Narrow", MINT_CA, &root);
    crafted_resign(&narrow, &root, for_servers, EVP_sha256(), NULL);
    struct minted below = minted_make("client", MINT_CLIENT, &narrow);
    const struct {
        const struct minted *leaf;
        const struct minted *issuer;
        int64_t ends;
    } cases[] = {{&client, &intermediate, INT64_MAX}, {&unsaid, &intermediate, noon + 1}, {&below, &narrow, noon + 1}};
    settings.usage = VERIFY_USAGE_IGNORED;
    settings.usage_until = noon + 1;
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct verified_peer *peer = judge_at(noon, cases[i].leaf, cases[i].issuer, NULL);
        assert_non_null(peer);
        assert_int_equal(verified_peer_usage_ends(peer), cases[i].ends);
        verified_peer_unref(&peer);
        peer = judge_at(noon + 1, cases[i].leaf, cases[i].issuer, NULL);
        assert_int_equal(verdict.reason, i == 0 ? REASON_NONE : REASON_CERT_WRONG_USAGE);
        verified_peer_unref(&peer);
    }
    minted_fini(&client);
    minted_fini(&unsaid);
    minted_fini(&narrow);
    minted_fini(&below);
}

static struct verified_peer *possess(const struct minted *leaf) {
    struct slice chain[] = {buf_view(&leaf->der)};
    struct verified_peer *peer = NULL;
    verify_possession(chain, 1, &settings, NULL, &verdict, &peer);
    assert_int_equal(peer != NULL, verdict.reason == REASON_NONE);
    return peer;
}

/* No chain, no dates, no usage; but a key that proves something, and the pins. */
static void possession_asks_for_the_key_alone(void **state) {
    (void)state;
    struct mint_request old = {.common_name = "mallory", .usage = MINT_SERVER, .not_after = MINTED_EPOCH};
    struct minted lone = minted_request(&old, MINT_EC_P256, NULL);
    struct minted rsa = minted_request(&old, MINT_RSA_2048, NULL);
    struct verified_peer *peer = possess(&lone);
    assert_non_null(peer);
    assert_int_equal(verified_peer_proof(peer), PEER_PROOF_POSSESSION);
    assert_int_equal(verified_peer_usage_ends(peer), INT64_MAX);
    struct verify_pin pin = {.is_key = false};
    memcpy(pin.digest, verified_peer_fingerprint(peer), sizeof pin.digest);
    verified_peer_unref(&peer);
    settings.rsa_bits_min = 3072;
    assert_null(possess(&rsa));
    assert_int_equal(verdict.reason, REASON_CERT_WEAK_KEY);
    assert_true(verdict.presented.present);
    settings.rsa_bits_min = 2048;
    settings.pins = &pin;
    settings.pin_count = 1;
    assert_null(possess(&rsa));
    assert_int_equal(verdict.reason, REASON_CERT_NOT_PINNED);
    peer = possess(&lone);
    assert_non_null(peer);
    verified_peer_unref(&peer);
    verify_possession(NULL, 0, &settings, NULL, &verdict, &peer);
    assert_null(peer);
    assert_int_equal(verdict.reason, REASON_CERT_MISSING);
    struct slice garbage[] = {slice_text("no certificate")};
    verify_possession(garbage, 1, &settings, NULL, &verdict, &peer);
    assert_null(peer);
    assert_int_equal(verdict.reason, REASON_CERT_MALFORMED);
    minted_fini(&lone);
    minted_fini(&rsa);
}

static void unknown_critical(X509 *certificate) {
    crafted_add_unknown(certificate, true);
}

static void unknown_uncritical(X509 *certificate) {
    crafted_add_unknown(certificate, false);
}

static void critical_extensions_have_to_be_known(void **state) {
    (void)state;
    expect_tweaked(unknown_critical, REASON_CERT_CRITICAL_EXTENSION);
    expect_tweaked(unknown_uncritical, REASON_NONE);
    expect_tweaked_issuer(unknown_critical, REASON_CERT_CRITICAL_EXTENSION, 1);
}

static void only_example_names(X509 *certificate) {
    crafted_extend(certificate, NID_name_constraints, "critical,permitted;DNS:example.test");
}

static void names_have_to_be_within_constraints(void **state) {
    (void)state;
    static const char *const inside[] = {"a.example.test", NULL};
    static const char *const outside[] = {"a.example.com", NULL};
    struct minted issuer = minted_make("Issuer", MINT_CA, &root);
    crafted_resign(&issuer, &root, only_example_names, EVP_sha256(), NULL);
    struct mint_request request = {
        .common_name = "c", .names = inside, .usage = MINT_CLIENT, .not_before = MINTED_EPOCH, .not_after = noon};
    struct minted good = minted_request(&request, MINT_EC_P256, &issuer);
    request.names = outside;
    struct minted bad = minted_request(&request, MINT_EC_P256, &issuer);
    expect(&good, &issuer, REASON_NONE, 0);
    expect(&bad, &issuer, REASON_CERT_NAME_CONSTRAINT, 0);
    minted_fini(&issuer);
    minted_fini(&good);
    minted_fini(&bad);
}

static void weak_signatures_are_refused(void **state) {
    (void)state;
    struct minted client = minted_make("alice", MINT_CLIENT, &root);
    crafted_resign(&client, &root, NULL, EVP_sha1(), NULL);
    expect(&client, NULL, REASON_CERT_WEAK_KEY, 0);
    crafted_resign(&client, &root, NULL, EVP_sha384(), NULL);
    expect(&client, NULL, REASON_NONE, 0);
    minted_fini(&client);
}

/* Nobody has to believe what an anchor says of itself. */
static void an_anchors_own_signature_does_not_matter(void **state) {
    (void)state;
    struct minted old = minted_make("Old root", MINT_CA, NULL);
    crafted_resign(&old, NULL, NULL, EVP_sha1(), NULL);
    struct minted client = minted_make("alice", MINT_CLIENT, &old);
    struct trust *before = trust;
    trust = minted_trust(&old);
    expect(&client, NULL, REASON_NONE, 0);
    trust_unref(&trust);
    trust = before;
    minted_fini(&old);
    minted_fini(&client);
}

static void keys_have_to_be_good(void **state) {
    (void)state;
    static const char *const curves[] = {"secp384r1", "secp521r1", "secp256k1", "secp224r1"};
    struct minted client = minted_make("alice", MINT_CLIENT, &root);
    for (size_t i = 0; i < 4; i++) {
        EVP_PKEY *key = EVP_EC_gen(curves[i]);
        crafted_resign(&client, &root, NULL, EVP_sha256(), key);
        expect(&client, NULL, i < 2 ? REASON_NONE : REASON_CERT_WEAK_KEY, 0);
        EVP_PKEY_free(key);
    }
    EVP_PKEY *keys[] = {EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), EVP_RSA_gen(2048), EVP_RSA_gen(1536),
                        EVP_PKEY_Q_keygen(NULL, NULL, "ED448")};
    for (size_t i = 0; i < 4; i++) {
        crafted_resign(&client, &root, NULL, EVP_sha256(), keys[i]);
        expect(&client, NULL, i < 2 ? REASON_NONE : REASON_CERT_WEAK_KEY, 0);
    }
    settings.rsa_bits_min = 3072;
    crafted_resign(&client, &root, NULL, EVP_sha256(), keys[1]);
    expect(&client, NULL, REASON_CERT_WEAK_KEY, 0);
    for (size_t i = 0; i < 4; i++)
        EVP_PKEY_free(keys[i]);
    minted_fini(&client);
}

static void drop_key_ids(X509 *certificate) {
    crafted_drop(certificate, NID_authority_key_identifier);
    crafted_drop(certificate, NID_subject_key_identifier);
    crafted_extend(certificate, NID_basic_constraints, "CA:TRUE");
    crafted_drop(certificate, NID_key_usage);
}

/* What the tools of many users leave out, and no validator needs (RFC 5280 section 6). */
static void formal_faults_are_forgiven(void **state) {
    (void)state;
    expect_tweaked(drop_authority_key_id, REASON_NONE);
    expect_tweaked_issuer(drop_key_ids, REASON_NONE, 0);
}

static void drop_subject_key_id(X509 *certificate) {
    crafted_drop(certificate, NID_subject_key_identifier);
}

static void exclude_example(X509 *certificate) {
    drop_subject_key_id(certificate);
    crafted_extend(certificate, NID_name_constraints, "critical,excluded;DNS:a.example.test");
}

/* Another certificate of the intermediate, of the same name and key, changed by `tweak`. */
static struct minted other_intermediate(const struct mint_request *request, crafted_tweak *tweak) {
    struct minted other = minted_request(request, MINT_EC_P256, &root);
    EVP_PKEY *key = crafted_key(&intermediate);
    crafted_resign(&other, &root, tweak, EVP_sha256(), key);
    EVP_PKEY_free(key);
    return other;
}

/* Whatever came first was wrong: of the same name with another key, expired, or constrained. */
static void every_path_is_tried(void **state) {
    (void)state;
    static const char *const names[] = {"a.example.test", NULL};
    struct mint_request request = {
        .common_name = "client", .names = names, .usage = MINT_CLIENT, .not_before = MINTED_EPOCH, .not_after = noon};
    struct minted client = minted_request(&request, MINT_EC_P256, &intermediate);
    request = (struct mint_request){.common_name = "Intermediate",
                                    .organization = "Sallyport tests",
                                    .usage = MINT_CA,
                                    .not_before = MINTED_EPOCH,
                                    .not_after = noon};
    struct minted others[3] = {minted_make("Intermediate", MINT_CA, &root),
                               other_intermediate(&request, exclude_example)};
    request.not_after = noon - 1;
    others[2] = other_intermediate(&request, drop_subject_key_id);
    static const enum reason reasons[] = {REASON_CERT_BAD_SIGNATURE, REASON_CERT_NAME_CONSTRAINT, REASON_CERT_EXPIRED};
    for (size_t i = 0; i < 3; i++) {
        expect(&client, &others[i], reasons[i], i == 2 ? 1 : 0);
        for (size_t order = 0; order < 2; order++) {
            struct verified_peer *peer =
                judge_at(noon, &client, order ? &intermediate : &others[i], order ? &others[i] : &intermediate);
            assert_non_null(peer);
            assert_true(slice_equal(verified_peer_path(peer, 1), buf_view(&intermediate.der)));
            verified_peer_unref(&peer);
        }
    }
    assert_null(judge_at(noon, &client, &others[0], &others[1])); /* what came furthest is told */
    assert_int_equal(verdict.reason, REASON_CERT_NAME_CONSTRAINT);
    assert_null(judge_at(noon, &client, &others[0], &others[2]));
    assert_int_equal(verdict.reason, REASON_CERT_EXPIRED);
    for (size_t i = 0; i < 3; i++)
        minted_fini(&others[i]);
    minted_fini(&client);
}

static void work_is_bounded(void **state) {
    (void)state;
    struct minted maze = minted_make("Maze", MINT_CA, NULL);
    struct minted all[VERIFY_CHAIN_MAX];
    struct slice chain[VERIFY_CHAIN_MAX];
    for (size_t i = 0; i < VERIFY_CHAIN_MAX; i++) {
        all[i] = minted_make(i ? "Maze" : "client", i ? MINT_CA : MINT_CLIENT, &maze);
        chain[i] = buf_view(&all[i].der);
    }
    struct verified_peer *peer;
    verify_chain(chain, VERIFY_CHAIN_MAX, trust, &settings, noon, &verdict, &peer);
    assert_null(peer);
    assert_int_equal(verdict.reason, REASON_CERT_WORK);
    for (size_t i = 0; i < VERIFY_CHAIN_MAX; i++)
        minted_fini(&all[i]);
    minted_fini(&maze);
}

static void peers_have_their_identity(void **state) {
    (void)state;
    struct minted client = minted_make("alice", MINT_CLIENT, &root);
    struct verified_peer *peer = judge_at(noon, &client, NULL, NULL);
    const struct identity *identity = verified_peer_identity(peer);
    assert_true(slice_equal(identity_attribute(identity, "CN")->value, slice_text("alice")));
    assert_memory_equal(identity->fingerprint, verified_peer_fingerprint(peer), PEER_FINGERPRINT_BYTES);
    verified_peer_unref(&peer);
    minted_fini(&client);
}

static void summaries_escape_hostile_names(void **state) {
    (void)state;
    struct minted foreign = minted_make("Foreign", MINT_CA, NULL);
    struct minted mallory = minted_make("a\r\nClient-Cert: x,CN=root", MINT_CLIENT, &foreign);
    expect(&mallory, NULL, REASON_CERT_UNKNOWN_ISSUER, 0);
    assert_string_equal(verdict.presented.subject, "CN=a\\0d\\0aClient-Cert: x\\,CN\\=root,O=Sallyport tests");
    minted_fini(&foreign);
    minted_fini(&mallory);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(accepted_peers_have_their_path, set_up),
        cmocka_unit_test_setup(an_intermediate_may_be_an_anchor, set_up),
        cmocka_unit_test_setup(nothing_and_nonsense_are_refused, set_up),
        cmocka_unit_test_setup(dates_are_inclusive_at_both_ends, set_up),
        cmocka_unit_test_setup(expired_issuers_are_named, set_up),
        cmocka_unit_test_setup(paths_have_to_lead_to_an_anchor, set_up),
        cmocka_unit_test_setup(altered_and_impostor_certificates_have_bad_signatures, set_up),
        cmocka_unit_test_setup(leaves_issue_nothing, set_up),
        cmocka_unit_test_setup(issuers_have_to_be_cas, set_up),
        cmocka_unit_test_setup(lengths_of_paths_are_bounded, set_up),
        cmocka_unit_test_setup(usages_are_enforced, set_up),
        cmocka_unit_test_setup(possession_asks_for_the_key_alone, set_up),
        cmocka_unit_test_setup(the_end_of_lenience_is_known_beforehand, set_up),
        cmocka_unit_test_setup(critical_extensions_have_to_be_known, set_up),
        cmocka_unit_test_setup(names_have_to_be_within_constraints, set_up),
        cmocka_unit_test_setup(weak_signatures_are_refused, set_up),
        cmocka_unit_test_setup(an_anchors_own_signature_does_not_matter, set_up),
        cmocka_unit_test_setup(keys_have_to_be_good, set_up),
        cmocka_unit_test_setup(formal_faults_are_forgiven, set_up),
        cmocka_unit_test_setup(every_path_is_tried, set_up),
        cmocka_unit_test_setup(work_is_bounded, set_up),
        cmocka_unit_test_setup(peers_have_their_identity, set_up),
        cmocka_unit_test_setup(summaries_escape_hostile_names, set_up),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
