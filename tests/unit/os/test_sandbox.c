/* Each promise in a child: what it grants works, and what was not promised ends the process or answers EACCES. */
#include "os/sandbox.h"

#include "child.h"
#include "os/fd.h"
#include "os/landlock.h"
#include "os/sanitizer.h"
#include "os/sealed.h"
#include "os/sock.h"
#include "os/spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>

#include <cmocka.h>

/* What a child does inside; it answers an exit code. */
struct attempt {
    unsigned promises;
    const char *readable;
    const char *writable;
    int (*act)(void);
};

enum { DONE = 0, DENIED = 20, FAILED = 30, NOT_ENTERED = 40 };

static int try_it(void *context) {
    const struct attempt *attempt = context;
    const char *const readable[] = {attempt->readable, NULL}, *const writable[] = {attempt->writable, NULL};
    const struct sandbox sandbox = {.promises = attempt->promises,
                                    .readable_paths = readable,
                                    .writable_paths = writable};
    struct sandbox_warnings warnings;
    struct error error;
    if (!sandbox_enter(&sandbox, &warnings, &error)) {
        print_message("%s\n", error.sentence);
        return NOT_ENTERED;
    }
    return attempt->act();
}

static void assert_ends(struct attempt attempt, int code) {
    int status = child_run(try_it, &attempt);
    char text[SPAWN_STATUS_TEXT];
    spawn_status_text(status, text);
    if (!child_exited(status, code))
        fail_msg("wanted exit %d, but it %s", code, text);
}

static void assert_dies(struct attempt attempt) {
    int status = child_run(try_it, &attempt);
    char text[SPAWN_STATUS_TEXT];
    spawn_status_text(status, text);
    if (!child_killed(status, SIGSYS))
        fail_msg("wanted death by SIGSYS, but it %s", text);
}

/* --- acts --- */

static int live_in_a_loop(void) {
    int ends[2], epoll = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    struct timespec now;
    char byte;
    uint8_t *memory = malloc(10 << 20);
    if (epoll < 0 || memory == NULL || pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0)
        return FAILED;
    memory[5 << 20] = 1;
    free(memory);
    if (epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event) != 0 || !fd_write_all(ends[1], slice_text("x")))
        return FAILED;
    if (epoll_wait(epoll, &event, 1, 1000) != 1 || read(ends[0], &byte, 1) != 1)
        return FAILED;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0 || getrandom(&byte, 1, 0) != 1 || signal(SIGTERM, SIG_IGN) == SIG_ERR)
        return FAILED;
    struct stat what;
    return fstat(ends[0], &what) == 0 && fcntl(ends[0], F_GETFL) >= 0 && raise(SIGTERM) == 0 ? DONE : FAILED;
}

static int use_sockets_that_are_open(void) {
    int on = 1;
    struct sock_peer peer;
    char byte;
    if (send(53, "x", 1, MSG_NOSIGNAL) != 1 || recv(54, &byte, 1, 0) != 1 || shutdown(53, SHUT_WR) != 0)
        return FAILED;
    return setsockopt(54, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on)) == 0 && sock_peer(54, &peer) ? DONE : FAILED;
}

static int open_password_file(void) {
    int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    return fd >= 0 ? DONE : errno == EACCES ? DENIED : FAILED;
}

static int open_password_file_for_writing(void) {
    int fd = open("/etc/passwd", O_RDWR | O_CLOEXEC);
    return fd >= 0 ? DONE : errno == EACCES ? DENIED : FAILED;
}

static int open_another_file(void) {
    int fd = open("/etc/group", O_RDONLY | O_CLOEXEC);
    return fd >= 0 ? DONE : errno == EACCES ? DENIED : FAILED;
}

static int write_temporary_file(void) {
    char path[] = "/tmp/sallyport-sandbox-XXXXXX";
    int fd = mkstemp(path);
    if (fd < 0)
        return errno == EACCES ? DENIED : FAILED;
    return fd_write_all(fd, slice_text("x")) && fdatasync(fd) == 0 && unlink(path) == 0 ? DONE : FAILED;
}

static int open_tcp_socket(void) {
    return socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0) >= 0 ? DONE : FAILED;
}

static int open_udp_socket(void) {
    return socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0) >= 0 ? DONE : FAILED;
}

static void *answer(void *context) {
    return context;
}

static int start_a_thread(void) {
    pthread_t thread;
    void *result = NULL;
    int context = 0;
    if (pthread_create(&thread, NULL, answer, &context) != 0 || pthread_join(thread, &result) != 0)
        return FAILED;
    return result == &context ? DONE : FAILED;
}

static int open_packet_socket(void) {
    return socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0) >= 0 ? DONE : FAILED;
}

static int connect_to_nobody(void) {
    struct addr addr;
    if (!addr_parse(slice_text("127.0.0.1:1"), &addr))
        return FAILED;
    int fd = sock_connect(&addr);
    if (fd < 0)
        return errno == ECONNREFUSED ? DONE : errno == EACCES ? DENIED : FAILED;
    struct pollfd wanted = {.fd = fd, .events = POLLOUT};
    return poll(&wanted, 1, 5000) == 1 && sock_error(fd) == ECONNREFUSED ? DONE : FAILED;
}

static int bind_a_port(void) {
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return FAILED;
    if (bind(fd, (struct sockaddr *)&where, sizeof(where)) != 0)
        return errno == EACCES ? DENIED : FAILED;
    return listen(fd, 1) == 0 ? DONE : FAILED;
}

static int accept_nothing(void) {
    return sock_accept(50, NULL) < 0 && errno == EINVAL ? DONE : FAILED; /* a socket that does not listen */
}

static int pass_a_descriptor(void) {
    struct sock_fds fds;
    char text[10];
    if (!sock_send(50, slice_text("x"), &(int){50}, 1))
        return FAILED;
    return sock_receive(51, text, sizeof(text), &fds) == 1 && fds.count == 1 ? DONE : FAILED;
}

static int seal_memory(void) {
    struct slice bytes;
    struct error error;
    int fd = sealed_of("test", slice_text("x"));
    return fd >= 0 && sealed_map(fd, 1, &bytes, &error) ? DONE : FAILED;
}

static int map_sealed_memory(void) {
    struct slice bytes;
    struct error error;
    return sealed_map(52, 100, &bytes, &error) && bytes.len == 6 ? DONE : FAILED;
}

static int map_executable_memory(void) {
    return mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED ? DONE : FAILED;
}

static int run_a_program(void) {
    const char *const arguments[] = {"true", NULL};
    const struct spawn spawn = {.executable = "/bin/true", .arguments = arguments};
    struct error error;
    int status;
    pid_t child = spawn_start(&spawn, &error);
    if (child < 0)
        return DENIED;
    return waitpid(child, &status, 0) == child && child_exited(status, 0) ? DONE : FAILED;
}

static int execute_directly(void) {
    execl("/bin/true", "true", NULL);
    return errno == EACCES ? DENIED : FAILED;
}

static int signal_the_parent(void) {
    return syscall(SYS_kill, getppid(), 0) == 0 ? DONE : DENIED;
}

static int abort_itself(void) {
    abort();
}

/* With the sanitizers' checks at exit, unlike the other acts. */
static int exit_normally(void) {
    exit(DONE);
}

static int change_the_clock(void) {
    return clock_settime(CLOCK_REALTIME, &(struct timespec){.tv_sec = -1}) == 0 ? DONE : FAILED;
}

static int trace_the_parent(void) {
    return syscall(SYS_process_vm_writev, getppid(), NULL, 0, NULL, 0, 0) == 0 ? DONE : FAILED;
}

static int promise_less(void) {
    struct attempt less = {.promises = SANDBOX_LOOP, .act = open_password_file};
    return try_it(&less);
}

/* --- tests --- */

static void loop_is_enough_to_live(void **state) {
    (void)state;
    assert_ends((struct attempt){SANDBOX_LOOP, .act = live_in_a_loop}, DONE);
    assert_ends((struct attempt){SANDBOX_LOOP, .act = use_sockets_that_are_open}, DONE);
    assert_ends((struct attempt){SANDBOX_LOOP, .act = map_sealed_memory}, DONE);
}

static void loop_opens_no_file(void **state) {
    (void)state;
    assert_ends((struct attempt){SANDBOX_LOOP, .act = open_password_file}, DENIED);
    assert_ends((struct attempt){SANDBOX_LOOP, "/etc", .act = open_password_file}, DENIED);
    assert_ends((struct attempt){SANDBOX_LOOP, .act = open_password_file_for_writing}, DENIED);
}

static void loop_is_not_enough_for_the_rest(void **state) {
    (void)state;
    static int (*const acts[])(void) = {open_tcp_socket, open_udp_socket,  connect_to_nobody,
                                        bind_a_port,     accept_nothing,   pass_a_descriptor,
                                        seal_memory,     change_the_clock, trace_the_parent};
    for (size_t i = 0; i < sizeof(acts) / sizeof(acts[0]); i++)
        assert_dies((struct attempt){SANDBOX_LOOP, .act = acts[i]});
}

static void code_is_neither_made_nor_executed(void **state) {
    (void)state;
    if (SANITIZER_TRACES_ITSELF)
        skip(); /* the sanitizer's runtime may do both */
    assert_dies((struct attempt){SANDBOX_LOOP, .act = map_executable_memory});
    assert_dies((struct attempt){SANDBOX_LOOP, .act = run_a_program});
    assert_dies((struct attempt){SANDBOX_LOOP, .act = signal_the_parent});
}

static void execution_dies_in_every_build(void **state) {
    (void)state;
    assert_dies((struct attempt){SANDBOX_LOOP, .act = execute_directly});
    assert_dies((struct attempt){~(unsigned)SANDBOX_SPAWN, "/", .act = execute_directly});
}

static void normal_exit_is_in_the_loop(void **state) {
    (void)state;
    assert_ends((struct attempt){SANDBOX_LOOP, .act = exit_normally}, DONE);
}

static void abort_is_seen_as_abort(void **state) {
    (void)state;
    struct attempt attempt = {SANDBOX_LOOP, .act = abort_itself};
    assert_true(child_killed(child_run(try_it, &attempt), SIGABRT));
}

static void connect_opens_streams_outward_only(void **state) {
    (void)state;
    enum { PROMISES = SANDBOX_LOOP | SANDBOX_CONNECT };
    assert_ends((struct attempt){PROMISES, .act = connect_to_nobody}, DONE);
    assert_dies((struct attempt){PROMISES, .act = open_udp_socket});
    assert_dies((struct attempt){PROMISES, .act = open_packet_socket});
    assert_dies((struct attempt){PROMISES, .act = bind_a_port});
}

static void resolving_takes_datagrams_and_threads_but_no_process(void **state) {
    (void)state;
    enum { PROMISES = SANDBOX_LOOP | SANDBOX_RESOLVE };
    assert_ends((struct attempt){PROMISES, .act = open_udp_socket}, DONE);
    assert_ends((struct attempt){PROMISES, .act = start_a_thread}, DONE);
    assert_dies((struct attempt){PROMISES, .act = execute_directly});
    assert_dies((struct attempt){PROMISES, .act = open_packet_socket});
    if (SANITIZER_TRACES_ITSELF)
        return; /* the sanitizer's runtime may start both */
    assert_dies((struct attempt){PROMISES, .act = run_a_program});
    assert_dies((struct attempt){SANDBOX_LOOP | SANDBOX_CONNECT, .act = start_a_thread});
}

static void listen_binds_but_does_not_connect(void **state) {
    (void)state;
    enum { PROMISES = SANDBOX_LOOP | SANDBOX_LISTEN };
    assert_ends((struct attempt){PROMISES, .act = bind_a_port}, DONE);
    assert_dies((struct attempt){PROMISES, .act = connect_to_nobody});
}

static void accept_and_descriptors_have_to_be_promised(void **state) {
    (void)state;
    assert_ends((struct attempt){SANDBOX_LOOP | SANDBOX_ACCEPT, .act = accept_nothing}, DONE);
    assert_ends((struct attempt){SANDBOX_LOOP | SANDBOX_PASS_FDS, .act = pass_a_descriptor}, DONE);
    assert_ends((struct attempt){SANDBOX_LOOP | SANDBOX_SEAL, .act = seal_memory}, DONE);
}

static void reading_is_of_the_readable_paths(void **state) {
    (void)state;
    enum { PROMISES = SANDBOX_LOOP | SANDBOX_READ_FILES };
    assert_ends((struct attempt){PROMISES, "/etc/passwd", .act = open_password_file}, DONE);
    assert_ends((struct attempt){PROMISES, "/etc", .act = open_password_file}, DONE);
    assert_ends((struct attempt){PROMISES, "/", .act = open_password_file}, DONE);
    if (landlock_version() == 0)
        skip();
    assert_ends((struct attempt){PROMISES, "/etc/passwd", .act = open_another_file}, DENIED);
    assert_ends((struct attempt){PROMISES, "/nowhere", .act = open_password_file}, DENIED);
    assert_ends((struct attempt){PROMISES, NULL, .act = open_password_file}, DENIED);
}

static void reading_is_not_writing(void **state) {
    (void)state;
    struct attempt attempt = {SANDBOX_LOOP | SANDBOX_READ_FILES, "/etc", .act = open_password_file_for_writing};
    if (SANITIZER_TRACES_ITSELF)
        assert_ends(attempt, DENIED);
    else
        assert_dies(attempt);
}

static void writing_is_below_the_writable_paths(void **state) {
    (void)state;
    enum { PROMISES = SANDBOX_LOOP | SANDBOX_WRITE_FILES };
    assert_ends((struct attempt){PROMISES, .writable = "/tmp", .act = write_temporary_file}, DONE);
    if (landlock_version() == 0)
        skip();
    assert_ends((struct attempt){PROMISES, .writable = "/var", .act = write_temporary_file}, DENIED);
    assert_ends((struct attempt){PROMISES, .writable = "/tmp", .act = open_password_file_for_writing}, DENIED);
}

static void spawn_and_signal_have_to_be_promised(void **state) {
    (void)state;
    assert_ends((struct attempt){~0u, "/", "/", run_a_program}, DONE);
    assert_ends((struct attempt){SANDBOX_LOOP | SANDBOX_SIGNAL, .act = signal_the_parent}, DONE);
}

static void a_promise_can_be_narrowed_later(void **state) {
    (void)state;
    enum { PROMISES = SANDBOX_LOOP | SANDBOX_READ_FILES };
    assert_ends((struct attempt){PROMISES, "/etc", .act = promise_less}, DENIED);
}

static int enter_quietly(void *context) {
    struct sandbox_warnings *warnings = context;
    struct error error;
    const struct sandbox sandbox = {.promises = SANDBOX_LOOP};
    if (!sandbox_enter(&sandbox, warnings, &error) || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
        return NOT_ENTERED;
    return (int)warnings->count;
}

static void warnings_are_of_the_kernel(void **state) {
    (void)state;
    struct sandbox_warnings warnings = {.count = 77};
    int expected = landlock_version() == 0 ? 1 : 0;
    assert_true(child_exited(child_run(enter_quietly, &warnings), expected));
}

static int open_sockets(void **state) {
    (void)state;
    int pair[2], other[2], sealed = sealed_of("test", slice_text("bundle"));
    if (!sock_pair(pair) || !sock_pair(other) || !fd_place(sealed, 52))
        return -1;
    bool placed = fd_place(pair[0], 50) && fd_place(pair[1], 51) && fd_place(other[0], 53) && fd_place(other[1], 54);
    return placed ? 0 : -1;
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(loop_is_enough_to_live),
        cmocka_unit_test(loop_opens_no_file),
        cmocka_unit_test(loop_is_not_enough_for_the_rest),
        cmocka_unit_test(code_is_neither_made_nor_executed),
        cmocka_unit_test(execution_dies_in_every_build),
        cmocka_unit_test(normal_exit_is_in_the_loop),
        cmocka_unit_test(abort_is_seen_as_abort),
        cmocka_unit_test(connect_opens_streams_outward_only),
        cmocka_unit_test(resolving_takes_datagrams_and_threads_but_no_process),
        cmocka_unit_test(listen_binds_but_does_not_connect),
        cmocka_unit_test(accept_and_descriptors_have_to_be_promised),
        cmocka_unit_test(reading_is_of_the_readable_paths),
        cmocka_unit_test(reading_is_not_writing),
        cmocka_unit_test(writing_is_below_the_writable_paths),
        cmocka_unit_test(spawn_and_signal_have_to_be_promised),
        cmocka_unit_test(a_promise_can_be_narrowed_later),
        cmocka_unit_test(warnings_are_of_the_kernel),
    };
    return cmocka_run_group_tests(tests, open_sockets, NULL);
}
