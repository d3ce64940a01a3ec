/* The compiler's one answer is taken; no answer is a refusal. */
#include "bin/compilation.h"

#include "base/now.h"
#include "fakechild.h"
#include "os/fd.h"
#include "os/spawn.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static struct compilation compilation;
static struct child_program program = {.user = ""};

static void compile(const char *manner) {
    program.config_path = manner;
    compilation_init(&compilation);
    compilation_start(&compilation, &program, now_ms());
    compilation_order(&compilation, -1);
}

static void finish(void) {
    int status;
    while (compilation.child.pid != 0) {
        pid_t pid = spawn_reap(&status);
        if (pid > 0)
            assert_true(compilation_ended(&compilation, pid, status, now_ms()));
        else
            usleep(1000);
    }
}

static void outline_and_bundle_come(void **state) {
    (void)state;
    compile("good");
    assert_int_equal(compilation.phase, COMPILATION_RUNNING);
    finish();
    assert_int_equal(compilation.phase, COMPILATION_DONE);
    assert_int_equal(compilation.outline.workers, 2);
    int bundle_fd = compilation_take(&compilation);
    assert_true(bundle_fd >= 0);
    assert_int_equal(compilation.phase, COMPILATION_IDLE);
    assert_int_equal(compilation_take(&compilation), -1);
    fd_close(&bundle_fd);
}

static void errors_come(void **state) {
    (void)state;
    compile("broken");
    finish();
    assert_int_equal(compilation.phase, COMPILATION_REFUSED);
    assert_string_equal(compilation.refusal, "a.yaml:1:2: No such luck.\n");
    assert_int_equal(compilation_take(&compilation), -1);
}

static void end_without_an_answer_is_a_refusal(void **state) {
    (void)state;
    compile("mute");
    finish();
    assert_int_equal(compilation.phase, COMPILATION_REFUSED);
    assert_non_null(strstr(compilation.refusal, "exited with 7"));
}

static void compiler_that_takes_too_long_is_killed(void **state) {
    (void)state;
    compile("mute");
    kill(compilation.child.pid, SIGSTOP);
    compilation_tick(&compilation, now_ms() + COMPILATION_MS + 1);
    finish();
    assert_int_equal(compilation.phase, COMPILATION_REFUSED);
}

static void compiler_that_cannot_be_started_is_a_refusal(void **state) {
    (void)state;
    const struct child_program missing = {.executable = "/nonexistent", .user = "", .config_path = ""};
    compilation_init(&compilation);
    compilation_start(&compilation, &missing, now_ms());
    assert_int_equal(compilation.phase, COMPILATION_REFUSED);
    assert_string_not_equal(compilation.refusal, "");
}

int main(int count, char **arguments) {
    fakechild_main(count, arguments);
    program.executable = fakechild_program();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(outline_and_bundle_come),
        cmocka_unit_test(errors_come),
        cmocka_unit_test(end_without_an_answer_is_a_refusal),
        cmocka_unit_test(compiler_that_takes_too_long_is_killed),
        cmocka_unit_test(compiler_that_cannot_be_started_is_a_refusal),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
