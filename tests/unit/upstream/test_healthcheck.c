/* Servers fall and rise by what checks say in a row; one that nobody checks any more is up. */
#include "upstream/healthcheck.h"

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include <cmocka.h>

/* A test waits this long for what must happen; more means that it does not. */
enum { PATIENCE_MS = 10000 };

static struct loop *loop;
static struct upstream *upstream;
static struct healthchecks *checks;
static struct backend backend;
static struct backend_server servers[1];
static struct addr addr;
static int listening;
static struct deadline patience;
static unsigned results, goods, changes;
static unsigned stop_at;
static bool is_up;
static char why[256];

static void give_up(struct deadline *deadline) {
    (void)deadline;
    loop_stop(loop);
}

static void on_checked(void *owner, bool is_good) {
    (void)owner;
    results++;
    goods += is_good;
    if (results == stop_at)
        loop_stop(loop);
}

static void on_changed(void *owner, const struct server *server, bool up, const char *sentence) {
    (void)owner;
    assert_ptr_equal(server, servers[0].server);
    changes++;
    is_up = up;
    snprintf(why, sizeof(why), "%s", sentence ? sentence : "");
}

static const struct healthcheck_events events = {.checked = on_checked, .changed = on_changed};

static void listen_again(void) {
    int on = 1;
    listening = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    setsockopt(listening, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    assert_int_equal(bind(listening, &addr.any, addr.len), 0);
    assert_int_equal(listen(listening, 64), 0);
    assert_int_equal(getsockname(listening, &addr.any, &addr.len), 0);
}

static int set_up(void **state) {
    (void)state;
    addr =
        (struct addr){.v4 = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, .len = sizeof(addr.v4)};
    listen_again();
    loop = loop_new();
    upstream = upstream_new();
    servers[0] = (struct backend_server){.server = server_get(upstream, "app", NULL, &addr), .weight = 1};
    backend = (struct backend){.name = "app",
                               .servers = servers,
                               .server_count = 1,
                               .connect_timeout_ms = 2000,
                               .check = {.type = BACKEND_CHECK_TCP,
                                         .method = "GET",
                                         .path = "/",
                                         .interval_ms = 10,
                                         .timeout_ms = 200,
                                         .rise = 2,
                                         .fall = 3},
                               .limits = {.head_bytes = 8192, .target_bytes = 1024, .fields = 20}};
    checks = healthcheck_new(loop, &events, NULL);
    results = goods = changes = 0;
    deadline_init(&patience, give_up);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    healthcheck_free(&checks);
    server_release(&servers[0].server);
    deadline_clear(loop_deadlines(loop), &patience);
    loop_free(&loop);
    upstream_free(&upstream);
    close(listening);
    return 0;
}

static void use(void) {
    healthcheck_begin(checks);
    assert_true(healthcheck_add(checks, &backend));
    healthcheck_end(checks);
}

/* Until so many more results are there. */
static void run(unsigned more) {
    stop_at = results + more;
    deadline_set(loop_deadlines(loop), &patience, loop_now_ms(loop) + PATIENCE_MS);
    assert_true(loop_run(loop));
    deadline_clear(loop_deadlines(loop), &patience);
    assert_int_equal(results, stop_at);
}

static void servers_fall_and_rise(void **state) {
    (void)state;
    use();
    run(3);
    assert_int_equal(goods, 3);
    assert_int_equal(changes, 0);
    close(listening);
    run(2);
    assert_false(servers[0].server->is_down);
    run(1);
    assert_true(servers[0].server->is_down);
    assert_false(is_up);
    assert_string_equal(why, reason_row(REASON_BACKEND_CONNECT)->sentence);
    listen_again();
    run(1);
    assert_true(servers[0].server->is_down);
    run(1);
    assert_false(servers[0].server->is_down);
    assert_true(is_up);
    assert_int_equal(changes, 2);
}

/* Results that are not in a row do not add up. */
static void one_good_result_begins_the_row_anew(void **state) {
    (void)state;
    use();
    close(listening);
    run(2);
    listen_again();
    run(1);
    close(listening);
    run(2);
    assert_false(servers[0].server->is_down);
    listen_again();
}

static void silence_is_a_failure(void **state) {
    (void)state;
    backend.check.type = BACKEND_CHECK_HTTP;
    backend.check.fall = 1;
    backend.check.timeout_ms = 50;
    use();
    run(1);
    assert_true(servers[0].server->is_down);
    assert_string_equal(why, "It did not answer in time.");
}

/* Another backend struct with the same server, as after a reload: what is known stays. */
static void next_round_keeps_what_is_known(void **state) {
    (void)state;
    struct backend next;
    backend.check.fall = 1;
    close(listening);
    use();
    run(1);
    assert_true(servers[0].server->is_down);
    next = backend;
    healthcheck_begin(checks);
    assert_true(healthcheck_add(checks, &next));
    healthcheck_end(checks);
    assert_true(servers[0].server->is_down);
    run(1);
    assert_int_equal(changes, 1);
    listen_again();
    healthcheck_free(&checks); /* it used what ends here */
    checks = healthcheck_new(loop, &events, NULL);
}

static void unchecked_servers_are_up(void **state) {
    (void)state;
    backend.check.fall = 1;
    close(listening);
    use();
    run(1);
    assert_true(servers[0].server->is_down);
    backend.check.type = BACKEND_CHECK_OFF;
    use();
    assert_false(servers[0].server->is_down);
    assert_null(servers[0].server->check);
    assert_int_equal(servers[0].server->references, 1);
    assert_int_equal(changes, 2);
    listen_again();
}

static void ends_in_the_middle_of_a_check(void **state) {
    (void)state;
    backend.check.type = BACKEND_CHECK_HTTP;
    backend.check.timeout_ms = 60000;
    use();
    deadline_set(loop_deadlines(loop), &patience, loop_now_ms(loop) + 50);
    assert_true(loop_run(loop));
    assert_int_equal(results, 0);
    healthcheck_free(&checks);
    assert_null(servers[0].server->check);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(servers_fall_and_rise),    TEST(one_good_result_begins_the_row_anew),
        TEST(silence_is_a_failure),     TEST(next_round_keeps_what_is_known),
        TEST(unchecked_servers_are_up), TEST(ends_in_the_middle_of_a_check),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
