/* The clocks agree with each other and go forward. */
#include "base/now.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include <cmocka.h>

static void monotonic_clock_goes_forward(void **state) {
    (void)state;
    int64_t before_us = now_us(), before_ms = now_ms();
    nanosleep(&(struct timespec){.tv_nsec = 3000000}, NULL);
    assert_true(now_us() - before_us >= 3000);
    assert_true(now_ms() - before_ms >= 2);
    assert_true(now_us() / 1000 - now_ms() <= 0);
}

static void unix_clock_is_todays(void **state) {
    (void)state;
    int64_t difference_ms = now_unix_ms() - (int64_t)time(NULL) * 1000;
    assert_true(difference_ms > -2000 && difference_ms < 2000);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(monotonic_clock_goes_forward),
        cmocka_unit_test(unix_clock_is_todays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
