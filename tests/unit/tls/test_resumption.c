/* Whom a ticket lets in again, and whom not: TLS 1.2 and 1.3. */
#include "duostage.h"

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

/* A new connection without any session of the last. */
static void start_over(int version) {
    duo_close(&duo);
    SSL_SESSION_free(duo.session);
    duo.session = NULL;
    duo_version(&duo, version);
}

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

static enum reason refuse_when_told(void *owner, struct verified_peer *peer, int *depth, const char **detail) {
    const bool *is_refused = owner;
    (void)peer;
    *depth = 0;
    *detail = "not any more";
    return *is_refused ? REASON_CERT_REVOKED : REASON_NONE;
}

/* The ticket leads to a full handshake, which is refused, too. */
static void tickets_do_not_pass_by_the_owner_of_the_connection(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        bool is_refused = false;
        start_over(versions[i]);
        duo.hook = (struct verify_judge){.judge = refuse_when_told, .owner = &is_refused};
        duo_expect(&duo, false);
        duo_close(&duo);
        duo_expect(&duo, true);
        duo_close(&duo);
        is_refused = true;
        duo_expect_refusal(&duo, REASON_CERT_REVOKED, 0);
        assert_string_equal(tlsstream_verdict(duo.server)->detail, "not any more");
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
    assert_int_equal(duo_handshake(&duo), STREAM_OK); /* resumed or not: patches of OpenSSL 3.0 differ */
    assert_null(tlsstream_peer(duo.server));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tickets_resume_with_the_same_identity, set_up, tear_down),
        cmocka_unit_test_setup_teardown(tickets_do_not_pass_by_the_owner_of_the_connection, set_up, tear_down),
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
