/* Against a name server of one function: its answer, its refusal, and its silence each end the lookup once. */
#include "bin/lookups.h"

#include "base/now.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static pid_t server;
static char server_address[32];
static struct lookups *lookups;
static struct resolve_answer got;
static char why[RESOLVE_WHY_MAX];
static uint32_t ended;
static unsigned ends;

/* One IPv4 address, 10.0.0.7 for 30 s, for every name but "missing" and "silent"; none of IPv6. */
static void serve(int fd) {
    static const uint8_t record[] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 30, 0, 4, 10, 0, 0, 7};
    uint8_t bytes[600];
    struct sockaddr_in from;
    for (;;) {
        socklen_t from_len = sizeof(from);
        ssize_t len = recvfrom(fd, bytes, 512, 0, (struct sockaddr *)&from, &from_len);
        if (len < 17 || bytes[12] == 6) /* the label's length: "silent" */
            continue;
        bool is_missing = bytes[12] == 7;
        bool is_v4 = bytes[len - 3] == 1;
        bytes[2] = 0x81;
        bytes[3] = is_missing ? 0x83 : 0x80;
        bytes[7] = is_v4 && !is_missing;
        bytes[11] = 0;
        memcpy(bytes + len, record, sizeof(record));
        len += bytes[7] ? (ssize_t)sizeof(record) : 0;
        ssize_t ignored = sendto(fd, bytes, (size_t)len, 0, (struct sockaddr *)&from, from_len);
        (void)ignored;
    }
}

static void on_done(void *owner, uint32_t number, const struct resolve_answer *answer, const char *sentence) {
    assert_ptr_equal(owner, &got);
    ended = number;
    ends++;
    got = answer ? *answer : (struct resolve_answer){0};
    snprintf(why, sizeof(why), "%s", answer ? "" : sentence);
}

static int set_up(void **state) {
    (void)state;
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
    snprintf(server_address, sizeof(server_address), "127.0.0.1:%u", ntohs(addr.sin_port));
    server = fork();
    if (server == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(fd);
    }
    close(fd);
    ends = ended = 0;
    lookups = lookups_new(on_done, &got);
    assert_non_null(lookups);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    lookups_free(&lookups);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    return 0;
}

static const char *begin(uint32_t number, const char *name, enum resolve_family family, int64_t timeout_ms) {
    const struct resolve_request request = {.name = slice_text(name),
                                            .family = family,
                                            .timeout_ms = timeout_ms,
                                            .servers = slice_text(server_address)};
    return lookups_begin(lookups, number, &request, now_ms());
}

static void finish(unsigned count) {
    static struct pollfd polled[LOOKUPS_POLLED_MAX];
    int64_t until_ms = now_ms() + 20000;
    while (ends < count && now_ms() < until_ms) {
        int wait_ms = 1000;
        size_t polls = lookups_poll(lookups, polled, now_ms(), &wait_ms);
        poll(polled, polls, wait_ms);
        lookups_step(lookups, polled, polls, now_ms());
    }
    assert_int_equal(ends, count);
}

static void addresses_come_with_their_time_to_live(void **state) {
    (void)state;
    static const uint8_t expected[RESOLVE_ADDRESS_BYTES] = {[10] = 0xff, [11] = 0xff, [12] = 10, [15] = 7};
    assert_null(begin(3, "app.example", RESOLVE_BOTH, 10000));
    finish(1);
    assert_int_equal(ended, 3);
    assert_int_equal(got.count, 1);
    assert_int_equal(got.ttl_s, 30);
    assert_memory_equal(got.addresses[0], expected, sizeof(expected));
}

static void names_without_addresses_are_a_sentence(void **state) {
    (void)state;
    assert_null(begin(4, "missing.example", RESOLVE_BOTH, 10000));
    finish(1);
    assert_non_null(strstr(why, "cannot be resolved"));
    assert_null(begin(5, "app.example", RESOLVE_IPV6, 10000));
    finish(2);
    assert_int_equal(ended, 5);
    assert_int_equal(got.count, 0);
    assert_non_null(strstr(why, "cannot be resolved"));
}

static void silence_ends_in_time(void **state) {
    (void)state;
    assert_null(begin(6, "silent.example", RESOLVE_IPV4, 200));
    assert_null(begin(7, "app.example", RESOLVE_IPV4, 10000));
    finish(1);
    assert_int_equal(ended, 7); /* one that is silent holds up nobody */
    finish(2);
    assert_int_equal(ended, 6);
    assert_true(strlen(why) > 0);
}

static void one_too_many_is_refused(void **state) {
    (void)state;
    for (uint32_t i = 0; i < LOOKUPS_MAX; i++)
        assert_null(begin(10 + i, "silent.example", RESOLVE_IPV4, 10000));
    assert_non_null(begin(1, "app.example", RESOLVE_IPV4, 10000));
    assert_int_equal(ends, 0);
}

static void bad_name_servers_are_refused(void **state) {
    (void)state;
    snprintf(server_address, sizeof(server_address), "nobody");
    assert_non_null(begin(1, "app.example", RESOLVE_IPV4, 10000));
    assert_int_equal(ends, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(addresses_come_with_their_time_to_live),
        TEST(names_without_addresses_are_a_sentence),
        TEST(silence_ends_in_time),
        TEST(one_too_many_is_refused),
        TEST(bad_name_servers_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
