/* The intrusive list: order, removal while walking, removing twice. */
#include "base/list.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>

#include <cmocka.h>

struct item {
    int number;
    struct list link;
};

static void order_is_kept(void **state) {
    (void)state;
    struct list head, *link, *following;
    struct item items[3] = {{.number = 1}, {.number = 2}, {.number = 3}};
    list_init(&head);
    assert_true(list_empty(&head));
    assert_null(list_first(&head));
    for (int i = 0; i < 3; i++)
        list_append(&head, &items[i].link);
    int expected = 1;
    list_each_safe(link, following, &head) {
        assert_int_equal(list_entry(link, struct item, link)->number, expected++);
    }
    assert_int_equal(expected, 4);
    assert_ptr_equal(list_first(&head), &items[0].link);
}

static void walk_survives_removal(void **state) {
    (void)state;
    struct list head, *link, *following;
    struct item items[4] = {{.number = 0}};
    list_init(&head);
    for (int i = 0; i < 4; i++)
        list_append(&head, &items[i].link);
    list_each_safe(link, following, &head) {
        list_remove(link);
    }
    assert_true(list_empty(&head));
}

static void removed_link_can_be_used_again(void **state) {
    (void)state;
    struct list one, other;
    struct item item = {.number = 1};
    list_init(&one);
    list_init(&other);
    list_init(&item.link);
    list_remove(&item.link);
    list_append(&one, &item.link);
    list_remove(&item.link);
    list_remove(&item.link);
    assert_true(list_empty(&item.link));
    list_append(&other, &item.link);
    assert_true(list_empty(&one));
    assert_ptr_equal(list_first(&other), &item.link);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(order_is_kept),
        cmocka_unit_test(walk_survives_removal),
        cmocka_unit_test(removed_link_can_be_used_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
