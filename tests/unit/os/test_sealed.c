/* Sealed memory cannot be changed by anyone, and what could be is not mapped. */
#include "os/sealed.h"

#include "os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

static void assert_refused(int fd, size_t max_bytes, const char *why) {
    struct slice bytes;
    struct error error = {.sentence = ""};
    assert_false(sealed_map(fd, max_bytes, &bytes, &error));
    assert_non_null(strstr(error.sentence, why));
}

static void sealed_bytes_come_back(void **state) {
    (void)state;
    struct slice bytes;
    struct error error;
    int fd = sealed_of("test", slice_text("bundle"));
    assert_true(fd >= 0);
    assert_true((fcntl(fd, F_GETFD) & FD_CLOEXEC) != 0);
    assert_true(sealed_map(fd, 6, &bytes, &error));
    fd_close(&fd);
    assert_true(slice_equal(bytes, slice_text("bundle")));
    sealed_unmap(&bytes);
    assert_int_equal(bytes.len, 0);
    sealed_unmap(&bytes);
}

static void empty_file_is_an_empty_slice(void **state) {
    (void)state;
    struct slice bytes;
    struct error error;
    int fd = sealed_of("test", slice_of(NULL, 0));
    assert_true(sealed_map(fd, 0, &bytes, &error));
    assert_int_equal(bytes.len, 0);
    sealed_unmap(&bytes);
    fd_close(&fd);
}

static void a_part_can_be_kept_alone(void **state) {
    (void)state;
    enum { LARGE = 5 << 16 };
    static uint8_t large[LARGE];
    struct slice bytes;
    struct error error;
    memset(large + (2 << 16), 'x', 100);
    int fd = sealed_of("test", slice_of(large, LARGE));
    assert_true(sealed_map(fd, LARGE, &bytes, &error));
    struct slice part = slice_sub(bytes, 2 << 16, 100);
    sealed_trim(&bytes, part);
    assert_true(bytes.len >= 100 && bytes.len <= 1 << 16);
    assert_memory_equal(part.data, large + (2 << 16), 100);
    assert_int_equal(mincore((void *)(uintptr_t)(part.data - (1 << 16)), 1 << 16, large), -1);
    sealed_unmap(&bytes);
    fd_close(&fd);
}

static void nobody_can_change_it(void **state) {
    (void)state;
    int fd = sealed_of("test", slice_text("bundle"));
    assert_int_equal(pwrite(fd, "x", 1, 0), -1);
    assert_int_equal(errno, EPERM);
    assert_int_equal(ftruncate(fd, 0), -1);
    assert_int_equal(ftruncate(fd, 100), -1);
    assert_ptr_equal(mmap(NULL, 6, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), MAP_FAILED);
    assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
    fd_close(&fd);
}

static void large_content_is_written_whole(void **state) {
    (void)state;
    enum { BYTES = 5000000 };
    uint8_t *content = malloc(BYTES);
    for (size_t i = 0; i < BYTES; i++)
        content[i] = (uint8_t)(i * 31 >> 3);
    struct slice bytes;
    struct error error;
    int fd = sealed_of("test", slice_of(content, BYTES));
    assert_true(sealed_map(fd, BYTES, &bytes, &error));
    assert_true(slice_equal(bytes, slice_of(content, BYTES)));
    sealed_unmap(&bytes);
    fd_close(&fd);
    free(content);
}

static void too_large_is_refused(void **state) {
    (void)state;
    int fd = sealed_of("test", slice_text("bundle"));
    assert_refused(fd, 5, "larger than allowed");
    fd_close(&fd);
}

static void half_sealed_is_refused(void **state) {
    (void)state;
    static const int lacking[] = {F_SEAL_SEAL, F_SEAL_SHRINK, F_SEAL_GROW, F_SEAL_WRITE};
    const int all = F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE;
    for (size_t i = 0; i < sizeof(lacking) / sizeof(lacking[0]); i++) {
        int fd = sealed_begin("test");
        assert_true(fd_write_all(fd, slice_text("bundle")));
        assert_int_equal(fcntl(fd, F_ADD_SEALS, all & ~lacking[i]), 0);
        assert_refused(fd, 100, "not sealed");
        fd_close(&fd);
    }
}

static void other_files_are_refused(void **state) {
    (void)state;
    int file = open("/proc/self/status", O_RDONLY), ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_refused(file, 100, "not sealed");
    assert_refused(ends[0], 100, "not sealed");
    assert_refused(-1, 100, "not sealed");
    close(file);
    close(ends[0]);
    close(ends[1]);
}

static void a_writer_keeps_it_from_being_sealed(void **state) {
    (void)state;
    int fd = sealed_begin("test");
    assert_int_equal(ftruncate(fd, 4096), 0);
    void *memory = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    assert_ptr_not_equal(memory, MAP_FAILED);
    assert_false(sealed_finish(fd));
    munmap(memory, 4096);
    assert_true(sealed_finish(fd));
    fd_close(&fd);
}

static void shared_memory_is_seen_by_all(void **state) {
    (void)state;
    int fd = sealed_shared("test", 8192);
    assert_true(fd >= 0);
    uint64_t *one = sealed_map_shared(fd, 8192), *other = sealed_map_shared(fd, 8192);
    assert_non_null(one);
    assert_non_null(other);
    assert_int_equal(other[7], 0);
    one[7] = 42;
    assert_int_equal(other[7], 42);
    sealed_unmap_shared(one, 8192);
    sealed_unmap_shared(other, 8192);
    fd_close(&fd);
}

static void shared_memory_has_one_size(void **state) {
    (void)state;
    int fd = sealed_shared("test", 8192);
    assert_int_equal(ftruncate(fd, 0), -1);
    assert_int_equal(ftruncate(fd, 10000), -1);
    assert_null(sealed_map_shared(fd, 4096));
    assert_int_equal(errno, EPERM);
    assert_null(sealed_map_shared(fd, 16384));
    fd_close(&fd);
    int unsealed = sealed_begin("test");
    assert_int_equal(ftruncate(unsealed, 8192), 0);
    assert_null(sealed_map_shared(unsealed, 8192));
    fd_close(&unsealed);
    assert_null(sealed_map_shared(-1, 8192));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sealed_bytes_come_back),
        cmocka_unit_test(empty_file_is_an_empty_slice),
        cmocka_unit_test(a_part_can_be_kept_alone),
        cmocka_unit_test(nobody_can_change_it),
        cmocka_unit_test(large_content_is_written_whole),
        cmocka_unit_test(too_large_is_refused),
        cmocka_unit_test(half_sealed_is_refused),
        cmocka_unit_test(other_files_are_refused),
        cmocka_unit_test(a_writer_keeps_it_from_being_sealed),
        cmocka_unit_test(shared_memory_is_seen_by_all),
        cmocka_unit_test(shared_memory_has_one_size),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
