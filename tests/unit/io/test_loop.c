/* A turn of the loop: events, deadlines, tasks, in this order, and nothing for who has gone. */
#include "harness.h"

#include "io/loop.h"

#include <signal.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/time.h>

static struct loop *loop;
static char trace[64];

static int set_up(void **state) {
    (void)state;
    loop = loop_new();
    trace[0] = 0;
    return loop ? 0 : -1;
}

static int tear_down(void **state) {
    (void)state;
    loop_free(&loop);
    return loop == NULL ? 0 : -1;
}

static void note(const char *what) {
    assert_true(strlen(trace) + strlen(what) < sizeof(trace));
    strcat(trace, what);
}

/* --- tasks --- */

struct errand {
    struct loop_task task;
    const char *name;
    struct errand *then;
    struct errand *cancels;
    bool stops;
};

static void on_errand(struct loop_task *task) {
    struct errand *errand = list_entry(task, struct errand, task);
    note(errand->name);
    if (errand->then)
        loop_defer(loop, &errand->then->task);
    if (errand->cancels)
        loop_task_cancel(&errand->cancels->task);
    if (errand->stops)
        loop_stop(loop);
}

static void tasks_run_in_order_and_once(void **state) {
    (void)state;
    struct errand a = {.name = "a"}, b = {.name = "b", .stops = true};
    loop_task_init(&a.task, on_errand);
    loop_task_init(&b.task, on_errand);
    loop_defer(loop, &a.task);
    loop_defer(loop, &b.task);
    loop_defer(loop, &a.task);
    assert_true(loop_run(loop));
    assert_string_equal(trace, "ab");
}

static void task_of_a_task_runs_in_the_next_turn(void **state) {
    (void)state;
    struct errand a = {.name = "a"}, b = {.name = "b", .stops = true}, c = {.name = "c"};
    a.then = &c;
    loop_task_init(&a.task, on_errand);
    loop_task_init(&b.task, on_errand);
    loop_task_init(&c.task, on_errand);
    loop_defer(loop, &a.task);
    loop_defer(loop, &b.task);
    assert_true(loop_run(loop));
    assert_string_equal(trace, "ab");
    loop_free(&loop);
    assert_string_equal(trace, "abc");
}

static void cancelled_task_does_not_run(void **state) {
    (void)state;
    struct errand a = {.name = "a", .stops = true}, b = {.name = "b"};
    a.cancels = &b;
    loop_task_init(&a.task, on_errand);
    loop_task_init(&b.task, on_errand);
    loop_defer(loop, &a.task);
    loop_defer(loop, &b.task);
    assert_true(loop_run(loop));
    assert_string_equal(trace, "a");
    loop_task_cancel(&b.task);
}

/* --- sources --- */

struct watcher {
    struct loop_source source;
    struct watcher *removes;
    bool forgets;
    uint32_t events;
    int calls;
};

static void on_event(struct loop_source *source, uint32_t events) {
    struct watcher *watcher = list_entry(source, struct watcher, source);
    watcher->calls++;
    watcher->events |= events;
    if (!watcher->removes)
        return;
    if (watcher->forgets) {
        loop_forget(loop, &watcher->removes->source);
        close(watcher->removes->source.fd);
    } else {
        loop_remove(loop, &watcher->removes->source);
    }
    watcher->removes->removes = NULL;
    watcher->removes = NULL;
}

static void watch(struct watcher *watcher, int fd) {
    *watcher = (struct watcher){.source = {.fd = fd, .on_event = on_event}};
}

static void edges_come_once_and_levels_again(void **state) {
    (void)state;
    int edge[2], level[2];
    harness_pair(edge);
    harness_pair(level);
    struct watcher at_edge, at_level;
    watch(&at_edge, edge[0]);
    watch(&at_level, level[0]);
    assert_true(loop_add(loop, &at_edge.source));
    assert_true(loop_add_level(loop, &at_level.source));
    harness_send(edge[1], "x");
    harness_send(level[1], "x");
    harness_turns(loop, 5);
    assert_int_equal(at_edge.calls, 1);
    assert_int_equal(at_edge.events, EPOLLIN | EPOLLOUT);
    assert_int_equal(at_level.calls, 5);
    assert_int_equal(at_level.events, EPOLLIN);
    loop_remove(loop, &at_edge.source);
    loop_remove(loop, &at_level.source);
    harness_send(level[1], "x");
    harness_turns(loop, 2);
    assert_int_equal(at_level.calls, 5);
    for (int i = 0; i < 2; i++) {
        close(edge[i]);
        close(level[i]);
    }
}

/* Two sources with events in the same turn, each of which removes the other: only one may be called. */
static void removed_source_hears_nothing_more(void **state) {
    (void)state;
    for (int forgets = 0; forgets < 2; forgets++) {
        int fds[2];
        harness_pair(fds);
        struct watcher a, b;
        watch(&a, fds[0]);
        watch(&b, fds[1]);
        a.removes = &b;
        b.removes = &a;
        a.forgets = b.forgets = forgets;
        assert_true(loop_add(loop, &a.source));
        assert_true(loop_add(loop, &b.source));
        harness_turns(loop, 1);
        assert_int_equal(a.calls + b.calls, 1);
        struct watcher *left = a.calls ? &a : &b;
        loop_remove(loop, &left->source);
        close(left->source.fd);
        if (!forgets)
            close(left == &a ? fds[1] : fds[0]);
    }
}

static void sources_are_counted_while_they_are_in(void **state) {
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    struct loop_source source = {.fd = ends[0]}, bad = {.fd = -1};
    assert_true(loop_add_level(loop, &source));
    assert_false(loop_add(loop, &bad));
    assert_int_equal(loop_sources(loop), 1);
    loop_remove(loop, &source);
    assert_int_equal(loop_sources(loop), 0);
    close(ends[0]);
    close(ends[1]);
}

static void bad_descriptor_is_refused(void **state) {
    (void)state;
    struct watcher watcher;
    watch(&watcher, -1);
    assert_false(loop_add(loop, &watcher.source));
    int file = open("/proc/self/exe", O_RDONLY);
    watch(&watcher, file);
    assert_false(loop_add(loop, &watcher.source));
    close(file);
}

static void more_events_than_a_turn_takes_all_come(void **state) {
    (void)state;
    enum { COUNT = 300 };
    static struct watcher watchers[COUNT];
    for (int i = 0; i < COUNT; i++) {
        watch(&watchers[i], eventfd(1, EFD_NONBLOCK | EFD_CLOEXEC));
        assert_true(loop_add(loop, &watchers[i].source));
    }
    harness_turns(loop, 2);
    for (int i = 0; i < COUNT; i++) {
        assert_int_equal(watchers[i].calls, 1);
        loop_remove(loop, &watchers[i].source);
        close(watchers[i].source.fd);
    }
}

/* --- time --- */

static void on_deadline(struct deadline *deadline) {
    (void)deadline;
    note("d");
    loop_stop(loop);
}

static void deadline_wakes_a_sleeping_loop(void **state) {
    (void)state;
    struct deadline deadline;
    deadline_init(&deadline, on_deadline);
    int64_t start_ms = loop_now_ms(loop);
    deadline_set(loop_deadlines(loop), &deadline, start_ms + 130);
    assert_true(loop_run(loop));
    assert_string_equal(trace, "d");
    assert_in_range(loop_now_ms(loop) - start_ms, 130, 1000);
}

static void clocks_are_read_each_turn(void **state) {
    (void)state;
    int64_t start_ms = loop_now_ms(loop);
    int64_t unix_ms = loop_unix_ms(loop);
    assert_true(unix_ms > INT64_C(1700000000000));
    usleep(20000);
    assert_int_equal(loop_now_ms(loop), start_ms);
    harness_turns(loop, 1);
    assert_true(loop_now_ms(loop) >= start_ms + 20);
    assert_true(loop_unix_ms(loop) > unix_ms);
}

static void on_alarm(int number) {
    (void)number;
}

static void signal_does_not_end_the_loop(void **state) {
    (void)state;
    struct sigaction old, quick = {.sa_handler = on_alarm};
    assert_int_equal(sigaction(SIGALRM, &quick, &old), 0);
    struct itimerval in_20_ms = {.it_value.tv_usec = 20000};
    assert_int_equal(setitimer(ITIMER_REAL, &in_20_ms, NULL), 0);
    struct deadline deadline;
    deadline_init(&deadline, on_deadline);
    deadline_set(loop_deadlines(loop), &deadline, loop_now_ms(loop) + 150);
    assert_true(loop_run(loop));
    assert_string_equal(trace, "d");
    assert_int_equal(sigaction(SIGALRM, &old, NULL), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tasks_run_in_order_and_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(task_of_a_task_runs_in_the_next_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(cancelled_task_does_not_run, set_up, tear_down),
        cmocka_unit_test_setup_teardown(edges_come_once_and_levels_again, set_up, tear_down),
        cmocka_unit_test_setup_teardown(removed_source_hears_nothing_more, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sources_are_counted_while_they_are_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_descriptor_is_refused, set_up, tear_down),
        cmocka_unit_test_setup_teardown(more_events_than_a_turn_takes_all_come, set_up, tear_down),
        cmocka_unit_test_setup_teardown(deadline_wakes_a_sleeping_loop, set_up, tear_down),
        cmocka_unit_test_setup_teardown(clocks_are_read_each_turn, set_up, tear_down),
        cmocka_unit_test_setup_teardown(signal_does_not_end_the_loop, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
