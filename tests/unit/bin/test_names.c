/* Names are looked up when they are due, workers are told what changed and nothing else, and failures change nothing
 * but the next try. */
#include "bin/names.h"

#include "base/now.h"
#include "os/fd.h"
#include "os/sealed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { TTL_S = 60, MIN_MS = 5000, MAX_MS = 300000 };

static struct child_program program = {.user = ""};
static struct relay relay;
static struct names names;
static struct slot slot;
static struct channel *fetcher;
static struct channel *worker;
static struct channel_message message;
static int64_t now;

static struct channel *connect_child(struct child *child, enum catalog_role role) {
    int fds[2];
    assert_true(channel_pair(fds));
    child->channel = channel_new(fds[0], CATALOG_ROLE_SUPERVISOR, role);
    child->pid = 4321;
    return channel_new(fds[1], role, CATALOG_ROLE_SUPERVISOR);
}

static int set_up(void **state) {
    (void)state;
    now = now_ms();
    relay_init(&relay, &program, "/nowhere");
    names_init(&names, &relay);
    slot = (struct slot){.number = 1};
    child_init(&slot.child, CATALOG_ROLE_WORKER, 1);
    fetcher = connect_child(relay_child(&relay, ASK_FETCHER), CATALOG_ROLE_FETCHER);
    worker = connect_child(&slot.child, CATALOG_ROLE_WORKER);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    relay_child(&relay, ASK_FETCHER)->pid = slot.child.pid = 0;
    child_hang_up(relay_child(&relay, ASK_FETCHER));
    child_hang_up(&slot.child);
    channel_free(&fetcher);
    channel_free(&worker);
    return 0;
}

/* A configuration with these names (NULL: none) is being prepared. */
static void expect(const char *one, const char *two) {
    uint8_t memory[1024];
    struct wire_out out;
    const struct resolve_settings settings = {.min_ttl_ms = MIN_MS,
                                              .max_ttl_ms = MAX_MS,
                                              .timeout_ms = 1000,
                                              .servers = slice_text("127.0.0.1:53")};
    wire_out_init(&out, memory, sizeof(memory));
    resolve_put_settings(&settings, &out);
    wire_put_text(&out, one);
    if (two)
        wire_put_text(&out, two);
    int fd = sealed_of("names", wire_out_view(&out));
    names_expect(&names, fd, now);
    fd_close(&fd);
}

/* The number of the lookup of `name` that is sent now; 0 when none is. */
static uint32_t asked(const char *name) {
    struct resolve_request request;
    names_tick(&names, &slot, 1, now);
    if (channel_receive(fetcher, &message) != CHANNEL_MESSAGE)
        return 0;
    assert_int_equal(message.type, CATALOG_RESOLVE);
    uint32_t number = wire_get_u32(&message.in);
    resolve_get_request(&request, &message.in);
    assert_true(wire_in_done(&message.in));
    assert_true(slice_equal(request.name, slice_text(name)));
    assert_true(slice_equal(request.servers, slice_text("127.0.0.1:53")));
    return number;
}

static bool take(void) {
    enum ask_service from;
    assert_true(relay_receive(&relay, &from, &message));
    assert_true(names_are_meant(&message));
    return names_take(&names, &message, now);
}

static bool resolve(uint32_t number, uint8_t last, uint32_t ttl_s) {
    struct resolve_answer answer = {.ttl_s = ttl_s};
    uint8_t address[RESOLVE_ADDRESS_BYTES] = {[15] = last};
    if (last > 0)
        resolve_add(&answer, address);
    struct wire_out *out = channel_begin(fetcher, CATALOG_RESOLVED);
    wire_put_u32(out, number);
    resolve_put_answer(&answer, out);
    assert_true(channel_send(fetcher, NULL));
    return take();
}

static bool fail_lookup(uint32_t number) {
    struct wire_out *out = channel_begin(fetcher, CATALOG_NOT_RESOLVED);
    wire_put_u32(out, number);
    wire_put_text(out, "It is not there.");
    assert_true(channel_send(fetcher, NULL));
    return take();
}

/* What the worker is told now: the last byte of the name's only address, 0: none, -1: nothing is said. */
static int told(const char *name) {
    char got[RESOLVE_NAME_MAX + 1];
    struct resolve_answer answer;
    names_tick(&names, &slot, 1, now);
    if (channel_receive(worker, &message) != CHANNEL_MESSAGE)
        return -1;
    assert_int_equal(message.type, CATALOG_ADDRESSES);
    wire_get_text(&message.in, got, sizeof(got));
    resolve_get_answer(&answer, &message.in);
    assert_true(wire_in_done(&message.in));
    assert_string_equal(got, name);
    return answer.count > 0 ? answer.addresses[0][15] : 0;
}

static struct report_source reported(void) {
    struct report_source report;
    uint32_t number;
    assert_true(names_next_report(&names, &number, &report));
    assert_int_equal(report.kind, REPORT_SOURCE_NAME);
    return report;
}

/* Known for as long as it says, then asked again; workers hear of changes only. */
static void answers_are_told_when_they_change(void **state) {
    (void)state;
    expect("a", NULL);
    assert_true(names_are_awaited(&names));
    uint32_t number = asked("a");
    assert_int_equal(asked("a"), 0); /* one at a time */
    assert_int_equal(told("a"), -1);
    assert_true(resolve(number, 7, TTL_S));
    assert_false(names_are_awaited(&names));
    assert_int_equal(told("a"), 7);
    now += TTL_S * 1000 - 1;
    assert_int_equal(asked("a"), 0);
    now++;
    assert_true(resolve(asked("a"), 7, TTL_S));
    assert_int_equal(told("a"), -1);
    now += TTL_S * 1000;
    assert_true(resolve(asked("a"), 8, TTL_S));
    assert_int_equal(told("a"), 8);
}

static void time_to_live_has_bounds(void **state) {
    (void)state;
    expect("a", NULL);
    assert_true(resolve(asked("a"), 7, 0));
    now += MIN_MS - 1;
    assert_int_equal(asked("a"), 0);
    now++;
    assert_true(resolve(asked("a"), 7, 1000000));
    now += MAX_MS - 1;
    assert_int_equal(asked("a"), 0);
    now++;
    assert_true(asked("a") > 0);
}

/* The last good answer stays; tries become rarer. */
static void failures_keep_the_last_answer(void **state) {
    (void)state;
    expect("a", NULL);
    assert_true(resolve(asked("a"), 7, TTL_S));
    assert_int_equal(told("a"), 7);
    now += TTL_S * 1000;
    assert_true(fail_lookup(asked("a")));
    assert_int_equal(told("a"), -1);
    struct report_source report = reported();
    assert_string_equal(report.why, "It is not there.");
    assert_true(report.bad_ms > 0 && report.good_ms > 0);
    now += NAMES_PAUSE_MS;
    assert_true(fail_lookup(asked("a")));
    now += NAMES_PAUSE_MS;
    assert_int_equal(asked("a"), 0);
    now += NAMES_PAUSE_MS;
    assert_true(resolve(asked("a"), 7, TTL_S));
    assert_int_equal(told("a"), -1);
}

static void new_worker_is_told_everything(void **state) {
    (void)state;
    expect("a", NULL);
    assert_true(resolve(asked("a"), 7, TTL_S));
    assert_int_equal(told("a"), 7);
    slot.child.pid++;
    assert_int_equal(told("a"), 7);
    assert_int_equal(told("a"), -1);
}

/* Both configurations' names are known while one is prepared; afterwards those of one. */
static void names_follow_the_configuration(void **state) {
    (void)state;
    expect("a", NULL);
    assert_true(resolve(asked("a"), 7, TTL_S));
    names_settle(&names, true);
    assert_int_equal(told("a"), 7);
    expect("b", NULL);
    assert_true(names_are_awaited(&names));
    assert_true(resolve(asked("b"), 9, TTL_S));
    assert_int_equal(told("b"), 9);
    names_settle(&names, false);
    assert_int_equal(told("b"), 0);
    assert_int_equal(names.count, 1);
    expect("a", "b");
    assert_true(resolve(asked("b"), 9, TTL_S));
    assert_int_equal(told("b"), 9);
    names_settle(&names, true);
    assert_int_equal(names.count, 2);
    expect("b", NULL);
    assert_false(names_are_awaited(&names));
    names_settle(&names, true);
    assert_int_equal(told("a"), 0);
    assert_int_equal(names.count, 1);
}

static void new_fetcher_is_asked_again(void **state) {
    (void)state;
    expect("a", NULL);
    uint32_t number = asked("a");
    relay_child(&relay, ASK_FETCHER)->pid++;
    uint32_t again = asked("a");
    assert_true(again > 0 && again != number);
    assert_true(names_are_awaited(&names));
}

static void answers_that_nobody_asked_for_end_the_fetcher(void **state) {
    (void)state;
    expect("a", NULL);
    assert_false(resolve(5, 7, TTL_S)); /* nothing is open */
    uint32_t number = asked("a");
    assert_false(resolve(0, 7, TTL_S));
    assert_false(resolve(number, 0, TTL_S)); /* no address */
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(answers_are_told_when_they_change),
        TEST(time_to_live_has_bounds),
        TEST(failures_keep_the_last_answer),
        TEST(new_worker_is_told_everything),
        TEST(names_follow_the_configuration),
        TEST(new_fetcher_is_asked_again),
        TEST(answers_that_nobody_asked_for_end_the_fetcher),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
