/* What a handshake with a server failed for is never told as a client's fault. */
#include "upstream/serverfault.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static void every_reason_becomes_a_backend_s(void **state) {
    (void)state;
    assert_int_equal(serverfault_of(REASON_CERT_EXPIRED), REASON_BACKEND_CERT_EXPIRED);
    assert_int_equal(serverfault_of(REASON_CERT_WEAK_KEY), REASON_BACKEND_CERT_INVALID);
    assert_int_equal(serverfault_of(REASON_TLS_PROTOCOL), REASON_BACKEND_TLS);
    assert_int_equal(serverfault_of(REASON_MEMORY), REASON_MEMORY);
    for (unsigned i = REASON_TLS_VERSION; i < REASON_BACKEND_NONE; i++)
        assert_int_not_equal(reason_row(serverfault_of((enum reason)i))->fault, REASON_FAULT_CLIENT);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(every_reason_becomes_a_backend_s)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
