/* First come, first served; whoever goes is gone; nobody is served inside of another's end. */
#include "upstream/queue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { PLACES = 3 };

static struct loop *loop;
static struct queue *queue;
static struct queue_place places[PLACES];
static int room;
static char served[PLACES + 1];
static size_t served_count;
static struct loop_task end;

static bool on_ready(struct queue_place *place) {
    if (room == 0)
        return false;
    room--;
    queue_leave(place);
    served[served_count++] = (char)('0' + (place - places));
    queue_stir(queue);
    return true;
}

/* What a request does whose new attempt fails before anything else happens. */
static bool on_ready_in_vain(struct queue_place *place) {
    queue_leave(place);
    served[served_count++] = (char)('0' + (place - places));
    return queue_join(queue, place, loop, PLACES);
}

static void on_end(struct loop_task *task) {
    (void)task;
    loop_stop(loop);
}

/* One turn in which what was stirred is served. */
static void turn(void) {
    loop_defer(loop, &end);
    assert_true(loop_run(loop));
}

static int set_up(void **state) {
    (void)state;
    loop = loop_new();
    queue = queue_new();
    room = 0;
    served_count = 0;
    loop_task_init(&end, on_end);
    memset(served, 0, sizeof served);
    for (int i = 0; i < PLACES; i++)
        queue_place_init(&places[i], on_ready);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    for (int i = 0; i < PLACES; i++)
        queue_leave(&places[i]);
    loop_free(&loop);
    queue_unref(&queue);
    return 0;
}

static void join(int place) {
    assert_true(queue_join(queue, &places[place], loop, PLACES));
}

static void who_came_first_is_served_first(void **state) {
    (void)state;
    for (int i = 0; i < PLACES; i++)
        join(i);
    room = 2;
    queue_stir(queue);
    assert_string_equal(served, ""); /* not before the end of the turn */
    turn();
    assert_string_equal(served, "01");
    assert_true(queue_waits(&places[2]));
    room = 1;
    queue_stir(queue);
    turn();
    assert_string_equal(served, "012");
    assert_int_equal(queue->count, 0);
}

static void who_goes_is_not_served(void **state) {
    (void)state;
    for (int i = 0; i < PLACES; i++)
        join(i);
    queue_leave(&places[0]);
    queue_leave(&places[0]);
    assert_false(queue_waits(&places[0]));
    room = PLACES;
    queue_stir(queue);
    queue_leave(&places[2]);
    turn();
    assert_string_equal(served, "1");
}

static void a_queue_has_an_end(void **state) {
    (void)state;
    assert_true(queue_join(queue, &places[0], loop, 2));
    assert_true(queue_join(queue, &places[1], loop, 2));
    assert_false(queue_join(queue, &places[2], loop, 2));
    assert_false(queue_waits(&places[2]));
    queue_leave(&places[0]);
    assert_true(queue_join(queue, &places[2], loop, 2));
    assert_false(queue_join(queue, &places[0], loop, 0));
}

static void who_joins_again_waits_for_the_next_time(void **state) {
    (void)state;
    queue_place_init(&places[0], on_ready_in_vain);
    join(0);
    queue_stir(queue);
    turn();
    assert_string_equal(served, "0");
    assert_true(queue_waits(&places[0]));
}

/* Its last server may go while it is about to serve. */
static void a_queue_that_is_stirred_outlives_its_owner(void **state) {
    (void)state;
    join(0);
    queue_stir(queue);
    queue_leave(&places[0]);
    queue_unref(&queue);
    assert_null(queue);
    turn();
    assert_string_equal(served, "");
}

static void stirring_an_empty_queue_does_nothing(void **state) {
    (void)state;
    queue_stir(queue);
    assert_int_equal(queue->references, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_came_first_is_served_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_goes_is_not_served, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_queue_has_an_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_joins_again_waits_for_the_next_time, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_queue_that_is_stirred_outlives_its_owner, set_up, tear_down),
        cmocka_unit_test_setup_teardown(stirring_an_empty_queue_does_nothing, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
