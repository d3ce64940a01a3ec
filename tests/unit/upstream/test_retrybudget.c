/* A reserve, and a share of the requests. */
#include "upstream/retrybudget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static unsigned spend_all(struct retrybudget *budget) {
    unsigned spent = 0;
    while (retrybudget_spend(budget))
        spent++;
    return spent;
}

static void begins_with_its_reserve(void **state) {
    (void)state;
    struct retrybudget budget = retrybudget_full(20);
    assert_int_equal(spend_all(&budget), RETRYBUDGET_RESERVE);
    assert_false(retrybudget_spend(&budget));
}

static void requests_pay_their_share(void **state) {
    (void)state;
    struct retrybudget budget = retrybudget_full(20);
    spend_all(&budget);
    for (int i = 0; i < 4; i++)
        retrybudget_earn(&budget);
    assert_int_equal(spend_all(&budget), 0);
    retrybudget_earn(&budget);
    assert_int_equal(spend_all(&budget), 1);
    for (int i = 0; i < 100; i++)
        retrybudget_earn(&budget);
    assert_int_equal(spend_all(&budget), 20);
}

static void saves_no_more_than_the_reserve(void **state) {
    (void)state;
    struct retrybudget budget = retrybudget_full(100);
    for (int i = 0; i < 1000; i++)
        retrybudget_earn(&budget);
    assert_int_equal(spend_all(&budget), RETRYBUDGET_RESERVE);
}

static void without_a_share_there_is_nothing(void **state) {
    (void)state;
    struct retrybudget budget = retrybudget_full(0);
    for (int i = 0; i < 1000; i++)
        retrybudget_earn(&budget);
    assert_int_equal(spend_all(&budget), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(begins_with_its_reserve),
        cmocka_unit_test(requests_pay_their_share),
        cmocka_unit_test(saves_no_more_than_the_reserve),
        cmocka_unit_test(without_a_share_there_is_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
