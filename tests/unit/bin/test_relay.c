/* Questions of workers reach a service and their answers come back to who asked; nobody waits for a service that is
 * away, and nobody is given an answer to another's question. */
#include "bin/relay.h"

#include "base/now.h"
#include "fakechild.h"
#include "os/spawn.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { CHECKER = 1 << ASK_CHECKER, SLOTS = 2, LIMIT_MS = 20000 };

static struct child_program program = {.user = ""};
static struct relay relay;
static struct slot slots[SLOTS];
static struct channel *workers[SLOTS];

/* A checker that answers with what it was asked. "silent": answers nothing. "twice": answers everything twice. "die":
 * ends at the first question. "foreign": says something that is no answer. */
static void fake_checker(const char *manner) {
    struct fakechild child = {.manner = manner};
    child.channel = channel_new(CHANNEL_CHILD_FD, CATALOG_ROLE_CHECKER, CATALOG_ROLE_SUPERVISOR);
    for (;;) {
        struct channel_message message;
        fakechild_receive(&child, &message);
        uint32_t number = wire_get_u32(&message.in);
        struct slice bytes = wire_get_bytes(&message.in, ASK_BYTES_MAX);
        if (fakechild_is(&child, "die"))
            _exit(5);
        uint8_t frame[2] = {CATALOG_RELOAD, 0};
        if (fakechild_is(&child, "foreign") && write(channel_fd(child.channel), frame, sizeof(frame)) < 0)
            _exit(9);
        for (unsigned i = 0; i < (fakechild_is(&child, "twice") ? 2 : 1) && !fakechild_is(&child, "silent"); i++) {
            struct wire_out *out = channel_begin(child.channel, CATALOG_CHECKER_ANSWER);
            wire_put_u32(out, number);
            wire_put_bytes(out, bytes);
            if (!channel_send(child.channel, NULL))
                _exit(9);
        }
    }
}

static struct channel *make_worker(struct slot *slot) {
    int fds[2];
    assert_true(channel_pair(fds));
    slot->child.channel = channel_new(fds[0], CATALOG_ROLE_SUPERVISOR, CATALOG_ROLE_WORKER);
    return channel_new(fds[1], CATALOG_ROLE_WORKER, CATALOG_ROLE_SUPERVISOR);
}

static int set_up(void **state) {
    struct error error;
    program.config_path = *state ? *state : "good";
    relay_init(&relay, &program, "/nowhere");
    for (unsigned i = 0; i < SLOTS; i++) {
        assert_true(slot_init(&slots[i], i + 1, now_ms(), &error));
        workers[i] = make_worker(&slots[i]);
    }
    relay_want(&relay, CHECKER);
    relay_tick(&relay, now_ms());
    return relay_alive(&relay) == 1 ? 0 : -1;
}

static void turn(void) {
    struct pollfd polled[ASK_SERVICE_COUNT];
    enum ask_service from;
    struct channel_message message;
    int status;
    pid_t pid;
    poll(polled, relay_poll(&relay, polled), 5);
    assert_false(relay_receive(&relay, &from, &message));
    while ((pid = spawn_reap(&status)) > 0)
        assert_true(relay_ended(&relay, pid, status, now_ms()));
    relay_tick(&relay, now_ms());
}

static int tear_down(void **state) {
    (void)state;
    relay_stop(&relay);
    relay_kill(&relay, "the test is over");
    while (relay_alive(&relay) > 0)
        turn();
    for (unsigned i = 0; i < SLOTS; i++) {
        channel_free(&workers[i]);
        slot_fini(&slots[i]);
    }
    return 0;
}

/* The worker of a slot asks; false when the supervisor would end it. */
static bool ask(unsigned slot, uint8_t service, uint32_t number, const char *text) {
    uint8_t memory[256];
    struct wire_out out;
    struct wire_in in;
    wire_out_init(&out, memory, sizeof(memory));
    wire_put_u8(&out, service);
    wire_put_u32(&out, number);
    wire_put_text(&out, text);
    wire_in_init(&in, wire_out_view(&out));
    return relay_ask(&relay, &slots[slot], &in, now_ms());
}

static bool is_told(unsigned slot) {
    struct pollfd polled = {.fd = channel_fd(workers[slot]), .events = POLLIN};
    return poll(&polled, 1, 0) == 1;
}

/* Waits for an answer to the slot's worker, and compares it. */
static void expect(unsigned slot, uint32_t number, enum ask_outcome outcome, const char *text) {
    struct channel_message message;
    int64_t until_ms = now_ms() + LIMIT_MS;
    while (!is_told(slot) && now_ms() < until_ms)
        turn();
    assert_int_equal(channel_receive(workers[slot], &message), CHANNEL_MESSAGE);
    assert_int_equal(message.type, CATALOG_ANSWER);
    assert_int_equal(wire_get_u32(&message.in), number);
    assert_int_equal(wire_get_u8(&message.in), outcome);
    assert_true(slice_equal(wire_get_bytes(&message.in, ASK_ANSWER_BYTES_MAX), slice_text(text)));
    assert_true(wire_in_done(&message.in));
}

static void answers_come_back_to_who_asked(void **state) {
    (void)state;
    assert_true(ask(0, ASK_CHECKER, 7, "first"));
    assert_true(ask(1, ASK_CHECKER, 7, "second"));
    assert_true(ask(0, ASK_CHECKER, 8, "third"));
    expect(1, 7, ASK_ANSWERED, "second");
    expect(0, 7, ASK_ANSWERED, "first");
    expect(0, 8, ASK_ANSWERED, "third");
    assert_false(is_told(0) || is_told(1));
}

static void service_that_is_not_wanted_fails_at_once(void **state) {
    (void)state;
    assert_true(ask(0, ASK_FETCHER, 7, "x"));
    assert_true(is_told(0));
    expect(0, 7, ASK_FAILED, "");
    relay_want(&relay, 0);
    assert_true(ask(0, ASK_CHECKER, 8, "x"));
    assert_true(is_told(0));
    expect(0, 8, ASK_FAILED, "");
}

static void service_that_is_not_wanted_any_more_ends_and_comes_back_when_it_is(void **state) {
    (void)state;
    relay_want(&relay, 0);
    int64_t until_ms = now_ms() + LIMIT_MS;
    while (relay_alive(&relay) > 0 && now_ms() < until_ms)
        turn();
    assert_int_equal(relay_alive(&relay), 0);
    relay_want(&relay, CHECKER);
    while (relay_alive(&relay) == 0 && now_ms() < until_ms)
        turn();
    assert_true(ask(0, ASK_CHECKER, 1, "again"));
    expect(0, 1, ASK_ANSWERED, "again");
}

static void death_of_the_service_fails_what_it_was_asked_and_it_is_started_again(void **state) {
    (void)state;
    pid_t first = relay_child(&relay, ASK_CHECKER)->pid;
    assert_true(ask(0, ASK_CHECKER, 7, "x"));
    expect(0, 7, ASK_FAILED, "");
    int64_t until_ms = now_ms() + LIMIT_MS;
    while (!relay_channel(&relay, ASK_CHECKER) && now_ms() < until_ms)
        turn();
    assert_int_not_equal(relay_child(&relay, ASK_CHECKER)->pid, first);
    assert_true(relay_child(&relay, ASK_CHECKER)->restarts >= 1);
}

static void answer_for_a_dead_worker_reaches_no_other(void **state) {
    (void)state;
    assert_true(ask(0, ASK_CHECKER, 7, "x"));
    relay_forget(&relay, &slots[0]);
    channel_free(&workers[0]);
    channel_free(&slots[0].child.channel);
    workers[0] = make_worker(&slots[0]);
    assert_true(ask(1, ASK_CHECKER, 1, "behind it"));
    expect(1, 1, ASK_ANSWERED, "behind it");
    assert_false(is_told(0));
    assert_true(ask(0, ASK_CHECKER, 7, "new"));
    expect(0, 7, ASK_ANSWERED, "new");
}

static void worker_that_asks_too_much_is_failed_and_the_other_is_not(void **state) {
    (void)state;
    for (uint32_t i = 0; i < ASK_OPEN_MAX; i++)
        assert_true(ask(0, ASK_CHECKER, i, "x"));
    assert_false(is_told(0));
    assert_true(ask(0, ASK_CHECKER, 9999, "one too many"));
    assert_true(is_told(0));
    expect(0, 9999, ASK_FAILED, "");
    assert_true(ask(1, ASK_CHECKER, 1, "x"));
    assert_false(is_told(1));
}

static void malformed_question_is_refused(void **state) {
    (void)state;
    assert_false(ask(0, ASK_SERVICE_COUNT, 7, "no such service"));
    struct wire_in in;
    wire_in_init(&in, slice_text("\1"));
    assert_false(relay_ask(&relay, &slots[0], &in, now_ms()));
}

static void service_that_answers_twice_is_ended(void **state) {
    (void)state;
    assert_true(ask(0, ASK_CHECKER, 7, "x"));
    expect(0, 7, ASK_ANSWERED, "x");
    int64_t until_ms = now_ms() + LIMIT_MS;
    while (relay_child(&relay, ASK_CHECKER)->last_end[0] == '\0' && now_ms() < until_ms)
        turn();
    assert_non_null(strstr(relay_child(&relay, ASK_CHECKER)->last_end, "not asked"));
    assert_false(is_told(0));
}

static void service_that_says_anothers_words_is_ended(void **state) {
    (void)state;
    assert_true(ask(0, ASK_CHECKER, 7, "x"));
    expect(0, 7, ASK_FAILED, "");
    assert_non_null(strstr(relay_child(&relay, ASK_CHECKER)->last_end, "not its own to send"));
}

static void service_that_hangs_is_ended(void **state) {
    (void)state;
    assert_true(ask(0, ASK_CHECKER, 7, "x"));
    relay_tick(&relay, now_ms() + RELAY_HUNG_MS - 1000);
    turn();
    assert_false(is_told(0));
    relay_tick(&relay, now_ms() + RELAY_HUNG_MS + 1000);
    expect(0, 7, ASK_FAILED, "");
    assert_non_null(strstr(relay_child(&relay, ASK_CHECKER)->last_end, "hung"));
}

static void executable_that_is_missing_leaves_its_service_away(void **state) {
    (void)state;
    relay_want(&relay, CHECKER | 1 << ASK_FETCHER);
    relay_tick(&relay, now_ms());
    assert_int_equal(relay_alive(&relay), 1);
    assert_true(ask(0, ASK_FETCHER, 7, "x"));
    expect(0, 7, ASK_FAILED, "");
}

#define WITH(manner, name) cmocka_unit_test_prestate_setup_teardown(name, set_up, tear_down, (char[]){manner})

int main(int count, char **arguments) {
    if (count == 6)
        fake_checker(arguments[5]);
    program.executable = fakechild_program();
    const struct CMUnitTest tests[] = {
        WITH("good", answers_come_back_to_who_asked),
        WITH("good", service_that_is_not_wanted_fails_at_once),
        WITH("good", service_that_is_not_wanted_any_more_ends_and_comes_back_when_it_is),
        WITH("die", death_of_the_service_fails_what_it_was_asked_and_it_is_started_again),
        WITH("good", answer_for_a_dead_worker_reaches_no_other),
        WITH("silent", worker_that_asks_too_much_is_failed_and_the_other_is_not),
        WITH("good", malformed_question_is_refused),
        WITH("twice", service_that_answers_twice_is_ended),
        WITH("foreign", service_that_says_anothers_words_is_ended),
        WITH("silent", service_that_hangs_is_ended),
        WITH("good", executable_that_is_missing_leaves_its_service_away),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
