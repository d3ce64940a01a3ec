/* The collector reads what workers write: soon, in order, and the rest at its end. */
#include "control/collector.h"

#include "os/fd.h"
#include "os/sealed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>

#include <cmocka.h>

/* A worker's ends of a slot, and what the collector gave to the sink. lax: any record will do. */
struct setting {
    struct loop *loop;
    struct collector *collector;
    struct events *events;
    struct counters *counters;
    int wake_fd;
    unsigned taken;
    unsigned flushed;
    unsigned wanted;
    bool lax;
    struct deadline limit;
};

static void take(void *owner, enum event_kind kind, struct slice record) {
    struct setting *setting = owner;
    char expected[32];
    snprintf(expected, sizeof(expected), "record %u", setting->taken++);
    assert_int_equal(kind, EVENT_ACCESS);
    assert_true(setting->lax || slice_equal(record, slice_text(expected)));
}

static void flush(void *owner) {
    struct setting *setting = owner;
    setting->flushed++;
    if (setting->taken >= setting->wanted)
        loop_stop(setting->loop);
}

static void give_up(struct deadline *deadline) {
    loop_stop(list_entry(deadline, struct setting, limit)->loop);
}

static void make(struct setting *setting) {
    *setting = (struct setting){.loop = loop_new()};
    const struct collector_sink sink = {.take = take, .flush = flush, .owner = setting};
    setting->collector = collector_new(setting->loop, &sink);
    int counters_fd = sealed_shared("counters", sizeof(struct counters));
    int events_fd = sealed_shared("events", events_memory_bytes());
    setting->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    setting->events = events_open_writer(events_fd, setting->wake_fd);
    setting->counters = counters_open(counters_fd);
    assert_true(collector_add(setting->collector, 1, counters_fd, events_fd, fd_copy(setting->wake_fd, 3)));
    deadline_init(&setting->limit, give_up);
}

static void free_all(struct setting *setting) {
    collector_free(&setting->collector);
    deadline_clear(loop_deadlines(setting->loop), &setting->limit);
    loop_free(&setting->loop);
    events_close(&setting->events);
    counters_close(&setting->counters);
    fd_close(&setting->wake_fd);
}

static void put(struct setting *setting, unsigned first, unsigned count) {
    for (unsigned i = first; i < first + count; i++) {
        char text[32];
        int len = snprintf(text, sizeof(text), "record %u", i);
        uint8_t *to = events_begin(setting->events, EVENT_ACCESS, sizeof(text));
        assert_non_null(to);
        memcpy(to, text, (size_t)len);
        events_commit(setting->events, (size_t)len);
    }
}

static void run_until(struct setting *setting, unsigned wanted) {
    setting->wanted = wanted;
    deadline_set(loop_deadlines(setting->loop), &setting->limit, loop_now_ms(setting->loop) + 5000);
    assert_true(loop_run(setting->loop));
    assert_int_equal(setting->taken, wanted);
}

static void records_arrive_while_busy_and_after_sleep(void **state) {
    (void)state;
    struct setting setting;
    make(&setting);
    put(&setting, 0, 100);
    run_until(&setting, 100);
    put(&setting, 100, 1);
    run_until(&setting, 101);
    setting.wanted = 102;
    deadline_set(loop_deadlines(setting.loop), &setting.limit, loop_now_ms(setting.loop) + 300);
    assert_true(loop_run(setting.loop));
    assert_int_equal(setting.taken, 101);
    put(&setting, 101, 1);
    run_until(&setting, 102);
    free_all(&setting);
}

static void the_rest_is_read_at_the_end(void **state) {
    (void)state;
    struct setting setting;
    make(&setting);
    put(&setting, 0, 7);
    collector_free(&setting.collector);
    assert_int_equal(setting.taken, 7);
    assert_true(setting.flushed > 0);
    free_all(&setting);
}

static void counters_and_losses_are_seen(void **state) {
    (void)state;
    struct setting setting;
    make(&setting);
    counters_add(setting.counters, COUNTER_REQUESTS, 3);
    assert_int_equal(counters_get(collector_counters(setting.collector, 1), COUNTER_REQUESTS), 3);
    assert_null(collector_counters(setting.collector, 2));
    assert_null(collector_counters(setting.collector, 0));
    assert_null(collector_counters(setting.collector, 1000));
    setting.lax = true;
    while (events_begin(setting.events, EVENT_ACCESS, EVENTS_RECORD_MAX))
        events_commit(setting.events, EVENTS_RECORD_MAX);
    assert_int_equal(collector_lost(setting.collector), 1);
    free_all(&setting);
}

static void wrong_memory_and_numbers_are_refused(void **state) {
    (void)state;
    struct setting setting;
    make(&setting);
    int wrong = sealed_shared("counters", 8);
    int events_fd = sealed_shared("events", events_memory_bytes());
    assert_false(collector_add(setting.collector, 2, wrong, events_fd, eventfd(0, EFD_CLOEXEC)));
    int good = sealed_shared("counters", sizeof(struct counters));
    events_fd = sealed_shared("events", events_memory_bytes());
    assert_false(collector_add(setting.collector, 1, good, events_fd, eventfd(0, EFD_CLOEXEC)));
    good = sealed_shared("counters", sizeof(struct counters));
    events_fd = sealed_shared("events", events_memory_bytes());
    assert_false(collector_add(setting.collector, 0, good, events_fd, eventfd(0, EFD_CLOEXEC)));
    free_all(&setting);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_arrive_while_busy_and_after_sleep),
        cmocka_unit_test(the_rest_is_read_at_the_end),
        cmocka_unit_test(counters_and_losses_are_seen),
        cmocka_unit_test(wrong_memory_and_numbers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
