/* The socket stream with edges: nothing is lost, nothing is told twice without need, and each end says how it was. */
#include "harness.h"

#include "io/tcp.h"

struct holder {
    struct stream *stream;
    unsigned what;
    int calls;
    bool ready;
};

static struct loop *loop;
static struct holder holder;
static int peer;
static uint8_t room[65536];

static void on_ready(void *owner, unsigned what) {
    struct holder *self = owner;
    self->what |= what;
    self->calls++;
    self->ready = true;
}

static void hold(int fds[2]) {
    holder = (struct holder){.stream = tcp_new(loop, fds[0])};
    assert_non_null(holder.stream);
    stream_own(holder.stream, &holder, on_ready);
    peer = fds[1];
}

static int set_up_unix(void **state) {
    (void)state;
    int fds[2];
    loop = loop_new();
    harness_pair(fds);
    hold(fds);
    return 0;
}

static int set_up_tcp(void **state) {
    (void)state;
    int fds[2];
    loop = loop_new();
    harness_tcp_pair(fds);
    hold(fds);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    stream_close(&holder.stream);
    if (peer >= 0)
        close(peer);
    loop_free(&loop);
    return 0;
}

static void close_peer(void) {
    close(peer);
    peer = -1;
}

static void wait_ready(void) {
    holder.ready = false;
    harness_run_until(loop, &holder.ready);
}

static void expect(struct stream_result result, enum stream_status status, bool drained, size_t bytes) {
    assert_int_equal(result.status, status);
    assert_int_equal(result.drained, drained);
    assert_int_equal(result.bytes, bytes);
}

static void idle_stream_is_not_called(void **state) {
    (void)state;
    harness_turns(loop, 3);
    assert_int_equal(holder.calls, 0);
    expect(stream_read(holder.stream, room, sizeof(room)), STREAM_AGAIN, true, 0);
}

static void short_read_says_drained(void **state) {
    (void)state;
    harness_send(peer, "hello");
    wait_ready();
    assert_int_equal(holder.what, STREAM_READABLE);
    expect(stream_read(holder.stream, room, 3), STREAM_OK, false, 3);
    expect(stream_read(holder.stream, room + 3, sizeof(room) - 3), STREAM_OK, true, 2);
    assert_memory_equal(room, "hello", 5);
}

static void new_bytes_after_drained_make_a_new_call(void **state) {
    (void)state;
    for (int i = 0; i < 3; i++) {
        harness_send(peer, "again");
        wait_ready();
        expect(stream_read(holder.stream, room, sizeof(room)), STREAM_OK, true, 5);
    }
    assert_int_equal(holder.calls, 3);
}

/* FIN came with the bytes in one event: there is no further edge, so the read must not claim to have drained the
 * socket. */
static void bytes_and_end_of_one_event_both_arrive(void **state) {
    (void)state;
    harness_send(peer, "last");
    close_peer();
    wait_ready();
    expect(stream_read(holder.stream, room, sizeof(room)), STREAM_OK, false, 4);
    expect(stream_read(holder.stream, room, sizeof(room)), STREAM_END, false, 0);
    expect(stream_read(holder.stream, room, sizeof(room)), STREAM_END, false, 0);
}

/* The owner reads before the loop told of anything; the end that was there already comes as an event of its own. */
static void read_before_the_first_event_loses_no_end(void **state) {
    (void)state;
    harness_send(peer, "last");
    assert_int_equal(shutdown(peer, SHUT_WR), 0);
    expect(stream_read(holder.stream, room, sizeof(room)), STREAM_OK, true, 4);
    wait_ready();
    expect(stream_read(holder.stream, room, sizeof(room)), STREAM_END, false, 0);
}

static void end_after_drained_makes_a_new_call(void **state) {
    (void)state;
    harness_send(peer, "x");
    wait_ready();
    expect(stream_read(holder.stream, room, sizeof(room)), STREAM_OK, true, 1);
    assert_int_equal(shutdown(peer, SHUT_WR), 0);
    wait_ready();
    expect(stream_read(holder.stream, room, sizeof(room)), STREAM_END, false, 0);
    struct slice part = slice_text("still open this way");
    expect(stream_write(holder.stream, &part, 1), STREAM_OK, false, part.len);
}

static void shut_ends_our_direction_only(void **state) {
    (void)state;
    struct slice part = slice_text("bye");
    expect(stream_write(holder.stream, &part, 1), STREAM_OK, false, 3);
    assert_true(stream_flush(holder.stream));
    stream_shut(holder.stream);
    assert_int_equal(fcntl(peer, F_SETFL, 0), 0);
    assert_int_equal(read(peer, room, sizeof(room)), 3);
    assert_int_equal(read(peer, room, sizeof(room)), 0);
    harness_send(peer, "answer");
    wait_ready();
    expect(stream_read(holder.stream, room, sizeof(room)), STREAM_OK, true, 6);
}

static void parts_are_written_in_order(void **state) {
    (void)state;
    struct slice parts[STREAM_PARTS_MAX];
    for (int i = 0; i < STREAM_PARTS_MAX; i++)
        parts[i] = slice_text(i % 2 ? "" : "ab");
    expect(stream_write(holder.stream, parts, STREAM_PARTS_MAX), STREAM_OK, false, 8);
    assert_int_equal(fcntl(peer, F_SETFL, 0), 0);
    assert_int_equal(read(peer, room, sizeof(room)), 8);
    assert_memory_equal(room, "abababab", 8);
}

/* Writes until the kernel takes no more, then empties the other side: room is told once, and only then. */
static void full_socket_says_again_and_then_calls(void **state) {
    (void)state;
    struct slice part = slice_of(room, sizeof(room));
    size_t sent = 0;
    struct stream_result result;
    while ((result = stream_write(holder.stream, &part, 1)).status == STREAM_OK)
        sent += result.bytes;
    expect(result, STREAM_AGAIN, true, 0);
    harness_turns(loop, 3);
    holder = (struct holder){.stream = holder.stream};
    for (size_t got = 0; got < sent;) {
        ssize_t bytes = read(peer, room, sizeof(room));
        got += bytes > 0 ? (size_t)bytes : 0;
        harness_turns(loop, 1);
    }
    if (!holder.ready)
        wait_ready();
    assert_int_equal(holder.what, STREAM_WRITABLE);
    expect(stream_write(holder.stream, &part, 1), STREAM_OK, false, sizeof(room));
}

static void reset(void) {
    struct linger at_once = {.l_onoff = 1};
    assert_int_equal(setsockopt(peer, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
    close_peer();
}

static void reset_is_told_through_read(void **state) {
    (void)state;
    reset();
    wait_ready();
    assert_true(holder.what & STREAM_READABLE);
    expect(stream_read(holder.stream, room, sizeof(room)), STREAM_FAILED, false, 0);
    assert_int_equal(stream_failure(holder.stream), REASON_CLOSED);
}

/* The kernel gives the error of a reset to whoever asks first. The reader must not take what is left for a clean
 * end. */
static void reset_met_by_a_write_is_no_clean_end_for_the_read(void **state) {
    (void)state;
    reset();
    struct slice part = slice_text("x");
    expect(stream_write(holder.stream, &part, 1), STREAM_FAILED, false, 0);
    expect(stream_write(holder.stream, &part, 1), STREAM_FAILED, false, 0);
    expect(stream_read(holder.stream, room, sizeof(room)), STREAM_FAILED, false, 0);
}

static void write_to_a_closed_peer_fails_without_a_signal(void **state) {
    (void)state;
    close_peer();
    struct slice parts[2] = {slice_text("x"), slice_text("y")};
    while (stream_write(holder.stream, parts, 2).status == STREAM_OK)
        usleep(1000);
    assert_int_equal(stream_failure(holder.stream), REASON_CLOSED);
    expect(stream_read(holder.stream, room, sizeof(room)), STREAM_END, false, 0);
}

static void blocked_writer_hears_of_the_peers_death(void **state) {
    (void)state;
    struct slice part = slice_of(room, sizeof(room));
    while (stream_write(holder.stream, &part, 1).status == STREAM_OK)
        continue;
    harness_turns(loop, 2);
    holder = (struct holder){.stream = holder.stream};
    close_peer();
    wait_ready();
    assert_int_equal(holder.what, STREAM_READABLE | STREAM_WRITABLE);
    assert_int_equal(stream_write(holder.stream, &part, 1).status, STREAM_FAILED);
}

static void unread_bytes_come_first_and_last_in_first_out(void **state) {
    (void)state;
    harness_send(peer, "socket");
    assert_true(tcp_unread(holder.stream, slice_text("two ")));
    assert_true(tcp_unread(holder.stream, slice_text("")));
    assert_true(tcp_unread(holder.stream, slice_text("one ")));
    expect(stream_read(holder.stream, room, 3), STREAM_OK, false, 3);
    assert_true(tcp_unread(holder.stream, slice_text("one")));
    expect(stream_read(holder.stream, room, sizeof(room)), STREAM_OK, false, 8);
    assert_memory_equal(room, "one two ", 8);
    expect(stream_read(holder.stream, room, sizeof(room)), STREAM_OK, true, 6);
}

static void unread_has_a_maximum(void **state) {
    (void)state;
    assert_true(tcp_unread(holder.stream, slice_of(room, sizeof(room))));
    assert_true(tcp_unread(holder.stream, slice_of(room, TCP_UNREAD_MAX - sizeof(room))));
    assert_false(tcp_unread(holder.stream, slice_text("x")));
    expect(stream_read(holder.stream, room, 10), STREAM_OK, false, 10);
    assert_true(tcp_unread(holder.stream, slice_text("x")));
}

static void stream_without_owner_ignores_events_and_remembers_the_end(void **state) {
    (void)state;
    stream_own(holder.stream, NULL, NULL);
    harness_send(peer, "x");
    close_peer();
    harness_turns(loop, 2);
    stream_own(holder.stream, &holder, on_ready);
    expect(stream_read(holder.stream, room, sizeof(room)), STREAM_OK, false, 1);
    expect(stream_read(holder.stream, room, sizeof(room)), STREAM_END, false, 0);
    assert_int_equal(holder.calls, 0);
}

/* Both ends are in the loop and have an event in the same turn; the first that hears closes the other. */
static struct stream *victim;

static void close_victim(void *owner, unsigned what) {
    (void)what;
    *(int *)owner += 1;
    stream_close(&victim);
}

static void close_drops_the_events_of_this_turn(void **state) {
    (void)state;
    int fds[2], calls = 0;
    harness_pair(fds);
    struct stream *other = tcp_new(loop, fds[0]);
    victim = tcp_new(loop, fds[1]);
    stream_own(other, &calls, close_victim);
    stream_own(victim, &calls, close_victim);
    struct slice part = slice_text("x");
    (void)stream_write(other, &part, 1);
    (void)stream_write(victim, &part, 1);
    harness_turns(loop, 3);
    assert_null(victim);
    assert_int_equal(calls, 2);
    stream_close(&other);
    stream_close(&other);
}

static void descriptor_is_closed_in_the_call(void **state) {
    (void)state;
    stream_close(&holder.stream);
    assert_null(holder.stream);
    assert_int_equal(read(peer, room, 1), 0);
    harness_turns(loop, 1);
    assert_int_equal(holder.calls, 0);
}

static void unusable_descriptor_is_refused_and_closed(void **state) {
    (void)state;
    int file = open("/proc/self/exe", O_RDONLY);
    assert_null(tcp_new(loop, file));
    assert_int_equal(fcntl(file, F_GETFD), -1);
}

#define ON_UNIX(test) cmocka_unit_test_setup_teardown(test, set_up_unix, tear_down)
#define ON_TCP(test)  cmocka_unit_test_setup_teardown(test, set_up_tcp, tear_down)
#define ON_BOTH(test) ON_UNIX(test), ON_TCP(test)

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_BOTH(idle_stream_is_not_called),
        ON_BOTH(short_read_says_drained),
        ON_BOTH(new_bytes_after_drained_make_a_new_call),
        ON_BOTH(bytes_and_end_of_one_event_both_arrive),
        ON_BOTH(read_before_the_first_event_loses_no_end),
        ON_BOTH(end_after_drained_makes_a_new_call),
        ON_BOTH(shut_ends_our_direction_only),
        ON_BOTH(parts_are_written_in_order),
        ON_BOTH(full_socket_says_again_and_then_calls),
        ON_TCP(reset_is_told_through_read),
        ON_TCP(reset_met_by_a_write_is_no_clean_end_for_the_read),
        ON_BOTH(write_to_a_closed_peer_fails_without_a_signal),
        ON_BOTH(blocked_writer_hears_of_the_peers_death),
        ON_BOTH(unread_bytes_come_first_and_last_in_first_out),
        ON_UNIX(unread_has_a_maximum),
        ON_BOTH(stream_without_owner_ignores_events_and_remembers_the_end),
        ON_UNIX(close_drops_the_events_of_this_turn),
        ON_UNIX(descriptor_is_closed_in_the_call),
        ON_UNIX(unusable_descriptor_is_refused_and_closed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
