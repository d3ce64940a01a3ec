/* Who gets in, who does not, and with which alert: full handshakes and resumed ones, TLS 1.2 and 1.3. */
#define OPENSSL_SUPPRESS_DEPRECATED /* a key whose halves do not belong together can only be made with the old functions */
#include "../pki/crafted.h"
#include "duo.h"

static struct duo_pki pki;
static struct duo duo;
static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

static int set_up_all(void **state) {
    (void)state;
    tls_library_start();
    duo_pki_init(&pki);
    return 0;
}

static int tear_down_all(void **state) {
    (void)state;
    duo_pki_fini(&pki);
    return 0;
}

static int set_up(void **state) {
    (void)state;
    duo_init(&duo, &pki);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    duo_fini(&duo);
    return 0;
}

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
    assert_int_equal(tlsstream_client_alert(duo.server), SSL_AD_UNKNOWN_CA);
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

/* --- resumption --- */

static void tickets_resume_with_the_same_identity(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        start_over(versions[i]);
        duo_expect(&duo, false);
        for (int j = 0; j < 3; j++) {
            duo_close(&duo);
            duo_expect(&duo, true);
            assert_string_equal(verified_peer_summary(tlsstream_peer(duo.server))->subject, "CN=alice,O=Tests");
            assert_int_equal(verified_peer_path_len(tlsstream_peer(duo.server)), 2);
        }
    }
}

static void tickets_resume_with_each_hash(void **state) {
    (void)state;
    static const char *const suites[] = {"TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256"};
    for (size_t i = 0; i < 2; i++) {
        start_over(TLS1_3_VERSION);
        assert_int_equal(SSL_CTX_set_ciphersuites(duo.client_context, suites[i]), 1);
        duo_expect(&duo, false);
        duo_close(&duo);
        duo_expect(&duo, true);
        assert_string_equal(tlsstream_facts(duo.server).cipher, suites[i]);
    }
}

static void tickets_of_another_process_with_the_same_keys_resume(void **state) {
    (void)state;
    duo_expect(&duo, false);
    struct duo other;
    duo_init(&other, &pki);
    other.session = duo.session;
    duo.session = NULL;
    duo_expect(&other, true);
    assert_string_equal(verified_peer_summary(tlsstream_peer(other.server))->subject, "CN=alice,O=Tests");
    duo_fini(&other);
}

static void tickets_of_a_host_without_certificates_open_no_other(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        duo_forget(&duo);
        duo.settings.client_auth = TLS_CLIENT_AUTH_OFF;
        duo.settings.context[0] = 8;
        duo.client_certificate = NULL;
        start_over(versions[i]);
        duo_expect(&duo, false);
        duo_close(&duo);
        duo_expect(&duo, true);
        duo_forget(&duo);
        duo.settings.client_auth = TLS_CLIENT_AUTH_REQUIRED;
        duo.settings.context[0] = 7;
        duo_expect_refusal(&duo, REASON_CERT_MISSING, i == 0 ? SSL_AD_HANDSHAKE_FAILURE : 0);
    }
}

/* Even if whoever makes the context forgets to put client authentication into it. */
static void tickets_without_a_chain_open_no_host_that_requires_one(void **state) {
    (void)state;
    duo.settings.client_auth = TLS_CLIENT_AUTH_OPTIONAL;
    duo.client_certificate = NULL;
    duo_expect(&duo, false);
    duo_close(&duo);
    duo_expect(&duo, true);
    assert_null(tlsstream_peer(duo.server));
    duo_forget(&duo);
    duo.settings.client_auth = TLS_CLIENT_AUTH_REQUIRED;
    duo_expect_refusal(&duo, REASON_CERT_MISSING, 0);
}

static void another_context_leads_to_a_full_handshake(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        start_over(versions[i]);
        duo_expect(&duo, false);
        duo_forget(&duo);
        duo.settings.context[31] ^= 1;
        duo_expect(&duo, false);
    }
}

static void another_trust_leads_to_a_full_handshake_that_fails(void **state) {
    (void)state;
    struct minted other = duo_mint("Other", MINT_CA, MINT_EC_P256, NULL);
    for (size_t i = 0; i < 2; i++) {
        start_over(versions[i]);
        duo_expect(&duo, false);
        duo_forget(&duo);
        duo.settings.trust = minted_trust(&other);
        duo_expect_refusal(&duo, REASON_CERT_UNKNOWN_ISSUER, 0);
        duo_forget(&duo);
        trust_unref(&duo.settings.trust);
        duo.settings.trust = pki.trust;
    }
    minted_fini(&other);
}

static void stricter_settings_lead_to_a_full_handshake_that_fails(void **state) {
    (void)state;
    duo_expect(&duo, false);
    duo_forget(&duo);
    duo.settings.verify.depth = 0;
    duo_expect_refusal(&duo, REASON_CERT_CHAIN_TOO_LONG, 0);
}

static void a_certificate_that_expired_since_is_refused(void **state) {
    (void)state;
    int64_t now = now_unix_ms() / 1000;
    struct mint_request request = {.common_name = "brief",
                                   .usage = MINT_CLIENT,
                                   .not_before = now - 10,
                                   .not_after = now + 2};
    struct minted brief = minted_request(&request, MINT_EC_P256, &pki.root);
    duo.client_certificate = &brief;
    duo.client_chain = NULL;
    duo_expect(&duo, false);
    duo_close(&duo);
    while (now_unix_ms() / 1000 <= now + 2)
        usleep(100000);
    duo_expect_refusal(&duo, REASON_CERT_EXPIRED, 0);
    minted_fini(&brief);
}

static void a_ticket_lives_from_the_full_handshake_on(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        start_over(versions[i]);
        tls_tickets_set_lifetime(duo.tickets, 3);
        duo_expect(&duo, false);
        int64_t start = now_unix_ms() / 1000;
        duo_close(&duo);
        usleep(1100000);
        duo_expect(&duo, true); /* renews the ticket, not the time */
        duo_close(&duo);
        while (now_unix_ms() / 1000 < start + 3)
            usleep(100000);
        duo_expect(&duo, false);
    }
}

static void keys_rotate(void **state) {
    (void)state;
    struct tls_ticket_key keys[2] = {{.name = {9}, .cipher_key = {9}, .mac_key = {9}},
                                     {.name = {1}, .cipher_key = {2}, .mac_key = {3}}};
    for (size_t i = 0; i < 2; i++) {
        start_over(versions[i]);
        assert_true(tls_tickets_set(duo.tickets, &keys[1], 1));
        duo_expect(&duo, false);
        duo_close(&duo);
        assert_true(tls_tickets_set(duo.tickets, keys, 2));
        duo_expect(&duo, true); /* by the old key; the client gets a ticket of the new one */
        duo_close(&duo);
        assert_true(tls_tickets_set(duo.tickets, keys, 1));
        duo_expect(&duo, true);
        duo_close(&duo);
        assert_true(tls_tickets_set(duo.tickets, &keys[1], 1));
        duo_expect(&duo, false);
    }
}

static void a_ticket_under_another_key_of_the_same_name_is_not_taken(void **state) {
    (void)state;
    struct tls_ticket_key key = {.name = {1}, .cipher_key = {2}, .mac_key = {4}};
    for (size_t i = 0; i < 2; i++) {
        start_over(versions[i]);
        duo_expect(&duo, false);
        duo_close(&duo);
        assert_true(tls_tickets_set(duo.tickets, &key, 1));
        duo_expect(&duo, false);
        key.mac_key[0]++;
    }
}

static void no_ticket_without_keys_or_when_switched_off(void **state) {
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        duo_forget(&duo);
        tls_tickets_free(&duo.tickets);
        duo.tickets = tls_tickets_new(3600);
        duo.settings.tickets = duo.tickets;
        duo.settings.tickets_enabled = i < 2;
        start_over(versions[i % 2]);
        duo_expect(&duo, false);
        assert_true(!duo.session || !SSL_SESSION_has_ticket(duo.session));
        duo_close(&duo);
        duo_expect(&duo, false);
    }
}

static void one_ticket_a_handshake(void **state) {
    (void)state;
    duo_expect(&duo, false);
    SSL_SESSION *first = duo.session;
    assert_non_null(first);
    SSL_SESSION_up_ref(first);
    for (int i = 0; i < 10; i++)
        duo_step(&duo);
    assert_ptr_equal(duo.session, first);
    SSL_SESSION_free(first);
}

static void large_chains_get_no_ticket(void **state) {
    (void)state;
    const char *names[300];
    char text[299][40];
    for (size_t i = 0; i < 299; i++) {
        snprintf(text[i], sizeof text[i], "name-%03zu.long-enough.example.test", i);
        names[i] = text[i];
    }
    names[299] = NULL;
    int64_t now = now_unix_ms() / 1000;
    struct mint_request request = {
        .common_name = "big", .names = names, .usage = MINT_CLIENT, .not_before = now - 10, .not_after = now + 1000};
    struct minted big = minted_request(&request, MINT_EC_P256, &pki.root);
    duo.client_certificate = &big;
    duo.client_chain = NULL;
    for (size_t i = 0; i < 2; i++) {
        start_over(versions[i]);
        duo_expect(&duo, false);
        assert_true(!duo.session || !SSL_SESSION_has_ticket(duo.session));
        assert_string_equal(verified_peer_summary(tlsstream_peer(duo.server))->subject, "CN=big");
    }
    minted_fini(&big);
}

/* An eavesdropper shows alice's ticket with a cipher suite of another hash: the library opens it, does not use it,
 * and makes a full handshake. Neither the connection nor the ticket that comes out of it may be alice's. */
static void a_copied_ticket_lends_nobody_its_identity(void **state) {
    (void)state;
    duo.settings.client_auth = TLS_CLIENT_AUTH_OPTIONAL;
    start_over(TLS1_3_VERSION);
    assert_int_equal(SSL_CTX_set_ciphersuites(duo.client_context, "TLS_AES_128_GCM_SHA256"), 1);
    duo_expect(&duo, false);
    duo_close(&duo);
    duo.client_certificate = NULL;
    duo.settings.ciphersuites = "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256";
    duo_forget(&duo);
    assert_int_equal(SSL_CTX_set_ciphersuites(duo.client_context, "TLS_AES_256_GCM_SHA384:TLS_AES_128_GCM_SHA256"), 1);
    duo_expect(&duo, false);
    assert_null(tlsstream_peer(duo.server));
    duo_close(&duo);
    duo_expect(&duo, true);
    assert_null(tlsstream_peer(duo.server));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(good_certificates_get_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rsa_clients_and_servers_get_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(every_group_works, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_certificate_is_refused_where_one_is_required, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_certificate_is_fine_where_it_is_optional, set_up, tear_down),
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
        cmocka_unit_test_setup_teardown(garbage_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tickets_resume_with_the_same_identity, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tickets_resume_with_each_hash, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tickets_of_another_process_with_the_same_keys_resume, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tickets_of_a_host_without_certificates_open_no_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tickets_without_a_chain_open_no_host_that_requires_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_context_leads_to_a_full_handshake, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_trust_leads_to_a_full_handshake_that_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stricter_settings_lead_to_a_full_handshake_that_fails, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_certificate_that_expired_since_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_ticket_lives_from_the_full_handshake_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keys_rotate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_ticket_under_another_key_of_the_same_name_is_not_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_ticket_without_keys_or_when_switched_off, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_ticket_a_handshake, set_up, tear_down),
        cmocka_unit_test_setup_teardown(large_chains_get_no_ticket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_copied_ticket_lends_nobody_its_identity, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
