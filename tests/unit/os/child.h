/* Running a piece of a test in a child process: for what cannot be undone, and for what kills. */
#ifndef SALLYPORT_TESTS_OS_CHILD_H
#define SALLYPORT_TESTS_OS_CHILD_H

#include <signal.h>
#include <stdbool.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* Runs `work` in a child, which exits with what it returns; gives the wait status. No core file is left behind. The
 * child leaves no way for the sanitizers' checks at exit, so that it ends by `work` alone. */
static inline int child_run(int (*work)(void *context), void *context) {
    pid_t child = fork();
    if (child == 0) {
        setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
        for (int number = 1; number < SIGRTMIN; number++)
            signal(number, SIG_DFL);
        _exit(work(context));
    }
    int status = -1;
    waitpid(child, &status, 0);
    return status;
}

/* True when the child ended by itself with this code. */
static inline bool child_exited(int status, int code) {
    return WIFEXITED(status) && WEXITSTATUS(status) == code;
}

/* True when the child was killed by this signal. */
static inline bool child_killed(int status, int number) {
    return WIFSIGNALED(status) && WTERMSIG(status) == number;
}

#endif
