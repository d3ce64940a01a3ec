/* The siphon: what goes in comes out, in order; ends and full sockets are told as by a stream. */
#include "harness.h"

#include "io/siphon.h"
#include "io/tcp.h"

#include <poll.h>

static struct loop *loop;
static struct siphon siphon;
static int outer[2];
static struct stream *inner[2];
static uint8_t room[65536];

static int set_up(void **state) {
    (void)state;
    loop = loop_new();
    siphon_init(&siphon);
    for (int i = 0; i < 2; i++) {
        int fds[2];
        harness_tcp_pair(fds);
        outer[i] = fds[0];
        inner[i] = tcp_new(loop, fds[1]);
    }
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    siphon_fini(&siphon);
    for (int i = 0; i < 2; i++) {
        close(outer[i]);
        stream_close(&inner[i]);
    }
    loop_free(&loop);
    return 0;
}

static void wait_for_bytes(int fd) {
    struct pollfd wanted = {.fd = fd, .events = POLLIN};
    assert_int_equal(poll(&wanted, 1, HARNESS_LIMIT_MS), 1);
}

/* The first result that is not STREAM_AGAIN. */
static struct stream_result filled(void) {
    int64_t give_up_ms = now_ms() + HARNESS_LIMIT_MS;
    struct stream_result result;
    while ((result = siphon_fill(&siphon, inner[0])).status == STREAM_AGAIN)
        assert_true(now_ms() < give_up_ms);
    return result;
}

static void bytes_come_out_as_they_went_in(void **state) {
    (void)state;
    assert_false(siphon_is_open(&siphon));
    assert_true(siphon_open(&siphon));
    assert_int_equal(siphon_fill(&siphon, inner[0]).status, STREAM_AGAIN);
    harness_send(outer[0], "from end to end");
    struct stream_result result = filled();
    assert_int_equal(result.status, STREAM_OK);
    assert_int_equal(result.bytes, 15);
    assert_int_equal(siphon.held_bytes, 15);
    result = siphon_drain(&siphon, inner[1]);
    assert_int_equal(result.bytes, 15);
    assert_int_equal(siphon.held_bytes, 0);
    wait_for_bytes(outer[1]);
    assert_int_equal(read(outer[1], room, sizeof(room)), 15);
    assert_memory_equal(room, "from end to end", 15);
}

static void an_end_is_told(void **state) {
    (void)state;
    assert_true(siphon_open(&siphon));
    assert_int_equal(shutdown(outer[0], SHUT_WR), 0);
    assert_int_equal(filled().status, STREAM_END);
}

static void a_full_socket_keeps_the_rest_in_the_pipe(void **state) {
    (void)state;
    assert_true(siphon_open(&siphon));
    for (;;) {
        if (siphon.held_bytes == 0) {
            (void)!write(outer[0], room, sizeof(room));
            assert_int_equal(filled().status, STREAM_OK);
        }
        struct stream_result result = siphon_drain(&siphon, inner[1]);
        if (result.status == STREAM_AGAIN)
            break;
        assert_int_equal(result.status, STREAM_OK);
    }
    size_t held = siphon.held_bytes;
    assert_true(held > 0);
    while (siphon.held_bytes == held) {
        wait_for_bytes(outer[1]);
        assert_true(read(outer[1], room, sizeof(room)) > 0);
        assert_int_not_equal(siphon_drain(&siphon, inner[1]).status, STREAM_FAILED);
    }
}

static void bytes_put_back_are_not_passed_by(void **state) {
    (void)state;
    assert_true(siphon_fits(inner[0]));
    assert_true(tcp_unread(inner[0], slice_text("first")));
    assert_false(siphon_fits(inner[0]));
    assert_int_equal(stream_read(inner[0], room, sizeof(room)).bytes, 5);
    assert_true(siphon_fits(inner[0]));
}

static void a_closed_siphon_may_be_opened_again(void **state) {
    (void)state;
    assert_true(siphon_open(&siphon));
    siphon_fini(&siphon);
    assert_false(siphon_is_open(&siphon));
    assert_true(siphon_open(&siphon));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(bytes_come_out_as_they_went_in, set_up, tear_down),
        cmocka_unit_test_setup_teardown(an_end_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_socket_keeps_the_rest_in_the_pipe, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bytes_put_back_are_not_passed_by, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_closed_siphon_may_be_opened_again, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
