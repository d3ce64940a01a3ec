/* What becomes of the password of a request: told at once, asked once, shared, forgotten, held back; with the
 * supervisor played by the test. */
#include "proxy/passwords.h"

#include "base/text.h"
#include "ipc/passcheck.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define STORED "$2b$10$KBCwKxOzLha2MUDgW0PjXe5iC0KgerkTIWLGUoONajjj98vdFiyt2"

static struct loop *loop;
static struct channel *worker;
static struct channel *supervisor;
static struct asks *asks;
static struct clients clients;
static struct counters counters;
static struct passwords *passwords;
static struct arena arena;
static struct error_list errors;
static struct plan_password rules;
static unsigned ended;

static int set_up(void **state) {
    (void)state;
    int fds[2];
    assert_true(channel_pair(fds));
    worker = channel_new(fds[0], CATALOG_ROLE_WORKER, CATALOG_ROLE_SUPERVISOR);
    supervisor = channel_new(fds[1], CATALOG_ROLE_SUPERVISOR, CATALOG_ROLE_WORKER);
    loop = loop_new();
    asks = asks_new(loop, worker);
    assert_true(clients_init(&clients, 3));
    passwords = passwords_new(loop, asks, &clients, &counters);
    assert_non_null(passwords);
    arena_init(&arena, 4096, 1 << 20);
    error_list_init(&errors);
    rules = (struct plan_password){
        .scope = 9, .right_ms = 60000, .wrong_ms = 5000, .timeout_ms = 60000, .failures = limit_rate_of(5, 60000, 0)};
    assert_true(passwordfile_read(slice_text("alice:" STORED "\nbob:" STORED "\n"), "users", false, &arena,
                                  &rules.users, &errors));
    memset(&counters, 0, sizeof(counters));
    ended = 0;
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    passwords_free(&passwords);
    loop_free(&loop);
    clients_fini(&clients);
    asks_free(&asks);
    channel_free(&worker);
    channel_free(&supervisor);
    error_list_fini(&errors);
    arena_fini(&arena);
    return 0;
}

static void on_end(struct passwords_check *check) {
    assert_false(passwords_waits(check));
    ended++;
}

/* Begins a check with credentials "user:password", or without any, of the client `who`. */
static enum passwords_step begin(struct passwords_check *check, const char *credentials, const char *who) {
    char value[256] = "Basic ";
    struct http_field fields[1];
    struct http_message head;
    http_message_init(&head, fields, 1);
    if (credentials) {
        text_base64(value + 6, slice_text(credentials));
        assert_true(http_message_add(&head, slice_text("Authorization"), slice_text(value), 0));
    }
    const struct passwords_request request = {.password = &rules,
                                              .head = &head,
                                              .client = slice_text(who),
                                              .arena = &arena};
    passwords_check_init(check, on_end);
    return passwords_begin(passwords, check, &request);
}

/* The next question that reached the supervisor; 0 when there is none. */
static uint32_t asked(const char *password) {
    struct channel_message message;
    struct slice read, stored;
    if (channel_receive(supervisor, &message) == CHANNEL_EMPTY)
        return 0;
    assert_int_equal(wire_get_u8(&message.in), ASK_CHECKER);
    uint32_t number = wire_get_u32(&message.in);
    assert_true(passcheck_read(wire_get_bytes(&message.in, ASK_BYTES_MAX), &read, &stored));
    assert_true(slice_equal(read, slice_text(password)));
    assert_true(slice_equal(stored, slice_text(STORED)));
    return number + 1;
}

static void stop(struct deadline *deadline) {
    (void)deadline;
    loop_stop(loop);
}

/* Answers the question, and lets the loop turn, so that what waits for its end happens. */
static void answer(uint32_t number, enum ask_outcome outcome, uint8_t said) {
    struct channel_message message;
    struct deadline turn;
    struct wire_out *out = channel_begin(supervisor, CATALOG_ANSWER);
    wire_put_u32(out, number - 1);
    wire_put_u8(out, (uint8_t)outcome);
    wire_put_bytes(out, slice_of(&said, outcome == ASK_ANSWERED));
    assert_true(channel_send(supervisor, NULL));
    assert_int_equal(channel_receive(worker, &message), CHANNEL_MESSAGE);
    assert_true(asks_take(asks, &message.in));
    deadline_init(&turn, stop);
    deadline_set(loop_deadlines(loop), &turn, loop_now_ms(loop));
    assert_true(loop_run(loop));
}

static void what_is_no_password_is_told_at_once(void **state) {
    (void)state;
    struct passwords_check check;
    assert_int_equal(begin(&check, NULL, "c"), PASSWORDS_REFUSED);
    assert_int_equal(check.reason, REASON_PASSWORD_MISSING);
    assert_int_equal(begin(&check, "no colon", "c"), PASSWORDS_REFUSED);
    assert_int_equal(check.reason, REASON_PASSWORD_MALFORMED);
    assert_int_equal(asked(""), 0);
}

static void a_right_password_is_asked_once_and_remembered(void **state) {
    (void)state;
    struct passwords_check check;
    assert_int_equal(begin(&check, "alice:right", "c"), PASSWORDS_WAITING);
    answer(asked("right"), ASK_ANSWERED, PASSCHECK_MATCHES);
    assert_int_equal(ended, 1);
    assert_int_equal(check.reason, REASON_NONE);
    assert_true(slice_equal(check.user, slice_text("alice")));
    for (int i = 0; i < 20; i++)
        assert_int_equal(begin(&check, "alice:right", "c"), PASSWORDS_PASSED);
    assert_int_equal(asked(""), 0);
    assert_int_equal(counters_get(&counters, COUNTER_PASSWORDS_CHECKED), 1);
    assert_int_equal(counters_get(&counters, COUNTER_PASSWORDS_REMEMBERED), 20);
    assert_int_equal(counters_get(&counters, COUNTER_PASSWORDS_WAITING), 0);
}

static void a_wrong_password_is_asked_once_and_remembered(void **state) {
    (void)state;
    struct passwords_check check;
    assert_int_equal(begin(&check, "alice:wrong", "c"), PASSWORDS_WAITING);
    answer(asked("wrong"), ASK_ANSWERED, PASSCHECK_DIFFERS);
    assert_int_equal(check.reason, REASON_PASSWORD_WRONG);
    assert_int_equal(begin(&check, "alice:wrong", "c"), PASSWORDS_REFUSED);
    assert_int_equal(check.reason, REASON_PASSWORD_WRONG);
    assert_int_equal(asked(""), 0);
}

/* As costly as one who does, and never let in, whatever is said of the password that was checked instead. */
static void a_user_who_does_not_exist_is_checked_and_refused(void **state) {
    (void)state;
    struct passwords_check check;
    for (int i = 0; i < 2; i++) {
        enum passwords_step step = begin(&check, "carol:right", "c");
        assert_int_equal(step, i == 0 ? PASSWORDS_WAITING : PASSWORDS_REFUSED);
        if (i == 0)
            answer(asked("right"), ASK_ANSWERED, PASSCHECK_MATCHES);
        assert_int_equal(check.reason, REASON_PASSWORD_WRONG);
        assert_int_equal(check.user.len, 0);
    }
}

static struct passwords_check following;

static void begin_another(struct passwords_check *check) {
    (void)check;
    ended++;
    assert_int_equal(begin(&following, "bob:guess", "mallory"), PASSWORDS_WAITING);
}

/* Who asks at once when told of a right password does not pass by it. */
static void an_answer_is_for_what_was_asked(void **state) {
    (void)state;
    struct passwords_check first;
    assert_int_equal(begin(&first, "alice:right", "mallory"), PASSWORDS_WAITING);
    first.on_end = begin_another;
    answer(asked("right"), ASK_ANSWERED, PASSCHECK_MATCHES);
    assert_int_equal(first.reason, REASON_NONE);
    assert_int_equal(ended, 1);
    assert_true(passwords_waits(&following));
    answer(asked("guess"), ASK_ANSWERED, PASSCHECK_DIFFERS);
    assert_int_equal(ended, 2);
    assert_int_equal(following.reason, REASON_PASSWORD_WRONG);
}

static void without_a_checker_nobody_passes(void **state) {
    (void)state;
    struct passwords_check check;
    assert_int_equal(begin(&check, "alice:right", "c"), PASSWORDS_WAITING);
    answer(asked("right"), ASK_FAILED, 0);
    assert_int_equal(check.reason, REASON_PASSWORD_CHECKER);
    for (int i = 0; i < 10; i++) { /* nobody's failure: no token is used */
        assert_int_equal(begin(&check, "alice:right", "c"), PASSWORDS_WAITING);
        answer(asked("right"), ASK_ANSWERED, PASSCHECK_FAILED);
        assert_int_equal(check.reason, REASON_PASSWORD_CHECKER);
    }
}

static void one_question_at_a_time_in_their_order(void **state) {
    (void)state;
    struct passwords_check first, second, third;
    assert_int_equal(begin(&first, "alice:one", "a"), PASSWORDS_WAITING);
    assert_int_equal(begin(&second, "alice:two", "b"), PASSWORDS_WAITING);
    assert_int_equal(begin(&third, "bob:three", "c"), PASSWORDS_WAITING);
    uint32_t number = asked("one");
    assert_int_equal(asked(""), 0);
    answer(number, ASK_ANSWERED, PASSCHECK_DIFFERS);
    answer(asked("two"), ASK_ANSWERED, PASSCHECK_MATCHES);
    answer(asked("three"), ASK_ANSWERED, PASSCHECK_MATCHES);
    assert_int_equal(ended, 3);
    assert_int_equal(first.reason, REASON_PASSWORD_WRONG);
    assert_int_equal(second.reason, REASON_NONE);
    assert_int_equal(third.reason, REASON_NONE);
}

static void the_same_credentials_share_a_question(void **state) {
    (void)state;
    struct passwords_check checks[10];
    for (int i = 0; i < 10; i++)
        assert_int_equal(begin(&checks[i], "alice:right", "c"), PASSWORDS_WAITING);
    assert_int_equal(counters_get(&counters, COUNTER_PASSWORDS_WAITING), 10);
    answer(asked("right"), ASK_ANSWERED, PASSCHECK_MATCHES);
    assert_int_equal(asked(""), 0);
    assert_int_equal(ended, 10);
    for (int i = 0; i < 10; i++)
        assert_int_equal(checks[i].reason, REASON_NONE);
}

static void who_guesses_is_held_back_others_are_not(void **state) {
    (void)state;
    struct passwords_check check;
    char guess[] = "alice:0";
    for (int i = 0; i < 5; i++, guess[6]++) {
        assert_int_equal(begin(&check, guess, "guesser"), PASSWORDS_WAITING);
        answer(asked(guess + 6), ASK_ANSWERED, PASSCHECK_DIFFERS);
    }
    assert_int_equal(begin(&check, "alice:right", "guesser"), PASSWORDS_REFUSED);
    assert_int_equal(check.reason, REASON_PASSWORD_TOO_OFTEN);
    assert_in_range(check.retry_after_ms, 1, 12000);
    assert_int_equal(begin(&check, "alice:right", "another"), PASSWORDS_WAITING);
    answer(asked("right"), ASK_ANSWERED, PASSCHECK_MATCHES);
    assert_int_equal(begin(&check, "alice:right", "another"), PASSWORDS_PASSED);
    assert_int_equal(begin(&check, "alice:right", "guesser"), PASSWORDS_REFUSED); /* nor told what is remembered */
    assert_int_equal(check.reason, REASON_PASSWORD_TOO_OFTEN);
}

static void a_client_has_few_checks_open(void **state) {
    (void)state;
    struct passwords_check checks[PASSWORDS_OF_CLIENT_MAX + 1];
    rules.failures = limit_rate_of(0, 1, 0);
    char guess[] = "alice:0";
    for (int i = 0; i < PASSWORDS_OF_CLIENT_MAX; i++, guess[6]++)
        assert_int_equal(begin(&checks[i], guess, "greedy"), PASSWORDS_WAITING);
    struct passwords_check *last = &checks[PASSWORDS_OF_CLIENT_MAX];
    assert_int_equal(begin(last, guess, "greedy"), PASSWORDS_REFUSED);
    assert_int_equal(last->reason, REASON_PASSWORD_TOO_MANY);
    assert_int_equal(begin(last, guess, "another"), PASSWORDS_WAITING);
    passwords_end(last);
    passwords_end(&checks[1]);
    assert_int_equal(begin(&checks[1], guess, "greedy"), PASSWORDS_WAITING);
    for (int i = 0; i < PASSWORDS_OF_CLIENT_MAX; i++)
        passwords_end(&checks[i]);
    assert_int_equal(ended, 0);
}

static void the_queue_has_an_end(void **state) {
    (void)state;
    static struct passwords_check checks[PASSWORDS_WAITING_MAX + 1];
    char credentials[32], who[32];
    rules.failures = limit_rate_of(0, 1, 0);
    for (int i = 0; i <= PASSWORDS_WAITING_MAX; i++) {
        snprintf(credentials, sizeof(credentials), "alice:%d", i);
        snprintf(who, sizeof(who), "client %d", i);
        enum passwords_step step = begin(&checks[i], credentials, who);
        assert_int_equal(step, i < PASSWORDS_WAITING_MAX ? PASSWORDS_WAITING : PASSWORDS_REFUSED);
    }
    assert_int_equal(checks[PASSWORDS_WAITING_MAX].reason, REASON_PASSWORD_BUSY);
    for (int i = 0; i < PASSWORDS_WAITING_MAX; i++)
        passwords_end(&checks[i]);
}

static void who_leaves_costs_no_question(void **state) {
    (void)state;
    struct passwords_check first, second, third;
    assert_int_equal(begin(&first, "alice:one", "a"), PASSWORDS_WAITING);
    assert_int_equal(begin(&second, "alice:two", "b"), PASSWORDS_WAITING);
    assert_int_equal(begin(&third, "alice:three", "c"), PASSWORDS_WAITING);
    passwords_end(&first);
    passwords_end(&second);
    answer(asked("one"), ASK_ANSWERED, PASSCHECK_MATCHES);
    answer(asked("three"), ASK_ANSWERED, PASSCHECK_MATCHES);
    assert_int_equal(ended, 1);
    assert_int_equal(begin(&first, "alice:one", "a"), PASSWORDS_PASSED); /* what was found out is kept */
}

/* Somebody who asks and leaves again and again uses the processor, so that costs tokens. */
static void leaving_in_the_middle_is_no_way_to_guess_for_nothing(void **state) {
    (void)state;
    struct passwords_check check;
    char guess[] = "alice:0";
    for (int i = 0; i < 5; i++, guess[6]++) {
        assert_int_equal(begin(&check, guess, "guesser"), PASSWORDS_WAITING);
        passwords_end(&check);
        answer(asked(guess + 6), ASK_ANSWERED, PASSCHECK_DIFFERS);
    }
    assert_int_equal(begin(&check, guess, "guesser"), PASSWORDS_REFUSED);
    assert_int_equal(check.reason, REASON_PASSWORD_TOO_OFTEN);
}

/* The right password of one who may not come with this certificate. */
static void a_bound_user_needs_the_certificate(void **state) {
    (void)state;
    struct passwords_check check;
    rules.bind = PASSWORDBIND_SUBJECT_CN;
    assert_int_equal(begin(&check, "alice:right", "c"), PASSWORDS_WAITING);
    answer(asked("right"), ASK_ANSWERED, PASSCHECK_MATCHES);
    assert_int_equal(check.reason, REASON_PASSWORD_OTHER_CERTIFICATE);
    assert_int_equal(begin(&check, "alice:right", "c"), PASSWORDS_REFUSED);
    assert_int_equal(check.reason, REASON_PASSWORD_OTHER_CERTIFICATE);
}

static void another_stored_password_is_another_question(void **state) {
    (void)state;
    struct passwords_check check;
    assert_int_equal(begin(&check, "alice:right", "c"), PASSWORDS_WAITING);
    answer(asked("right"), ASK_ANSWERED, PASSCHECK_MATCHES);
    rules.users.users[0].stored = slice_text("$6$x$y");
    rules.users.users[1].stored = slice_text("$6$x$y");
    assert_int_equal(begin(&check, "alice:right", "c"), PASSWORDS_WAITING);
    passwords_end(&check);
}

static void nothing_of_the_password_stays(void **state) {
    (void)state;
    struct passwords_check check;
    assert_int_equal(begin(&check, "alice:right", "c"), PASSWORDS_WAITING);
    struct slice question = check.question;
    assert_non_null(memmem(question.data, question.len, "right", 5));
    passwords_end(&check);
    assert_null(memmem(question.data, question.len, "right", 5));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_is_no_password_is_told_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_right_password_is_asked_once_and_remembered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_wrong_password_is_asked_once_and_remembered, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_user_who_does_not_exist_is_checked_and_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_answer_is_for_what_was_asked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_a_checker_nobody_passes, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_question_at_a_time_in_their_order, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_same_credentials_share_a_question, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_guesses_is_held_back_others_are_not, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_client_has_few_checks_open, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_queue_has_an_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_leaves_costs_no_question, set_up, tear_down),
        cmocka_unit_test_setup_teardown(leaving_in_the_middle_is_no_way_to_guess_for_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_bound_user_needs_the_certificate, set_up, tear_down),
        cmocka_unit_test_setup_teardown(another_stored_password_is_another_question, set_up, tear_down),
        cmocka_unit_test_setup_teardown(nothing_of_the_password_stays, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
