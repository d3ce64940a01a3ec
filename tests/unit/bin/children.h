/* The supervisor's children in tests: a control process and workers that are channels whose far ends the test plays. */
#ifndef SALLYPORT_TESTS_BIN_CHILDREN_H
#define SALLYPORT_TESTS_BIN_CHILDREN_H

#include "bin/slot.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

enum { SLOTS = 2 };

/* pid: a process that can be killed; it is everybody's. */
static struct child control;
static struct slot slots[SLOTS];
static struct channel *control_end;
static struct channel *worker_ends[SLOTS];
static pid_t pid;

static struct channel *children_connect(struct child *child, enum catalog_role role) {
    int ends[2];
    child_init(child, role, 1);
    assert_true(channel_pair(ends));
    child->pid = pid;
    child->channel = channel_new(ends[0], CATALOG_ROLE_SUPERVISOR, role);
    return channel_new(ends[1], role, CATALOG_ROLE_SUPERVISOR);
}

/* Starts all of them; are_begun: the workers serve already. */
static void children_begin(bool are_begun) {
    pid = fork();
    if (pid == 0)
        for (;;)
            pause();
    control_end = children_connect(&control, CATALOG_ROLE_CONTROL);
    for (unsigned i = 0; i < SLOTS; i++) {
        slots[i] = (struct slot){.number = i + 1, .state = REPORT_RUNNING, .is_begun = are_begun};
        worker_ends[i] = children_connect(&slots[i].child, CATALOG_ROLE_WORKER);
    }
}

static void children_end(void) {
    channel_free(&control_end);
    channel_free(&control.channel);
    for (unsigned i = 0; i < SLOTS; i++) {
        channel_free(&worker_ends[i]);
        channel_free(&slots[i].child.channel);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

#endif
