/* fork and exec, and the one-way doors of a process: user, privileges, core dumps. */
#include "os/spawn.h"

#include "base/bug.h"
#include "os/fd.h"
#include "os/sanitizer.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* ENVIRONMENT_MAX: ours plus a few of the caller's. FIRST_FREE_FD: 0, 1 and 2 always have a meaning. */
enum { ENVIRONMENT_MAX = 32, FIRST_FREE_FD = 3, PASSWD_ENTRY_BYTES = 65536, EXIT_NOT_STARTED = 127 };

/* Why the child could not execute the program; sent to the parent through a pipe that exec closes. */
struct failure {
    int error_number;
    enum { FAILED_DESCRIPTORS, FAILED_DEATH_SIGNAL, FAILED_EXECUTE } step;
};

struct account {
    uid_t uid;
    gid_t gid;
};

static bool fail(struct error *error, const char *what);
static bool gather_environment(const struct spawn *spawn, const char **environment);
static const char *environment_entry(const char *name);
static pid_t fork_child(const struct spawn *spawn, const char **environment, int report);
[[gnu::noreturn]] static void run_child(const struct spawn *spawn, const char **environment, pid_t parent, int report);
static void reset_signals(void);
static bool follow_parent(int death_signal, pid_t parent);
static bool arrange_fds(const struct spawn *spawn, int *report);
static int first_number_above(const struct spawn *spawn);
static int source_of(const struct spawn *spawn, int number);
static pid_t await_start(const struct spawn *spawn, pid_t child, int report, struct error *error);
static bool find_account(const char *user, struct account *account, struct error *error);
static bool change_account(const struct account *account);
static bool is_account(const struct account *account);

pid_t spawn_start(const struct spawn *spawn, struct error *error) {
    bug_on(spawn->fds_count > SPAWN_FDS_MAX);
    const char *environment[ENVIRONMENT_MAX];
    int report[2] = {-1, -1};
    pid_t child = -1;
    if (!gather_environment(spawn, environment) || pipe2(report, O_CLOEXEC) != 0)
        (void)fail(error, "prepare a child process");
    else if ((child = fork_child(spawn, environment, report[1])) < 0)
        (void)fail(error, "fork");
    fd_close(&report[1]);
    if (child > 0)
        child = await_start(spawn, child, report[0], error);
    fd_close(&report[0]);
    return child;
}

pid_t spawn_reap(int *status) {
    pid_t child;
    do {
        child = waitpid(-1, status, WNOHANG);
    } while (child < 0 && errno == EINTR);
    return child > 0 ? child : 0;
}

void spawn_status_text(int status, char *to) {
    if (WIFSIGNALED(status)) {
        const char *name = sigdescr_np(WTERMSIG(status));
        snprintf(to, SPAWN_STATUS_TEXT, "killed by signal %d (%s)", WTERMSIG(status), name ? name : "unknown");
    } else if (WIFEXITED(status)) {
        snprintf(to, SPAWN_STATUS_TEXT, "exited with %d", WEXITSTATUS(status));
    } else {
        snprintf(to, SPAWN_STATUS_TEXT, "changed to state %#x", (unsigned)status);
    }
}

bool spawn_become(const char *user, struct error *error) {
    struct account account;
    if (user == NULL)
        return true;
    if (!find_account(user, &account, error))
        return false;
    if (account.uid == geteuid())
        return true;
    int death_signal = 0;
    pid_t parent = getppid();
    if (prctl(PR_GET_PDEATHSIG, &death_signal) != 0 || !change_account(&account))
        return fail(error, "change the user");
    bool way_back = setuid(0) == 0 || seteuid(0) == 0 || setgid(0) == 0;
    errno = EPERM;
    if ((way_back && account.uid != 0) || !is_account(&account))
        return fail(error, "give up root for good");
    return follow_parent(death_signal, parent) || fail(error, "keep the death signal");
}

bool spawn_no_new_privileges(struct error *error) {
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 || fail(error, "renounce new privileges");
}

bool spawn_hide_memory(struct error *error) {
    if (setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0}) != 0)
        return fail(error, "forbid core dumps");
    return prctl(PR_SET_DUMPABLE, SANITIZER_TRACES_ITSELF, 0, 0, 0) == 0 || fail(error, "hide the memory");
}

size_t spawn_raise_descriptors(size_t wanted) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    if (limit.rlim_cur >= wanted)
        return limit.rlim_cur;
    rlim_t hard = limit.rlim_max > wanted ? limit.rlim_max : wanted;
    if (setrlimit(RLIMIT_NOFILE, &(struct rlimit){wanted, hard}) == 0) /* above the hard limit: for root only */
        return wanted;
    struct rlimit most = {limit.rlim_max < wanted ? limit.rlim_max : wanted, limit.rlim_max};
    return setrlimit(RLIMIT_NOFILE, &most) == 0 ? most.rlim_cur : limit.rlim_cur;
}

static bool fail(struct error *error, const char *what) {
    error_set(error, (struct error_place){.file = NULL}, "Cannot %s: %s.", what, strerror(errno));
    return false;
}

static bool gather_environment(const struct spawn *spawn, const char **environment) {
    static const char *const kept[] = {"PATH",         "LANG",         "TZ",           "JOURNAL_STREAM",
                                       "ASAN_OPTIONS", "LSAN_OPTIONS", "UBSAN_OPTIONS"};
    size_t count = 0;
    for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++) {
        const char *entry = environment_entry(kept[i]);
        if (entry != NULL)
            environment[count++] = entry;
    }
    for (size_t i = 0; spawn->environment != NULL && spawn->environment[i] != NULL; i++) {
        if (count == ENVIRONMENT_MAX - 1) {
            errno = E2BIG;
            return false;
        }
        environment[count++] = spawn->environment[i];
    }
    environment[count] = NULL;
    return true;
}

static const char *environment_entry(const char *name) {
    size_t len = strlen(name);
    for (char **entry = environ; entry != NULL && *entry != NULL; entry++) {
        if (strncmp(*entry, name, len) == 0 && (*entry)[len] == '=')
            return *entry;
    }
    return NULL;
}

/* Signals wait during the fork, so that no handler of ours runs in the child. */
static pid_t fork_child(const struct spawn *spawn, const char **environment, int report) {
    sigset_t all, before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    pid_t parent = getpid();
    pid_t child = fork();
    if (child == 0)
        run_child(spawn, environment, parent, report);
    int kept_errno = errno;
    sigprocmask(SIG_SETMASK, &before, NULL);
    errno = kept_errno;
    return child;
}

static void run_child(const struct spawn *spawn, const char **environment, pid_t parent, int report) {
    struct failure failure = {.step = FAILED_DESCRIPTORS};
    reset_signals();
    if (arrange_fds(spawn, &report)) {
        failure.step = FAILED_DEATH_SIGNAL;
        if (follow_parent(spawn->death_signal, parent)) {
            failure.step = FAILED_EXECUTE;
            execve(spawn->executable, (char *const *)(uintptr_t)spawn->arguments,
                   (char *const *)(uintptr_t)environment);
        }
    }
    failure.error_number = errno;
    (void)fd_write_all(report, slice_of(&failure, sizeof(failure)));
    _exit(EXIT_NOT_STARTED);
}

static void reset_signals(void) {
    sigset_t none;
    for (int number = 1; number <= SIGRTMAX; number++)
        signal(number, SIG_DFL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
}

/* Asks for the signal; a parent that died before we asked never sends it, so we do it ourselves. */
static bool follow_parent(int death_signal, pid_t parent) {
    if (death_signal == 0)
        return true;
    if (prctl(PR_SET_PDEATHSIG, death_signal, 0, 0, 0) != 0)
        return false;
    if (getppid() != parent)
        raise(death_signal);
    return true;
}

/* First everything is copied above all fixed numbers, then put into place: so it does not matter which numbers the
 * originals have. */
static bool arrange_fds(const struct spawn *spawn, int *report) {
    int copies[FIRST_FREE_FD + SPAWN_FDS_MAX + 1];
    int above = first_number_above(spawn);
    bug_on(above >= (int)(sizeof(copies) / sizeof(copies[0])));
    for (int number = 0; number < above; number++) {
        int source = source_of(spawn, number);
        if (source < 0 && number < STDERR_FILENO)
            copies[number] = open("/dev/null", number == STDIN_FILENO ? O_RDONLY : O_WRONLY);
        else
            copies[number] = source;
        if (copies[number] >= 0 && (copies[number] = fd_copy(copies[number], above)) < 0)
            return false;
    }
    int report_copy = fd_copy(*report, above);
    for (int number = 0; number < above; number++) {
        if (copies[number] < 0)
            close(number);
        else if (!fd_place(copies[number], number))
            return false;
    }
    if (report_copy < 0 || (report_copy != above && dup3(report_copy, above, O_CLOEXEC) < 0))
        return false;
    *report = above;
    fd_close_from(above + 1);
    return true;
}

static int first_number_above(const struct spawn *spawn) {
    int above = FIRST_FREE_FD;
    for (size_t i = 0; i < spawn->fds_count; i++) {
        if (spawn->fds[i].number >= above)
            above = spawn->fds[i].number + 1;
    }
    return above;
}

/* Which of our descriptors becomes `number`, or -1. */
static int source_of(const struct spawn *spawn, int number) {
    for (size_t i = 0; i < spawn->fds_count; i++) {
        if (spawn->fds[i].number == number)
            return spawn->fds[i].fd;
    }
    return number == STDERR_FILENO ? STDERR_FILENO : -1;
}

/* The pipe ends without a word when exec closed it. */
static pid_t await_start(const struct spawn *spawn, pid_t child, int report, struct error *error) {
    static const char *const steps[] = {
        [FAILED_DESCRIPTORS] = "arrange the descriptors for",
        [FAILED_DEATH_SIGNAL] = "set the death signal of",
        [FAILED_EXECUTE] = "execute",
    };
    struct failure failure;
    ssize_t got;
    do {
        got = read(report, &failure, sizeof(failure));
    } while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof(failure))
        return child;
    while (waitpid(child, NULL, 0) < 0 && errno == EINTR)
        ;
    error_set(error, (struct error_place){.file = NULL}, "Cannot %s %s: %s.", steps[failure.step], spawn->executable,
              strerror(failure.error_number));
    return -1;
}

static bool find_account(const char *user, struct account *account, struct error *error) {
    struct passwd entry, *found = NULL;
    char *room = malloc(PASSWD_ENTRY_BYTES);
    if (room == NULL)
        return fail(error, "look up the user");
    bool exists = getpwnam_r(user, &entry, room, PASSWD_ENTRY_BYTES, &found) == 0 && found != NULL;
    if (exists)
        *account = (struct account){.uid = entry.pw_uid, .gid = entry.pw_gid};
    else
        error_set(error, (struct error_place){.file = NULL}, "There is no user \"%s\".", user);
    free(room);
    return exists;
}

static bool change_account(const struct account *account) {
    return setgroups(0, NULL) == 0 && setresgid(account->gid, account->gid, account->gid) == 0 &&
        setresuid(account->uid, account->uid, account->uid) == 0;
}

static bool is_account(const struct account *account) {
    uid_t uids[3];
    gid_t gids[3];
    if (getresuid(&uids[0], &uids[1], &uids[2]) != 0 || getresgid(&gids[0], &gids[1], &gids[2]) != 0)
        return false;
    for (int i = 0; i < 3; i++) {
        if (uids[i] != account->uid || gids[i] != account->gid)
            return false;
    }
    return getgroups(0, NULL) == 0;
}
