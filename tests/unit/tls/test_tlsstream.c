/* The stream over a stream: bytes in both directions, joined records, back-pressure, ends. The handshake's verdicts are
 * in test_handshake. */
#include "duostage.h"

/* Reads until `len` bytes are there. */
static void read_all(uint8_t *to, size_t len) {
    size_t total = 0;
    for (int i = 0; i < 100000 && total < len; i++) {
        struct stream_result result = stream_read(duo.server, to + total, len - total);
        if (result.status == STREAM_AGAIN)
            harness_turns(duo.loop, 1);
        else
            assert_int_equal(result.status, STREAM_OK);
        total += result.bytes;
    }
    assert_int_equal(total, len);
}

static void facts_name_what_was_agreed(void **state) {
    (void)state;
    struct slice alpn[] = {slice_text("h2"), slice_text("http/1.1")};
    duo.settings.alpn = alpn;
    duo.settings.alpn_count = 2;
    SSL_CTX_set_alpn_protos(duo.client_context, (const unsigned char *)"\x08http/1.1\x02h2", 12);
    duo_expect(&duo, false);
    struct tls_facts facts = tlsstream_facts(duo.server);
    assert_string_equal(facts.version, "TLSv1.3");
    assert_string_equal(facts.cipher, "TLS_AES_128_GCM_SHA256");
    assert_true(slice_equal(facts.alpn, slice_text("h2")));
    assert_string_equal(verified_peer_summary(tlsstream_peer(duo.server))->subject, "CN=alice,O=Tests");
    assert_int_equal(verified_peer_path_len(tlsstream_peer(duo.server)), 2);
}

static void no_shared_alpn_is_refused(void **state) {
    (void)state;
    struct slice alpn[] = {slice_text("http/1.1")};
    duo.settings.alpn = alpn;
    duo.settings.alpn_count = 1;
    SSL_CTX_set_alpn_protos(duo.client_context, (const unsigned char *)"\x04smtp", 5);
    duo_expect_refusal(&duo, REASON_TLS_NO_SHARED_ALPN, 0);
}

static void bytes_come_through_in_order(void **state) {
    (void)state;
    uint8_t sent[40000];
    uint8_t got[40000];
    for (size_t i = 0; i < sizeof sent; i++)
        sent[i] = (uint8_t)(i * 31 >> 3);
    duo_expect(&duo, false);
    for (int i = 0; i < 20; i++) {
        assert_int_equal(SSL_write(duo.client, sent, sizeof sent), sizeof sent);
        read_all(got, sizeof got);
        assert_memory_equal(got, sent, sizeof sent);
    }
}

static void a_drained_read_needs_no_other(void **state) {
    (void)state;
    uint8_t got[100];
    duo_expect(&duo, false);
    assert_int_equal(stream_read(duo.server, got, sizeof got).status, STREAM_AGAIN);
    assert_int_equal(SSL_write(duo.client, "hello", 5), 5);
    harness_turns(duo.loop, 3);
    struct stream_result result = stream_read(duo.server, got, sizeof got);
    assert_int_equal(result.bytes, 5);
    assert_true(result.drained);
    assert_int_equal(SSL_write(duo.client, "hello, world", 12), 12);
    harness_turns(duo.loop, 3);
    result = stream_read(duo.server, got, 4);
    assert_int_equal(result.bytes, 4);
    assert_false(result.drained);
}

static void small_parts_are_one_record(void **state) {
    (void)state;
    struct slice parts[] = {slice_text("HTTP/1.1 200 OK\r\n"), {0}, slice_text("\r\n"), slice_text("body"), {0}};
    uint8_t got[100];
    duo_expect(&duo, false);
    struct stream_result result = stream_write(duo.server, parts, 5);
    assert_int_equal(result.bytes, 23);
    assert_true(stream_flush(duo.server));
    /* One SSL_read gives at most one record. */
    assert_int_equal(SSL_read(duo.client, got, sizeof got), 23);
    assert_memory_equal(got, "HTTP/1.1 200 OK\r\n\r\nbody", 23);
}

static void a_slow_reader_holds_the_writer_back(void **state) {
    (void)state;
    static uint8_t chunk[50000];
    static uint8_t got[50000];
    struct slice parts[] = {slice_of(chunk, 1000), slice_of(chunk + 1000, sizeof chunk - 1000)};
    uint64_t sent = 0;
    uint64_t received = 0;
    duo_expect(&duo, false);
    for (size_t i = 0; i < sizeof chunk; i++)
        chunk[i] = (uint8_t)(i % 251);
    struct stream_result result;
    while ((result = stream_write(duo.server, parts, 2)).status == STREAM_OK && result.bytes == sizeof chunk)
        sent += result.bytes;
    assert_true(result.status == STREAM_OK || result.status == STREAM_AGAIN);
    sent += result.bytes;
    assert_true(sent < 4000000);
    assert_false(stream_flush(duo.server));
    assert_int_equal(stream_write(duo.server, parts, 2).status, STREAM_AGAIN);
    for (int i = 0; i < 100000 && received < sent; i++) {
        int len = SSL_read(duo.client, got, sizeof got);
        for (int j = 0; j < len; j++)
            assert_int_equal(got[j], chunk[(received + (unsigned)j) % sizeof chunk]);
        received += len > 0 ? (unsigned)len : 0;
        if (len <= 0)
            harness_turns(duo.loop, 1);
    }
    assert_int_equal(received, sent);
    assert_true(stream_flush(duo.server));
}

static void early_bytes_wait_for_the_reader(void **state) {
    (void)state;
    uint8_t got[10];
    duo_open(&duo);
    for (int i = 0; i < 50 && duo.status == STREAM_AGAIN; i++) {
        ERR_clear_error();
        if (SSL_do_handshake(duo.client) == 1)
            SSL_write(duo.client, "GET", 3);
        harness_turns(duo.loop, 1);
        duo.status = tlsstream_handshake(duo.server);
    }
    assert_int_equal(duo.status, STREAM_OK);
    assert_int_equal(stream_read(duo.server, got, sizeof got).bytes, 3);
}

/* Sends so many key updates in one write. */
static void send_key_updates(int count) {
    char *bytes;
    int fd = SSL_get_fd(duo.client);
    BIO *gathered = BIO_new(BIO_s_mem());
    assert_int_equal(BIO_up_ref(gathered), 1);
    SSL_set0_wbio(duo.client, gathered);
    for (int i = 0; i < count; i++) {
        assert_int_equal(SSL_key_update(duo.client, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
        assert_int_equal(SSL_do_handshake(duo.client), 1);
    }
    long len = BIO_get_mem_data(gathered, &bytes);
    assert_int_equal(write(fd, bytes, (size_t)len), len);
    SSL_set0_wbio(duo.client, BIO_new_socket(fd, BIO_NOCLOSE));
    BIO_free(gathered);
}

static void key_updates_do_no_harm(void **state) {
    (void)state;
    uint8_t got[100];
    duo_version(&duo, TLS1_3_VERSION);
    duo_expect(&duo, false);
    for (int i = 0; i < 10; i++) {
        send_key_updates(10);
        assert_int_equal(SSL_write(duo.client, "hello", 5), 5);
        read_all(got, 5);
    }
}

static void key_updates_without_end_fail_the_stream(void **state) {
    (void)state;
    uint8_t got[100];
    duo_version(&duo, TLS1_3_VERSION);
    duo_expect(&duo, false);
    send_key_updates(4000);
    harness_turns(duo.loop, 3);
    assert_int_equal(stream_read(duo.server, got, sizeof got).status, STREAM_FAILED);
    assert_int_equal(stream_failure(duo.server), REASON_TLS_PROTOCOL);
}

/* The client's side of a handshake only, so that what we send can be counted. */
static void shake_hands_without_flushing(void) {
    duo_open(&duo);
    for (int i = 0; i < 50 && duo.status == STREAM_AGAIN; i++) {
        ERR_clear_error();
        SSL_do_handshake(duo.client);
        harness_turns(duo.loop, 1);
        duo.status = tlsstream_handshake(duo.server);
    }
    assert_int_equal(duo.status, STREAM_OK);
}

static void a_ticket_goes_out_with_the_answer(void **state) {
    (void)state;
    uint8_t got[10];
    struct slice answer = slice_text("yes");
    shake_hands_without_flushing();
    assert_int_equal(stream_read(duo.server, got, sizeof got).status, STREAM_AGAIN);
    assert_true(stream_flush(duo.server));
    assert_int_equal(recv(duo.fds[1], got, 1, MSG_PEEK), -1);
    assert_int_equal(stream_write(duo.server, &answer, 1).bytes, 3);
    assert_int_equal(SSL_read(duo.client, got, sizeof got), 3);
    assert_non_null(duo.session);
}

static void a_ticket_does_not_wait_for_ever(void **state) {
    (void)state;
    uint8_t got[10];
    bool has_ticket = false;
    shake_hands_without_flushing();
    assert_int_equal(stream_read(duo.server, got, sizeof got).status, STREAM_AGAIN);
    for (int64_t give_up = now_ms() + HARNESS_LIMIT_MS; !has_ticket && now_ms() < give_up;) {
        harness_turns(duo.loop, 1);
        ERR_clear_error();
        assert_int_equal(SSL_read(duo.client, got, sizeof got), -1);
        has_ticket = duo.session;
    }
    assert_true(has_ticket);
}

/* Output that waits behind the ticket is the owner's: closed too early, the answer would be cut off. */
static void an_answer_that_is_stuck_behind_its_ticket_is_not_sent(void **state) {
    (void)state;
    static const uint8_t body[60000];
    struct slice answer = slice_of(body, sizeof body);
    int small = 4096;
    shake_hands_without_flushing();
    assert_int_equal(setsockopt(duo.fds[0], SOL_SOCKET, SO_SNDBUF, &small, sizeof small), 0);
    assert_true(stream_flush(duo.server));
    assert_true(stream_write(duo.server, &answer, 1).bytes > 0);
    assert_false(stream_flush(duo.server));
}

static void a_closed_stream_forgets_its_ticket(void **state) {
    (void)state;
    shake_hands_without_flushing();
    stream_close(&duo.server);
    usleep(150000);
    harness_turns(duo.loop, 2);
}

static void close_notify_is_an_end_and_a_bare_close_is_not(void **state) {
    (void)state;
    uint8_t got[10];
    duo_expect(&duo, false);
    SSL_shutdown(duo.client);
    harness_turns(duo.loop, 3);
    assert_int_equal(stream_read(duo.server, got, sizeof got).status, STREAM_END);
    struct slice answer = slice_text("still");
    assert_int_equal(stream_write(duo.server, &answer, 1).bytes, 5);
    duo_close(&duo);
    duo_expect(&duo, true);
    shutdown(duo.fds[1], SHUT_WR);
    harness_turns(duo.loop, 3);
    assert_int_equal(stream_read(duo.server, got, sizeof got).status, STREAM_FAILED);
    assert_int_equal(stream_failure(duo.server), REASON_CLOSED);
}

/* Both came before the first look: nothing more will happen on the socket, so the reader has to look again by
 * itself. */
static void an_end_right_behind_the_bytes_is_not_passed_over(void **state) {
    (void)state;
    uint8_t got[100];
    duo_expect(&duo, false);
    assert_int_equal(stream_read(duo.server, got, sizeof got).status, STREAM_AGAIN);
    assert_int_equal(SSL_write(duo.client, "goodbye", 7), 7);
    SSL_shutdown(duo.client);
    harness_turns(duo.loop, 3);
    struct stream_result result = stream_read(duo.server, got, sizeof got);
    assert_int_equal(result.bytes, 7);
    assert_false(result.drained);
    assert_int_equal(stream_read(duo.server, got, sizeof got).status, STREAM_END);
}

/* Closed in the middle of something: the client must not take that for the end. */
static void close_alone_sends_no_close_notify(void **state) {
    (void)state;
    uint8_t got[100];
    duo_expect(&duo, false);
    assert_int_equal(stream_write(duo.server, &(struct slice){.data = (const uint8_t *)"half", .len = 4}, 1).bytes, 4);
    stream_close(&duo.server);
    assert_int_equal(SSL_read(duo.client, got, sizeof got), 4);
    int result = SSL_read(duo.client, got, sizeof got);
    assert_int_equal(SSL_get_error(duo.client, result), SSL_ERROR_SSL);
}

static void shut_sends_close_notify_and_reading_goes_on(void **state) {
    (void)state;
    uint8_t got[10];
    duo_expect(&duo, false);
    stream_shut(duo.server);
    harness_turns(duo.loop, 2);
    assert_int_equal(SSL_read(duo.client, got, sizeof got), 0);
    assert_int_equal(SSL_get_error(duo.client, 0), SSL_ERROR_ZERO_RETURN);
    assert_int_equal(SSL_write(duo.client, "more", 4), 4);
    harness_turns(duo.loop, 2);
    assert_int_equal(stream_read(duo.server, got, sizeof got).bytes, 4);
}

static void garbage_after_the_handshake_fails_the_stream(void **state) {
    (void)state;
    uint8_t got[10];
    duo_expect(&duo, false);
    harness_send(duo.fds[1],
                 "\x17\x03\x03\x01\x10this is not a record that anybody sealed, and it goes on for long enough");
    harness_turns(duo.loop, 2);
    static char rest[300];
    memset(rest, 'x', sizeof rest - 1);
    harness_send(duo.fds[1], rest);
    harness_turns(duo.loop, 2);
    assert_int_equal(stream_read(duo.server, got, sizeof got).status, STREAM_FAILED);
    assert_int_equal(stream_failure(duo.server), REASON_TLS_PROTOCOL);
    struct slice answer = slice_text("no");
    assert_int_equal(stream_write(duo.server, &answer, 1).status, STREAM_FAILED);
}

static void quiet_streams_wake_up(void **state) {
    (void)state;
    uint8_t got[10];
    duo_expect(&duo, false);
    stream_quiet(duo.server);
    assert_int_equal(SSL_write(duo.client, "again", 5), 5);
    harness_turns(duo.loop, 3);
    assert_int_equal(stream_read(duo.server, got, sizeof got).bytes, 5);
    stream_quiet(duo.server);
    struct slice answer = slice_text("yes");
    assert_int_equal(stream_write(duo.server, &answer, 1).bytes, 3);
    assert_int_equal(SSL_read(duo.client, got, sizeof got), 3);
}

static void renegotiation_is_refused(void **state) {
    (void)state;
    uint8_t got[10];
    duo_version(&duo, TLS1_2_VERSION);
    duo_expect(&duo, false);
    SSL_renegotiate(duo.client);
    SSL_do_handshake(duo.client);
    harness_turns(duo.loop, 3);
    struct stream_result result = stream_read(duo.server, got, sizeof got);
    assert_true(result.status == STREAM_AGAIN || result.status == STREAM_FAILED);
    assert_true(SSL_do_handshake(duo.client) <= 0);
    assert_int_equal(duo.client_alert, SSL_AD_NO_RENEGOTIATION);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(facts_name_what_was_agreed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_shared_alpn_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bytes_come_through_in_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_drained_read_needs_no_other, set_up, tear_down),
        cmocka_unit_test_setup_teardown(small_parts_are_one_record, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_slow_reader_holds_the_writer_back, set_up, tear_down),
        cmocka_unit_test_setup_teardown(early_bytes_wait_for_the_reader, set_up, tear_down),
        cmocka_unit_test_setup_teardown(key_updates_do_no_harm, set_up, tear_down),
        cmocka_unit_test_setup_teardown(key_updates_without_end_fail_the_stream, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_ticket_goes_out_with_the_answer, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_ticket_does_not_wait_for_ever, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_that_is_stuck_behind_its_ticket_is_not_sent, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_closed_stream_forgets_its_ticket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(close_notify_is_an_end_and_a_bare_close_is_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(close_alone_sends_no_close_notify, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_end_right_behind_the_bytes_is_not_passed_over, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shut_sends_close_notify_and_reading_goes_on, set_up, tear_down),
        cmocka_unit_test_setup_teardown(garbage_after_the_handshake_fails_the_stream, set_up, tear_down),
        cmocka_unit_test_setup_teardown(quiet_streams_wake_up, set_up, tear_down),
        cmocka_unit_test_setup_teardown(renegotiation_is_refused, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, set_up_all, tear_down_all);
}
