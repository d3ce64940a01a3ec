/* Workers are started, brought to new generations in two phases, and replaced when they die. */
#include "bin/crew.h"

#include "base/now.h"
#include "fakechild.h"
#include "os/fd.h"
#include "os/sealed.h"
#include "os/sock.h"
#include "os/spawn.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { WORKERS = 2, LIMIT_MS = 20000 };

static struct child_program program = {.user = ""};
static struct outline outline;
static struct sockets sockets;
static struct service service;
static struct error error;

/* Port 0 is somebody else's each time, which is of no matter here. */
static void plan(const struct crew *crew, unsigned addresses) {
    static struct sockets none;
    memset(&outline, 0, sizeof(outline));
    outline.workers = WORKERS;
    outline.ticket_lifetime_s = 3600;
    for (unsigned i = 0; i < addresses; i++) {
        char addr[32];
        snprintf(addr, sizeof(addr), "127.0.0.%u:0", i + 1);
        assert_true(addr_parse(slice_text(addr), &outline.listens[i].addr));
        outline.listens[i].listener = i;
    }
    outline.listens_count = addresses;
    sockets_init(&none, WORKERS);
    const struct sockets *current = crew ? crew_sockets(crew) : &none;
    assert_true(sockets_plan(current, &outline, &service, &sockets, &error));
}

static struct crew_generation generation(uint64_t number) {
    struct crew_generation made = {.number = number, .bundle_fd = sealed_of("bundle", slice_text("x"))};
    made.outline = outline;
    return made;
}

static struct crew *make(const char *manner) {
    program.config_path = manner;
    plan(NULL, 1);
    struct crew_generation first = generation(1);
    struct crew *crew = crew_new(&program, &first, &sockets, now_ms(), &error);
    assert_non_null(crew);
    assert_int_equal(first.bundle_fd, -1);
    return crew;
}

static void turn(struct crew *crew) {
    struct pollfd polled[OUTLINE_WORKERS_MAX];
    int status;
    pid_t pid;
    crew_tick(crew, now_ms());
    poll(polled, crew_poll(crew, polled), 5);
    crew_receive(crew);
    while ((pid = spawn_reap(&status)) > 0)
        assert_true(crew_ended(crew, pid, status, now_ms()));
}

#define turn_until(crew, condition)                                                                                    \
    do {                                                                                                               \
        int64_t until_ms = now_ms() + LIMIT_MS;                                                                        \
        while (!(condition) && now_ms() < until_ms)                                                                    \
            turn(crew);                                                                                                \
        assert_true(condition);                                                                                        \
    } while (0)

static void end(struct crew *crew) {
    crew_kill(crew, "the test is over");
    turn_until(crew, crew_alive(crew) == 0);
    crew_free(&crew);
}

static pid_t pid_of(const struct crew *crew, unsigned index) {
    unsigned count;
    return crew_slots(crew, &count)[index].child.pid;
}

static void all_workers_come_up(void **state) {
    (void)state;
    struct crew *crew = make("good");
    turn_until(crew, crew_running(crew) == WORKERS);
    assert_false(crew_failed(crew));
    assert_true(crew_is_steady(crew));
    assert_int_equal(crew_current(crew)->number, 1);
    end(crew);
}

static bool all_are_prepared(const struct crew *crew) {
    unsigned count;
    const struct slot *slots = crew_slots(crew, &count);
    bool all = true;
    for (unsigned i = 0; i < count; i++)
        all = all && slots[i].prepared == 1;
    return all;
}

static void nobody_begins_before_the_deny_list_is_known(void **state) {
    (void)state;
    static struct denials denials;
    denials_init(&denials);
    struct crew *crew = make("good");
    crew_use_denials(crew, &denials);
    turn_until(crew, all_are_prepared(crew));
    for (unsigned i = 0; i < 10; i++)
        turn(crew);
    assert_int_equal(crew_running(crew), 0);
    denials.is_ready = true;
    turn_until(crew, crew_running(crew) == WORKERS);
    end(crew);
}

static void refusal_at_the_start_fails_with_its_sentence(void **state) {
    (void)state;
    struct crew *crew = make("refuse");
    turn_until(crew, crew_failed(crew));
    assert_non_null(strstr(crew_refusal(crew), "No such luck."));
    assert_int_equal(crew_running(crew), 0);
    end(crew);
}

static void death_at_the_start_fails_with_its_status(void **state) {
    (void)state;
    struct crew *crew = make("die");
    turn_until(crew, crew_failed(crew));
    assert_non_null(strstr(crew_refusal(crew), "exited with 3"));
    end(crew);
}

static void dead_worker_is_replaced_and_the_other_left_alone(void **state) {
    (void)state;
    struct crew *crew = make("good");
    turn_until(crew, crew_running(crew) == WORKERS);
    pid_t first = pid_of(crew, 0);
    pid_t second = pid_of(crew, 1);
    kill(first, SIGKILL);
    turn_until(crew, pid_of(crew, 0) != first && crew_running(crew) == WORKERS);
    assert_int_equal(pid_of(crew, 1), second);
    unsigned count;
    assert_string_equal(crew_slots(crew, &count)[0].child.last_end, "killed by signal 9 (Killed)");
    assert_int_equal(crew_slots(crew, &count)[0].child.restarts, 1);
    end(crew);
}

static void all_go_to_the_next_generation_together(void **state) {
    (void)state;
    struct crew *crew = make("good");
    turn_until(crew, crew_running(crew) == WORKERS);
    plan(crew, 2);
    struct crew_generation next = generation(2);
    crew_prepare(crew, &next, &sockets, now_ms());
    assert_int_equal(next.bundle_fd, -1);
    turn_until(crew, crew_phase(crew) == CREW_PREPARED);
    assert_int_equal(crew_current(crew)->number, 1);
    crew_commit(crew);
    turn_until(crew, crew_phase(crew) == CREW_SETTLED);
    assert_int_equal(crew_current(crew)->number, 2);
    assert_int_equal(crew_sockets(crew)->count, 2);
    assert_int_equal(crew_running(crew), WORKERS);
    end(crew);
}

static void one_refusal_stops_the_change_for_all(void **state) {
    (void)state;
    struct crew *crew = make("refuse-2");
    turn_until(crew, crew_running(crew) == WORKERS);
    plan(crew, 2);
    struct crew_generation next = generation(2);
    crew_prepare(crew, &next, &sockets, now_ms());
    turn_until(crew, crew_phase(crew) == CREW_REFUSED);
    assert_non_null(strstr(crew_refusal(crew), "No such luck."));
    crew_abort(crew);
    assert_int_equal(crew_phase(crew), CREW_SETTLED);
    assert_int_equal(crew_current(crew)->number, 1);
    assert_int_equal(crew_sockets(crew)->count, 1);
    assert_int_equal(crew_running(crew), WORKERS);
    end(crew);
}

static void death_while_building_is_a_refusal_and_the_old_generation_comes_back(void **state) {
    (void)state;
    struct crew *crew = make("die-2");
    turn_until(crew, crew_running(crew) == WORKERS);
    plan(crew, 1);
    struct crew_generation next = generation(2);
    crew_prepare(crew, &next, &sockets, now_ms());
    turn_until(crew, crew_phase(crew) == CREW_REFUSED);
    assert_non_null(strstr(crew_refusal(crew), "exited with 4"));
    crew_abort(crew);
    turn_until(crew, crew_running(crew) == WORKERS);
    assert_int_equal(crew_current(crew)->number, 1);
    end(crew);
}

static void death_after_building_does_not_stop_the_change(void **state) {
    (void)state;
    struct crew *crew = make("good");
    turn_until(crew, crew_running(crew) == WORKERS);
    plan(crew, 1);
    struct crew_generation next = generation(2);
    crew_prepare(crew, &next, &sockets, now_ms());
    turn_until(crew, crew_phase(crew) == CREW_PREPARED);
    pid_t first = pid_of(crew, 0);
    kill(first, SIGKILL);
    turn_until(crew, pid_of(crew, 0) == 0);
    crew_commit(crew);
    turn_until(crew, crew_phase(crew) == CREW_SETTLED);
    turn_until(crew, crew_running(crew) == WORKERS);
    unsigned count;
    assert_int_equal(crew_slots(crew, &count)[0].committed, 2);
    end(crew);
}

static void silent_worker_ends_the_change_in_time(void **state) {
    (void)state;
    struct crew *crew = make("good");
    turn_until(crew, crew_running(crew) == WORKERS);
    kill(pid_of(crew, 0), SIGSTOP);
    plan(crew, 1);
    struct crew_generation next = generation(2);
    crew_prepare(crew, &next, &sockets, now_ms() - CREW_PREPARE_MS - 1);
    crew_tick(crew, now_ms());
    assert_int_equal(crew_phase(crew), CREW_REFUSED);
    crew_abort(crew);
    end(crew);
}

static void hung_worker_is_killed(void **state) {
    (void)state;
    struct crew *crew = make("good");
    turn_until(crew, crew_running(crew) == WORKERS);
    int64_t start_ms = now_ms();
    for (int64_t passed_ms = 0; passed_ms <= SLOT_HUNG_MS + 1000; passed_ms += 1000)
        crew_tick(crew, start_ms + passed_ms);
    unsigned count;
    turn_until(crew, crew_slots(crew, &count)[0].child.restarts == 1);
    assert_non_null(strstr(crew_slots(crew, &count)[0].child.last_end, "hung"));
    end(crew);
}

static void machine_that_stood_still_is_not_a_hung_worker(void **state) {
    (void)state;
    struct crew *crew = make("good");
    turn_until(crew, crew_running(crew) == WORKERS);
    crew_tick(crew, now_ms() + 3600000);
    unsigned count;
    assert_null(crew_slots(crew, &count)[0].child.killed_for);
    assert_null(crew_slots(crew, &count)[1].child.killed_for);
    end(crew);
}

static void sockets_of_an_empty_slot_are_lent_and_taken_back(void **state) {
    (void)state;
    struct crew *crew = make("good");
    unsigned count;
    const struct slot *slots = crew_slots(crew, &count);
    turn_until(crew, crew_running(crew) == WORKERS);
    for (unsigned i = 0; i < 6; i++) {
        pid_t pid = pid_of(crew, 0);
        kill(pid, SIGKILL);
        turn_until(crew, pid_of(crew, 0) == 0);
        if (i < 5)
            turn_until(crew, slots[0].state == REPORT_RUNNING);
    }
    assert_int_equal(slots[0].lent_to, -1);
    turn_until(crew, slots[0].lent_to == 2);
    assert_int_equal(slots[0].state, REPORT_WAITING);
    turn_until(crew, slots[0].state == REPORT_RUNNING);
    assert_int_equal(slots[0].lent_to, -1);
    end(crew);
}

static void drained_workers_end_and_are_not_replaced(void **state) {
    (void)state;
    struct crew *crew = make("good");
    turn_until(crew, crew_running(crew) == WORKERS);
    crew_drain(crew, 1000);
    assert_int_equal(crew_sockets(crew)->count, 0);
    turn_until(crew, crew_alive(crew) == 0);
    for (unsigned i = 0; i < 20; i++)
        turn(crew);
    assert_int_equal(crew_alive(crew), 0);
    crew_free(&crew);
}

int main(int count, char **arguments) {
    fakechild_main(count, arguments);
    program.executable = fakechild_program();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_workers_come_up),
        cmocka_unit_test(nobody_begins_before_the_deny_list_is_known),
        cmocka_unit_test(refusal_at_the_start_fails_with_its_sentence),
        cmocka_unit_test(death_at_the_start_fails_with_its_status),
        cmocka_unit_test(dead_worker_is_replaced_and_the_other_left_alone),
        cmocka_unit_test(all_go_to_the_next_generation_together),
        cmocka_unit_test(one_refusal_stops_the_change_for_all),
        cmocka_unit_test(death_while_building_is_a_refusal_and_the_old_generation_comes_back),
        cmocka_unit_test(death_after_building_does_not_stop_the_change),
        cmocka_unit_test(silent_worker_ends_the_change_in_time),
        cmocka_unit_test(hung_worker_is_killed),
        cmocka_unit_test(machine_that_stood_still_is_not_a_hung_worker),
        cmocka_unit_test(sockets_of_an_empty_slot_are_lent_and_taken_back),
        cmocka_unit_test(drained_workers_end_and_are_not_replaced),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
