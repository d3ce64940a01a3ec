/* The control process is given all it works with, again after a death; its requests are taken. */
#include "bin/liaison.h"

#include "base/now.h"
#include "fakechild.h"
#include "os/fd.h"
#include "os/sock.h"
#include "os/spawn.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <cmocka.h>

static struct child_program program = {.user = "", .config_path = "good"};
static struct liaison liaison;
static struct outline outline;
static struct slot slot;
static struct report report;
static struct error error;
static char directory[64];

/* A control process that asks for as many reloads as it was given things: 1 admin socket, 1 slot, 2 logs. After a
 * report it asks for number 100; after an answer, for number 200 plus what it was told. */
static void fake_control(struct channel *channel) {
    struct fakechild child = {.manner = "", .channel = channel};
    uint32_t given = 0;
    for (;;) {
        struct channel_message message;
        fakechild_receive(&child, &message);
        uint32_t number = ++given;
        if (message.type == CATALOG_REPORT)
            number = 100;
        if (message.type == CATALOG_RELOADED)
            number = 200 + wire_get_u32(&message.in);
        wire_put_u32(channel_begin(channel, CATALOG_RELOAD), number);
        if (!channel_send(channel, NULL))
            _exit(9);
    }
}

static int open_all(void **state) {
    (void)state;
    snprintf(directory, sizeof(directory), "/tmp/sallyport-test-liaison-%d", (int)getpid());
    memset(&outline, 0, sizeof(outline));
    snprintf(outline.control_socket, sizeof(outline.control_socket), "%s/control.sock", directory);
    outline.access.target = OUTLINE_LOG_STDERR;
    liaison_init(&liaison, &program);
    assert_true(slot_init(&slot, 1, now_ms(), &error));
    assert_true(liaison_open(&liaison, &outline, &error));
    return 0;
}

static int close_all(void **state) {
    (void)state;
    liaison_stop(&liaison);
    while (liaison.child.pid != 0) {
        int status;
        pid_t pid = spawn_reap(&status);
        if (pid > 0)
            assert_true(liaison_ended(&liaison, pid, status, now_ms()));
        usleep(1000);
    }
    liaison_fini(&liaison);
    slot_fini(&slot);
    assert_int_not_equal(access(outline.control_socket, F_OK), 0);
    rmdir(directory);
    return 0;
}

/* Waits for the request with this number. */
static void await(uint32_t number) {
    for (unsigned i = 0; i < 5000; i++) {
        liaison_receive(&liaison);
        for (size_t k = 0; k < liaison.requests_count; k++)
            if (liaison.requests[k] == number)
                return;
        usleep(1000);
    }
    fail_msg("no request with number %u", number);
}

static void control_is_given_everything(void **state) {
    (void)state;
    liaison_tick(&liaison, &slot, 1, now_ms());
    await(4);
    liaison_report(&liaison, &report);
    await(100);
    liaison.requests_count = 0;
    liaison_answer(&liaison, 7, true, slice_text("done"));
    await(207);
}

static void next_one_is_given_everything_again(void **state) {
    (void)state;
    liaison_tick(&liaison, &slot, 1, now_ms());
    await(4);
    pid_t first = liaison.child.pid;
    kill(first, SIGKILL);
    int status;
    while (spawn_reap(&status) != first)
        usleep(1000);
    assert_true(liaison_ended(&liaison, first, status, now_ms()));
    assert_int_equal(liaison.requests_count, 0);
    liaison_report(&liaison, &report);
    liaison_tick(&liaison, &slot, 1, now_ms());
    assert_int_not_equal(liaison.child.pid, first);
    await(4);
}

static void new_logs_are_passed_on(void **state) {
    (void)state;
    struct logfiles logs;
    liaison_tick(&liaison, &slot, 1, now_ms());
    await(4);
    assert_true(logfiles_open(&logs, &outline, &error));
    liaison_use_logs(&liaison, &logs);
    assert_int_equal(logs.fds[LOGFILES_ACCESS], -1);
    await(6);
}

static void admin_socket_is_not_for_everyone(void **state) {
    (void)state;
    struct stat about;
    assert_int_equal(stat(outline.control_socket, &about), 0);
    assert_true(S_ISSOCK(about.st_mode));
    assert_int_equal(about.st_mode & 07, 0);
}

static void second_gateway_does_not_take_the_socket(void **state) {
    (void)state;
    static struct liaison second;
    liaison_init(&second, &program);
    assert_false(liaison_open(&second, &outline, &error));
    liaison_fini(&second);
    assert_int_equal(access(outline.control_socket, F_OK), 0);
}

static void path_too_long_for_a_socket_is_refused(void **state) {
    (void)state;
    static struct liaison second;
    static struct outline longer;
    liaison_init(&second, &program);
    memset(longer.control_socket, 'x', 300);
    longer.control_socket[0] = '/';
    assert_false(liaison_open(&second, &longer, &error));
    assert_non_null(strstr(error.sentence, "too long"));
    liaison_fini(&second);
}

int main(int count, char **arguments) {
    if (count == 6)
        fake_control(channel_new(CHANNEL_CHILD_FD, CATALOG_ROLE_CONTROL, CATALOG_ROLE_SUPERVISOR));
    (void)arguments;
    program.executable = fakechild_program();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(control_is_given_everything, open_all, close_all),
        cmocka_unit_test_setup_teardown(next_one_is_given_everything_again, open_all, close_all),
        cmocka_unit_test_setup_teardown(new_logs_are_passed_on, open_all, close_all),
        cmocka_unit_test_setup_teardown(admin_socket_is_not_for_everyone, open_all, close_all),
        cmocka_unit_test_setup_teardown(second_gateway_does_not_take_the_socket, open_all, close_all),
        cmocka_unit_test_setup_teardown(path_too_long_for_a_socket_is_refused, open_all, close_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
