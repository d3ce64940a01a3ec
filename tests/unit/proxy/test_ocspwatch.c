/* From a certificate to an answer: whom is asked, in which order, what comes of every kind of answer, and who is
 * told. The test is the supervisor and the fetcher. */
#include "proxy/ocspwatch.h"

#include "../pki/answered.h"
#include "../plan/planning.h"
#include "ipc/fetch.h"
#include "pki/ocspsubject.h"
#include "pki/verify.h"

#define RULES(words)                                                                                                   \
    PLANNING_LISTENER PLANNING_CERTIFICATES                                                                            \
        "    client_auth: {mode: required, trust: ca.pem, revocation: {ocsp: {mode: hard, " words                      \
        "}}}\n" PLANNING_ROUTES
#define TWO_RESPONDERS RULES("responders: [\"http://one.test/\", \"http://two.test/\"], aia_hosts: \"aia.test:8080\"")

static struct planning *planning;
static struct snapshot *snapshot;
static const struct plan_host *host;
static struct plan_ocsp *rules;
static struct minted client;
static struct verified_peer *peer;
static struct loop *loop;
static struct channel *worker;
static struct channel *supervisor;
static struct asks *asks;
static struct ocspwatch_desk desk;
static struct counters counters;
static unsigned changes;

/* What was asked last. */
static uint32_t number;
static char url[256];

/* Who watches: `changes` for alice, `bob` for bob. */
static struct verified_peer *bob;

static struct ocspask_subject about(void *owner) {
    return (struct ocspask_subject){.snapshot = snapshot, .host = host, .peer = owner == &bob ? bob : peer};
}

static void changed(void *owner) {
    assert_true(owner == &changes || owner == &bob);
    changes++;
    loop_stop(loop);
}

static void add_responders(X509 *certificate) {
    crafted_extend(certificate, NID_info_access,
                   "OCSP;URI:http://evil.test/,OCSP;URI:http://aia.test:8080/ocsp,OCSP;URI:http://aia.test/");
}

static void make_peer(void) {
    struct trust *trust = minted_trust(&planning->ca);
    struct verify_settings settings = {.depth = 3, .rsa_bits_min = 2048};
    struct slice der = buf_view(&client.der);
    struct verify_verdict verdict;
    verify_chain(&der, 1, trust, &settings, MINTED_EPOCH + MINTED_DAY, &verdict, &peer);
    assert_non_null(peer);
    trust_unref(&trust);
}

/* The answers of this test are of MINTED_EPOCH, and the loop's clock is today's. */
static void use(const char *text) {
    snapshot_unref(&snapshot);
    snapshot = planning_snapshot(planning, text);
    size_t count;
    host = &snapshot_listeners(snapshot, &count)->hosts[0];
    rules = (struct plan_ocsp *)host->ocsp;
    if (rules)
        rules->judged_by.skew_s = INT64_C(1) << 33;
}

static int set_up(void **state) {
    int fds[2];
    planning_set_up((void **)&planning);
    *state = planning;
    client = minted_make("alice", MINT_CLIENT, &planning->ca);
    crafted_resign(&client, &planning->ca, add_responders, EVP_sha256(), NULL);
    make_peer();
    use(TWO_RESPONDERS);
    assert_true(channel_pair(fds));
    worker = channel_new(fds[0], CATALOG_ROLE_WORKER, CATALOG_ROLE_SUPERVISOR);
    supervisor = channel_new(fds[1], CATALOG_ROLE_SUPERVISOR, CATALOG_ROLE_WORKER);
    loop = loop_new();
    asks = asks_new(loop, worker);
    changes = 0;
    return ocspwatch_open(&desk, loop, asks, &counters, (struct ocspwatch_events){about, changed}, 1) ? 0 : -1;
}

static int tear_down(void **state) {
    ocspwatch_close(&desk);
    loop_free(&loop);
    asks_free(&asks);
    channel_free(&worker);
    channel_free(&supervisor);
    verified_peer_unref(&peer);
    minted_fini(&client);
    snapshot_unref(&snapshot);
    return planning_tear_down(state);
}

/* Whom the worker wants to ask next; the request is about the client. */
static void expect_asked(const char *whom) {
    struct channel_message message;
    struct fetch_request request;
    struct wire_in in;
    assert_int_equal(channel_receive(supervisor, &message), CHANNEL_MESSAGE);
    assert_int_equal(message.type, CATALOG_ASK);
    assert_int_equal(wire_get_u8(&message.in), ASK_FETCHER);
    number = wire_get_u32(&message.in);
    wire_in_init(&in, wire_get_bytes(&message.in, ASK_BYTES_MAX));
    fetch_get_request(&request, &in);
    assert_true(wire_in_done(&message.in) && wire_in_done(&in));
    assert_true(slice_equal(request.content_type, slice_text("application/ocsp-request")));
    assert_int_equal(request.limit_ms, 3000);
    const uint8_t *at = request.body.data;
    OCSP_REQUEST *parsed = d2i_OCSP_REQUEST(NULL, &at, (long)request.body.len);
    assert_non_null(parsed);
    OCSP_REQUEST_free(parsed);
    snprintf(url, sizeof url, "%.*s", (int)request.url.len, (const char *)request.url.data);
    assert_string_equal(url, whom);
}

static void expect_nobody_asked(void) {
    struct channel_message message;
    assert_int_equal(channel_receive(supervisor, &message), CHANNEL_EMPTY);
}

/* The end of the question, as the supervisor passes it on. */
static void end_question(uint8_t outcome, const struct fetch_reply *reply) {
    static uint8_t memory[ASK_ANSWER_BYTES_MAX];
    struct channel_message message;
    struct wire_out bytes;
    wire_out_init(&bytes, memory, sizeof memory);
    if (reply)
        fetch_put_reply(reply, &bytes);
    struct wire_out *out = channel_begin(supervisor, CATALOG_ANSWER);
    wire_put_u32(out, number);
    wire_put_u8(out, outcome);
    wire_put_bytes(out, wire_out_view(&bytes));
    assert_true(channel_send(supervisor, NULL));
    assert_int_equal(channel_receive(worker, &message), CHANNEL_MESSAGE);
    assert_true(asks_take(asks, &message.in));
}

static void answer_bytes(struct slice document) {
    end_question(ASK_ANSWERED, &(struct fetch_reply){.is_done = true, .document = document});
}

/* A signed answer about the client. */
static void answer_status(int status, const struct minted *signer) {
    struct answered answered = {.singles = {{&client, &planning->ca, status, ANSWERED_NO_CODE, -1, 24, false, false}},
                                .signer = signer};
    struct buf der = answered_make(&answered);
    answer_bytes(buf_view(&der));
    buf_fini(&der);
}

static struct ocspcache_view look(void) {
    return ocspcache_look(desk.cache, rules, verified_peer_key(peer, 0), loop_unix_ms(loop) / 1000);
}

static struct ocspwatch *watch_and_ask(void) {
    struct ocspwatch *watch = ocspwatch_new(&desk, rules, peer, &changes);
    assert_non_null(watch);
    ocspwatch_ask(watch);
    return watch;
}

static void good_answer_is_told_to_all_who_watch(void **state) {
    (void)state;
    struct ocspwatch *first = watch_and_ask();
    struct ocspwatch *second = watch_and_ask();
    expect_asked("http://one.test/");
    expect_nobody_asked(); /* one question for both */
    answer_status(V_OCSP_CERTSTATUS_GOOD, &planning->ca);
    assert_int_equal(changes, 2);
    assert_true(look().is_answer && !look().is_due);
    assert_int_equal(look().reason, REASON_NONE);
    ocspwatch_ask(first);
    expect_nobody_asked();
    ocspwatch_free(&first);
    ocspwatch_free(&second);
    assert_int_equal(look().reason, REASON_NONE);
}

static void next_responder_is_asked_when_one_is_of_no_use(void **state) {
    (void)state;
    struct ocspwatch *watch = watch_and_ask();
    expect_asked("http://one.test/");
    end_question(ASK_ANSWERED, &(struct fetch_reply){.why = slice_text("connection refused")});
    expect_asked("http://two.test/");
    answer_status(V_OCSP_CERTSTATUS_GOOD, &planning->other_ca);
    expect_asked("http://aia.test:8080/ocsp"); /* not evil.test, and no other port */
    assert_int_equal(changes, 0);
    answer_status(V_OCSP_CERTSTATUS_REVOKED, &planning->ca);
    expect_nobody_asked();
    assert_int_equal(changes, 1);
    assert_int_equal(look().reason, REASON_CERT_REVOKED);
    ocspwatch_free(&watch);
}

static void record_says_what_each_responder_did(void **state) {
    (void)state;
    struct ocspwatch *watch = watch_and_ask();
    expect_asked("http://one.test/");
    answer_bytes(slice_text("\x30\x03\x0a\x01\x03"));
    expect_asked("http://two.test/");
    answer_bytes(slice_text(""));
    expect_asked("http://aia.test:8080/ocsp");
    end_question(ASK_FAILED, NULL);
    expect_nobody_asked();
    assert_int_equal(changes, 1);
    struct ocspcache_view view = look();
    assert_false(view.is_answer || view.is_due);
    assert_int_equal(view.reason, REASON_OCSP_UNAVAILABLE);
    assert_non_null(
        strstr(view.detail, "http://one.test/: the responder says tryLater; http://two.test/: it is empty; "));
    assert_non_null(strstr(view.detail, "http://aia.test:8080/ocsp: the fetcher is not there"));
    ocspwatch_ask(watch); /* not again at once */
    expect_nobody_asked();
    ocspwatch_free(&watch);
}

static void unknown_is_believed_when_nobody_knows_more(void **state) {
    (void)state;
    struct ocspwatch *watch = watch_and_ask();
    expect_asked("http://one.test/");
    answer_status(V_OCSP_CERTSTATUS_UNKNOWN, &planning->ca);
    expect_asked("http://two.test/");
    end_question(ASK_ANSWERED, &(struct fetch_reply){.why = slice_text("timed out")});
    expect_asked("http://aia.test:8080/ocsp");
    end_question(ASK_ANSWERED, &(struct fetch_reply){.why = slice_text("timed out")});
    assert_true(look().is_answer);
    assert_int_equal(look().reason, REASON_OCSP_UNKNOWN);
    ocspwatch_free(&watch);
}

static void one_who_knows_outweighs_one_who_does_not(void **state) {
    (void)state;
    struct ocspwatch *watch = watch_and_ask();
    expect_asked("http://one.test/");
    answer_status(V_OCSP_CERTSTATUS_UNKNOWN, &planning->ca);
    expect_asked("http://two.test/");
    answer_status(V_OCSP_CERTSTATUS_GOOD, &planning->ca);
    assert_int_equal(look().reason, REASON_NONE);
    ocspwatch_free(&watch);
}

static void nobody_to_ask_is_a_failure_at_once(void **state) {
    (void)state;
    use(RULES("aia_hosts: other.test"));
    struct ocspwatch *watch = watch_and_ask();
    expect_nobody_asked();
    assert_int_equal(changes, 0);
    assert_false(look().is_due);
    assert_non_null(strstr(look().detail, "not in aia_hosts"));
    ocspwatch_free(&watch);
}

static void nonce_has_to_come_back_where_it_is_required(void **state) {
    (void)state;
    use(RULES("responders: \"http://one.test/\", nonce: required"));
    struct ocspwatch *watch = watch_and_ask();
    expect_asked("http://one.test/");
    answer_status(V_OCSP_CERTSTATUS_GOOD, &planning->ca);
    assert_int_equal(look().reason, REASON_OCSP_UNAVAILABLE);
    assert_non_null(strstr(look().detail, "lacks the nonce"));
    ocspwatch_free(&watch);
}

static void question_goes_on_without_those_who_asked(void **state) {
    (void)state;
    struct ocspwatch *watch = watch_and_ask();
    expect_asked("http://one.test/");
    ocspwatch_free(&watch);
    answer_status(V_OCSP_CERTSTATUS_GOOD, &planning->ca);
    assert_int_equal(changes, 0);
    assert_int_equal(look().reason, REASON_NONE);
}

static struct ocspwatch *watch_bob(void) {
    struct minted minted = minted_make("bob", MINT_CLIENT, &planning->ca);
    struct verified_peer *alice = peer;
    struct minted client_before = client;
    client = minted;
    make_peer();
    bob = peer;
    peer = alice;
    client = client_before;
    minted_fini(&minted);
    struct ocspwatch *watch = ocspwatch_new(&desk, rules, bob, &bob);
    assert_non_null(watch);
    ocspwatch_ask(watch);
    return watch;
}

static void questions_take_turns(void **state) {
    (void)state;
    desk.asking.open = OCSPASK_OPEN_MAX - 1;
    struct ocspwatch *first = watch_and_ask();
    struct ocspwatch *second = watch_bob();
    expect_asked("http://one.test/");
    expect_nobody_asked();
    answer_status(V_OCSP_CERTSTATUS_GOOD, &planning->ca);
    assert_int_equal(look().reason, REASON_NONE);
    expect_asked("http://one.test/");
    assert_int_equal(desk.asking.open, OCSPASK_OPEN_MAX);
    ocspwatch_free(&first);
    ocspwatch_free(&second);
    ocspwatch_close(&desk);
    assert_int_equal(desk.asking.open, OCSPASK_OPEN_MAX - 1);
    verified_peer_unref(&bob);
}

static void nobody_waits_for_a_turn_for_ever(void **state) {
    (void)state;
    desk.asking.open = OCSPASK_OPEN_MAX;
    rules->timeout_ms = 1;
    struct ocspwatch *watch = watch_and_ask();
    expect_nobody_asked();
    assert_true(loop_run(loop));
    ocspwatch_free(&watch);
    assert_int_equal(changes, 1);
    assert_false(look().is_due);
    assert_non_null(strstr(look().detail, "too many questions were under way"));
    assert_int_equal(desk.asking.open, OCSPASK_OPEN_MAX);
}

static void malformed_replies_of_the_fetcher_are_no_answers(void **state) {
    (void)state;
    struct ocspwatch *watch = watch_and_ask();
    expect_asked("http://one.test/");
    end_question(ASK_ANSWERED, NULL);
    expect_asked("http://two.test/");
    end_question(ASK_ANSWERED, &(struct fetch_reply){.why = slice_text("x")});
    expect_asked("http://aia.test:8080/ocsp");
    ocspwatch_free(&watch);
    ocspwatch_close(&desk); /* with a question under way */
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(good_answer_is_told_to_all_who_watch, set_up, tear_down),
        cmocka_unit_test_setup_teardown(next_responder_is_asked_when_one_is_of_no_use, set_up, tear_down),
        cmocka_unit_test_setup_teardown(record_says_what_each_responder_did, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unknown_is_believed_when_nobody_knows_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_who_knows_outweighs_one_who_does_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_to_ask_is_a_failure_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nonce_has_to_come_back_where_it_is_required, set_up, tear_down),
        cmocka_unit_test_setup_teardown(question_goes_on_without_those_who_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(questions_take_turns, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_waits_for_a_turn_for_ever, set_up, tear_down),
        cmocka_unit_test_setup_teardown(malformed_replies_of_the_fetcher_are_no_answers, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
