/* The checker answers each question once and in order, and ends with its channel. */
#include "bin/checker.h"

#include "ipc/passcheck.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* "secret", by openssl passwd -6. */
#define STORED                                                                                                         \
    "$6$kiyxfqJtAO.d1bXT$7ow80slFoC7YVf41ludUP3QlCdVgqeikdnxNnTTGWfdRYaAA.EiOdFqOC/fKSFRiBaxN5eHM3aqv8Ko88or.8/"

static struct channel *supervisor;
static pid_t checker;

static int set_up(void **state) {
    (void)state;
    int fds[2];
    assert_true(channel_pair(fds));
    checker = fork();
    if (checker == 0) {
        close(fds[0]);
        _exit(checker_serve(channel_new(fds[1], CATALOG_ROLE_CHECKER, CATALOG_ROLE_SUPERVISOR)));
    }
    close(fds[1]);
    supervisor = channel_new(fds[0], CATALOG_ROLE_SUPERVISOR, CATALOG_ROLE_CHECKER);
    return checker > 0 && supervisor ? 0 : -1;
}

/* How the checker ended, after we hung up. */
static int end_code(void) {
    int status = -1;
    channel_free(&supervisor);
    assert_int_equal(waitpid(checker, &status, 0), checker);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void ask_bytes(uint32_t number, struct slice bytes) {
    struct wire_out *out = channel_begin(supervisor, CATALOG_CHECKER_ASK);
    wire_put_u32(out, number);
    wire_put_bytes(out, bytes);
    assert_true(channel_send(supervisor, NULL));
}

static void ask(uint32_t number, const char *password, const char *stored) {
    uint8_t bytes[PASSCHECK_BYTES_MAX];
    size_t len = passcheck_write(slice_text(password), slice_text(stored), bytes);
    ask_bytes(number, slice_of(bytes, len));
}

static void expect(uint32_t number, enum passcheck_answer answer) {
    struct channel_message message;
    enum channel_status status;
    while ((status = channel_receive(supervisor, &message)) == CHANNEL_EMPTY)
        usleep(1000);
    assert_int_equal(status, CHANNEL_MESSAGE);
    assert_int_equal(wire_get_u32(&message.in), number);
    assert_int_equal(passcheck_answer_of(wire_get_bytes(&message.in, 1)), answer);
    assert_true(wire_in_done(&message.in));
}

static void passwords_are_compared_in_order(void **state) {
    (void)state;
    ask(7, "secret", STORED);
    ask(8, "Secret", STORED);
    ask(9, "", STORED);
    expect(7, PASSCHECK_MATCHES);
    expect(8, PASSCHECK_DIFFERS);
    expect(9, PASSCHECK_DIFFERS);
    assert_int_equal(end_code(), EXIT_SUCCESS);
}

static void what_cannot_be_calculated_fails(void **state) {
    (void)state;
    ask(1, "secret", "secret");
    ask(2, "secret", "$1$salt$hash");
    ask_bytes(3, slice_text("no question"));
    ask(4, "secret", STORED);
    expect(1, PASSCHECK_FAILED);
    expect(2, PASSCHECK_FAILED);
    expect(3, PASSCHECK_FAILED);
    expect(4, PASSCHECK_MATCHES);
    assert_int_equal(end_code(), EXIT_SUCCESS);
}

static void a_message_that_is_none_ends_it(void **state) {
    (void)state;
    wire_put_u8(channel_begin(supervisor, CATALOG_CHECKER_ASK), 1);
    assert_true(channel_send(supervisor, NULL));
    assert_int_equal(end_code(), EXIT_FAILURE);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(passwords_are_compared_in_order, set_up),
        cmocka_unit_test_setup(what_cannot_be_calculated_fails, set_up),
        cmocka_unit_test_setup(a_message_that_is_none_ends_it, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
