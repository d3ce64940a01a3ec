/* Starting and ending of the demonstration's processes. */
#include "bin/demostage.h"

#include "bin/adminclient.h"
#include "bin/self.h"
#include "control/admin.h"
#include "os/fd.h"
#include "os/sock.h"
#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* START_MS: for the gateway to serve, also in a build with sanitizers. */
enum { START_MS = 30000, STEP_MS = 50 };

static bool enter_directory(const struct demostage *stage, struct error *error);
static pid_t start_program(const char *const *arguments, const struct demostage *stage, int fd, int number,
                           int death_signal, struct error *error);
static bool start_backend(struct demostage *stage, struct error *error);
static bool read_backend_address(struct demostage *stage, int fd, struct error *error);
static bool choose_port(struct demostage *stage, struct error *error);
static bool start_gateway(struct demostage *stage, struct error *error);
static bool wait_until_it_serves(struct demostage *stage, struct error *error);
static bool serves(const struct demostage *stage);
static void tell_failure(const struct demostage *stage, struct error *error);
static bool has_ended(pid_t *pid);
static void end_process(pid_t *pid, int signal_number);

bool demostage_start(struct demostage *stage, struct error *error) {
    sigemptyset(&stage->interrupts);
    sigaddset(&stage->interrupts, SIGINT);
    sigaddset(&stage->interrupts, SIGTERM);
    sigprocmask(SIG_BLOCK, &stage->interrupts, NULL);
    signal(SIGPIPE, SIG_IGN); /* a reader who has seen enough is no reason to leave things behind */
    if (!self_path(stage->self)) {
        error_set(error, (struct error_place){0}, "This program cannot find itself.");
        return false;
    }
    return demofiles_make(&stage->files, error) && enter_directory(stage, error) &&
        demofiles_mint(&stage->files, error) && start_backend(stage, error) && choose_port(stage, error) &&
        demofiles_configure(&stage->files, stage->listen, stage->backend, error) && start_gateway(stage, error) &&
        wait_until_it_serves(stage, error);
}

bool demostage_is_interrupted(const struct demostage *stage) {
    sigset_t pending;
    sigpending(&pending);
    (void)stage;
    return sigismember(&pending, SIGINT) == 1 || sigismember(&pending, SIGTERM) == 1;
}

void demostage_wait(const struct demostage *stage) {
    int number;
    sigwait(&stage->interrupts, &number);
}

bool demostage_refusals(const struct demostage *stage, struct buf *records, size_t *count) {
    struct error ignored;
    bool done = false;
    buf_consume(records, buf_len(records));
    *count = 0;
    if (!adminclient_ask(stage->files.socket, "refusals", records, &done, &ignored) || !done)
        return false;
    struct slice view = buf_view(records);
    for (size_t i = 0; i < view.len; i++)
        *count += view.data[i] == '\n';
    return true;
}

void demostage_end(struct demostage *stage) {
    end_process(&stage->gateway_pid, SIGTERM);
    end_process(&stage->backend_pid, SIGKILL);
    if (stage->files.directory[0] != '\0')
        demofiles_remove(&stage->files);
}

/* So that what is printed can be short. */
static bool enter_directory(const struct demostage *stage, struct error *error) {
    if (chdir(stage->files.directory) == 0)
        return true;
    error_set(error, (struct error_place){.file = stage->files.directory}, "It cannot be entered: %m.");
    return false;
}

/* Starts this program with `fd` as its descriptor `number`. */
static pid_t start_program(const char *const *arguments, const struct demostage *stage, int fd, int number,
                           int death_signal, struct error *error) {
    const struct spawn_fd fds[] = {{.fd = fd, .number = number}};
    const struct spawn spawn = {
        .executable = stage->self,
        .arguments = arguments,
        .fds = fds,
        .fds_count = 1,
        .death_signal = death_signal,
    };
    return spawn_start(&spawn, error);
}

static bool start_backend(struct demostage *stage, struct error *error) {
    static const char *const arguments[] = {"sallyport", "whoami", "--listen", "127.0.0.1:0", NULL};
    int pipes[2];
    if (pipe2(pipes, O_CLOEXEC) != 0) {
        error_set(error, (struct error_place){0}, "No pipe to the backend: %m.");
        return false;
    }
    stage->backend_pid = start_program(arguments, stage, pipes[1], STDOUT_FILENO, SIGKILL, error);
    fd_close(&pipes[1]);
    bool good = stage->backend_pid > 0 && read_backend_address(stage, pipes[0], error);
    fd_close(&pipes[0]);
    return good;
}

/* Its first line ends with the address that it listens on. */
static bool read_backend_address(struct demostage *stage, int fd, struct error *error) {
    char line[256];
    ssize_t len = read(fd, line, sizeof(line) - 1);
    line[len > 0 ? len : 0] = '\0';
    const char *space = strrchr(line, ' ');
    if (!space) {
        error_set(error, (struct error_place){0}, "The backend did not start.");
        return false;
    }
    snprintf(stage->backend, sizeof(stage->backend), "%.*s", (int)strcspn(space + 1, "\n"), space + 1);
    return true;
}

/* The kernel gives a free port, and the same one to nobody else soon. */
static bool choose_port(struct demostage *stage, struct error *error) {
    const struct sock_listen options = {.backlog = 1, .group = (gid_t)-1};
    struct addr addr;
    int fd = addr_parse(slice_text("127.0.0.1:0"), &addr) ? sock_listen(&addr, &options, error) : -1;
    bool good = fd >= 0 && sock_local_addr(fd, &addr);
    if (good)
        addr_text(&addr, stage->listen);
    fd_close(&fd);
    return good;
}

static bool start_gateway(struct demostage *stage, struct error *error) {
    static const char *const arguments[] = {"sallyport", "run", "-c", "sallyport.yaml", NULL};
    int log = open(stage->files.log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0) {
        error_set(error, (struct error_place){.file = stage->files.log}, "It could not be made: %m.");
        return false;
    }
    stage->gateway_pid = start_program(arguments, stage, log, STDERR_FILENO, SIGTERM, error);
    fd_close(&log);
    return stage->gateway_pid > 0;
}

static bool wait_until_it_serves(struct demostage *stage, struct error *error) {
    const struct timespec step = {.tv_nsec = STEP_MS * 1000000L};
    for (int waited_ms = 0; waited_ms < START_MS; waited_ms += STEP_MS) {
        if (serves(stage))
            return true;
        if (has_ended(&stage->gateway_pid) || demostage_is_interrupted(stage))
            break;
        nanosleep(&step, NULL);
    }
    tell_failure(stage, error);
    return false;
}

/* The admin socket is there before the workers serve. */
static bool serves(const struct demostage *stage) {
    struct buf answer;
    struct error ignored;
    bool done = false;
    buf_init(&answer, ADMIN_ANSWER_BYTES_MAX);
    bool answered = adminclient_ask(stage->files.socket, "status", &answer, &done, &ignored) && done;
    struct slice text = buf_view(&answer);
    bool good =
        answered && memmem(text.data, text.len, " running ", 9) && !memmem(text.data, text.len, " starting ", 10);
    buf_fini(&answer);
    return good;
}

/* The gateway's own words, as far as they fit into the sentence. */
static void tell_failure(const struct demostage *stage, struct error *error) {
    char words[256];
    int fd = open(stage->files.log, O_RDONLY | O_CLOEXEC);
    ssize_t len = fd >= 0 ? read(fd, words, sizeof(words) - 1) : 0;
    words[len > 0 ? len : 0] = '\0';
    fd_close(&fd);
    error_set(error, (struct error_place){0}, "The gateway did not start: %s", words);
}

static bool has_ended(pid_t *pid) {
    if (*pid > 0 && waitpid(*pid, NULL, WNOHANG) != *pid)
        return false;
    *pid = 0;
    return true;
}

static void end_process(pid_t *pid, int signal_number) {
    if (*pid <= 0)
        return;
    kill(*pid, signal_number);
    waitpid(*pid, NULL, 0);
    *pid = 0;
}
