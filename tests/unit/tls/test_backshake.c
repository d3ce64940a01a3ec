/* Handshakes with servers, TLS 1.2 and 1.3: which are taken, which are refused and why, and what is resumed. */
#include "../pki/answered.h"
#include "backduo.h"

#include <signal.h>

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

static struct duo_pki pki;
static struct backduo duo;

static int set_up_all(void **state) {
    (void)state;
    signal(SIGPIPE, SIG_IGN);
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
    backduo_init(&duo, &pki);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    backduo_fini(&duo);
    return 0;
}

/* Both versions refuse the server for this reason; the verdict has the details. */
static void expect_refused(enum reason reason, const char *detail) {
    for (size_t i = 0; i < 2; i++) {
        backduo_version(&duo, versions[i]);
        backduo_expect_refusal(&duo, reason);
        const struct verify_verdict *verdict = tlsstream_verdict(duo.client);
        assert_non_null(verdict);
        assert_int_equal(verdict->reason, reason);
        assert_true(verdict->presented.present);
        if (detail)
            assert_string_equal(verdict->detail, detail);
    }
}

static struct minted mint_server(const char *const *names, int64_t not_after) {
    int64_t now = now_unix_ms() / 1000;
    struct mint_request request = {.common_name = "server",
                                   .organization = "Tests",
                                   .names = names,
                                   .usage = MINT_SERVER,
                                   .not_before = now - 10 * MINTED_DAY,
                                   .not_after = now + not_after};
    return minted_request(&request, MINT_EC_P256, &pki.root);
}

static void good_servers_are_taken(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        backduo_version(&duo, versions[i]);
        duo.settings.resumes = false;
        backduo_expect(&duo, false);
        assert_string_equal(verified_peer_summary(tlsstream_peer(duo.client))->subject, "CN=server,O=Tests");
        assert_string_equal(SSL_get_servername(duo.server, TLSEXT_NAMETYPE_host_name), "example.test");
        assert_null(tlsstream_verdict(duo.client));
    }
    assert_int_equal(chaincache_count(duo.cache).hits, 1);
}

static void no_name_is_sent_without_one(void **state) {
    (void)state;
    duo.dialled.sni = slice_text("");
    backduo_expect(&duo, false);
    assert_null(SSL_get_servername(duo.server, TLSEXT_NAMETYPE_host_name));
}

static void another_name_is_refused(void **state) {
    (void)state;
    duo.dialled.name = slice_text("other.test");
    expect_refused(REASON_CERT_OTHER_NAME, NULL);
    duo.dialled.name = slice_text("192.0.2.1");
    expect_refused(REASON_CERT_OTHER_NAME, NULL);
}

static void the_spiffe_id_has_to_be_the_one(void **state) {
    (void)state;
    static const char *const names[] = {"spiffe://example.org/api", NULL};
    struct minted server = mint_server(names, MINTED_DAY);
    duo.server_certificate = &server;
    duo.dialled.name = slice_text("");
    duo.dialled.spiffe_id = slice_text("spiffe://example.org/api");
    backduo_expect(&duo, false);
    duo.dialled.spiffe_id = slice_text("spiffe://example.org/ap");
    expect_refused(REASON_CERT_OTHER_NAME, "the certificate is not for the SPIFFE id that is asked for");
    minted_fini(&server);
}

static void expired_servers_are_refused(void **state) {
    (void)state;
    static const char *const names[] = {"example.test", NULL};
    struct minted server = mint_server(names, -MINTED_DAY);
    duo.server_certificate = &server;
    expect_refused(REASON_CERT_EXPIRED, NULL);
    minted_fini(&server);
}

static void untrusted_servers_are_refused(void **state) {
    (void)state;
    struct minted root = duo_mint("Other root", MINT_CA, MINT_EC_P256, NULL);
    duo.settings.trust = minted_trust(&root);
    expect_refused(REASON_CERT_UNKNOWN_ISSUER, "unable to get local issuer certificate");
    trust_unref(&duo.settings.trust);
    minted_fini(&root);
}

static void a_client_s_certificate_makes_no_server(void **state) {
    (void)state;
    struct minted client = duo_mint("alice", MINT_CLIENT, MINT_EC_P256, &pki.root);
    duo.server_certificate = &client;
    SSL_CTX_set_security_level(duo.server_context, 0);
    expect_refused(REASON_CERT_WRONG_USAGE, NULL);
    minted_fini(&client);
}

/* Whom the tests ask about a good chain: this reason, and how often it was asked. */
static enum reason word;
static unsigned asked;

static enum reason judge(void *owner, struct verified_peer *peer, int *depth, const char **detail) {
    (void)depth;
    assert_ptr_equal(owner, &duo);
    assert_string_equal(verified_peer_summary(peer)->subject, "CN=server,O=Tests");
    *detail = "so it was said";
    asked++;
    return word;
}

static void the_last_word_is_the_hook_s(void **state) {
    (void)state;
    word = REASON_CERT_REVOKED;
    duo.hook = (struct verify_judge){.judge = judge, .owner = &duo};
    expect_refused(REASON_CERT_REVOKED, "so it was said");
    word = REASON_NONE;
    backduo_expect(&duo, false);
}

static void sessions_are_resumed(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        backduo_version(&duo, versions[i]);
        backduo_expect(&duo, false);
        for (int times = 0; times < 3; times++) {
            backduo_expect(&duo, true);
            assert_string_equal(verified_peer_summary(tlsstream_peer(duo.client))->subject, "CN=server,O=Tests");
        }
        tls_outpoint_unref(&duo.outpoint);
    }
}

static void sessions_are_not_resumed_where_none_are_kept(void **state) {
    (void)state;
    duo.settings.resumes = false;
    backduo_expect(&duo, false);
    backduo_expect(&duo, false);
}

static void another_server_or_name_has_its_own_sessions(void **state) {
    (void)state;
    backduo_expect(&duo, false);
    duo.dialled.address = slice_text("192.0.2.2:443");
    backduo_expect(&duo, false);
    duo.dialled.sni = slice_text("");
    backduo_expect(&duo, false);
    duo.dialled.address = slice_text("192.0.2.1:443");
    duo.dialled.sni = slice_text("example.test");
    backduo_expect(&duo, true);
}

static void a_session_is_judged_again(void **state) {
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        backduo_version(&duo, versions[i]);
        duo.hook = (struct verify_judge){.judge = judge, .owner = &duo};
        word = REASON_NONE;
        backduo_expect(&duo, false);
        asked = 0;
        backduo_expect(&duo, true);
        assert_int_equal(asked, 1);
        word = REASON_CERT_REVOKED;
        backduo_expect_refusal(&duo, REASON_CERT_REVOKED);
        tls_outpoint_unref(&duo.outpoint);
    }
}

static void a_session_does_not_stand_for_another_name(void **state) {
    (void)state;
    backduo_expect(&duo, false);
    duo.dialled.name = slice_text("other.test");
    backduo_expect_refusal(&duo, REASON_CERT_OTHER_NAME);
}

static void a_certificate_of_ours_is_shown_to_who_asks(void **state) {
    (void)state;
    struct tls_certificate own = duo_certificate(&pki.client);
    duo.settings.certificate = &own;
    backduo_ask(&duo, true);
    for (size_t i = 0; i < 2; i++) {
        backduo_version(&duo, versions[i]);
        backduo_expect(&duo, false);
        X509 *shown = SSL_get1_peer_certificate(duo.server);
        X509 *ours = cert_parse(buf_view(&pki.client.der));
        assert_int_equal(X509_cmp(shown, ours), 0);
        X509_free(shown);
        X509_free(ours);
        tls_outpoint_unref(&duo.outpoint);
    }
}

/* In TLS 1.3 the server says so only after our handshake is done. */
static void a_server_that_asks_in_vain_says_so(void **state) {
    (void)state;
    uint8_t byte;
    backduo_ask(&duo, true);
    backduo_version(&duo, TLS1_2_VERSION);
    backduo_expect_refusal(&duo, REASON_TLS_CLIENT_ALERT);
    assert_int_equal(tlsstream_peer_alert(duo.client), SSL_AD_HANDSHAKE_FAILURE);
    backduo_version(&duo, TLS1_3_VERSION);
    assert_int_equal(backduo_handshake(&duo), STREAM_OK);
    assert_int_equal(stream_read(duo.client, &byte, 1).status, STREAM_FAILED);
    assert_int_equal(stream_failure(duo.client), REASON_BACKEND_TLS_ALERT);
    assert_int_equal(tlsstream_peer_alert(duo.client), SSL_AD_CERTIFICATE_REQUIRED);
}

static void skipping_takes_anybody(void **state) {
    (void)state;
    struct minted nobody = duo_mint("nobody", MINT_SERVER, MINT_EC_P256, NULL);
    duo.server_certificate = &nobody;
    duo.settings.skips_verify = true;
    duo.settings.trust = NULL;
    duo.dialled.name = slice_text("other.test");
    for (size_t i = 0; i < 2; i++) {
        backduo_version(&duo, versions[i]);
        backduo_expect(&duo, false);
        assert_int_equal(verified_peer_proof(tlsstream_peer(duo.client)), PEER_PROOF_POSSESSION);
        backduo_expect(&duo, true);
        tls_outpoint_unref(&duo.outpoint);
    }
    minted_fini(&nobody);
}

static void the_protocol_is_what_both_speak(void **state) {
    (void)state;
    struct slice names[] = {slice_text("h2"), slice_text("http/1.1")};
    const unsigned char *offered;
    unsigned len;
    duo.settings.alpn = names;
    duo.settings.alpn_count = 2;
    backduo_expect(&duo, false);
    assert_int_equal(tlsstream_facts(duo.client).alpn.len, 0);
    SSL_get0_alpn_selected(duo.server, &offered, &len);
    assert_int_equal(len, 0);
}

/* --- OCSP responses --- */

/* Made two hours ago, good for `hours` from now. */
static struct buf answer_of(int status, int hours) {
    int now = (int)((now_unix_ms() / 1000 - ANSWERED_NOW) / 3600);
    struct answered answered = {.singles = {{.about = &pki.server,
                                             .issuer = &pki.root,
                                             .status = status,
                                             .code = ANSWERED_NO_CODE,
                                             .this_hour = now - 2,
                                             .next_hour = now + hours}},
                                .signer = &pki.root};
    return answered_make(&answered);
}

static void a_good_staple_is_taken(void **state) {
    (void)state;
    struct buf response = answer_of(V_OCSP_CERTSTATUS_GOOD, 2);
    duo.settings.staple = BACKSHAKE_STAPLE_REQUIRED;
    duo.staple = buf_view(&response);
    for (size_t i = 0; i < 2; i++) {
        backduo_version(&duo, versions[i]);
        backduo_expect(&duo, false);
        backduo_expect(&duo, true);
        tls_outpoint_unref(&duo.outpoint);
    }
    buf_fini(&response);
}

static void a_missing_staple_counts_where_it_is_required(void **state) {
    (void)state;
    duo.settings.staple = BACKSHAKE_STAPLE_REQUIRED;
    expect_refused(REASON_BACKEND_STAPLE_MISSING, "the server showed no OCSP response");
    assert_int_equal(tlsstream_alert(duo.client), SSL_AD_BAD_CERTIFICATE_STATUS_RESPONSE);
    tls_outpoint_unref(&duo.outpoint);
    duo.settings.staple = BACKSHAKE_STAPLE_IF_PRESENT;
    backduo_expect(&duo, false);
}

static void a_bad_staple_is_refused(void **state) {
    (void)state;
    static const struct {
        int status;
        int hours;
        enum reason reason;
    } rows[] = {{V_OCSP_CERTSTATUS_REVOKED, 2, REASON_CERT_REVOKED},
                {V_OCSP_CERTSTATUS_UNKNOWN, 2, REASON_OCSP_UNKNOWN},
                {V_OCSP_CERTSTATUS_GOOD, -1, REASON_OCSP_STALE}};
    duo.settings.staple = BACKSHAKE_STAPLE_IF_PRESENT;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf response = answer_of(rows[i].status, rows[i].hours);
        duo.staple = buf_view(&response);
        expect_refused(rows[i].reason, NULL);
        buf_fini(&response);
    }
    duo.staple = slice_text("garbage");
    expect_refused(REASON_OCSP_BAD_ANSWER, NULL);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(good_servers_are_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_name_is_sent_without_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_name_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_spiffe_id_has_to_be_the_one, set_up, tear_down),
        cmocka_unit_test_setup_teardown(expired_servers_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(untrusted_servers_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_client_s_certificate_makes_no_server, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_last_word_is_the_hook_s, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sessions_are_resumed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sessions_are_not_resumed_where_none_are_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_server_or_name_has_its_own_sessions, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_session_is_judged_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_session_does_not_stand_for_another_name, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_certificate_of_ours_is_shown_to_who_asks, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_server_that_asks_in_vain_says_so, set_up, tear_down),
        cmocka_unit_test_setup_teardown(skipping_takes_anybody, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_protocol_is_what_both_speak, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_good_staple_is_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_missing_staple_counts_where_it_is_required, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_bad_staple_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
