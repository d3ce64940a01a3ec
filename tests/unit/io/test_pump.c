/* The pump between two sockets: every byte arrives in order, ends are passed on one by one, and nothing is kept but
 * what is stuck. */
#include "harness.h"

#include "io/pump.h"
#include "io/tcp.h"

enum { LARGE = 8 * 1024 * 1024 };

/* outer[0] and outer[1] are what the test holds; the pump joins the other ends. */
static struct loop *loop;
static struct pump *pump;
static int outer[2];
static struct stream *inner[2];
static bool over;
static int overs;
static enum reason end_reason;
static struct pump_count count;
static uint8_t room[65536];

static void on_done(void *owner, enum reason reason, struct pump_count moved) {
    assert_ptr_equal(owner, &overs);
    over = true;
    overs++;
    end_reason = reason;
    count = moved;
    pump = NULL;
}

static void make(void (*pair)(int fds[2]), int buffer_bytes) {
    loop = loop_new();
    over = false;
    overs = 0;
    for (int i = 0; i < 2; i++) {
        int fds[2];
        pair(fds);
        for (int k = 0; k < 2; k++) {
            assert_int_equal(setsockopt(fds[k], SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof(buffer_bytes)), 0);
            assert_int_equal(setsockopt(fds[k], SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof(buffer_bytes)), 0);
        }
        outer[i] = fds[0];
        inner[i] = tcp_new(loop, fds[1]);
    }
}

static int set_up_unix(void **state) {
    (void)state;
    make(harness_pair, 65536);
    return 0;
}

static int set_up_tcp(void **state) {
    (void)state;
    make(harness_tcp_pair, 65536);
    return 0;
}

/* With room for reads that fill the scratch buffer: what follows them goes through a pipe. */
static int set_up_bulk(void **state) {
    (void)state;
    make(harness_tcp_pair, 1 << 20);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    pump_stop(&pump);
    for (int i = 0; i < 2; i++) {
        if (outer[i] >= 0)
            close(outer[i]);
    }
    loop_free(&loop);
    return 0;
}

static void start(int64_t idle_ms) {
    pump = pump_start(loop, inner[0], inner[1], idle_ms, on_done, &overs);
    assert_non_null(pump);
    assert_false(over);
}

static void close_outer(int i) {
    close(outer[i]);
    outer[i] = -1;
}

/* Reads from outer[i] until `len` bytes came, turning the loop meanwhile. */
static void receive(int i, char *to, size_t len) {
    int64_t give_up_ms = now_ms() + HARNESS_LIMIT_MS;
    for (size_t got = 0; got < len;) {
        assert_true(now_ms() < give_up_ms);
        ssize_t bytes = read(outer[i], to + got, len - got);
        got += bytes > 0 ? (size_t)bytes : 0;
        harness_turns(loop, 1);
    }
}

static void receive_end(int i) {
    int64_t give_up_ms = now_ms() + HARNESS_LIMIT_MS;
    ssize_t bytes;
    while ((bytes = read(outer[i], room, sizeof(room))) != 0) {
        assert_true(bytes < 0 && now_ms() < give_up_ms);
        harness_turns(loop, 1);
    }
}

static void bytes_go_both_ways(void **state) {
    (void)state;
    char got[16];
    harness_send(outer[0], "before");
    start(10000);
    receive(1, got, 6);
    assert_memory_equal(got, "before", 6);
    for (int i = 0; i < 50; i++) {
        harness_send(outer[1], "ping");
        receive(0, got, 4);
        harness_send(outer[0], "pong!");
        receive(1, got, 5);
    }
    close_outer(0);
    close_outer(1);
    harness_run_until(loop, &over);
    assert_int_equal(end_reason, REASON_CLOSED);
    assert_int_equal(count.forth_bytes, 6 + 250);
    assert_int_equal(count.back_bytes, 200);
}

static void unread_bytes_go_first(void **state) {
    (void)state;
    char got[9];
    assert_true(tcp_unread(inner[0], slice_text("peeked ")));
    harness_send(outer[0], "on");
    start(10000);
    receive(1, got, 9);
    assert_memory_equal(got, "peeked on", 9);
}

static void one_end_is_passed_on_while_the_other_direction_goes_on(void **state) {
    (void)state;
    char got[16];
    start(10000);
    harness_send(outer[0], "request");
    assert_int_equal(shutdown(outer[0], SHUT_WR), 0);
    receive(1, got, 7);
    receive_end(1);
    harness_turns(loop, 5);
    assert_false(over);
    harness_send(outer[1], "answer");
    receive(0, got, 6);
    close_outer(1);
    receive_end(0);
    harness_run_until(loop, &over);
    assert_int_equal(end_reason, REASON_CLOSED);
    assert_int_equal(overs, 1);
}

/* More than all socket buffers hold, to a reader that sleeps at first: the pump keeps a bounded part and stops
 * reading. */
static void slow_reader_holds_the_writer_back(void **state) {
    (void)state;
    uint8_t *sent = malloc(LARGE), *got = malloc(LARGE);
    for (size_t i = 0; i < LARGE; i++)
        sent[i] = (uint8_t)(i * 31 + i / 65536);
    start(10000);
    size_t written = 0, read_bytes = 0, stuck = 0;
    for (int turn = 0; turn < 100 || written < LARGE || read_bytes < LARGE; turn++) {
        if (written < LARGE) {
            ssize_t bytes = write(outer[0], sent + written, LARGE - written);
            written += bytes > 0 ? (size_t)bytes : 0;
        }
        harness_turns(loop, 1);
        if (turn < 100) {
            stuck = written;
            continue;
        }
        ssize_t bytes = read(outer[1], got + read_bytes, LARGE - read_bytes);
        read_bytes += bytes > 0 ? (size_t)bytes : 0;
    }
    assert_true(stuck < LARGE);
    assert_memory_equal(sent, got, LARGE);
    close_outer(0);
    close_outer(1);
    harness_run_until(loop, &over);
    assert_int_equal(count.forth_bytes, LARGE);
    free(sent);
    free(got);
}

/* The end was read while bytes were still stuck: they come first. */
static void end_comes_after_the_bytes_that_were_stuck(void **state) {
    (void)state;
    start(10000);
    size_t written = 0;
    for (int turn = 0; turn < 100; turn++) {
        ssize_t bytes = write(outer[0], room, sizeof(room));
        written += bytes > 0 ? (size_t)bytes : 0;
        harness_turns(loop, 1);
    }
    assert_int_equal(shutdown(outer[0], SHUT_WR), 0);
    char *got = malloc(written);
    receive(1, got, written);
    receive_end(1);
    free(got);
    assert_false(over);
}

/* The peer said its last word and closed while we still send to it: its word must not be lost over our failing
 * write. */
static void last_word_of_a_peer_that_stopped_reading_arrives(void **state) {
    (void)state;
    char got[16];
    harness_send(outer[1], "goodbye");
    close_outer(1);
    harness_send(outer[0], "too late");
    start(10000);
    receive(0, got, 7);
    assert_memory_equal(got, "goodbye", 7);
    receive_end(0);
    while (!over) { /* over TCP the first write met a FIN only, the next one meets the reset */
        (void)send(outer[0], "x", 1, MSG_NOSIGNAL);
        harness_turns(loop, 1);
    }
    assert_int_equal(end_reason, REASON_CLOSED);
    assert_int_equal(overs, 1);
}

static void reset_ends_both(void **state) {
    (void)state;
    start(10000);
    harness_turns(loop, 2);
    struct linger at_once = {.l_onoff = 1};
    assert_int_equal(setsockopt(outer[0], SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once)), 0);
    close_outer(0);
    harness_run_until(loop, &over);
    receive_end(1);
    assert_int_equal(overs, 1);
}

static void idle_pump_ends(void **state) {
    (void)state;
    int64_t start_ms = now_ms();
    start(150);
    harness_send(outer[0], "x");
    harness_run_until(loop, &over);
    assert_int_equal(end_reason, REASON_IDLE);
    assert_int_equal(count.forth_bytes, 1);
    assert_true(now_ms() - start_ms >= 150);
}

static void moving_bytes_put_the_idle_end_off(void **state) {
    (void)state;
    start(300);
    for (int i = 0; i < 10; i++) {
        harness_send(outer[i % 2], "x");
        int64_t until_ms = now_ms() + 60;
        while (now_ms() < until_ms)
            harness_turns(loop, 1);
    }
    assert_false(over);
}

static void stopped_pump_tells_nothing_and_closes(void **state) {
    (void)state;
    start(10000);
    harness_turns(loop, 1);
    pump_stop(&pump);
    assert_null(pump);
    pump_stop(&pump);
    assert_int_equal(read(outer[0], room, 1), 0);
    assert_int_equal(read(outer[1], room, 1), 0);
    harness_turns(loop, 3);
    assert_false(over);
}

static void pump_may_be_stopped_before_it_began(void **state) {
    (void)state;
    harness_send(outer[0], "x");
    start(10000);
    pump_stop(&pump);
    harness_turns(loop, 3);
    assert_false(over);
}

/* A quick reader: everything arrives in order, and small things before and after it as well. */
static void bulk_arrives_as_it_was_sent(void **state) {
    (void)state;
    uint8_t *sent = malloc(LARGE);
    for (size_t i = 0; i < LARGE; i++)
        sent[i] = (uint8_t)(i * 31 + i / 65536);
    start(10000);
    for (int round = 0; round < 3; round++) {
        size_t written = 0, arrived = 0;
        harness_send(outer[0], "small");
        receive(1, (char *)room, 5);
        while (arrived < LARGE) {
            ssize_t bytes = written < LARGE ? write(outer[0], sent + written, LARGE - written) : 0;
            written += bytes > 0 ? (size_t)bytes : 0;
            harness_turns(loop, 1);
            bytes = read(outer[1], room, sizeof(room));
            if (bytes > 0)
                assert_memory_equal(room, sent + arrived, (size_t)bytes);
            arrived += bytes > 0 ? (size_t)bytes : 0;
        }
    }
    free(sent);
    close_outer(0);
    close_outer(1);
    harness_run_until(loop, &over);
    assert_int_equal(count.forth_bytes, 3 * (LARGE + 5));
}

#define ON_UNIX(test) cmocka_unit_test_setup_teardown(test, set_up_unix, tear_down)
#define ON_TCP(test)  cmocka_unit_test_setup_teardown(test, set_up_tcp, tear_down)
#define ON_BULK(test) cmocka_unit_test_setup_teardown(test, set_up_bulk, tear_down)
#define ON_BOTH(test) ON_UNIX(test), ON_TCP(test)

int main(void) {
    const struct CMUnitTest tests[] = {
        ON_BOTH(bytes_go_both_ways),
        ON_BOTH(unread_bytes_go_first),
        ON_BOTH(one_end_is_passed_on_while_the_other_direction_goes_on),
        ON_BOTH(slow_reader_holds_the_writer_back),
        ON_BULK(slow_reader_holds_the_writer_back),
        ON_BULK(bulk_arrives_as_it_was_sent),
        ON_BULK(end_comes_after_the_bytes_that_were_stuck),
        ON_BOTH(end_comes_after_the_bytes_that_were_stuck),
        ON_BOTH(last_word_of_a_peer_that_stopped_reading_arrives),
        ON_TCP(reset_ends_both),
        ON_BOTH(idle_pump_ends),
        ON_BOTH(moving_bytes_put_the_idle_end_off),
        ON_BOTH(stopped_pump_tells_nothing_and_closes),
        ON_BOTH(pump_may_be_stopped_before_it_began),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
