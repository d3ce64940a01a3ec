/* A child is started with a channel, its end is kept, and the pause before the next start grows. */
#include "bin/child.h"

#include "fakechild.h"
#include "os/spawn.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>

#include <cmocka.h>

static struct child_program program = {.user = "", .config_path = "good"};

static int wait_for(pid_t pid) {
    int status = 0;
    pid_t ended = 0;
    while ((ended = spawn_reap(&status)) != pid)
        usleep(1000);
    return status;
}

static void child_speaks_and_ends(void **state) {
    (void)state;
    struct child child;
    struct error error;
    struct channel_message message;
    program.config_path = "good";
    child_init(&child, CATALOG_ROLE_WORKER, 3);
    assert_true(child_is_due(&child, 0));
    assert_true(child_start(&child, &program, 1000, &error));
    assert_false(child_is_due(&child, 2000));
    wire_put_u64(channel_begin(child.channel, CATALOG_COMMIT), 5);
    assert_true(channel_send(child.channel, NULL));
    while (!child_receive(&child, &message))
        usleep(1000);
    assert_int_equal(message.type, CATALOG_COMMITTED);
    wire_put_i64(channel_begin(child.channel, CATALOG_DRAIN), 5);
    assert_true(channel_send(child.channel, NULL));
    child_expect_end(&child);
    child_ended(&child, wait_for(child.pid), 2000);
    assert_string_equal(child.last_end, "exited with 0");
    assert_null(child.channel);
    assert_int_equal(child.pid, 0);
    assert_false(child_is_due(&child, 1000000));
}

/* Whose channel breaks is killed; one that was gone by then says by its status why. */
static void end_of_its_own_is_told_though_it_was_to_be_killed(void **state) {
    (void)state;
    struct child child;
    struct error error;
    siginfo_t about;
    program.config_path = "die";
    child_init(&child, CATALOG_ROLE_WORKER, 1);
    assert_true(child_start(&child, &program, 0, &error));
    assert_int_equal(waitid(P_PID, (id_t)child.pid, &about, WEXITED | WNOWAIT), 0);
    child_kill(&child, "it does not read its channel");
    child_ended(&child, wait_for(child.pid), 0);
    assert_string_equal(child.last_end, "exited with 3");
}

static void pause_grows_and_begins_anew_after_a_life(void **state) {
    (void)state;
    struct child child;
    struct error error;
    int64_t now_ms = 0;
    static const int64_t pauses_ms[] = {0, 100, 200, 400, 800, 1600, 3200, 6400, 10000, 10000};
    program.config_path = "die";
    child_init(&child, CATALOG_ROLE_WORKER, 1);
    for (size_t i = 0; i < sizeof(pauses_ms) / sizeof(pauses_ms[0]); i++) {
        assert_true(child_start(&child, &program, now_ms, &error));
        child_ended(&child, wait_for(child.pid), now_ms);
        assert_int_equal(child.start_at_ms - now_ms, pauses_ms[i]);
        assert_int_equal(child.restarts, i + 1);
        now_ms = child.start_at_ms;
    }
    assert_string_equal(child.last_end, "exited with 3");
    assert_true(child_start(&child, &program, now_ms, &error));
    now_ms += CHILD_LIFE_MS;
    child_ended(&child, wait_for(child.pid), now_ms);
    assert_int_equal(child.start_at_ms, now_ms);
}

static void killed_child_has_our_reason(void **state) {
    (void)state;
    struct child child;
    struct error error;
    program.config_path = "good";
    child_init(&child, CATALOG_ROLE_WORKER, 1);
    assert_true(child_start(&child, &program, 0, &error));
    child_kill(&child, "it was in the way");
    child_kill(&child, "a second reason");
    child_ended(&child, wait_for(child.pid), 0);
    assert_string_equal(child.last_end, "it was in the way: killed");
}

static void child_that_speaks_out_of_turn_is_killed(void **state) {
    (void)state;
    struct child child;
    struct error error;
    struct channel_message message;
    program.config_path = "foreign";
    child_init(&child, CATALOG_ROLE_WORKER, 1);
    assert_true(child_start(&child, &program, 0, &error));
    wire_put_u64(channel_begin(child.channel, CATALOG_COMMIT), 5);
    assert_true(channel_send(child.channel, NULL));
    while (child.channel)
        assert_false(child_receive(&child, &message));
    child_ended(&child, wait_for(child.pid), 0);
    assert_non_null(strstr(child.last_end, "not its own to send"));
}

static void program_that_is_not_there_counts_as_an_end(void **state) {
    (void)state;
    const struct child_program missing = {.executable = "/nonexistent", .user = "", .config_path = ""};
    struct child child;
    struct error error = {0};
    child_init(&child, CATALOG_ROLE_CONTROL, 0);
    assert_false(child_start(&child, &missing, 500, &error));
    assert_string_not_equal(error.sentence, "");
    assert_int_equal(child.pid, 0);
    assert_true(child_is_due(&child, 500));
    assert_false(child_start(&child, &missing, 500, &error));
    assert_false(child_is_due(&child, 500));
    assert_true(child_is_due(&child, 600));
}

static void names_are_those_of_the_roles(void **state) {
    (void)state;
    struct child child;
    child_init(&child, CATALOG_ROLE_WORKER, 12);
    assert_string_equal(child_name(&child), "worker 12");
    child_init(&child, CATALOG_ROLE_CONTROL, 0);
    assert_string_equal(child_name(&child), "control");
}

int main(int count, char **arguments) {
    fakechild_main(count, arguments);
    program.executable = fakechild_program();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(child_speaks_and_ends),
        cmocka_unit_test(end_of_its_own_is_told_though_it_was_to_be_killed),
        cmocka_unit_test(pause_grows_and_begins_anew_after_a_life),
        cmocka_unit_test(killed_child_has_our_reason),
        cmocka_unit_test(child_that_speaks_out_of_turn_is_killed),
        cmocka_unit_test(program_that_is_not_there_counts_as_an_end),
        cmocka_unit_test(names_are_those_of_the_roles),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
