/* Connections to servers: opened with a deadline, kept while they are good, closed when they are not. */
#include "upstream/pool.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* A test waits this long for what must happen; more means that it does not. */
enum { PATIENCE_MS = 5000 };

static struct loop *loop;
static struct upstream *upstream;
static struct server *server;
static struct backend backend;
static struct pool_scope own;
static struct pool_scope *scope;
static int listening;
static struct pool_conn *opened;
static enum reason opened_reason;
static struct deadline patience;

static void give_up(struct deadline *deadline) {
    (void)deadline;
    loop_stop(loop);
}

static int set_up(void **state) {
    (void)state;
    struct addr addr = {.v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)},
                        .len = sizeof addr.v4};
    listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(listening, &addr.any, addr.len), 0);
    assert_int_equal(listen(listening, 8), 0);
    assert_int_equal(getsockname(listening, &addr.any, &addr.len), 0);
    loop = loop_new();
    upstream = upstream_new();
    server = server_get(upstream, "app", NULL, &addr);
    backend = (struct backend){.connect_timeout_ms = 2000,
                               .idle_timeout_ms = 60000,
                               .idle_max = 1,
                               .limits = {.head_bytes = 8192, .target_bytes = 1024, .fields = 20}};
    pool_scope_init(&own);
    scope = NULL;
    opened = NULL;
    opened_reason = REASON_COUNT;
    deadline_init(&patience, give_up);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    pool_drop(&opened);
    pool_scope_clear(&own);
    upstream_each(upstream, pool_clear);
    server_release(&server);
    deadline_clear(loop_deadlines(loop), &patience);
    loop_free(&loop);
    upstream_free(&upstream);
    close(listening);
    return 0;
}

static void on_opened(void *owner, struct pool_conn *conn, const struct dial_facts *facts, enum reason reason) {
    (void)owner, (void)facts;
    opened = conn;
    opened_reason = reason;
    loop_stop(loop);
}

static void run(int64_t wait_ms) {
    deadline_set(loop_deadlines(loop), &patience, loop_now_ms(loop) + wait_ms);
    assert_true(loop_run(loop));
    deadline_clear(loop_deadlines(loop), &patience);
}

/* Opens one connection and returns the server's end of it. */
static int open_one(void) {
    assert_non_null(pool_open(loop, &backend, server, scope, on_opened, NULL));
    run(PATIENCE_MS);
    assert_non_null(opened);
    return accept(listening, NULL, NULL);
}

static void a_new_server_has_none(void **state) {
    (void)state;
    assert_null(pool_take(&backend, server, NULL));
}

static void what_is_given_back_is_taken_again(void **state) {
    (void)state;
    int far_end = open_one();
    struct pool_conn *first = opened;
    assert_false(pool_is_reused(first));
    pool_give(&opened, &backend);
    assert_null(opened);
    assert_int_equal(server->idle_count, 1);
    opened = pool_take(&backend, server, NULL);
    assert_ptr_equal(opened, first);
    assert_true(pool_is_reused(opened));
    assert_int_equal(server->idle_count, 0);
    close(far_end);
}

static void no_more_than_the_maximum_is_kept(void **state) {
    (void)state;
    int far_ends[2] = {open_one(), -1};
    struct pool_conn *first = opened;
    far_ends[1] = open_one();
    pool_give(&first, &backend);
    pool_give(&opened, &backend);
    assert_int_equal(server->idle_count, 1);
    close(far_ends[0]);
    close(far_ends[1]);
}

static void the_one_that_waited_longest_goes_first(void **state) {
    (void)state;
    int far_ends[2] = {open_one(), -1};
    struct pool_conn *first = opened;
    far_ends[1] = open_one();
    struct pool_conn *second = opened;
    pool_give(&first, &backend);
    pool_give(&opened, &backend);
    opened = pool_take(&backend, server, NULL);
    assert_ptr_equal(opened, second);
    close(far_ends[0]);
    close(far_ends[1]);
}

static void what_was_opened_in_another_way_is_not_taken(void **state) {
    (void)state;
    int far_end = open_one();
    struct pool_conn *first = opened;
    pool_give(&opened, &backend);
    backend.transport[31] = 1;
    assert_null(pool_take(&backend, server, NULL));
    backend.transport[31] = 0;
    opened = pool_take(&backend, server, NULL);
    assert_ptr_equal(opened, first);
    close(far_end);
}

static void what_another_server_has_is_not_taken(void **state) {
    (void)state;
    struct addr addr = {.local = {.sun_family = AF_UNIX, .sun_path = "/other"}, .len = sizeof addr.local};
    struct server *other = server_get(upstream, "app", NULL, &addr);
    backend.tells_client = true;
    scope = &own;
    int far_end = open_one();
    pool_give(&opened, &backend);
    assert_null(pool_take(&backend, other, &own));
    server_release(&other);
    close(far_end);
}

static void what_tells_a_client_serves_nobody_else(void **state) {
    (void)state;
    struct pool_scope others;
    pool_scope_init(&others);
    backend.tells_client = true;
    scope = &own;
    int far_end = open_one();
    struct pool_conn *first = opened;
    pool_give(&opened, &backend);
    assert_int_equal(server->idle_count, 0);
    assert_int_equal(own.idle_count, 1);
    assert_null(pool_take(&backend, server, &others));
    assert_null(pool_take(&backend, server, NULL));
    opened = pool_take(&backend, server, &own);
    assert_ptr_equal(opened, first);
    close(far_end);
}

static void without_a_client_there_is_nothing_to_tell(void **state) {
    (void)state;
    backend.tells_client = true;
    assert_null(pool_open(loop, &backend, server, NULL, on_opened, NULL));
    assert_int_equal(server->references, 1);
}

static void a_client_keeps_few_connections(void **state) {
    (void)state;
    struct pool_conn *conns[POOL_SCOPE_IDLE_MAX + 1];
    int far_ends[POOL_SCOPE_IDLE_MAX + 1];
    backend.tells_client = true;
    scope = &own;
    for (size_t i = 0; i < POOL_SCOPE_IDLE_MAX + 1; i++) {
        far_ends[i] = open_one();
        conns[i] = opened;
    }
    opened = NULL;
    for (size_t i = 0; i < POOL_SCOPE_IDLE_MAX + 1; i++)
        pool_give(&conns[i], &backend);
    assert_int_equal(own.idle_count, POOL_SCOPE_IDLE_MAX);
    pool_scope_clear(&own);
    assert_int_equal(own.idle_count, 0);
    assert_int_equal(server->references, 1);
    for (size_t i = 0; i < POOL_SCOPE_IDLE_MAX + 1; i++)
        close(far_ends[i]);
}

static void clearing_may_take_the_last_reference_to_the_server(void **state) {
    (void)state;
    int far_end = open_one();
    pool_give(&opened, &backend);
    server_release(&server);
    upstream_each(upstream, pool_clear);
    close(far_end);
}

static void an_idle_one_that_its_server_closes_is_gone(void **state) {
    (void)state;
    int far_end = open_one();
    pool_give(&opened, &backend);
    close(far_end);
    for (int turns = 0; turns < 50 && server->idle_count; turns++)
        run(100);
    assert_int_equal(server->idle_count, 0);
    assert_null(pool_take(&backend, server, NULL));
}

static void an_idle_one_is_closed_in_time(void **state) {
    (void)state;
    int far_end = open_one();
    backend.idle_timeout_ms = 50;
    pool_give(&opened, &backend);
    for (int turns = 0; turns < 50 && server->idle_count; turns++)
        run(100);
    assert_int_equal(server->idle_count, 0);
    char byte;
    assert_int_equal(recv(far_end, &byte, 1, 0), 0);
    close(far_end);
}

static void nobody_listens(void **state) {
    (void)state;
    assert_int_equal(shutdown(listening, SHUT_RDWR), 0);
    if (pool_open(loop, &backend, server, scope, on_opened, NULL)) {
        run(PATIENCE_MS);
        assert_null(opened);
        assert_int_equal(opened_reason, REASON_BACKEND_CONNECT);
    }
}

static void a_cancelled_attempt_says_nothing(void **state) {
    (void)state;
    struct pool_attempt *attempt = pool_open(loop, &backend, server, scope, on_opened, NULL);
    assert_non_null(attempt);
    pool_cancel(&attempt);
    assert_null(attempt);
    run(100);
    assert_int_equal(opened_reason, REASON_COUNT);
    assert_int_equal(server->references, 1);
}

/* --- HTTP/2: requests share connections --- */

enum { ATTEMPTS = 3 };

static struct pool_attempt *attempts[ATTEMPTS];
static struct pool_conn *conns[ATTEMPTS];
static size_t done_count;
static size_t done_wanted;

static void on_one_opened(void *owner, struct pool_conn *conn, const struct dial_facts *facts, enum reason reason) {
    (void)facts;
    size_t at = (size_t)((struct pool_attempt **)owner - attempts);
    attempts[at] = NULL;
    conns[at] = conn;
    opened_reason = reason;
    if (++done_count == done_wanted)
        loop_stop(loop);
}

static int set_up_http2(void **state) {
    int failed = set_up(state);
    backend.protocol = BACKEND_PROTOCOL_H2;
    backend.streams_max = 2;
    done_count = 0;
    for (size_t i = 0; i < ATTEMPTS; i++) {
        attempts[i] = NULL;
        conns[i] = NULL;
    }
    return failed;
}

static void open_at_once(size_t count) {
    for (size_t i = 0; i < count; i++) {
        attempts[i] = pool_open(loop, &backend, server, scope, on_one_opened, &attempts[i]);
        assert_non_null(attempts[i]);
    }
    done_wanted = count;
}

static void requests_at_once_wait_for_one_connection(void **state) {
    (void)state;
    open_at_once(2);
    run(PATIENCE_MS);
    assert_non_null(conns[0]);
    assert_ptr_equal(conns[0], conns[1]);
    assert_false(pool_is_reused(conns[0]));
    pool_give(&conns[0], &backend);
    assert_int_equal(server->idle_count, 0); /* the other one has it still */
    pool_give(&conns[1], &backend);
    assert_int_equal(server->idle_count, 1);
}

static void no_more_wait_than_it_has_streams(void **state) {
    (void)state;
    open_at_once(3);
    run(PATIENCE_MS);
    assert_ptr_equal(conns[0], conns[1]);
    assert_non_null(conns[2]);
    assert_ptr_not_equal(conns[0], conns[2]);
    for (size_t i = 0; i < 3; i++)
        pool_drop(&conns[i]);
}

static void one_in_use_is_joined_while_it_has_room(void **state) {
    (void)state;
    open_at_once(1);
    run(PATIENCE_MS);
    struct http_stream *streams[2] = {http_conn_open(pool_http(conns[0])), NULL};
    conns[1] = pool_take(&backend, server, NULL);
    assert_ptr_equal(conns[0], conns[1]);
    streams[1] = http_conn_open(pool_http(conns[1]));
    assert_null(pool_take(&backend, server, NULL));
    for (size_t i = 0; i < 2; i++) {
        http_stream_release(&streams[i], REASON_NONE);
        pool_give(&conns[i], &backend);
    }
}

static void what_one_user_drops_nobody_new_gets(void **state) {
    (void)state;
    open_at_once(2);
    run(PATIENCE_MS);
    struct http_conn *http = pool_http(conns[1]);
    pool_drop(&conns[0]);
    assert_null(pool_take(&backend, server, NULL));
    assert_ptr_equal(pool_http(conns[1]), http);
    pool_give(&conns[1], &backend);
    assert_int_equal(server->idle_count, 0);
    assert_int_equal(server->references, 1);
}

static void who_gives_up_leaves_the_others_waiting(void **state) {
    (void)state;
    open_at_once(2);
    pool_cancel(&attempts[0]);
    done_wanted = 1;
    run(PATIENCE_MS);
    assert_null(conns[0]);
    assert_non_null(conns[1]);
    pool_drop(&conns[1]);
}

static void nobody_waits_for_what_all_gave_up(void **state) {
    (void)state;
    open_at_once(2);
    pool_cancel(&attempts[1]);
    pool_cancel(&attempts[0]);
    run(100);
    assert_int_equal(done_count, 0);
    assert_int_equal(server->references, 1);
}

static void all_hear_that_nobody_listens(void **state) {
    (void)state;
    assert_int_equal(shutdown(listening, SHUT_RDWR), 0);
    open_at_once(2);
    run(PATIENCE_MS);
    assert_int_equal(done_count, 2);
    assert_null(conns[0]);
    assert_null(conns[1]);
    assert_int_equal(opened_reason, REASON_BACKEND_CONNECT);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_new_server_has_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_given_back_is_taken_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(no_more_than_the_maximum_is_kept, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_one_that_waited_longest_goes_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_was_opened_in_another_way_is_not_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_another_server_has_is_not_taken, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_tells_a_client_serves_nobody_else, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_client_there_is_nothing_to_tell, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_client_keeps_few_connections, set_up, tear_down),
        cmocka_unit_test_setup_teardown(clearing_may_take_the_last_reference_to_the_server, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_idle_one_that_its_server_closes_is_gone, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_idle_one_is_closed_in_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nobody_listens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_cancelled_attempt_says_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(requests_at_once_wait_for_one_connection, set_up_http2, tear_down),
        cmocka_unit_test_setup_teardown(no_more_wait_than_it_has_streams, set_up_http2, tear_down),
        cmocka_unit_test_setup_teardown(one_in_use_is_joined_while_it_has_room, set_up_http2, tear_down),
        cmocka_unit_test_setup_teardown(what_one_user_drops_nobody_new_gets, set_up_http2, tear_down),
        cmocka_unit_test_setup_teardown(who_gives_up_leaves_the_others_waiting, set_up_http2, tear_down),
        cmocka_unit_test_setup_teardown(nobody_waits_for_what_all_gave_up, set_up_http2, tear_down),
        cmocka_unit_test_setup_teardown(all_hear_that_nobody_listens, set_up_http2, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
