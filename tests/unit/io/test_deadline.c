/* Deadlines never fire early, are at most a tick late, and cost no wake-ups when none is near. */
#include "io/deadline.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { START_MS = 1000003 };

struct probe {
    struct deadline deadline;
    struct deadline_wheel *wheel;
    int fired;
    int64_t again_ms;
    struct probe *victim;
};

static void on_expire(struct deadline *deadline) {
    struct probe *probe = list_entry(deadline, struct probe, deadline);
    probe->fired++;
    if (probe->again_ms)
        deadline_set(probe->wheel, deadline, probe->again_ms);
    if (probe->victim)
        deadline_clear(probe->wheel, &probe->victim->deadline);
}

static void make(struct probe *probe, struct deadline_wheel *wheel) {
    *probe = (struct probe){.wheel = wheel};
    deadline_init(&probe->deadline, on_expire);
}

static struct deadline_wheel wheel;

static int set_up(void **state) {
    (void)state;
    deadline_wheel_init(&wheel, START_MS);
    return 0;
}

static void empty_wheel_waits_for_ever(void **state) {
    (void)state;
    assert_int_equal(deadline_wheel_wait_ms(&wheel, START_MS), -1);
    deadline_wheel_run(&wheel, START_MS + 100000);
    assert_int_equal(deadline_wheel_wait_ms(&wheel, START_MS + 100000), -1);
}

static void fires_once_not_early_and_within_a_tick(void **state) {
    (void)state;
    for (int64_t in_ms = 0; in_ms < 200000; in_ms += 997) {
        struct probe probe;
        make(&probe, &wheel);
        deadline_wheel_init(&wheel, START_MS);
        deadline_set(&wheel, &probe.deadline, START_MS + in_ms);
        int64_t now = START_MS;
        while (!probe.fired) {
            int wait_ms = deadline_wheel_wait_ms(&wheel, now);
            assert_true(wait_ms >= 0);
            now += wait_ms;
            deadline_wheel_run(&wheel, now);
        }
        assert_true(now >= START_MS + in_ms);
        assert_true(now <= START_MS + in_ms + DEADLINE_TICK_MS);
        assert_false(deadline_is_set(&probe.deadline));
        deadline_wheel_run(&wheel, now + 500000);
        assert_int_equal(probe.fired, 1);
    }
}

static void far_deadline_wakes_once_a_round(void **state) {
    (void)state;
    struct probe probe;
    make(&probe, &wheel);
    deadline_set(&wheel, &probe.deadline, START_MS + 600000);
    int wakes = 0;
    for (int64_t now = START_MS; !probe.fired; wakes++) {
        now += deadline_wheel_wait_ms(&wheel, now);
        deadline_wheel_run(&wheel, now);
    }
    assert_in_range(wakes, 1, 11);
}

static void put_off_deadline_fires_at_its_last_time(void **state) {
    (void)state;
    struct probe probe;
    make(&probe, &wheel);
    deadline_set(&wheel, &probe.deadline, START_MS + 100);
    deadline_set(&wheel, &probe.deadline, START_MS + 5000);
    deadline_wheel_run(&wheel, START_MS + 4999);
    assert_int_equal(probe.fired, 0);
    assert_true(deadline_is_set(&probe.deadline));
    deadline_wheel_run(&wheel, START_MS + 5000 + DEADLINE_TICK_MS);
    assert_int_equal(probe.fired, 1);
}

static void deadline_moved_to_earlier_fires_earlier(void **state) {
    (void)state;
    struct probe probe;
    make(&probe, &wheel);
    deadline_set(&wheel, &probe.deadline, START_MS + 50000);
    deadline_set(&wheel, &probe.deadline, START_MS + 300);
    assert_in_range(deadline_wheel_wait_ms(&wheel, START_MS), 300, 300 + DEADLINE_TICK_MS);
    deadline_wheel_run(&wheel, START_MS + 400);
    assert_int_equal(probe.fired, 1);
    assert_int_equal(deadline_wheel_wait_ms(&wheel, START_MS + 400), -1);
}

static void cleared_deadline_neither_fires_nor_wakes(void **state) {
    (void)state;
    struct probe probe;
    struct probe later;
    make(&probe, &wheel);
    make(&later, &wheel);
    deadline_clear(&wheel, &probe.deadline);
    deadline_set(&wheel, &probe.deadline, START_MS + 100);
    deadline_set(&wheel, &later.deadline, START_MS + 9000);
    deadline_clear(&wheel, &probe.deadline);
    assert_true(deadline_wheel_wait_ms(&wheel, START_MS) >= 9000);
    deadline_wheel_run(&wheel, START_MS + 20000);
    assert_int_equal(probe.fired, 0);
    assert_int_equal(later.fired, 1);
}

static void past_deadline_fires_with_the_next_tick(void **state) {
    (void)state;
    struct probe probe;
    make(&probe, &wheel);
    deadline_set(&wheel, &probe.deadline, START_MS - 70000);
    int wait_ms = deadline_wheel_wait_ms(&wheel, START_MS);
    assert_in_range(wait_ms, 0, DEADLINE_TICK_MS);
    deadline_wheel_run(&wheel, START_MS + wait_ms);
    assert_int_equal(probe.fired, 1);
}

static void expire_may_set_itself_again_without_end(void **state) {
    (void)state;
    struct probe probe;
    make(&probe, &wheel);
    probe.again_ms = START_MS;
    deadline_set(&wheel, &probe.deadline, START_MS);
    deadline_wheel_run(&wheel, START_MS + 100);
    assert_int_equal(probe.fired, 1);
    deadline_wheel_run(&wheel, START_MS + 200);
    assert_int_equal(probe.fired, 2);
}

static void expire_may_clear_one_that_is_due_too(void **state) {
    (void)state;
    struct probe first;
    struct probe second;
    make(&first, &wheel);
    make(&second, &wheel);
    first.victim = &second;
    deadline_set(&wheel, &first.deadline, START_MS + 10);
    deadline_set(&wheel, &second.deadline, START_MS + 10);
    deadline_wheel_run(&wheel, START_MS + 100);
    assert_int_equal(first.fired, 1);
    assert_int_equal(second.fired, 0);
    assert_int_equal(wheel.count, 0);
}

static void long_sleep_fires_all_once_and_keeps_the_rest(void **state) {
    (void)state;
    enum { COUNT = 300, STEP_MS = 1009 };
    static struct probe probes[COUNT];
    for (int i = 0; i < COUNT; i++) {
        make(&probes[i], &wheel);
        deadline_set(&wheel, &probes[i].deadline, START_MS + i * STEP_MS);
    }
    deadline_wheel_run(&wheel, START_MS + 150 * STEP_MS - 1);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(probes[i].fired, i < 150);
    deadline_wheel_run(&wheel, START_MS + COUNT * STEP_MS + DEADLINE_TICK_MS);
    for (int i = 0; i < COUNT; i++)
        assert_int_equal(probes[i].fired, 1);
    assert_int_equal(deadline_wheel_wait_ms(&wheel, START_MS + COUNT * STEP_MS), -1);
}

/* Against the plainest thing that could be right: an array of times. */
static void random_sets_and_clears_agree_with_an_array(void **state) {
    (void)state;
    enum { COUNT = 64 };
    struct probe probes[COUNT];
    int64_t at_ms[COUNT] = {0};
    srand(7);
    for (int i = 0; i < COUNT; i++)
        make(&probes[i], &wheel);
    int64_t now = START_MS;
    for (int turn = 0; turn < 20000; turn++) {
        int i = rand() % COUNT;
        if (rand() % 4 == 0) {
            deadline_clear(&wheel, &probes[i].deadline);
            at_ms[i] = 0;
        } else {
            at_ms[i] = now + 1 + rand() % 140000;
            deadline_set(&wheel, &probes[i].deadline, at_ms[i]);
        }
        now += rand() % 200;
        deadline_wheel_run(&wheel, now);
        int64_t next_ms = INT64_MAX;
        for (int k = 0; k < COUNT; k++) {
            if (probes[k].fired) {
                assert_true(at_ms[k] && at_ms[k] <= now);
                at_ms[k] = probes[k].fired = 0;
            }
            assert_true(at_ms[k] == 0 || at_ms[k] > now - DEADLINE_TICK_MS);
            if (at_ms[k] && at_ms[k] < next_ms)
                next_ms = at_ms[k];
        }
        int wait_ms = deadline_wheel_wait_ms(&wheel, now);
        assert_true(next_ms == INT64_MAX ? wait_ms == -1 : wait_ms >= 0 && now + wait_ms <= next_ms + DEADLINE_TICK_MS);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(empty_wheel_waits_for_ever, set_up),
        cmocka_unit_test_setup(fires_once_not_early_and_within_a_tick, set_up),
        cmocka_unit_test_setup(far_deadline_wakes_once_a_round, set_up),
        cmocka_unit_test_setup(put_off_deadline_fires_at_its_last_time, set_up),
        cmocka_unit_test_setup(deadline_moved_to_earlier_fires_earlier, set_up),
        cmocka_unit_test_setup(cleared_deadline_neither_fires_nor_wakes, set_up),
        cmocka_unit_test_setup(past_deadline_fires_with_the_next_tick, set_up),
        cmocka_unit_test_setup(expire_may_set_itself_again_without_end, set_up),
        cmocka_unit_test_setup(expire_may_clear_one_that_is_due_too, set_up),
        cmocka_unit_test_setup(long_sleep_fires_all_once_and_keeps_the_rest, set_up),
        cmocka_unit_test_setup(random_sets_and_clears_agree_with_an_array, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
