/* Records pass through the ring in order and whole; a full ring drops and counts; a hostile writer cannot make the
 * reader read outside. */
#include "ipc/events.h"

#include "os/fd.h"
#include "os/sealed.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* One ring with both its ends. */
struct ring {
    int memory_fd;
    int wake_fd;
    struct events *writer;
    struct events *reader;
};

static struct ring make_ring(void) {
    struct ring ring = {
        .memory_fd = sealed_shared("events", events_memory_bytes()),
        .wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC),
    };
    ring.writer = events_open_writer(ring.memory_fd, ring.wake_fd);
    ring.reader = events_open_reader(ring.memory_fd);
    assert_non_null(ring.writer);
    assert_non_null(ring.reader);
    return ring;
}

static void free_ring(struct ring *ring) {
    events_close(&ring->writer);
    events_close(&ring->reader);
    fd_close(&ring->memory_fd);
    fd_close(&ring->wake_fd);
}

static bool put(struct ring *ring, enum event_kind kind, size_t room, const char *text) {
    uint8_t *to = events_begin(ring->writer, kind, room);
    if (!to)
        return false;
    memcpy(to, text, strlen(text));
    events_commit(ring->writer, strlen(text));
    return true;
}

static void assert_next(struct ring *ring, enum event_kind expected_kind, const char *expected) {
    enum event_kind kind;
    struct slice record;
    assert_true(events_next(ring->reader, &kind, &record));
    assert_int_equal(kind, expected_kind);
    assert_true(slice_equal(record, slice_text(expected)));
}

static void assert_empty(struct ring *ring) {
    enum event_kind kind;
    struct slice record;
    assert_false(events_next(ring->reader, &kind, &record));
}

static bool is_awake(const struct ring *ring) {
    uint64_t count;
    return read(ring->wake_fd, &count, sizeof(count)) == (ssize_t)sizeof(count);
}

static void records_come_in_order(void **state) {
    (void)state;
    struct ring ring = make_ring();
    assert_empty(&ring);
    assert_true(put(&ring, EVENT_ACCESS, 100, "first"));
    assert_true(put(&ring, EVENT_REFUSAL, 100, "second, longer"));
    assert_next(&ring, EVENT_ACCESS, "first");
    assert_next(&ring, EVENT_REFUSAL, "second, longer");
    assert_empty(&ring);
    free_ring(&ring);
}

static void record_taken_back_is_not_seen(void **state) {
    (void)state;
    struct ring ring = make_ring();
    assert_non_null(events_begin(ring.writer, EVENT_ACCESS, 100));
    events_commit(ring.writer, 0);
    assert_empty(&ring);
    assert_true(put(&ring, EVENT_ACCESS, 100, "kept"));
    assert_next(&ring, EVENT_ACCESS, "kept");
    free_ring(&ring);
}

static void ring_goes_round_many_times(void **state) {
    (void)state;
    struct ring ring = make_ring();
    char text[2048];
    for (unsigned i = 0; i < 20000; i++) {
        int len = snprintf(text, sizeof(text), "%u ", i);
        memset(text + len, 'x', i * 31 % 1500);
        text[(unsigned)len + i * 31 % 1500] = '\0';
        assert_true(put(&ring, EVENT_ACCESS, EVENTS_RECORD_MAX, text));
        assert_next(&ring, EVENT_ACCESS, text);
    }
    assert_int_equal(events_lost(ring.reader), 0);
    free_ring(&ring);
}

static void full_ring_drops_and_counts(void **state) {
    (void)state;
    struct ring ring = make_ring();
    static char text[4000];
    unsigned kept = 0;
    memset(text, 'y', sizeof(text) - 1);
    while (put(&ring, EVENT_ACCESS, sizeof(text), text))
        kept++;
    assert_in_range(kept, 255, 262);
    assert_false(put(&ring, EVENT_ACCESS, sizeof(text), text));
    assert_int_equal(events_lost(ring.reader), 2);
    for (unsigned i = 0; i < kept; i++)
        assert_next(&ring, EVENT_ACCESS, text);
    assert_empty(&ring);
    assert_true(put(&ring, EVENT_ACCESS, 100, "room again"));
    assert_next(&ring, EVENT_ACCESS, "room again");
    free_ring(&ring);
}

static void loan_holds_until_the_next_call(void **state) {
    (void)state;
    struct ring ring = make_ring();
    static char text[30000];
    enum event_kind kind;
    struct slice loan;
    memset(text, 'z', sizeof(text) - 1);
    assert_true(put(&ring, EVENT_ACCESS, 100, "on loan"));
    assert_true(events_next(ring.reader, &kind, &loan));
    while (put(&ring, EVENT_ACCESS, sizeof(text), text))
        ;
    assert_true(slice_equal(loan, slice_text("on loan")));
    free_ring(&ring);
}

static void sleeping_reader_is_woken_once(void **state) {
    (void)state;
    struct ring ring = make_ring();
    assert_true(put(&ring, EVENT_ACCESS, 100, "while awake"));
    assert_false(is_awake(&ring));
    assert_false(events_sleep(ring.reader, 1));
    assert_next(&ring, EVENT_ACCESS, "while awake");
    assert_empty(&ring);
    assert_true(events_sleep(ring.reader, 1));
    assert_true(put(&ring, EVENT_ACCESS, 100, "wakes"));
    assert_true(put(&ring, EVENT_ACCESS, 100, "does not wake again"));
    assert_true(is_awake(&ring));
    assert_false(is_awake(&ring));
    free_ring(&ring);
}

static void busy_reader_is_woken_by_a_flood_only(void **state) {
    (void)state;
    struct ring ring = make_ring();
    assert_true(events_sleep(ring.reader, 4096));
    unsigned count = 0;
    while (!is_awake(&ring)) {
        assert_true(put(&ring, EVENT_ACCESS, 100, "0123456789012345678901234567890123456789"));
        count++;
    }
    assert_in_range(count, 4096 / 48, 4096 / 48 + 1);
    free_ring(&ring);
}

static void next_reader_and_writer_go_on(void **state) {
    (void)state;
    struct ring ring = make_ring();
    assert_true(put(&ring, EVENT_ACCESS, 100, "one"));
    assert_true(put(&ring, EVENT_ACCESS, 100, "two"));
    assert_next(&ring, EVENT_ACCESS, "one");
    assert_next(&ring, EVENT_ACCESS, "two");
    assert_non_null(events_begin(ring.writer, EVENT_ACCESS, 100));
    events_close(&ring.writer);
    events_close(&ring.reader);
    ring.writer = events_open_writer(ring.memory_fd, ring.wake_fd);
    ring.reader = events_open_reader(ring.memory_fd);
    assert_true(put(&ring, EVENT_REFUSAL, 100, "three"));
    /* The old reader died before it said that it was done with "two". */
    assert_next(&ring, EVENT_ACCESS, "two");
    assert_next(&ring, EVENT_REFUSAL, "three");
    assert_empty(&ring);
    free_ring(&ring);
}

static void two_processes_lose_nothing(void **state) {
    (void)state;
    enum { RECORDS = 50000 };
    struct ring ring = make_ring();
    pid_t pid = fork();
    if (pid == 0) {
        char text[32];
        for (unsigned i = 0; i < RECORDS; i++) {
            snprintf(text, sizeof(text), "%u", i);
            while (!put(&ring, EVENT_ACCESS, sizeof(text), text))
                usleep(50);
        }
        _exit(0);
    }
    for (unsigned expected = 0; expected < RECORDS;) {
        enum event_kind kind;
        struct slice record;
        uint64_t number;
        while (events_next(ring.reader, &kind, &record)) {
            assert_true(slice_decimal(record, &number));
            assert_int_equal(number, expected++);
        }
    }
    int status;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    free_ring(&ring);
}

/* Scribbles over the whole shared memory with a pattern, as a worker that was taken over could. */
static void nonsense_is_dropped_and_the_ring_recovers(void **state) {
    (void)state;
    for (unsigned seed = 0; seed < 200; seed++) {
        struct ring ring = make_ring();
        uint8_t *memory = sealed_map_shared(ring.memory_fd, events_memory_bytes());
        srand(seed);
        for (size_t i = 0; i < 4096; i++)
            memory[i] = (uint8_t)rand();
        enum event_kind kind;
        struct slice record;
        for (unsigned i = 0; i < 100 && events_next(ring.reader, &kind, &record); i++)
            assert_true(record.data >= memory - (1L << 40) && record.len <= EVENTS_RING_BYTES);
        sealed_unmap_shared(memory, events_memory_bytes());
        free_ring(&ring);
    }
}

static void length_past_the_end_is_dropped(void **state) {
    (void)state;
    struct ring ring = make_ring();
    assert_true(put(&ring, EVENT_ACCESS, 100, "good"));
    uint64_t *memory = sealed_map_shared(ring.memory_fd, events_memory_bytes());
    size_t data = (events_memory_bytes() - EVENTS_RING_BYTES) / sizeof(uint64_t);
    memory[data] = EVENT_ACCESS | (uint64_t)EVENTS_RING_BYTES << 32;
    assert_empty(&ring);
    assert_int_equal(events_lost(ring.reader), 1);
    sealed_unmap_shared(memory, events_memory_bytes());
    assert_true(put(&ring, EVENT_ACCESS, 100, "good again"));
    assert_next(&ring, EVENT_ACCESS, "good again");
    free_ring(&ring);
}

static void other_memory_is_refused(void **state) {
    (void)state;
    int fd = sealed_shared("events", 4096);
    assert_null(events_open_reader(fd));
    assert_null(events_open_writer(fd, -1));
    fd_close(&fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_come_in_order),
        cmocka_unit_test(record_taken_back_is_not_seen),
        cmocka_unit_test(ring_goes_round_many_times),
        cmocka_unit_test(full_ring_drops_and_counts),
        cmocka_unit_test(loan_holds_until_the_next_call),
        cmocka_unit_test(sleeping_reader_is_woken_once),
        cmocka_unit_test(busy_reader_is_woken_by_a_flood_only),
        cmocka_unit_test(next_reader_and_writer_go_on),
        cmocka_unit_test(two_processes_lose_nothing),
        cmocka_unit_test(nonsense_is_dropped_and_the_ring_recovers),
        cmocka_unit_test(length_past_the_end_is_dropped),
        cmocka_unit_test(other_memory_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
