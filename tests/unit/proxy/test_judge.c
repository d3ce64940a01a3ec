/* What the judge decides, check by check, of clients and of requests. */
#include "proxy/judge.h"

#include "../plan/planning.h"
#include "pki/verify.h"

#define LISTENER PLANNING_LISTENER PLANNING_CERTIFICATES
#define TEXT                                                                                                           \
    LISTENER "    client_auth: {mode: required, trust: ca.pem}\n"                                                      \
             "    limits: {body: 10B}\n"                                                                               \
             "    hosts:\n"                                                                                            \
             "      - names: open.test\n" PLANNING_HOST_CERTIFICATES "        client_auth: {mode: off}\n"              \
             "      - names: same.test\n" PLANNING_HOST_CERTIFICATES "    routes: [{host: same.test, backend: api}, "  \
             "{path: /public, backend: web}]\n"
#define PLANNING_HOST_CERTIFICATES "        certificates: [{certificate: server.pem, private_key: server.key}]\n"

static struct planning *planning;
static struct snapshot *snapshot;
static struct verified_peer *peer;
static struct http_message request;
static struct addr_ip client;

/* Told by the trace: names of the checks with a letter for the outcome. */
static char told[256];

static void on_told(void *owner, const char *check, enum judge_outcome outcome, const struct judge_verdict *verdict) {
    static const char letters[] = {
        [JUDGE_SKIPPED] = '-', [JUDGE_PASSED] = '+', [JUDGE_REFUSED] = '!', [JUDGE_UNKNOWN] = '?'};
    (void)owner;
    assert_int_equal(outcome == JUDGE_REFUSED, verdict->reason != REASON_NONE);
    size_t len = strlen(told);
    snprintf(told + len, sizeof told - len, "%s%c ", check, letters[outcome]);
}

static const struct judge_trace trace = {.told = on_told};

static void make_peer(void) {
    struct minted minted = minted_make("alice", MINT_CLIENT, &planning->ca);
    struct trust *trust = minted_trust(&planning->ca);
    struct verify_settings settings = {.depth = 3, .rsa_bits_min = 2048};
    struct slice der = buf_view(&minted.der);
    struct verify_verdict verdict;
    verify_chain(&der, 1, trust, &settings, MINTED_EPOCH + MINTED_DAY, &verdict, &peer);
    assert_non_null(peer);
    trust_unref(&trust);
    minted_fini(&minted);
}

static int set_up(void **state) {
    planning_set_up((void **)&planning);
    *state = planning;
    snapshot = planning_snapshot(planning, TEXT);
    make_peer();
    request = (struct http_message){.method = slice_text("GET"),
                                    .authority = slice_text("x.test"),
                                    .path = slice_text("/public/x")};
    told[0] = '\0';
    return 0;
}

static int tear_down(void **state) {
    verified_peer_unref(&peer);
    snapshot_unref(&snapshot);
    return planning_tear_down(state);
}

/* A client with a certificate at the listener's own host. */
static struct judge_case a_case(void) {
    size_t count;
    const struct plan_listener *listener = snapshot_listeners(snapshot, &count);
    return (struct judge_case){.is_current = true,
                               .listener = listener,
                               .host = &listener->hosts[0],
                               .peer = peer,
                               .client = &client,
                               .now = MINTED_EPOCH + MINTED_DAY,
                               .request = &request};
}

static struct judge_verdict expect_client(struct judge_case judged, enum reason reason) {
    struct judge_verdict verdict;
    judge_client(&judged, &trace, &verdict);
    assert_string_equal(reason_row(verdict.reason)->label, reason_row(reason)->label);
    return verdict;
}

static struct judge_verdict expect_request(struct judge_case judged, enum reason reason) {
    struct judge_verdict verdict;
    judge_request(&judged, &trace, &verdict);
    assert_string_equal(reason_row(verdict.reason)->label, reason_row(reason)->label);
    if (reason == REASON_NONE)
        assert_non_null(judged.route);
    return verdict;
}

static void a_good_client_passes_every_check(void **state) {
    (void)state;
    struct judge_verdict verdict = expect_client(a_case(), REASON_NONE);
    assert_int_equal(verdict.depth, -1);
    assert_string_equal(told,
                        "configuration+ certificate+ dates+ usage+ deny-list- revocation- ocsp- connections- rules- ");
}

static void a_good_request_passes_those_of_its_client_first(void **state) {
    (void)state;
    struct judge_verdict verdict = expect_request(a_case(), REASON_NONE);
    assert_ptr_equal(verdict.place.file, a_case().listener->routes[1].place.file);
    assert_int_equal(verdict.place.line, a_case().listener->routes[1].place.line);
    assert_string_equal(
        told,
        "configuration+ certificate+ dates+ usage+ deny-list- revocation- ocsp- connections- rules- method+ length- "
        "host+ address-rate- identity-rate- route+ websocket- request-rules- password- ");
}

static void an_old_configuration_decides_nothing(void **state) {
    (void)state;
    struct judge_case judged = a_case();
    judged.is_current = false;
    expect_client(judged, REASON_DRAINING);
    expect_request(judged, REASON_DRAINING);
    assert_string_equal(told, "configuration! configuration! ");
}

static void a_required_certificate_is_missed(void **state) {
    (void)state;
    struct judge_case judged = a_case();
    judged.peer = NULL;
    struct judge_verdict verdict = expect_client(judged, REASON_CERT_MISSING);
    assert_int_equal(verdict.depth, -1);
    assert_int_equal(verdict.place.line, judged.host->place.line);
    expect_request(judged, REASON_CERT_MISSING);
}

static void no_certificate_is_needed_where_none_is_asked_for(void **state) {
    (void)state;
    struct judge_case judged = a_case();
    judged.peer = NULL;
    judged.host = &judged.listener->hosts[1];
    expect_client(judged, REASON_NONE);
    assert_string_equal(told,
                        "configuration+ certificate- dates- usage- deny-list- revocation- ocsp- connections- rules- ");
}

static struct judge_verdict expect_request_under(enum tls_client_auth mode, struct judge_case judged,
                                                 enum reason reason) {
    struct plan_host host = *judged.host;
    host.client_auth = mode;
    judged.host = &host;
    told[0] = '\0';
    return expect_request(judged, reason);
}

static void a_refused_chain_refuses_each_request(void **state) {
    (void)state;
    const struct verify_verdict refused = {.reason = REASON_CERT_UNKNOWN_ISSUER, .depth = 1, .detail = "no issuer"};
    struct judge_case judged = a_case();
    judged.peer = NULL;
    judged.refused = &refused;
    struct judge_verdict verdict = expect_request(judged, REASON_CERT_UNKNOWN_ISSUER);
    assert_int_equal(verdict.depth, 1);
    assert_string_equal(verdict.detail, "no issuer");
    assert_true(verdict.concerns_client);
    expect_request_under(TLS_CLIENT_AUTH_OPTIONAL, judged, REASON_CERT_UNKNOWN_ISSUER);
}

/* What is wrong with the client is only recorded; what is wrong with the request is refused. */
static void report_only_refuses_no_client(void **state) {
    (void)state;
    const struct verify_verdict refused = {.reason = REASON_CERT_UNKNOWN_ISSUER};
    struct judge_case judged = a_case();
    judged.now = MINTED_EPOCH + 400 * MINTED_DAY;
    struct judge_verdict verdict = expect_request_under(TLS_CLIENT_AUTH_REPORT_ONLY, judged, REASON_NONE);
    assert_int_equal(verdict.would_refuse, REASON_CERT_EXPIRED);
    assert_int_equal(verdict.failed, REASON_CERT_EXPIRED);
    assert_int_equal(verdict.depth, -1);
    assert_false(verdict.concerns_client);
    assert_string_equal(
        told,
        "configuration+ certificate+ dates! usage+ deny-list- revocation- ocsp- connections- rules- method+ length- host+ "
        "address-rate- identity-rate- route+ websocket- request-rules- password- ");
    judged.peer = NULL;
    verdict = expect_request_under(TLS_CLIENT_AUTH_REPORT_ONLY, judged, REASON_NONE);
    assert_int_equal(verdict.would_refuse, REASON_CERT_MISSING);
    assert_int_equal(verdict.failed, REASON_NONE); /* the backend is told NONE, which says it */
    judged.refused = &refused;
    verdict = expect_request_under(TLS_CLIENT_AUTH_REPORT_ONLY, judged, REASON_NONE);
    assert_int_equal(verdict.failed, REASON_CERT_UNKNOWN_ISSUER);
    request.method = slice_text("CONNECT");
    expect_request_under(TLS_CLIENT_AUTH_REPORT_ONLY, judged, REASON_METHOD_UNSUPPORTED);
    judged.is_current = false;
    expect_request_under(TLS_CLIENT_AUTH_REPORT_ONLY, judged, REASON_DRAINING);
}

static void possession_is_enough_only_where_no_chain_is_judged(void **state) {
    (void)state;
    struct minted lone = minted_make("mallory", MINT_CLIENT, NULL);
    struct verify_settings settings = {.rsa_bits_min = 2048};
    struct slice der = buf_view(&lone.der);
    struct verify_verdict verdict;
    struct judge_case judged = a_case();
    struct verified_peer *possession;
    verify_possession(&der, 1, &settings, NULL, &verdict, &possession);
    judged.peer = possession;
    expect_request_under(TLS_CLIENT_AUTH_ANY_WITH_PROOF, judged, REASON_NONE);
    expect_request_under(TLS_CLIENT_AUTH_REQUEST, judged, REASON_NONE);
    expect_request_under(TLS_CLIENT_AUTH_REQUIRED, judged, REASON_CERT_UNKNOWN_ISSUER);
    expect_request_under(TLS_CLIENT_AUTH_OPTIONAL, judged, REASON_CERT_UNKNOWN_ISSUER);
    judged.peer = NULL;
    expect_request_under(TLS_CLIENT_AUTH_ANY_WITH_PROOF, judged, REASON_CERT_MISSING);
    expect_request_under(TLS_CLIENT_AUTH_REQUEST, judged, REASON_NONE);
    verified_peer_unref(&possession);
    minted_fini(&lone);
}

static void an_expired_certificate_is_named_by_its_depth(void **state) {
    (void)state;
    struct judge_case judged = a_case();
    judged.now = MINTED_EPOCH + 365 * MINTED_DAY;
    expect_client(judged, REASON_NONE);
    judged.now++;
    assert_int_equal(expect_client(judged, REASON_CERT_EXPIRED).depth, 0);
    assert_int_equal(expect_request(judged, REASON_CERT_EXPIRED).depth, 0);
}

/* By its fingerprint; on hold or revoked. */
static void the_operators_list_is_asked(void **state) {
    (void)state;
    static uint8_t memory[4096];
    struct denylist list;
    struct denylist_entry entry = {.kind = DENYNAME_FINGERPRINT, .until = MINTED_EPOCH + 2 * MINTED_DAY};
    struct judge_case judged = a_case();
    denykey_of(DENYNAME_FINGERPRINT, slice_text(verified_peer_summary(peer)->fingerprint), entry.key);
    judged.denials = &list;
    for (unsigned is_hold = 0; is_hold < 2; is_hold++) {
        entry.is_hold = is_hold;
        denylist_write(&entry, 1, 1, memory);
        assert_true(denylist_open(&list, slice_of(memory, denylist_bytes(1))));
        struct judge_verdict verdict = expect_client(judged, is_hold ? REASON_DENIED_ON_HOLD : REASON_DENIED);
        assert_int_equal(verdict.depth, 0);
        assert_string_equal(verdict.detail, "the deny-list names its fingerprint");
        expect_request(judged, is_hold ? REASON_DENIED_ON_HOLD : REASON_DENIED);
    }
    told[0] = '\0';
    judged.now = entry.until;
    expect_client(judged, REASON_NONE);
    assert_non_null(strstr(told, "deny-list+"));
}

/* A host with lists of which none speaks for anybody. */
static void revocation_is_asked_by_the_hosts_rules(void **state) {
    (void)state;
    struct revocation revocation = {.missing = REVOCATION_MISSING_REFUSE};
    struct judge_case judged = a_case();
    struct plan_host host = *judged.host;
    host.revocation = &revocation;
    host.revocation_place = (struct error_place){.file = "lists.yaml", .line = 7, .column = 9};
    judged.host = &host;
    struct judge_verdict verdict = expect_request(judged, REASON_REVOCATION_LIST_MISSING);
    assert_int_equal(verdict.depth, 0);
    assert_int_equal(verdict.place.line, 7);
    revocation.missing = REVOCATION_MISSING_ALLOW;
    told[0] = '\0';
    expect_client(judged, REASON_NONE);
    assert_string_equal(told,
                        "configuration+ certificate+ dates+ usage+ deny-list- revocation+ ocsp- connections- rules- ");
}

/* A host that asks responders; `cache` is what they said, NULL: nothing. */
static struct judge_verdict expect_by_ocsp(const struct ocspcache *cache, bool is_hard, bool may_wait,
                                           enum reason reason) {
    struct plan_ocsp rules = {.is_hard = is_hard, .place = {.file = "ocsp.yaml", .line = 3}};
    struct judge_case judged = a_case();
    struct plan_host host = *judged.host;
    host.ocsp = &rules;
    judged.host = &host;
    judged.ocsp = cache;
    judged.may_wait = may_wait;
    struct judge_verdict verdict = expect_client(judged, reason);
    if (reason != REASON_NONE)
        assert_int_equal(verdict.place.line, 3);
    return verdict;
}

static void an_unasked_responder_is_waited_for_where_one_can(void **state) {
    (void)state;
    for (int is_hard = 0; is_hard < 2; is_hard++) {
        struct judge_verdict verdict = expect_by_ocsp(NULL, is_hard, true, REASON_NONE);
        assert_true(verdict.needs_ocsp);
        assert_non_null(strstr(told, "ocsp? "));
        assert_int_equal(verdict.would_refuse, REASON_NONE);
    }
}

static void without_an_answer_hard_refuses_and_soft_notes(void **state) {
    (void)state;
    struct judge_verdict verdict = expect_by_ocsp(NULL, true, false, REASON_OCSP_UNAVAILABLE);
    assert_int_equal(verdict.depth, 0);
    verdict = expect_by_ocsp(NULL, false, false, REASON_NONE);
    assert_false(verdict.needs_ocsp);
    assert_int_equal(verdict.depth, -1);
    assert_int_equal(verdict.would_refuse, REASON_OCSP_UNAVAILABLE);
}

static void answers_decide_in_both_modes(void **state) {
    (void)state;
    struct loop *loop = loop_new();
    struct ocspcache *cache = ocspcache_new(loop, (struct ocspcache_events){.due = NULL}, 1);
    struct plan_ocsp rules = {.refresh_s = 3600};
    struct ocspcache_holder holder = {.entry = NULL};
    int64_t now = a_case().now;
    assert_true(ocspcache_hold(cache, &rules, verified_peer_key(peer, 0), &holder));
    static const enum ocsp_status statuses[] = {OCSP_GOOD, OCSP_UNKNOWN, OCSP_ON_HOLD, OCSP_REVOKED};
    for (size_t i = 0; i < 4; i++) {
        struct ocsp_answer answer = {.status = statuses[i], .this_update = now, .usable_until = now + 100};
        assert_true(ocspcache_answer(holder.entry, &answer, &rules, now));
        for (int way = 0; way < 4; way++)
            assert_false(expect_by_ocsp(cache, way & 1, way & 2, ocsp_reason(statuses[i])).needs_ocsp);
    }
    ocspcache_release(&holder);
    ocspcache_free(&cache);
    loop_free(&loop);
}

static void methods_that_are_not_served_are_refused(void **state) {
    (void)state;
    request.method = slice_text("CONNECT");
    expect_request(a_case(), REASON_METHOD_UNSUPPORTED);
}

static void bodies_are_measured_before_they_come(void **state) {
    (void)state;
    request.body = HTTP_BODY_LENGTH;
    request.content_length = 10;
    expect_request(a_case(), REASON_NONE);
    request.content_length = 11;
    assert_int_equal(expect_request(a_case(), REASON_BODY_TOO_LARGE).place.line, a_case().listener->limits_place.line);
}

static void another_host_needs_the_same_client_authentication(void **state) {
    (void)state;
    request.authority = slice_text("OPEN.test:8443");
    expect_request(a_case(), REASON_MISDIRECTED);
    request.authority = slice_text("Same.test.");
    struct judge_case judged = a_case();
    struct judge_verdict verdict;
    judge_request(&judged, NULL, &verdict);
    assert_int_equal(verdict.reason, REASON_NONE);
    assert_true(slice_equal(judged.request_host, slice_text("same.test")));
    assert_string_equal(judged.route->backend->name, "api");
    request.authority = slice_text("not a host");
    expect_request(a_case(), REASON_HOST_INVALID);
}

static void paths_without_a_route_are_refused(void **state) {
    (void)state;
    request.path = slice_text("/secret");
    assert_int_equal(expect_request(a_case(), REASON_NO_ROUTE).place.line, a_case().listener->place.line);
    request.path = slice_text("/public/../secret");
    expect_request(a_case(), REASON_PATH_AMBIGUOUS);
}

static void a_route_may_refuse_websocket(void **state) {
    (void)state;
    struct judge_case judged = a_case();
    struct judge_verdict verdict;
    request.upgrade = slice_text("websocket");
    judge_request(&judged, NULL, &verdict);
    assert_int_equal(verdict.reason, REASON_NONE);
    struct plan_route *route = (struct plan_route *)(uintptr_t)judged.route;
    route->refuses_websocket = true;
    assert_int_equal(expect_request(a_case(), REASON_UPGRADE_REFUSED).place.line, route->place.line);
    request.upgrade = (struct slice){0};
    judge_request(&judged, NULL, &verdict);
    assert_int_equal(verdict.reason, REASON_NONE);
}

/* Puts another configuration in force; the listener's lines are `rules`. */
static struct judge_case ruled_case(const char *rules, const char *routes) {
    struct buf text;
    buf_init(&text, 65536);
    assert_true(buf_printf(&text,
                           "%s    client_auth: {mode: optional, trust: ca.pem}\n    hosts:\n      - names: a.test\n"
                           "      - {names: b.test, deny: {subject.cn: alice}}\n%s    routes: %s\n",
                           LISTENER, rules, routes) &&
                buf_append_byte(&text, '\0'));
    snapshot_unref(&snapshot);
    snapshot = planning_snapshot(planning, (const char *)buf_view(&text).data);
    buf_fini(&text);
    struct judge_case judged = a_case();
    judged.host = &judged.listener->hosts[1];
    return judged;
}

static void a_rule_of_the_listener_refuses_without_a_request(void **state) {
    (void)state;
    struct judge_case judged =
        ruled_case("    allow: [{name: the others, subject.cn: bob}, {certificate: none, path: /x}]\n",
                   "[{backend: api}]");
    judged.request = NULL;
    struct judge_verdict verdict = expect_client(judged, REASON_POLICY);
    assert_string_equal(verdict.detail, "no rule allows it");
    assert_int_equal(verdict.place.line, 10);
    assert_int_equal(verdict.place.column, 13);
    assert_null(verdict.rule);
    judged.peer = NULL;
    expect_client(judged, REASON_NONE);
    judged.request = &request;
    expect_request(judged, REASON_POLICY);
    request.path = slice_text("/x/y");
    expect_request(judged, REASON_NONE);
}

static void rules_of_route_and_named_host_are_asked_with_the_request(void **state) {
    (void)state;
    struct judge_case judged =
        ruled_case("", "[{path: /public, backend: api, deny: {name: no posting, method: POST}}, {backend: web}]");
    expect_request(judged, REASON_NONE);
    request.method = slice_text("POST");
    struct judge_verdict verdict = expect_request(judged, REASON_POLICY);
    assert_string_equal(verdict.rule, "no posting");
    assert_string_equal(verdict.detail, "a rule denies it");
    request.path = slice_text("/other");
    expect_request(judged, REASON_NONE);
    request.authority = slice_text("B.test");
    verdict = expect_request(judged, REASON_POLICY);
    assert_int_equal(verdict.place.line, 9);
    judged.host = &judged.listener->hosts[2];
    expect_client(judged, REASON_POLICY);
}

static void a_rule_about_paths_refuses_ambiguous_ones(void **state) {
    (void)state;
    struct judge_case judged = ruled_case("    deny: {path: /admin}\n", "[{backend: api}]");
    request.path = slice_text("/x/../admin");
    expect_request(judged, REASON_PATH_AMBIGUOUS);
    request.path = slice_text("/%61dmin;x");
    expect_request(judged, REASON_POLICY);
    request.path = slice_text("/administrator");
    expect_request(judged, REASON_NONE);
}

static void shadow_rules_are_told_and_decide_nothing(void **state) {
    (void)state;
    struct judge_case judged =
        ruled_case("    deny: {name: trial, subject.cn: alice, shadow: true}\n", "[{backend: api}]");
    struct judge_verdict verdict = expect_request(judged, REASON_NONE);
    assert_true(verdict.shadow.differs);
    assert_string_equal(verdict.shadow.rule, "trial");
    assert_int_equal(verdict.shadow.place.line, 10);
    assert_int_equal(verdict.would_refuse, REASON_POLICY);
    judged.peer = NULL;
    verdict = expect_request(judged, REASON_NONE);
    assert_false(verdict.shadow.differs);
}

/* The same listener, whose clients have limits. */
static void use_limits(void) {
    snapshot_unref(&snapshot);
    snapshot =
        planning_snapshot(planning,
                          LISTENER
                          "    client_auth: {mode: required, trust: ca.pem}\n"
                          "    client_limits:\n"
                          "      identity: {requests_per_second: 5, connections: 2}\n"
                          "      address: {requests_per_second: 9}\n"
                          "    hosts: [{names: free.test, client_limits: {identity: {requests_per_second: 0}}}]\n"
                          "    routes: [{backend: web}]\n");
}

static void an_identity_is_let_in_so_many_times(void **state) {
    (void)state;
    use_limits();
    struct judge_case judged = a_case();
    judged.identity_connections = 2;
    expect_client(judged, REASON_NONE);
    judged.identity_connections = 3;
    struct judge_verdict verdict = expect_client(judged, REASON_LIMIT_IDENTITY_CONNECTIONS);
    assert_int_equal(verdict.place.line, judged.host->limits.identity_place.line);
    judged.identity_connections = 0; /* it is in already */
    expect_client(judged, REASON_NONE);
}

static int64_t address_wait_ms, identity_wait_ms;

static int64_t on_address(void *owner, const struct plan_client_limits *limits) {
    assert_null(owner);
    assert_int_equal(limits->address_requests.burst, 9);
    return address_wait_ms;
}

static int64_t on_identity(void *owner, const struct plan_client_limits *limits) {
    assert_null(owner);
    assert_int_equal(limits->identity_requests.burst, 5);
    return identity_wait_ms;
}

static void requests_are_counted_by_the_limits_of_the_host_that_is_asked(void **state) {
    (void)state;
    static const struct judge_meter meter = {.address_wait_ms = on_address, .identity_wait_ms = on_identity};
    use_limits();
    struct judge_case judged = a_case();
    judged.meter = &meter;
    address_wait_ms = identity_wait_ms = 0;
    expect_request(judged, REASON_NONE);
    identity_wait_ms = 70;
    struct judge_verdict verdict = expect_request(judged, REASON_LIMIT_IDENTITY_REQUESTS);
    assert_int_equal(verdict.retry_after_ms, 70);
    assert_int_equal(verdict.place.line, judged.host->limits.identity_place.line);
    request.authority = slice_text("free.test");
    expect_request(judged, REASON_NONE);
    address_wait_ms = 30;
    verdict = expect_request(judged, REASON_LIMIT_ADDRESS_REQUESTS);
    assert_int_equal(verdict.retry_after_ms, 30);
}

/* Where nothing happens, nothing is counted. */
static void without_a_meter_every_rate_passes(void **state) {
    (void)state;
    use_limits();
    told[0] = '\0';
    expect_request(a_case(), REASON_NONE);
    assert_non_null(strstr(told, "address-rate+ identity-rate+ "));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_good_client_passes_every_check, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_good_request_passes_those_of_its_client_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_old_configuration_decides_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_required_certificate_is_missed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_certificate_is_needed_where_none_is_asked_for, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_refused_chain_refuses_each_request, set_up, tear_down),
        cmocka_unit_test_setup_teardown(report_only_refuses_no_client, set_up, tear_down),
        cmocka_unit_test_setup_teardown(possession_is_enough_only_where_no_chain_is_judged, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_expired_certificate_is_named_by_its_depth, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_operators_list_is_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(revocation_is_asked_by_the_hosts_rules, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_unasked_responder_is_waited_for_where_one_can, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_an_answer_hard_refuses_and_soft_notes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_decide_in_both_modes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(methods_that_are_not_served_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bodies_are_measured_before_they_come, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_host_needs_the_same_client_authentication, set_up, tear_down),
        cmocka_unit_test_setup_teardown(paths_without_a_route_are_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_route_may_refuse_websocket, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_rule_of_the_listener_refuses_without_a_request, set_up, tear_down),
        cmocka_unit_test_setup_teardown(rules_of_route_and_named_host_are_asked_with_the_request, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_rule_about_paths_refuses_ambiguous_ones, set_up, tear_down),
        cmocka_unit_test_setup_teardown(shadow_rules_are_told_and_decide_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_identity_is_let_in_so_many_times, set_up, tear_down),
        cmocka_unit_test_setup_teardown(requests_are_counted_by_the_limits_of_the_host_that_is_asked, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(without_a_meter_every_rate_passes, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
