/* Who gets in, who does not, and with which alert: TLS 1.2 and 1.3. Tickets are in
 * test_resumption. */
#define OPENSSL_SUPPRESS_DEPRECATED /* a key whose halves do not belong together can only be made with the old functions */
#include "../pki/crafted.h"
#include "duostage.h"

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

/* A new connection without any session of the last. */
static void start_over(int version) {
    duo_close(&duo);
    SSL_SESSION_free(duo.session);
    duo.session = NULL;
    duo_version(&duo, version);
}

/* Both versions refuse this certificate for this reason; the record says what was shown. */
static void expect_refused(const struct minted *certificate, const struct minted *chain, enum reason reason) {
    duo.client_certificate = certificate;
    duo.client_chain = chain;
    for (size_t i = 0; i < 2; i++) {
        start_over(versions[i]);
        duo_expect_refusal(&duo, reason, 0);
        const struct verify_verdict *verdict = tlsstream_verdict(duo.server);
        assert_non_null(verdict);
        assert_int_equal(verdict->reason, reason);
        assert_true(verdict->presented.present);
        assert_non_null(verdict->detail);
    }
}

static void good_certificates_get_in(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        start_over(versions[i]);
        duo_expect(&duo, false);
        const struct peer_summary *summary = verified_peer_summary(tlsstream_peer(duo.server));
        assert_string_equal(summary->subject, "CN=alice,O=Tests");
        assert_string_equal(summary->issuer, "CN=Intermediate,O=Tests");
        assert_null(tlsstream_verdict(duo.server));
        assert_int_equal(tlsstream_alert(duo.server), 0);
    }
    assert_int_equal(chaincache_count(duo.cache).hits, 1);
}

static void rsa_clients_and_servers_get_in(void **state) {
    (void)state;
    struct minted client = duo_mint("rsa", MINT_CLIENT, MINT_RSA_2048, &pki.root);
    duo.client_certificate = &client;
    duo.client_chain = NULL;
    duo.certificates[1] = duo_certificate(&pki.server_rsa);
    duo.settings.certificate_count = 2;
    for (size_t i = 0; i < 2; i++) {
        start_over(versions[i]);
        duo_expect(&duo, false);
        assert_string_equal(verified_peer_summary(tlsstream_peer(duo.server))->subject, "CN=rsa,O=Tests");
        start_over(versions[i]);
        SSL_CTX_set1_sigalgs_list(duo.client_context, "rsa_pss_rsae_sha256:RSA+SHA256");
        duo_expect(&duo, false);
        assert_int_equal(EVP_PKEY_get_base_id(X509_get0_pubkey(SSL_get0_peer_certificate(duo.client))), EVP_PKEY_RSA);
        SSL_CTX_set1_sigalgs_list(duo.client_context, "ECDSA+SHA256:rsa_pss_rsae_sha256:RSA+SHA256");
    }
    minted_fini(&client);
}

static void every_group_works(void **state) {
    (void)state;
    static const char *const groups[] = {"X25519", "P-256", "P-384"};
    duo.certificates[0] = duo_certificate(&pki.server_rsa); /* ECDSA in TLS 1.2 needs its curve among the groups, */
    duo.settings.client_auth = TLS_CLIENT_AUTH_OFF;         /* the client's as well */
    for (size_t i = 0; i < 6; i++) {
        start_over(versions[i % 2]);
        assert_int_equal(SSL_CTX_set1_groups_list(duo.client_context, groups[i / 2]), 1);
        duo_expect(&duo, false);
    }
}

static void no_certificate_is_refused_where_one_is_required(void **state) {
    (void)state;
    duo.client_certificate = NULL;
    start_over(TLS1_3_VERSION);
    duo_expect_refusal(&duo, REASON_CERT_MISSING, SSL_AD_CERTIFICATE_REQUIRED);
    assert_null(tlsstream_verdict(duo.server));
    start_over(TLS1_2_VERSION);
    duo_expect_refusal(&duo, REASON_CERT_MISSING, SSL_AD_HANDSHAKE_FAILURE);
}

static void no_certificate_is_fine_where_it_is_optional(void **state) {
    (void)state;
    struct minted other = duo_mint("Foreign", MINT_CA, MINT_EC_P256, NULL);
    struct minted foreign = duo_mint("mallory", MINT_CLIENT, MINT_EC_P256, &other);
    duo.settings.client_auth = TLS_CLIENT_AUTH_OPTIONAL;
    for (size_t i = 0; i < 2; i++) {
        duo.client_certificate = NULL;
        start_over(versions[i]);
        duo_expect(&duo, false);
        assert_null(tlsstream_peer(duo.server));
    }
    expect_refused(&foreign, NULL, REASON_CERT_UNKNOWN_ISSUER);
    minted_fini(&other);
    minted_fini(&foreign);
}

static void any_certificate_is_a_proof_of_possession_where_no_chain_is_judged(void **state) {
    (void)state;
    struct minted lone = duo_mint("mallory", MINT_SERVER, MINT_EC_P256, NULL);
    static const enum tls_client_auth modes[] = {TLS_CLIENT_AUTH_REQUEST, TLS_CLIENT_AUTH_ANY_WITH_PROOF};
    duo.settings.trust = NULL;
    for (size_t i = 0; i < 4; i++) {
        duo_forget(&duo);
        duo.settings.client_auth = modes[i / 2];
        duo.client_certificate = &lone;
        duo.client_chain = NULL;
        start_over(versions[i % 2]);
        duo_expect(&duo, false);
        assert_int_equal(verified_peer_proof(tlsstream_peer(duo.server)), PEER_PROOF_POSSESSION);
        duo_close(&duo);
        duo_expect(&duo, true);
        assert_int_equal(verified_peer_proof(tlsstream_peer(duo.server)), PEER_PROOF_POSSESSION);
        duo.client_certificate = NULL;
        start_over(versions[i % 2]);
        if (modes[i / 2] == TLS_CLIENT_AUTH_REQUEST) {
            duo_expect(&duo, false);
            assert_null(tlsstream_peer(duo.server));
        } else {
            duo_expect_refusal(&duo, REASON_CERT_MISSING, i % 2 == 0 ? SSL_AD_HANDSHAKE_FAILURE : 0);
        }
    }
    minted_fini(&lone);
}

/* With a verdict in the place of a proof, in the full handshake and by the ticket. */
static void who_is_refused_later_gets_through_the_handshake(void **state) {
    (void)state;
    struct minted other = duo_mint("Foreign", MINT_CA, MINT_EC_P256, NULL);
    struct minted foreign = duo_mint("mallory", MINT_CLIENT, MINT_EC_P256, &other);
    static const enum tls_client_auth modes[] = {TLS_CLIENT_AUTH_REPORT_ONLY, TLS_CLIENT_AUTH_REQUIRED};
    for (size_t i = 0; i < 4; i++) {
        duo_forget(&duo);
        duo.settings.client_auth = modes[i / 2];
        duo.settings.refuses_later = modes[i / 2] == TLS_CLIENT_AUTH_REQUIRED;
        duo.client_certificate = &foreign;
        duo.client_chain = NULL;
        start_over(versions[i % 2]);
        for (int is_resumed = 0; is_resumed < 2; is_resumed++) {
            duo_expect(&duo, is_resumed);
            assert_null(tlsstream_peer(duo.server));
            assert_int_equal(tlsstream_verdict(duo.server)->reason, REASON_CERT_UNKNOWN_ISSUER);
            assert_string_equal(tlsstream_verdict(duo.server)->presented.subject, "CN=mallory,O=Tests");
            struct verify_verdict *taken = tlsstream_take_verdict(duo.server);
            assert_null(tlsstream_verdict(duo.server));
            free(taken);
            duo_close(&duo);
        }
        duo.client_certificate = &pki.client;
        duo.client_chain = &pki.intermediate;
        start_over(versions[i % 2]);
        duo_expect(&duo, false);
        assert_int_equal(verified_peer_proof(tlsstream_peer(duo.server)), PEER_PROOF_CHAIN);
        assert_null(tlsstream_verdict(duo.server));
    }
    minted_fini(&other);
    minted_fini(&foreign);
}

/* Who shows nothing where a certificate is required is asked again the next time: there is no ticket. */
static void who_shows_nothing_gets_through_without_a_ticket(void **state) {
    (void)state;
    duo.settings.refuses_later = true;
    for (size_t i = 0; i < 2; i++) {
        duo.client_certificate = NULL;
        start_over(versions[i]);
        duo_expect(&duo, false);
        assert_null(tlsstream_peer(duo.server));
        assert_null(tlsstream_verdict(duo.server));
        duo_close(&duo);
        duo.client_certificate = &pki.client;
        duo_expect(&duo, false);
        assert_non_null(tlsstream_peer(duo.server));
    }
}

static void a_host_that_asks_for_none_takes_none(void **state) {
    (void)state;
    duo.settings.client_auth = TLS_CLIENT_AUTH_OFF;
    duo_expect(&duo, false);
    assert_null(tlsstream_peer(duo.server));
}

static void dates_are_checked(void **state) {
    (void)state;
    int64_t now = now_unix_ms() / 1000;
    struct mint_request request = {.common_name = "late",
                                   .usage = MINT_CLIENT,
                                   .not_before = now - 1000,
                                   .not_after = now - 10};
    struct minted expired = minted_request(&request, MINT_EC_P256, &pki.root);
    request.not_before = now + 1000;
    request.not_after = now + 2000;
    struct minted early = minted_request(&request, MINT_EC_P256, &pki.root);
    expect_refused(&expired, NULL, REASON_CERT_EXPIRED);
    expect_refused(&early, NULL, REASON_CERT_NOT_YET_VALID);
    minted_fini(&expired);
    minted_fini(&early);
}

static void foreign_and_impostor_issuers_are_refused(void **state) {
    (void)state;
    struct minted foreign_root = duo_mint("Foreign", MINT_CA, MINT_EC_P256, NULL);
    struct minted foreign = duo_mint("mallory", MINT_CLIENT, MINT_EC_P256, &foreign_root);
    struct minted impostor_root = duo_mint("Root", MINT_CA, MINT_EC_P256, NULL);
    struct minted impostor = duo_mint("mallory", MINT_CLIENT, MINT_EC_P256, &impostor_root);
    struct minted by_leaf = duo_mint("mallory", MINT_CLIENT, MINT_EC_P256, &pki.client);
    struct minted lone = duo_mint("mallory", MINT_CLIENT, MINT_EC_P256, NULL);
    expect_refused(&foreign, &foreign_root, REASON_CERT_UNKNOWN_ISSUER);
    expect_refused(&foreign, NULL, REASON_CERT_UNKNOWN_ISSUER);
    expect_refused(&pki.client, NULL, REASON_CERT_UNKNOWN_ISSUER);
    expect_refused(&lone, NULL, REASON_CERT_UNKNOWN_ISSUER);
    expect_refused(&impostor, NULL, REASON_CERT_BAD_SIGNATURE);
    duo.settings.trust = minted_trust(&pki.intermediate);
    duo_forget(&duo);
    expect_refused(&by_leaf, &pki.client, REASON_CERT_ISSUER_NOT_CA);
    trust_unref(&duo.settings.trust);
    minted_fini(&foreign_root);
    minted_fini(&foreign);
    minted_fini(&impostor_root);
    minted_fini(&impostor);
    minted_fini(&by_leaf);
    minted_fini(&lone);
}

static void tampered_certificates_are_refused(void **state) {
    (void)state;
    struct minted tampered = duo_mint("alice", MINT_CLIENT, MINT_EC_P256, &pki.root);
    crafted_tamper(&tampered);
    expect_refused(&tampered, NULL, REASON_CERT_BAD_SIGNATURE);
    minted_fini(&tampered);
}

static void wrong_usage_is_refused(void **state) {
    (void)state;
    struct minted server = duo_mint("mallory", MINT_SERVER, MINT_EC_P256, &pki.root);
    expect_refused(&server, NULL, REASON_CERT_WRONG_USAGE);
    minted_fini(&server);
}

static void add_critical(X509 *certificate) {
    crafted_add_unknown(certificate, true);
}

static void unknown_critical_extensions_are_refused(void **state) {
    (void)state;
    struct minted critical = duo_mint("mallory", MINT_CLIENT, MINT_EC_P256, &pki.root);
    crafted_resign(&critical, &pki.root, add_critical, EVP_sha256(), NULL);
    expect_refused(&critical, NULL, REASON_CERT_CRITICAL_EXTENSION);
    minted_fini(&critical);
}

static void weak_keys_are_refused(void **state) {
    (void)state;
    struct minted weak = duo_mint("mallory", MINT_CLIENT, MINT_EC_P256, &pki.root);
    EVP_PKEY *small = EVP_RSA_gen(1024);
    crafted_resign(&weak, &pki.root, NULL, EVP_sha256(), small);
    expect_refused(&weak, NULL, REASON_CERT_WEAK_KEY);
    EVP_PKEY_free(small);
    minted_fini(&weak);
}

static void long_chains_are_refused(void **state) {
    (void)state;
    duo.settings.verify.depth = 0;
    expect_refused(&pki.client, &pki.intermediate, REASON_CERT_CHAIN_TOO_LONG);
}

static void many_certificates_are_refused(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        start_over(versions[i]);
        duo_open(&duo);
        for (int j = 0; j < 12; j++) {
            X509 *other = cert_parse(buf_view(&pki.root.der));
            assert_true(SSL_add1_chain_cert(duo.client, other));
            X509_free(other);
        }
        duo_run(&duo);
        assert_int_equal(duo.status, STREAM_FAILED);
        assert_int_equal(stream_failure(duo.server), REASON_CERT_TOO_LARGE);
        assert_int_equal(tlsstream_alert(duo.server), SSL_AD_BAD_CERTIFICATE);
    }
}

/* The certificate's public key with somebody else's private key. */
static EVP_PKEY *mismatched_key(const struct minted *certificate) {
    EVP_PKEY *right = crafted_key(certificate);
    EVP_PKEY *wrong = EVP_EC_gen("prime256v1");
    EC_KEY *mixed = EC_KEY_dup(EVP_PKEY_get0_EC_KEY(right));
    assert_true(EC_KEY_set_private_key(mixed, EC_KEY_get0_private_key(EVP_PKEY_get0_EC_KEY(wrong))));
    EVP_PKEY *key = EVP_PKEY_new();
    assert_true(EVP_PKEY_assign_EC_KEY(key, mixed));
    EVP_PKEY_free(right);
    EVP_PKEY_free(wrong);
    return key;
}

static void a_stolen_certificate_without_its_key_is_refused(void **state) {
    (void)state;
    EVP_PKEY *key = mismatched_key(&pki.client);
    for (size_t i = 0; i < 2; i++) {
        start_over(versions[i]);
        duo_open(&duo);
        assert_int_equal(SSL_use_PrivateKey(duo.client, key), 1);
        duo_run(&duo);
        assert_int_equal(duo.status, STREAM_FAILED);
        assert_int_equal(stream_failure(duo.server), REASON_CERT_PROOF);
        assert_int_equal(tlsstream_alert(duo.server), SSL_AD_DECRYPT_ERROR);
        assert_null(tlsstream_peer(duo.server));
    }
    EVP_PKEY_free(key);
}

static void tls12_needs_the_extended_master_secret(void **state) {
    (void)state;
    start_over(TLS1_2_VERSION);
    SSL_CTX_set_options(duo.client_context, SSL_OP_NO_EXTENDED_MASTER_SECRET);
    duo_expect_refusal(&duo, REASON_TLS_EXTENDED_MASTER_SECRET, 0);
    start_over(TLS1_3_VERSION);
    duo_expect(&duo, false);
}

static void versions_and_ciphers_have_to_meet(void **state) {
    (void)state;
    duo.settings.min_version = TLS_VERSION_13;
    start_over(TLS1_2_VERSION);
    duo_expect_refusal(&duo, REASON_TLS_VERSION, 0);
    duo_forget(&duo);
    duo.settings.min_version = TLS_VERSION_12;
    start_over(TLS1_2_VERSION);
    assert_int_equal(SSL_CTX_set_cipher_list(duo.client_context, "AES128-SHA"), 1);
    duo_expect_refusal(&duo, REASON_TLS_NO_SHARED_CIPHER, 0);
    start_over(TLS1_3_VERSION);
    assert_int_equal(SSL_CTX_set1_groups_list(duo.client_context, "X448"), 1);
    duo_expect_refusal(&duo, REASON_TLS_NO_SHARED_CIPHER, 0);
}

static void the_clients_own_alert_and_departure_are_told_apart(void **state) {
    (void)state;
    start_over(TLS1_3_VERSION);
    SSL_CTX_set_verify(duo.client_context, SSL_VERIFY_PEER, NULL); /* it trusts nobody */
    assert_int_equal(duo_handshake(&duo), STREAM_FAILED);
    assert_int_equal(stream_failure(duo.server), REASON_TLS_CLIENT_ALERT);
    assert_int_equal(tlsstream_peer_alert(duo.server), SSL_AD_UNKNOWN_CA);
    start_over(TLS1_3_VERSION);
    duo_open(&duo);
    SSL_do_handshake(duo.client);
    harness_turns(duo.loop, 2);
    assert_int_equal(tlsstream_handshake(duo.server), STREAM_AGAIN);
    shutdown(duo.fds[1], SHUT_RDWR);
    harness_turns(duo.loop, 2);
    assert_int_equal(tlsstream_handshake(duo.server), STREAM_FAILED);
    assert_int_equal(stream_failure(duo.server), REASON_TLS_CLIENT_CLOSED);
    assert_int_equal(tlsstream_handshake(duo.server), STREAM_FAILED);
}

static void garbage_is_refused(void **state) {
    (void)state;
    duo_open(&duo);
    harness_send(duo.fds[1], "\x16\x03\x01 this is no handshake, whatever the first bytes say");
    harness_turns(duo.loop, 2);
    enum stream_status status = tlsstream_handshake(duo.server);
    if (status == STREAM_AGAIN) {
        shutdown(duo.fds[1], SHUT_WR);
        harness_turns(duo.loop, 2);
        status = tlsstream_handshake(duo.server);
    }
    assert_int_equal(status, STREAM_FAILED);
}

/* What somebody in between does to a record of the client (RFC 5246 section 6.2.1): its bytes, with the header. False
 * drops it. */
typedef bool meddler(uint8_t *record, size_t len);

/* Carries what waits in `from` to our side, record by record. */
static void carry(BIO *from, meddler *meddle) {
    uint8_t *bytes;
    long len = BIO_get_mem_data(from, &bytes);
    for (long at = 0; at + 5 <= len;) {
        long record = 5 + (bytes[at + 3] << 8 | bytes[at + 4]);
        if (meddle(bytes + at, (size_t)record))
            assert_int_equal(write(duo.fds[1], bytes + at, (size_t)record), record);
        at += record;
    }
    (void)BIO_reset(from);
}

/* A handshake in TLS 1.2, whose messages are readable, through a meddler. */
static void expect_meddled(meddler *meddle, enum reason reason, int alert) {
    BIO *inward = BIO_new(BIO_s_mem());
    BIO *outward = BIO_new(BIO_s_mem());
    uint8_t bytes[20000];
    duo_version(&duo, TLS1_2_VERSION);
    duo_open(&duo);
    SSL_set_bio(duo.client, inward, outward);
    for (int i = 0; i < 50 && duo.status == STREAM_AGAIN; i++) {
        ERR_clear_error();
        SSL_do_handshake(duo.client);
        carry(outward, meddle);
        harness_turns(duo.loop, 1);
        duo.status = tlsstream_handshake(duo.server);
        ssize_t len = read(duo.fds[1], bytes, sizeof bytes);
        if (len > 0)
            BIO_write(inward, bytes, (int)len);
    }
    assert_int_equal(duo.status, STREAM_FAILED);
    assert_string_equal(reason_row(stream_failure(duo.server))->label, reason_row(reason)->label);
    assert_int_equal(tlsstream_alert(duo.server), alert);
    assert_null(tlsstream_peer(duo.server));
}

static bool is_message(const uint8_t *record, size_t len, uint8_t type) {
    return len > 5 && record[0] == SSL3_RT_HANDSHAKE && record[5] == type;
}

/* The first certificate's first byte is behind the headers of record, message, list and certificate. */
static bool spoil_certificate(uint8_t *record, size_t len) {
    if (is_message(record, len, SSL3_MT_CERTIFICATE))
        record[5 + 4 + 3 + 3] ^= 1;
    return true;
}

static bool shorten_certificate(uint8_t *record, size_t len) {
    if (is_message(record, len, SSL3_MT_CERTIFICATE))
        record[5 + 4 + 3 + 2]--;
    return true;
}

static bool drop_proof(uint8_t *record, size_t len) {
    return !is_message(record, len, SSL3_MT_CERTIFICATE_VERIFY);
}

static bool spoil_proof(uint8_t *record, size_t len) {
    if (is_message(record, len, SSL3_MT_CERTIFICATE_VERIFY))
        record[len - 1] ^= 1;
    return true;
}

static void malformed_certificates_are_refused(void **state) {
    (void)state;
    expect_meddled(spoil_certificate, REASON_CERT_MALFORMED, SSL_AD_DECODE_ERROR);
    duo_close(&duo);
    expect_meddled(shorten_certificate, REASON_CERT_MALFORMED, SSL_AD_DECODE_ERROR);
}

static void a_proof_may_neither_be_missing_nor_altered(void **state) {
    (void)state;
    expect_meddled(drop_proof, REASON_CERT_PROOF, SSL_AD_UNEXPECTED_MESSAGE);
    duo_close(&duo);
    expect_meddled(spoil_proof, REASON_CERT_PROOF, SSL_AD_DECRYPT_ERROR);
}

/* The intermediate is not wanted here. */
static enum reason refuse_the_second(void *owner, struct verified_peer *peer, int *depth, const char **detail) {
    unsigned *asked = owner;
    ++*asked;
    assert_string_equal(verified_peer_summary(peer)->subject, "CN=alice,O=Tests");
    assert_null(*detail);
    *depth = 1;
    return REASON_CERT_REVOKED;
}

static void the_owner_of_the_connection_has_a_word(void **state) {
    (void)state;
    unsigned asked = 0;
    duo.hook = (struct verify_judge){.judge = refuse_the_second, .owner = &asked};
    expect_refused(&pki.client, &pki.intermediate, REASON_CERT_REVOKED);
    assert_int_equal(asked, 2);
    assert_int_equal(tlsstream_verdict(duo.server)->depth, 1);
    assert_string_equal(tlsstream_verdict(duo.server)->failed.subject, "CN=Intermediate,O=Tests");
    assert_string_equal(tlsstream_verdict(duo.server)->detail, reason_row(REASON_CERT_REVOKED)->sentence);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_owner_of_the_connection_has_a_word, set_up, tear_down),
        cmocka_unit_test_setup_teardown(good_certificates_get_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rsa_clients_and_servers_get_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_group_works, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_certificate_is_refused_where_one_is_required, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_certificate_is_fine_where_it_is_optional, set_up, tear_down),
        cmocka_unit_test_setup_teardown(any_certificate_is_a_proof_of_possession_where_no_chain_is_judged, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(who_is_refused_later_gets_through_the_handshake, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_shows_nothing_gets_through_without_a_ticket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_host_that_asks_for_none_takes_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(dates_are_checked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(foreign_and_impostor_issuers_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tampered_certificates_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(wrong_usage_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unknown_critical_extensions_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(weak_keys_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_chains_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(many_certificates_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_stolen_certificate_without_its_key_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tls12_needs_the_extended_master_secret, set_up, tear_down),
        cmocka_unit_test_setup_teardown(versions_and_ciphers_have_to_meet, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_clients_own_alert_and_departure_are_told_apart, set_up, tear_down),
        cmocka_unit_test_setup_teardown(malformed_certificates_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_proof_may_neither_be_missing_nor_altered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(garbage_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
