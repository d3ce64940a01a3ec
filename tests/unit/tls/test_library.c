/* The library starts, twice as well, and says what it is. */
#include "tls/library.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void starts_and_names_itself(void **state) {
    (void)state;
    tls_library_start();
    tls_library_start();
    assert_non_null(strchr(tls_library_version(), '.'));
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(starts_and_names_itself)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
