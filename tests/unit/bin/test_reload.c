/* A reload changes everything or nothing, and says which. */
#include "bin/reload.h"

#include "base/now.h"
#include "fakechild.h"
#include "os/fd.h"
#include "os/spawn.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

enum { LIMIT_MS = 20000 };

static struct child_program worker_program = {.user = ""};
static struct child_program compiler_program = {.user = ""};
static struct compilation compilation;
static struct liaison liaison;
static struct relay relay;
static struct statefiles state_files;
static struct sources sources;
static struct names names;
static struct service service;
static struct reload reload;
static struct crew *crew;
static struct error error;

static void turn(void) {
    struct pollfd polled[OUTLINE_WORKERS_MAX + 1];
    int status;
    pid_t pid;
    crew_tick(crew, now_ms());
    reload_step(&reload, now_ms());
    poll(polled, crew_poll(crew, polled), 5);
    crew_receive(crew);
    compilation_receive(&compilation);
    while ((pid = spawn_reap(&status)) > 0)
        if (!compilation_ended(&compilation, pid, status, now_ms()))
            assert_true(crew_ended(crew, pid, status, now_ms()));
}

#define turn_until(condition)                                                                                          \
    do {                                                                                                               \
        int64_t until_ms = now_ms() + LIMIT_MS;                                                                        \
        while (!(condition) && now_ms() < until_ms)                                                                    \
            turn();                                                                                                    \
        assert_true(condition);                                                                                        \
    } while (0)

static void begin(const char *workers) {
    static struct sockets sockets;
    worker_program.config_path = workers;
    compiler_program.config_path = "good";
    compilation_init(&compilation);
    liaison_init(&liaison, &worker_program);
    compilation_start(&compilation, &compiler_program, now_ms());
    compilation_order(&compilation, -1);
    while (compilation.phase == COMPILATION_RUNNING || compilation.child.pid != 0) {
        int status;
        pid_t pid = spawn_reap(&status);
        if (pid > 0)
            assert_true(compilation_ended(&compilation, pid, status, now_ms()));
    }
    struct crew_generation first = {.number = 1, .outline = compilation.outline};
    first.bundle_fd = compilation_take(&compilation);
    sockets_init(&sockets, first.outline.workers);
    crew = crew_new(&worker_program, &first, &sockets, now_ms(), &error);
    assert_non_null(crew);
    relay_init(&relay, &worker_program, "/nowhere");
    statefiles_init(&state_files);
    sources_init(&sources, &relay, &state_files);
    names_init(&names, &relay);
    reload_init(&reload, &compilation, crew, &liaison, &sources, &names, &service, &compiler_program);
    turn_until(crew_running(crew) == 2);
}

static void end(void) {
    crew_kill(crew, "the test is over");
    turn_until(crew_alive(crew) == 0 && compilation.child.pid == 0);
    reload_fini(&reload);
    liaison_fini(&liaison);
    crew_free(&crew);
}

static void reload_with(const char *compiler) {
    compiler_program.config_path = compiler;
    reload.ended = false;
    reload_want(&reload);
    turn_until(reload.ended);
}

static void good_configuration_comes_into_force(void **state) {
    (void)state;
    begin("good");
    reload_with("good");
    assert_true(reload.result_ok);
    assert_int_equal(crew_current(crew)->number, 2);
    reload_with("good");
    assert_int_equal(crew_current(crew)->number, 3);
    end();
}

static void broken_configuration_changes_nothing(void **state) {
    (void)state;
    begin("good");
    reload_with("broken");
    assert_false(reload.result_ok);
    assert_string_equal(reload.result_text, "a.yaml:1:2: No such luck.\n");
    assert_int_equal(crew_current(crew)->number, 1);
    reload_with("mute");
    assert_false(reload.result_ok);
    reload_with("good");
    assert_true(reload.result_ok);
    assert_int_equal(crew_current(crew)->number, 2);
    end();
}

static void what_needs_a_restart_is_refused_with_its_key(void **state) {
    (void)state;
    begin("good");
    static const char *const fixed[][2] = {{"workers", "workers:"},
                                           {"user", "user:"},
                                           {"socket", "control.socket:"},
                                           {"state", "state_directory:"}};
    for (size_t i = 0; i < 3; i++) {
        reload_with(fixed[i][0]);
        assert_false(reload.result_ok);
        assert_ptr_equal(strstr(reload.result_text, fixed[i][1]), reload.result_text);
        assert_non_null(strstr(reload.result_text, "restart"));
    }
    assert_int_equal(crew_current(crew)->number, 1);
    end();
}

static void worker_that_refuses_changes_nothing(void **state) {
    (void)state;
    begin("refuse-2");
    reload_with("good");
    assert_false(reload.result_ok);
    assert_non_null(strstr(reload.result_text, "No such luck."));
    assert_int_equal(crew_current(crew)->number, 1);
    assert_int_equal(crew_running(crew), 2);
    end();
}

static void worker_that_dies_building_changes_nothing(void **state) {
    (void)state;
    begin("die-2");
    reload_with("good");
    assert_false(reload.result_ok);
    turn_until(crew_running(crew) == 2);
    assert_int_equal(crew_current(crew)->number, 1);
    end();
}

static void one_that_comes_meanwhile_is_done_afterwards(void **state) {
    (void)state;
    begin("good");
    reload_want(&reload);
    turn_until(reload.phase != RELOAD_IDLE);
    reload_want(&reload);
    reload_want(&reload);
    turn_until(crew_current(crew)->number == 3);
    turn_until(reload.phase == RELOAD_IDLE);
    for (unsigned i = 0; i < 20; i++)
        turn();
    assert_int_equal(crew_current(crew)->number, 3);
    end();
}

static void it_waits_for_a_worker_that_is_starting(void **state) {
    (void)state;
    begin("good");
    unsigned count;
    kill(crew_slots(crew, &count)[0].child.pid, SIGKILL);
    reload_with("good");
    assert_true(reload.result_ok);
    turn_until(crew_running(crew) == 2);
    for (unsigned i = 0; i < 2; i++)
        assert_int_equal(crew_slots(crew, &count)[i].committed, 2);
    end();
}

int main(int count, char **arguments) {
    fakechild_main(count, arguments);
    worker_program.executable = compiler_program.executable = fakechild_program();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_configuration_comes_into_force),
        cmocka_unit_test(broken_configuration_changes_nothing),
        cmocka_unit_test(what_needs_a_restart_is_refused_with_its_key),
        cmocka_unit_test(worker_that_refuses_changes_nothing),
        cmocka_unit_test(worker_that_dies_building_changes_nothing),
        cmocka_unit_test(one_that_comes_meanwhile_is_done_afterwards),
        cmocka_unit_test(it_waits_for_a_worker_that_is_starting),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
