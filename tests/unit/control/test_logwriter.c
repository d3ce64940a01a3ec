/* Records become lines; a log that cannot be written counts what it loses, and recovers. */
#include "control/logwriter.h"

#include "os/fd.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_holds(int fd, const char *expected) {
    char text[256] = "";
    ssize_t len = pread(fd, text, sizeof(text) - 1, 0);
    assert_int_equal(len, strlen(expected));
    assert_memory_equal(text, expected, strlen(expected));
}

static void records_become_lines_when_flushed(void **state) {
    (void)state;
    struct logwriter writer;
    int file = memfd_create("log", MFD_CLOEXEC);
    logwriter_init(&writer, "test log");
    logwriter_use(&writer, fd_copy(file, 3));
    logwriter_add(&writer, slice_text("{\"a\":1}"));
    logwriter_add(&writer, slice_text("{\"b\":2}"));
    assert_holds(file, "");
    logwriter_flush(&writer);
    logwriter_flush(&writer);
    assert_holds(file, "{\"a\":1}\n{\"b\":2}\n");
    assert_int_equal(writer.lost, 0);
    logwriter_fini(&writer);
    fd_close(&file);
}

static void control_characters_cannot_make_a_line(void **state) {
    (void)state;
    struct logwriter writer;
    int file = memfd_create("log", MFD_CLOEXEC);
    logwriter_init(&writer, "test log");
    logwriter_use(&writer, fd_copy(file, 3));
    logwriter_add(&writer, slice_of("a\nb\rc\0d\x1b", 8));
    logwriter_fini(&writer);
    assert_holds(file, "a?b?c?d?\n");
    fd_close(&file);
}

static void log_that_is_off_takes_nothing(void **state) {
    (void)state;
    struct logwriter writer;
    logwriter_init(&writer, "test log");
    logwriter_add(&writer, slice_text("lost on purpose"));
    assert_int_equal(buf_len(&writer.pending), 0);
    assert_int_equal(writer.lost, 0);
    logwriter_fini(&writer);
}

static void pending_records_go_to_the_old_log_at_a_change(void **state) {
    (void)state;
    struct logwriter writer;
    int old = memfd_create("old", MFD_CLOEXEC);
    int new = memfd_create("new", MFD_CLOEXEC);
    logwriter_init(&writer, "test log");
    logwriter_use(&writer, fd_copy(old, 3));
    logwriter_add(&writer, slice_text("before"));
    logwriter_use(&writer, fd_copy(new, 3));
    logwriter_add(&writer, slice_text("after"));
    logwriter_fini(&writer);
    assert_holds(old, "before\n");
    assert_holds(new, "after\n");
    fd_close(&old);
    fd_close(&new);
}

static void full_disk_is_counted_and_survived(void **state) {
    (void)state;
    struct logwriter writer;
    int file = memfd_create("log", MFD_CLOEXEC);
    logwriter_init(&writer, "test log");
    logwriter_use(&writer, open("/dev/full", O_WRONLY | O_CLOEXEC));
    logwriter_add(&writer, slice_text("one"));
    logwriter_add(&writer, slice_text("two"));
    logwriter_flush(&writer);
    assert_int_equal(writer.lost, 2);
    assert_true(writer.failing);
    logwriter_use(&writer, fd_copy(file, 3));
    logwriter_add(&writer, slice_text("three"));
    logwriter_flush(&writer);
    assert_false(writer.failing);
    assert_holds(file, "three\n");
    logwriter_fini(&writer);
    fd_close(&file);
}

static void more_than_a_buffer_is_written_in_pieces(void **state) {
    (void)state;
    static uint8_t record[10000];
    struct logwriter writer;
    int file = memfd_create("log", MFD_CLOEXEC);
    memset(record, 'r', sizeof(record));
    logwriter_init(&writer, "test log");
    logwriter_use(&writer, fd_copy(file, 3));
    for (unsigned i = 0; i < 100; i++)
        logwriter_add(&writer, slice_of(record, sizeof(record)));
    logwriter_flush(&writer);
    assert_int_equal(lseek(file, 0, SEEK_END), 100 * (sizeof(record) + 1));
    logwriter_fini(&writer);
    fd_close(&file);
}

static void record_larger_than_the_buffer_is_lost_and_counted(void **state) {
    (void)state;
    static uint8_t record[LOGWRITER_PENDING_BYTES];
    struct logwriter writer;
    int file = memfd_create("log", MFD_CLOEXEC);
    logwriter_init(&writer, "test log");
    logwriter_use(&writer, fd_copy(file, 3));
    logwriter_add(&writer, slice_of(record, sizeof(record)));
    assert_int_equal(writer.lost, 1);
    logwriter_fini(&writer);
    assert_holds(file, "");
    fd_close(&file);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_become_lines_when_flushed),
        cmocka_unit_test(control_characters_cannot_make_a_line),
        cmocka_unit_test(log_that_is_off_takes_nothing),
        cmocka_unit_test(pending_records_go_to_the_old_log_at_a_change),
        cmocka_unit_test(full_disk_is_counted_and_survived),
        cmocka_unit_test(more_than_a_buffer_is_written_in_pieces),
        cmocka_unit_test(record_larger_than_the_buffer_is_lost_and_counted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
