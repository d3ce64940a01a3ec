/* A session is in one phase at a time, and goes to another snapshot only under the same client authentication. */
#include "proxy/session.h"

#include "../plan/planning.h"
#include "io/tcp.h"
#include "pki/verify.h"

#include <sys/socket.h>
#include <unistd.h>

#define LISTENER PLANNING_LISTENER PLANNING_CERTIFICATES
#define REQUIRED "    client_auth: {mode: required, trust: ca.pem}\n"
#define OTHER_CA "    client_auth: {mode: required, trust: other-ca.pem}\n"
#define ROUTE    "    routes: [{backend: web}]\n"

static struct planning *planning;
static struct session_room room;
static struct counters *counters;
static unsigned expired;
static int far_end;

static void on_expired(struct session *session) {
    (void)session;
    expired++;
    loop_stop(room.loop);
}

static const struct session_handlers handlers = {.expired = on_expired};

static int set_up(void **state) {
    planning_set_up((void **)&planning);
    *state = planning;
    counters = calloc(1, sizeof *counters);
    room = (struct session_room){.loop = loop_new(), .counters = counters, .handlers = &handlers};
    assert_true(session_room_init(&room, 7));
    expired = 0;
    return 0;
}

static int tear_down(void **state) {
    close(far_end);
    loop_free(&room.loop);
    session_room_fini(&room);
    free(counters);
    return planning_tear_down(state);
}

static struct addr_ip client_of(const char *text) {
    struct addr addr;
    assert_true(addr_parse(slice_text(text), &addr));
    return addr_ip_of(&addr);
}

static void use(const char *text) {
    snapshot_unref(&room.snapshot);
    room.snapshot = planning_snapshot(planning, text);
}

static struct session *begin(const char *client) {
    int pair[2];
    struct addr_ip ip = client_of(client);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, pair), 0);
    if (far_end > 0)
        close(far_end);
    far_end = pair[1];
    const struct plan_listener *listener = session_listener(room.snapshot, "public");
    struct session *session = session_new(&room, listener, tcp_new(room.loop, pair[0]), &ip);
    assert_non_null(session);
    return session;
}

/* As after the handshake: the host is chosen. */
static struct session *begin_at_host(void) {
    struct session *session = begin("192.0.2.1:1");
    session->host = snapshot_host(session->listener, session_server_name(session));
    assert_non_null(session->host);
    return session;
}

static void is_counted_in_its_phase_alone(void **state) {
    (void)state;
    use(LISTENER REQUIRED ROUTE);
    struct session *session = begin("192.0.2.1:1");
    assert_int_equal(session_room_arriving(&room), 1);
    assert_int_equal(counters_get(counters, COUNTER_HANDSHAKES_NOW), 1);
    session_enter(session, SESSION_HANDSHAKE);
    assert_int_equal(room.counts[SESSION_PROXY], 0);
    assert_int_equal(room.counts[SESSION_HANDSHAKE], 1);
    session_enter(session, SESSION_IDLE);
    assert_int_equal(session_room_arriving(&room), 0);
    assert_int_equal(counters_get(counters, COUNTER_HANDSHAKES_NOW), 0);
    assert_int_equal(session_room_count(&room), 1);
    session_close(session);
    assert_int_equal(session_room_count(&room), 0);
    assert_int_equal(counters_get(counters, COUNTER_CONNECTIONS), 0);
}

static void addresses_are_counted(void **state) {
    (void)state;
    use(LISTENER REQUIRED ROUTE);
    struct addr_ip one = client_of("192.0.2.1:1");
    struct addr_ip other = client_of("192.0.2.2:1");
    struct session *first = begin("192.0.2.1:1");
    struct session *second = begin("192.0.2.1:2");
    assert_int_equal(session_address_count(&room, &one), 2);
    assert_true(session_set_client(second, &other));
    assert_int_equal(session_address_count(&room, &one), 1);
    assert_int_equal(session_address_count(&room, &other), 1);
    session_close(first);
    session_close(second);
    assert_int_equal(session_address_count(&room, &one), 0);
    assert_int_equal(room.clients.addresses.keys.count, 0);
}

/* The third is one too many, of its host alone; a session that ends makes room, also when it came before a reload. */
static void hosts_are_counted(void **state) {
    (void)state;
    static const char limited[] = LISTENER REQUIRED "    hosts: [{names: a.test, limits: {connections: 2}}]\n" ROUTE;
    use(limited);
    struct session *sessions[3];
    for (size_t i = 0; i < 3; i++) {
        use(limited);
        sessions[i] = begin("192.0.2.1:1");
        sessions[i]->host = snapshot_host(sessions[i]->listener, slice_text("a.test"));
        assert_int_equal(session_count_at_host(sessions[i]), i < 2 ? REASON_NONE : REASON_LIMIT_HOST_CONNECTIONS);
    }
    assert_int_equal(sessions[2]->verdict.reason, REASON_LIMIT_HOST_CONNECTIONS);
    assert_int_equal(sessions[2]->verdict.place.line, sessions[2]->host->limits_place.line);
    session_close(sessions[2]);
    session_close(sessions[0]);
    struct session *next = begin("192.0.2.1:1");
    next->host = snapshot_host(next->listener, slice_text("a.test"));
    assert_int_equal(session_count_at_host(next), REASON_NONE);
    struct session *elsewhere = begin_at_host();
    assert_int_equal(session_count_at_host(elsewhere), REASON_NONE);
    session_close(next);
    session_close(elsewhere);
    session_close(sessions[1]);
    assert_int_equal(room.hosts.keys.count, 0);
}

static void a_phase_ends_by_its_deadline(void **state) {
    (void)state;
    use(LISTENER REQUIRED "    timeouts: {client_hello: 20ms}\n" ROUTE);
    struct session *session = begin("192.0.2.1:1");
    session_enter(session, SESSION_HELLO);
    assert_true(loop_run(room.loop));
    assert_int_equal(expired, 1);
    assert_int_equal(session_timeout_reason(session->phase), REASON_HELLO_TIMEOUT);
    session_close(session);
}

static void new_routes_take_it_along(void **state) {
    (void)state;
    use(LISTENER REQUIRED ROUTE);
    struct session *session = begin_at_host();
    struct snapshot *next = planning_snapshot(planning, LISTENER REQUIRED PLANNING_ROUTES);
    assert_true(session_rebind(session, next));
    assert_ptr_equal(session->snapshot, next);
    assert_ptr_equal(session->listener, session_listener(next, "public"));
    snapshot_unref(&next);
    session_close(session);
}

static void refuses(const char *text) {
    use(LISTENER REQUIRED ROUTE);
    struct session *session = begin_at_host();
    struct snapshot *before = session->snapshot;
    struct snapshot *next = planning_snapshot(planning, text);
    assert_false(session_rebind(session, next));
    assert_ptr_equal(session->snapshot, before);
    snapshot_unref(&next);
    session_close(session);
}

static void another_trust_leaves_it_behind(void **state) {
    (void)state;
    refuses(LISTENER OTHER_CA ROUTE);
}

static void another_mode_leaves_it_behind(void **state) {
    (void)state;
    refuses(LISTENER "    client_auth: {mode: optional, trust: ca.pem}\n" ROUTE);
}

static void a_listener_that_is_gone_leaves_it_behind(void **state) {
    (void)state;
    refuses(PLANNING_BACKENDS "listeners:\n"
                              "  - name: other\n"
                              "    bind: 127.0.0.1:8443\n" PLANNING_CERTIFICATES REQUIRED ROUTE);
}

static void numbers_do_not_repeat(void **state) {
    (void)state;
    uint64_t seen[1000];
    for (size_t i = 0; i < 1000; i++) {
        seen[i] = session_room_id(&room);
        for (size_t k = 0; k < i; k++)
            assert_true(seen[k] != seen[i]);
    }
}

/* A peer that the planning's CA vouches for. */
static struct verified_peer *make_peer(void) {
    struct minted minted = minted_make("alice", MINT_CLIENT, &planning->ca);
    struct trust *trust = minted_trust(&planning->ca);
    struct verify_settings settings = {.depth = 3, .rsa_bits_min = 2048};
    struct slice der = buf_view(&minted.der);
    struct verify_verdict verdict;
    struct verified_peer *peer;
    verify_chain(&der, 1, trust, &settings, MINTED_EPOCH + MINTED_DAY, &verdict, &peer);
    assert_non_null(peer);
    trust_unref(&trust);
    minted_fini(&minted);
    return peer;
}

/* Where nobody judges chains, a certificate is nobody's identity: its owner is counted by address. */
static void only_a_judged_chain_is_an_identity(void **state) {
    (void)state;
    use(LISTENER REQUIRED "    hosts: [{names: open.test, client_auth: {mode: \"off\"}}]\n" ROUTE);
    struct session *session = begin_at_host();
    session->peer = make_peer();
    assert_ptr_equal(session_proven_peer(session), session->peer);
    assert_int_equal(session_client_key(session).len, LIMITWHO_BYTES);
    assert_int_equal(session->identity->count, 1);
    session_close(session);
    session = begin_at_host();
    session->peer = make_peer();
    session->host = &session->listener->hosts[1];
    assert_null(session_proven_peer(session));
    assert_true(session_identify(session));
    assert_null(session->identity);
    assert_ptr_equal(session_client_key(session).data, session->address->bytes);
    session_close(session);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(only_a_judged_chain_is_an_identity, set_up, tear_down),
        cmocka_unit_test_setup_teardown(is_counted_in_its_phase_alone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(addresses_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(hosts_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_phase_ends_by_its_deadline, set_up, tear_down),
        cmocka_unit_test_setup_teardown(new_routes_take_it_along, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_trust_leaves_it_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_mode_leaves_it_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_listener_that_is_gone_leaves_it_behind, set_up, tear_down),
        cmocka_unit_test_setup_teardown(numbers_do_not_repeat, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
