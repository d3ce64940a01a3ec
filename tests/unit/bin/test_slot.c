/* A slot says the right words to its worker, and keeps its memory when that dies. */
#include "bin/slot.h"

#include "base/now.h"
#include "ipc/events.h"
#include "os/fd.h"
#include "os/sealed.h"
#include "os/sock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

enum { COUNT = 2 };

static struct slot slots[COUNT];
static struct channel *worker;
static struct sockets sockets;
static struct channel_message message;
static struct error error;

/* Slot 1 with the test itself as its worker; slot 2 is empty, its sockets are lent to slot 1. */
static int make_slots(void **state) {
    (void)state;
    int ends[2];
    for (unsigned i = 0; i < COUNT; i++)
        assert_true(slot_init(&slots[i], i + 1, now_ms(), &error));
    assert_true(channel_pair(ends));
    slots[0].child.channel = channel_new(ends[0], CATALOG_ROLE_SUPERVISOR, CATALOG_ROLE_WORKER);
    worker = channel_new(ends[1], CATALOG_ROLE_WORKER, CATALOG_ROLE_SUPERVISOR);
    slots[1].lent_to = 1;
    sockets_init(&sockets, COUNT);
    sockets.count = 2;
    for (uint32_t i = 0; i < 2; i++) {
        sockets.items[i] = (struct sockets_address){.id = i + 1, .listener = 10 + i, .fresh = i == 1};
        for (unsigned k = 0; k < COUNT; k++)
            sockets.items[i].fds[k] = fd_copy(STDERR_FILENO, 3);
    }
    return 0;
}

static int free_slots(void **state) {
    (void)state;
    sockets_close(&sockets);
    channel_free(&worker);
    for (unsigned i = 0; i < COUNT; i++)
        slot_fini(&slots[i]);
    return 0;
}

static void assert_next(enum catalog_message type) {
    assert_int_equal(channel_receive(worker, &message), CHANNEL_MESSAGE);
    assert_int_equal(message.type, type);
}

static void assert_no_more(void) {
    assert_int_equal(channel_receive(worker, &message), CHANNEL_EMPTY);
}

static void memory_is_that_of_counters_and_ring(void **state) {
    (void)state;
    struct counters *counters = counters_open(slots[0].memory[SLOT_COUNTERS]);
    struct events *events = events_open_reader(slots[0].memory[SLOT_EVENTS]);
    assert_non_null(counters);
    assert_non_null(events);
    counters_add(counters, COUNTER_REQUESTS, 5);
    assert_int_equal(counters_get(slots[0].counters, COUNTER_REQUESTS), 5);
    counters_close(&counters);
    events_close(&events);
}

static void sockets_are_sent_with_their_numbers(void **state) {
    (void)state;
    slot_send_sockets(&slots[0], &sockets, 1, false);
    for (size_t i = 0; i < 2; i++) {
        assert_next(CATALOG_SOCKET);
        assert_int_equal(wire_get_u32(&message.in), sockets_number(&sockets.items[i], 1));
        assert_true(wire_in_done(&message.in));
    }
    slot_send_sockets(&slots[0], &sockets, 2, true);
    assert_next(CATALOG_SOCKET);
    assert_int_equal(wire_get_u32(&message.in), sockets_number(&sockets.items[1], 2));
    assert_no_more();
}

static void prepare_lists_own_and_lent_sockets(void **state) {
    (void)state;
    int bundle_fd = sealed_of("bundle", slice_text("x"));
    slot_send_prepare(&slots[0], 7, bundle_fd, &sockets, slots, COUNT);
    fd_close(&bundle_fd);
    assert_int_equal(slots[0].asked, 7);
    assert_next(CATALOG_PREPARE);
    assert_true(wire_get_u64(&message.in) == 7);
    assert_int_equal(wire_get_count(&message.in, 100), 4);
    for (unsigned number = 1; number <= COUNT; number++)
        for (size_t i = 0; i < 2; i++) {
            assert_int_equal(wire_get_u32(&message.in), sockets_number(&sockets.items[i], number));
            assert_int_equal(wire_get_u32(&message.in), 10 + i);
        }
    assert_true(wire_in_done(&message.in));
}

static void sockets_are_lent_and_recalled(void **state) {
    (void)state;
    slot_send_lend(&slots[0], &slots[1], &sockets);
    for (size_t i = 0; i < 2; i++) {
        assert_next(CATALOG_LEND);
        assert_int_equal(wire_get_u32(&message.in), sockets_number(&sockets.items[i], 2));
        assert_int_equal(wire_get_u32(&message.in), 10 + i);
    }
    slot_send_recall(&slots[0], &slots[1], &sockets);
    for (size_t i = 0; i < 2; i++) {
        assert_next(CATALOG_RECALL);
        assert_int_equal(wire_get_u32(&message.in), sockets_number(&sockets.items[i], 2));
    }
    assert_no_more();
}

static void verdicts_keys_and_drain_are_said(void **state) {
    (void)state;
    struct ticketkeys keys;
    ticketkeys_init(&keys);
    assert_true(ticketkeys_rotate(&keys, 0, 3600));
    slot_send_verdict(&slots[0], CATALOG_COMMIT, 3);
    slot_send_verdict(&slots[0], CATALOG_ABORT, 4);
    slot_send_keys(&slots[0], &keys);
    slot_send_drain(&slots[0], 5000);
    assert_next(CATALOG_COMMIT);
    assert_true(wire_get_u64(&message.in) == 3);
    assert_next(CATALOG_ABORT);
    assert_true(wire_get_u64(&message.in) == 4);
    assert_next(CATALOG_TICKET_KEYS);
    assert_int_equal(wire_get_count(&message.in, TICKETKEYS_MAX), 1);
    assert_next(CATALOG_DRAIN);
    assert_true(wire_get_i64(&message.in) == 5000);
    ticketkeys_fini(&keys);
}

static void nobody_is_spoken_to_where_nobody_is(void **state) {
    (void)state;
    slot_send_verdict(&slots[1], CATALOG_COMMIT, 3);
    slot_send_drain(&slots[1], 5000);
    slot_send_sockets(&slots[1], &sockets, 2, false);
    slot_send_prepare(&slots[1], 7, -1, &sockets, NULL, 0);
    assert_int_equal(slots[1].asked, 0);
    assert_no_more();
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(memory_is_that_of_counters_and_ring, make_slots, free_slots),
        cmocka_unit_test_setup_teardown(sockets_are_sent_with_their_numbers, make_slots, free_slots),
        cmocka_unit_test_setup_teardown(prepare_lists_own_and_lent_sockets, make_slots, free_slots),
        cmocka_unit_test_setup_teardown(sockets_are_lent_and_recalled, make_slots, free_slots),
        cmocka_unit_test_setup_teardown(verdicts_keys_and_drain_are_said, make_slots, free_slots),
        cmocka_unit_test_setup_teardown(nobody_is_spoken_to_where_nobody_is, make_slots, free_slots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
