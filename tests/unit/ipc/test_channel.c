/* Messages and descriptors pass through a channel; whoever sends outside of his row is found out. */
#include "ipc/channel.h"

#include "os/fd.h"
#include "os/sock.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

/* Both ends of a channel to a worker. */
struct ends {
    struct channel *supervisor;
    struct channel *worker;
};

static struct ends make_ends(void) {
    int fds[2];
    assert_true(channel_pair(fds));
    return (struct ends){
        .supervisor = channel_new(fds[0], CATALOG_ROLE_SUPERVISOR, CATALOG_ROLE_WORKER),
        .worker = channel_new(fds[1], CATALOG_ROLE_WORKER, CATALOG_ROLE_SUPERVISOR),
    };
}

static void free_ends(struct ends *ends) {
    channel_free(&ends->supervisor);
    channel_free(&ends->worker);
}

/* The supervisor's end, and a bare socket for sending it anything. */
static struct channel *make_victim(int *attacker) {
    int fds[2];
    assert_true(channel_pair(fds));
    *attacker = fds[1];
    return channel_new(fds[0], CATALOG_ROLE_SUPERVISOR, CATALOG_ROLE_WORKER);
}

static void assert_broken_by(struct slice frame, const int *fds, size_t count, const char *fault) {
    int attacker;
    struct channel_message message;
    struct channel *victim = make_victim(&attacker);
    assert_true(sock_send(attacker, frame, fds, count));
    assert_int_equal(channel_receive(victim, &message), CHANNEL_BROKEN);
    assert_non_null(strstr(channel_fault(victim), fault));
    channel_free(&victim);
    fd_close(&attacker);
}

static void message_arrives(void **state) {
    (void)state;
    struct ends ends = make_ends();
    struct channel_message message;
    assert_int_equal(channel_receive(ends.worker, &message), CHANNEL_EMPTY);
    wire_put_u64(channel_begin(ends.supervisor, CATALOG_COMMIT), 7);
    assert_true(channel_send(ends.supervisor, NULL));
    assert_int_equal(channel_receive(ends.worker, &message), CHANNEL_MESSAGE);
    assert_int_equal(message.type, CATALOG_COMMIT);
    assert_true(wire_get_u64(&message.in) == 7);
    assert_true(wire_in_done(&message.in));
    assert_int_equal(channel_receive(ends.worker, &message), CHANNEL_EMPTY);
    free_ends(&ends);
}

static void descriptor_arrives_and_belongs_to_who_takes_it(void **state) {
    (void)state;
    struct ends ends = make_ends();
    struct channel_message message;
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    wire_put_u32(channel_begin(ends.supervisor, CATALOG_SOCKET), 1);
    assert_true(channel_send(ends.supervisor, &pipes[1]));
    fd_close(&pipes[1]);
    assert_int_equal(channel_receive(ends.worker, &message), CHANNEL_MESSAGE);
    int taken = channel_take_fd(ends.worker, 0);
    assert_int_equal(write(taken, "x", 1), 1);
    free_ends(&ends);
    assert_int_equal(write(taken, "y", 1), 1);
    fd_close(&taken);
    fd_close(&pipes[0]);
}

static void descriptor_that_nobody_takes_is_closed(void **state) {
    (void)state;
    struct ends ends = make_ends();
    struct channel_message message;
    int pipes[2];
    char byte;
    assert_int_equal(pipe(pipes), 0);
    wire_put_u32(channel_begin(ends.supervisor, CATALOG_SOCKET), 1);
    assert_true(channel_send(ends.supervisor, &pipes[1]));
    fd_close(&pipes[1]);
    assert_int_equal(channel_receive(ends.worker, &message), CHANNEL_MESSAGE);
    assert_int_equal(channel_receive(ends.worker, &message), CHANNEL_EMPTY);
    assert_int_equal(read(pipes[0], &byte, 1), 0);
    fd_close(&pipes[0]);
    free_ends(&ends);
}

static void end_of_the_peer_is_seen(void **state) {
    (void)state;
    struct ends ends = make_ends();
    struct channel_message message;
    channel_free(&ends.worker);
    assert_int_equal(channel_receive(ends.supervisor, &message), CHANNEL_CLOSED);
    wire_put_u64(channel_begin(ends.supervisor, CATALOG_COMMIT), 7);
    assert_false(channel_send(ends.supervisor, NULL));
    free_ends(&ends);
}

static void last_words_are_read_before_the_end(void **state) {
    (void)state;
    struct ends ends = make_ends();
    struct channel_message message;
    wire_put_u64(channel_begin(ends.worker, CATALOG_PREPARED), 3);
    assert_true(channel_send(ends.worker, NULL));
    channel_free(&ends.worker);
    assert_int_equal(channel_receive(ends.supervisor, &message), CHANNEL_MESSAGE);
    assert_int_equal(channel_receive(ends.supervisor, &message), CHANNEL_CLOSED);
    free_ends(&ends);
}

static void too_large_message_is_not_sent(void **state) {
    (void)state;
    static const uint8_t bytes[CATALOG_BYTES_MAX];
    struct ends ends = make_ends();
    wire_put_bytes(channel_begin(ends.supervisor, CATALOG_COMMIT), slice_of(bytes, 100));
    assert_false(channel_send(ends.supervisor, NULL));
    free_ends(&ends);
}

static void largest_message_passes(void **state) {
    (void)state;
    static uint8_t bytes[CATALOG_TEXT_MAX];
    struct ends ends = make_ends();
    struct channel_message message;
    struct wire_out *out = channel_begin(ends.worker, CATALOG_REFUSED);
    memset(bytes, 'a', sizeof(bytes));
    wire_put_u64(out, 9);
    wire_put_bytes(out, slice_of(bytes, sizeof(bytes)));
    assert_true(channel_send(ends.worker, NULL));
    assert_int_equal(channel_receive(ends.supervisor, &message), CHANNEL_MESSAGE);
    assert_true(wire_get_u64(&message.in) == 9);
    assert_int_equal(wire_get_bytes(&message.in, CATALOG_TEXT_MAX).len, sizeof(bytes));
    assert_true(wire_in_done(&message.in));
    free_ends(&ends);
}

static void peer_that_does_not_read_fails_a_send_and_never_blocks(void **state) {
    (void)state;
    struct ends ends = make_ends();
    bool sent = true;
    for (unsigned i = 0; i < 100000 && sent; i++) {
        wire_put_u64(channel_begin(ends.supervisor, CATALOG_COMMIT), i);
        sent = channel_send(ends.supervisor, NULL);
    }
    assert_false(sent);
    free_ends(&ends);
}

static void what_is_no_message_breaks_the_channel(void **state) {
    (void)state;
    assert_broken_by(slice_of("\1", 1), NULL, 0, "unknown");
    assert_broken_by(slice_of("\377\377abc", 5), NULL, 0, "unknown");
    uint8_t past_the_table[2] = {CATALOG_COUNT, 0};
    assert_broken_by(slice_of(past_the_table, 2), NULL, 0, "unknown");
}

static void message_of_another_role_breaks_the_channel(void **state) {
    (void)state;
    const uint8_t of_control[2] = {CATALOG_RELOAD, 0};
    const uint8_t of_ourselves[2] = {CATALOG_DRAIN, 0};
    assert_broken_by(slice_of(of_control, 2), NULL, 0, "not its own");
    assert_broken_by(slice_of(of_ourselves, 2), NULL, 0, "not its own");
}

static void message_over_its_size_breaks_the_channel(void **state) {
    (void)state;
    static uint8_t frame[200000] = {CATALOG_PREPARED, 0};
    size_t most = catalog_row(CATALOG_PREPARED)->bytes;
    assert_broken_by(slice_of(frame, 2 + most + 1), NULL, 0, "larger");
    assert_broken_by(slice_of(frame, 150000), NULL, 0, "cannot be received");
}

static void descriptors_beyond_the_row_break_the_channel(void **state) {
    (void)state;
    const uint8_t frame[10] = {CATALOG_PREPARED, 0};
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_broken_by(slice_of(frame, sizeof(frame)), &fd, 1, "descriptors");
    fd_close(&fd);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(message_arrives),
        cmocka_unit_test(descriptor_arrives_and_belongs_to_who_takes_it),
        cmocka_unit_test(descriptor_that_nobody_takes_is_closed),
        cmocka_unit_test(end_of_the_peer_is_seen),
        cmocka_unit_test(last_words_are_read_before_the_end),
        cmocka_unit_test(too_large_message_is_not_sent),
        cmocka_unit_test(largest_message_passes),
        cmocka_unit_test(peer_that_does_not_read_fails_a_send_and_never_blocks),
        cmocka_unit_test(what_is_no_message_breaks_the_channel),
        cmocka_unit_test(message_of_another_role_breaks_the_channel),
        cmocka_unit_test(message_over_its_size_breaks_the_channel),
        cmocka_unit_test(descriptors_beyond_the_row_break_the_channel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
