/* Room is made first, then accepting pauses, and it goes on when there is room to spare. */
#include "bin/pressure.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* descriptors, memory_bytes: in use. idle: connections that can be relieved. told: records of pauses. */
struct setting {
    struct loop *loop;
    struct counters *counters;
    struct pressure *pressure;
    struct deadline limit;
    size_t descriptors;
    size_t memory_bytes;
    size_t idle;
    bool is_paused;
    unsigned told;
    enum reason reason;
    char detail[128];
};

static const struct pressure_limits limits = {.descriptors = 400, .memory_bytes = 1600}; /* marks: 300, 275; 1500 */

static size_t descriptors(void *owner) {
    return ((const struct setting *)owner)->descriptors;
}

static size_t memory_bytes(void *owner) {
    return ((const struct setting *)owner)->memory_bytes;
}

static size_t relieve(void *owner, size_t count) {
    struct setting *setting = owner;
    size_t made = count < setting->idle ? count : setting->idle;
    setting->idle -= made;
    setting->descriptors -= made;
    return made;
}

static void set_paused(void *owner, bool is_paused) {
    struct setting *setting = owner;
    assert_true(setting->is_paused != is_paused);
    setting->is_paused = is_paused;
}

static void tell(void *owner, enum reason reason, const char *detail) {
    struct setting *setting = owner;
    setting->told++;
    setting->reason = reason;
    snprintf(setting->detail, sizeof(setting->detail), "%s", detail);
}

static const struct pressure_hooks hooks = {
    .descriptors = descriptors, .memory_bytes = memory_bytes, .relieve = relieve, .pause = set_paused, .tell = tell};

static void on_limit(struct deadline *deadline) {
    loop_stop(list_entry(deadline, struct setting, limit)->loop);
}

static int set_up(void **state) {
    struct setting *setting = calloc(1, sizeof(*setting));
    setting->loop = loop_new();
    setting->counters = calloc(1, sizeof(*setting->counters));
    setting->pressure = pressure_new(setting->loop, setting->counters, &hooks, setting);
    deadline_init(&setting->limit, on_limit);
    pressure_look(setting->pressure, &limits);
    *state = setting;
    return setting->pressure ? 0 : -1;
}

static int tear_down(void **state) {
    struct setting *setting = *state;
    pressure_free(&setting->pressure);
    loop_free(&setting->loop);
    free(setting->counters);
    free(setting);
    return 0;
}

/* Longer than a pause lasts at least. */
static void run(struct setting *setting) {
    deadline_set(loop_deadlines(setting->loop), &setting->limit, loop_now_ms(setting->loop) + 300);
    assert_true(loop_run(setting->loop));
}

static void below_the_mark_nothing_happens(void **state) {
    struct setting *setting = *state;
    setting->idle = 10;
    setting->descriptors = 300;
    pressure_accepted(setting->pressure);
    assert_int_equal(setting->idle, 10);
    assert_false(setting->is_paused);
}

static void idle_connections_make_room_for_others(void **state) {
    struct setting *setting = *state;
    setting->idle = 10;
    setting->descriptors = 301;
    pressure_accepted(setting->pressure);
    assert_int_equal(setting->idle, 8);
    assert_false(setting->is_paused);
    assert_int_equal(counters_get(setting->counters, COUNTER_ACCEPT_PAUSES), 0);
}

static void it_pauses_until_there_is_room_to_spare(void **state) {
    struct setting *setting = *state;
    setting->descriptors = 301;
    pressure_accepted(setting->pressure);
    assert_true(setting->is_paused);
    assert_int_equal(setting->reason, REASON_ACCEPT_PAUSED_DESCRIPTORS);
    assert_string_equal(setting->detail, "301 descriptors in use, of 400");
    assert_int_equal(counters_get(setting->counters, COUNTER_ACCEPT_PAUSED), 1);
    setting->descriptors = 276;
    run(setting);
    assert_true(setting->is_paused);
    setting->descriptors = 275;
    run(setting);
    assert_false(setting->is_paused);
    assert_int_equal(counters_get(setting->counters, COUNTER_ACCEPT_PAUSES), 1);
    assert_int_equal(counters_get(setting->counters, COUNTER_ACCEPT_PAUSED), 0);
}

static void those_who_become_idle_end_the_pause(void **state) {
    struct setting *setting = *state;
    setting->descriptors = 310;
    pressure_accepted(setting->pressure);
    setting->idle = 40;
    run(setting);
    assert_false(setting->is_paused);
    assert_int_equal(setting->descriptors, 270);
}

static void memory_pauses_as_well(void **state) {
    struct setting *setting = *state;
    setting->memory_bytes = 1601;
    pressure_look(setting->pressure, &limits);
    assert_true(setting->is_paused);
    assert_string_equal(setting->detail, "1601 bytes in use, of 1600");
    assert_int_equal(counters_get(setting->counters, COUNTER_MEMORY), 1601);
    setting->memory_bytes = 1501;
    run(setting);
    assert_true(setting->is_paused);
    setting->memory_bytes = 1500;
    run(setting);
    assert_false(setting->is_paused);
}

static void memory_is_looked_at_while_many_come(void **state) {
    struct setting *setting = *state;
    setting->memory_bytes = 1601;
    for (int i = 0; i < 256; i++)
        pressure_accepted(setting->pressure);
    assert_true(setting->is_paused);
}

static void what_the_kernel_refuses_pauses_for_a_moment(void **state) {
    struct setting *setting = *state;
    pressure_refused(setting->pressure, ENOBUFS);
    pressure_refused(setting->pressure, ENOBUFS);
    assert_true(setting->is_paused);
    assert_int_equal(setting->reason, REASON_ACCEPT_PAUSED_MEMORY);
    run(setting);
    assert_false(setting->is_paused);
    pressure_refused(setting->pressure, EMFILE);
    assert_int_equal(counters_get(setting->counters, COUNTER_ACCEPT_PAUSES), 2);
    assert_int_equal(setting->told, 1); /* of the second one so soon after the first nobody wants to hear */
}

static void without_limits_nothing_is_too_much(void **state) {
    struct setting *setting = *state;
    static const struct pressure_limits none = {0};
    setting->descriptors = setting->memory_bytes = SIZE_MAX / 2;
    pressure_look(setting->pressure, &none);
    for (int i = 0; i < 256; i++)
        pressure_accepted(setting->pressure);
    assert_false(setting->is_paused);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(below_the_mark_nothing_happens, set_up, tear_down),
        cmocka_unit_test_setup_teardown(idle_connections_make_room_for_others, set_up, tear_down),
        cmocka_unit_test_setup_teardown(it_pauses_until_there_is_room_to_spare, set_up, tear_down),
        cmocka_unit_test_setup_teardown(those_who_become_idle_end_the_pause, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_pauses_as_well, set_up, tear_down),
        cmocka_unit_test_setup_teardown(memory_is_looked_at_while_many_come, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_the_kernel_refuses_pauses_for_a_moment, set_up, tear_down),
        cmocka_unit_test_setup_teardown(without_limits_nothing_is_too_much, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
