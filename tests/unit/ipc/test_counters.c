/* Counters live in shared memory, through the death of their writer. */
#include "ipc/counters.h"

#include "os/fd.h"
#include "os/sealed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void counts_are_read_by_another_mapping(void **state) {
    (void)state;
    int fd = sealed_shared("counters", sizeof(struct counters));
    struct counters *writer = counters_open(fd);
    struct counters *reader = counters_open(fd);
    fd_close(&fd);
    counters_add(writer, COUNTER_ACCEPTED, 2);
    counters_add(writer, COUNTER_CONNECTIONS, 3);
    counters_add(writer, COUNTER_CONNECTIONS, -1);
    counters_reason(writer, REASON_CERT_EXPIRED);
    counters_would_refuse(writer, REASON_CERT_MISSING);
    counters_beat(writer, 1234);
    assert_int_equal(counters_get(reader, COUNTER_ACCEPTED), 2);
    assert_int_equal(counters_get(reader, COUNTER_CONNECTIONS), 2);
    assert_int_equal(counters_get_reason(reader, REASON_CERT_EXPIRED), 1);
    assert_int_equal(counters_get_reason(reader, REASON_NONE), 0);
    assert_int_equal(counters_get_would_refuse(reader, REASON_CERT_MISSING), 1);
    assert_int_equal(counters_get_reason(reader, REASON_CERT_MISSING), 0);
    assert_int_equal(counters_last_beat(reader), 1234);
    counters_close(&writer);
    counters_close(&reader);
    assert_null(reader);
}

static void counts_outlive_a_killed_writer(void **state) {
    (void)state;
    int fd = sealed_shared("counters", sizeof(struct counters));
    struct counters *counters = counters_open(fd);
    pid_t pid = fork();
    if (pid == 0) {
        counters_add(counters, COUNTER_REQUESTS, 41);
        counters_add(counters, COUNTER_CONNECTIONS, 7);
        abort();
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(counters_get(counters, COUNTER_REQUESTS), 41);
    counters_reset_gauges(counters);
    assert_int_equal(counters_get(counters, COUNTER_REQUESTS), 41);
    assert_int_equal(counters_get(counters, COUNTER_CONNECTIONS), 0);
    counters_close(&counters);
    fd_close(&fd);
}

static void memory_of_another_size_is_refused(void **state) {
    (void)state;
    int fd = sealed_shared("counters", sizeof(struct counters) + 1);
    assert_null(counters_open(fd));
    fd_close(&fd);
    assert_null(counters_open(-1));
}

static void rows_have_labels_and_sentences(void **state) {
    (void)state;
    for (unsigned i = 0; i < COUNTER_COUNT; i++) {
        assert_true(strlen(counters_row(i)->label) > 0);
        assert_true(strlen(counters_row(i)->help) > 0);
    }
    assert_int_equal(counters_row(COUNTER_CONNECTIONS)->kind, COUNTER_KIND_GAUGE);
    assert_int_equal(counters_row(COUNTER_ACCEPTED)->kind, COUNTER_KIND_TOTAL);
    assert_int_equal(counters_row(COUNTER_LONGEST_TURN)->kind, COUNTER_KIND_PEAK);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(counts_are_read_by_another_mapping),
        cmocka_unit_test(counts_outlive_a_killed_writer),
        cmocka_unit_test(memory_of_another_size_is_refused),
        cmocka_unit_test(rows_have_labels_and_sentences),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
