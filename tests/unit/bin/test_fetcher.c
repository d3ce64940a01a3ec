/* Against a server that does what a path says: whole documents come, everything else is a sentence, and one that hangs
 * holds up nobody. */
#include "bin/fetcher.h"

#include "base/now.h"
#include "ipc/ask.h"
#include "ipc/fetch.h"
#include "os/fd.h"
#include "os/sealed.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* LIMIT_MS: for what comes, however busy the machine is. SHORT_MS: for what never comes. */
enum { MAX_BYTES = 1000, LIMIT_MS = 20000, SHORT_MS = 1000 };

static pid_t server;
static pid_t fetcher;
static uint16_t port;
static struct channel *channel;
static struct slice document;

static void say(int fd, const char *text) {
    ssize_t ignored = write(fd, text, strlen(text));
    (void)ignored;
}

/* One connection: the path is the behaviour. */
static void serve(int fd) {
    static char request[8192];
    ssize_t len = read(fd, request, sizeof(request) - 1);
    request[len > 0 ? len : 0] = '\0';
    if (strstr(request, " /good "))
        say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 8\r\nConnection: close\r\n\r\ndocument");
    else if (strstr(request, " /post ") && strstr(request, "Content-Type: a/b\r\n") &&
             strstr(request, "\r\n\r\nquestion"))
        say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 6\r\nConnection: close\r\n\r\nanswer");
    else if (strstr(request, " /empty "))
        say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    else if (strstr(request, " /moved "))
        say(fd, "HTTP/1.1 302 Found\r\nLocation: /good\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
    else if (strstr(request, " /cut "))
        say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 800\r\nConnection: close\r\n\r\nhalf");
    else if (strstr(request, " /announced "))
        say(fd, "HTTP/1.1 200 OK\r\nContent-Length: 100000000\r\nConnection: close\r\n\r\nx");
    else if (strstr(request, " /garbage "))
        say(fd, "\1\2\3\r\n\r\n");
    else if (strstr(request, " /slow "))
        while (read(fd, request, sizeof(request)) > 0)
            ;
    else if (strstr(request, " /endless "))
        for (say(fd, "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n"); write(fd, request, 100) > 0;)
            ;
    else
        say(fd, "HTTP/1.1 404 Not Found\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno");
}

static void run_server(int listener) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGCHLD, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    for (;;) {
        int fd = accept(listener, NULL, NULL);
        if (fd >= 0 && fork() == 0) {
            serve(fd);
            _exit(0);
        }
        close(fd);
    }
}

static void start_server(void) {
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(listener, (struct sockaddr *)&addr, sizeof(addr)), 0);
    assert_int_equal(listen(listener, 64), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&addr, &len), 0);
    port = ntohs(addr.sin_port);
    server = fork();
    if (server == 0)
        run_server(listener);
    close(listener);
}

static void allow(const char *host) {
    uint8_t memory[300];
    struct wire_out out;
    wire_out_init(&out, memory, sizeof(memory));
    wire_put_text(&out, "unused.example");
    wire_put_text(&out, host);
    int fd = sealed_of("hosts", wire_out_view(&out));
    channel_begin(channel, CATALOG_FETCH_HOSTS);
    assert_true(channel_send(channel, &fd));
    fd_close(&fd);
}

static int set_up(void **state) {
    (void)state;
    int fds[2];
    char host[32];
    start_server();
    assert_true(channel_pair(fds));
    fetcher = fork();
    if (fetcher == 0) {
        close(fds[0]);
        setenv("http_proxy", "http://127.0.0.1:1/", 1);
        _exit(fetcher_serve(channel_new(fds[1], CATALOG_ROLE_FETCHER, CATALOG_ROLE_SUPERVISOR)));
    }
    close(fds[1]);
    channel = channel_new(fds[0], CATALOG_ROLE_SUPERVISOR, CATALOG_ROLE_FETCHER);
    snprintf(host, sizeof(host), "127.0.0.1:%u", port);
    allow(host);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    int status;
    channel_free(&channel);
    sealed_unmap(&document);
    assert_int_equal(waitpid(fetcher, &status, 0), fetcher);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    return 0;
}

static struct fetch_request request_for(const char *path, char *url, size_t room) {
    snprintf(url, room, "http://127.0.0.1:%u%s", port, path);
    return (struct fetch_request){.url = slice_text(url), .max_bytes = MAX_BYTES, .limit_ms = LIMIT_MS};
}

static void fetch_within(int64_t limit_ms, uint32_t number, const char *path) {
    char url[128];
    struct fetch_request request = request_for(path, url, sizeof(url));
    request.limit_ms = limit_ms;
    struct wire_out *out = channel_begin(channel, CATALOG_FETCH);
    wire_put_u32(out, number);
    fetch_put_request(&request, out);
    assert_true(channel_send(channel, NULL));
}

static void fetch(uint32_t number, const char *path) {
    fetch_within(LIMIT_MS, number, path);
}

static enum catalog_message await(struct channel_message *message, uint32_t *number) {
    enum channel_status status;
    while ((status = channel_receive(channel, message)) == CHANNEL_EMPTY) {
        struct pollfd polled = {.fd = channel_fd(channel), .events = POLLIN};
        assert_int_equal(poll(&polled, 1, 20000), 1);
    }
    assert_int_equal(status, CHANNEL_MESSAGE);
    *number = wire_get_u32(&message->in);
    return message->type;
}

/* The answer to FETCH: the document, or false and why. */
static bool is_fetched(uint32_t number, char *why) {
    struct channel_message message;
    struct error error;
    uint32_t got;
    enum catalog_message type = await(&message, &got);
    assert_int_equal(got, number);
    if (type == CATALOG_NOT_FETCHED) {
        wire_get_text(&message.in, why, FETCH_WHY_MAX + 1);
        assert_true(wire_in_done(&message.in));
        return false;
    }
    assert_int_equal(type, CATALOG_FETCHED);
    int fd = channel_take_fd(channel, 0);
    sealed_unmap(&document);
    assert_true(sealed_map(fd, MAX_BYTES, &document, &error));
    fd_close(&fd);
    return true;
}

static void assert_fails(const char *path, const char *words) {
    char why[FETCH_WHY_MAX + 1];
    fetch(1, path);
    assert_false(is_fetched(1, why));
    if (!strstr(why, words))
        fail_msg("%s: \"%s\" does not hold \"%s\"", path, why, words);
}

static void document_comes_whole_and_sealed(void **state) {
    (void)state;
    char why[FETCH_WHY_MAX + 1];
    fetch(7, "/good");
    assert_true(is_fetched(7, why));
    assert_true(slice_equal(document, slice_text("document")));
}

static void every_other_answer_is_a_sentence(void **state) {
    (void)state;
    assert_fails("/missing", "answered 404");
    assert_fails("/moved", "redirects are not followed");
    assert_fails("/empty", "nothing");
    assert_fails("/cut", "closed");
    assert_fails("/announced", "larger than 1000 bytes");
    assert_fails("/endless", "larger than 1000 bytes");
    assert_fails("/garbage", "HTTP/0.9");
    char why[FETCH_WHY_MAX + 1];
    fetch_within(SHORT_MS, 1, "/slow");
    assert_false(is_fetched(1, why));
    assert_non_null(strstr(why, "timed out"));
}

static void other_hosts_are_not_dialled(void **state) {
    (void)state;
    char why[FETCH_WHY_MAX + 1];
    static const char *const urls[] = {"http://127.0.0.1:1/", "http://localhost/", "file:///etc/passwd"};
    for (uint32_t i = 0; i < 3; i++) {
        struct fetch_request request = {.url = slice_text(urls[i]), .max_bytes = MAX_BYTES, .limit_ms = LIMIT_MS};
        struct wire_out *out = channel_begin(channel, CATALOG_FETCH);
        wire_put_u32(out, i);
        fetch_put_request(&request, out);
        assert_true(channel_send(channel, NULL));
        assert_false(is_fetched(i, why));
        assert_non_null(strstr(why, i < 2 ? "does not allow" : "not a URL"));
    }
    allow("unused.example");
    assert_fails("/good", "does not allow");
}

static void dead_server_is_a_sentence(void **state) {
    (void)state;
    kill(server, SIGKILL);
    waitpid(server, NULL, 0);
    assert_fails("/good", "connect");
}

/* The one that comes is the first to end: the others would have lasted longer than the test waits. */
static void one_that_hangs_holds_up_nobody(void **state) {
    (void)state;
    char why[FETCH_WHY_MAX + 1];
    for (uint32_t i = 0; i < FETCHER_HOST_CONNECTIONS_MAX - 1; i++)
        fetch_within(FETCH_LIMIT_MS, 100 + i, "/slow");
    fetch(1, "/good");
    assert_true(is_fetched(1, why));
}

/* Many clients may come at once: what is asked about them is queued, not refused. */
static void those_that_are_many_wait_for_their_turn(void **state) {
    (void)state;
    enum { MANY = 8 * FETCHER_HOST_CONNECTIONS_MAX };
    for (uint32_t i = 0; i < MANY; i++)
        fetch(100 + i, "/good");
    for (uint32_t i = 0; i < MANY; i++) {
        struct channel_message message;
        uint32_t number;
        assert_int_equal(await(&message, &number), CATALOG_FETCHED);
        int fd = channel_take_fd(channel, 0);
        assert_true(fd >= 0);
        close(fd);
    }
}

/* Nor do they wait for ever behind a server that hangs: their time runs while they are queued. One after the other they
 * would take MANY / FETCHER_HOST_CONNECTIONS_MAX times as long. */
static void waiting_has_an_end_too(void **state) {
    (void)state;
    enum { MANY = 16 * FETCHER_HOST_CONNECTIONS_MAX };
    int64_t begun_ms = now_ms();
    for (uint32_t i = 0; i < MANY; i++)
        fetch_within(SHORT_MS, 100 + i, "/slow");
    for (uint32_t i = 0; i < MANY; i++) {
        struct channel_message message;
        uint32_t number;
        assert_int_equal(await(&message, &number), CATALOG_NOT_FETCHED);
    }
    assert_true(now_ms() - begun_ms < 12 * (int64_t)SHORT_MS);
}

static void too_many_for_one_host_are_refused(void **state) {
    (void)state;
    char why[FETCH_WHY_MAX + 1];
    for (uint32_t i = 0; i < FETCHER_HOST_JOBS_MAX; i++)
        fetch_within(FETCH_LIMIT_MS, 100 + i, "/slow");
    fetch(1, "/good");
    assert_false(is_fetched(1, why));
    assert_non_null(strstr(why, "Too many"));
}

/* Asks as a worker does; the reply's bytes in `reply`. */
static void ask(const struct fetch_request *request, struct fetch_reply *reply) {
    static uint8_t memory[ASK_BYTES_MAX];
    struct wire_out content;
    struct channel_message message;
    uint32_t number;
    wire_out_init(&content, memory, sizeof(memory));
    fetch_put_request(request, &content);
    struct wire_out *out = channel_begin(channel, CATALOG_FETCHER_ASK);
    wire_put_u32(out, 9);
    wire_put_bytes(out, wire_out_view(&content));
    assert_true(channel_send(channel, NULL));
    assert_int_equal(await(&message, &number), CATALOG_FETCHER_ANSWER);
    assert_int_equal(number, 9);
    struct wire_in in;
    wire_in_init(&in, wire_get_bytes(&message.in, ASK_ANSWER_BYTES_MAX));
    assert_true(wire_in_done(&message.in));
    fetch_get_reply(reply, ASK_ANSWER_BYTES_MAX, &in);
    assert_true(wire_in_done(&in));
}

static void question_of_a_worker_is_posted_and_answered_inline(void **state) {
    (void)state;
    char url[128];
    struct fetch_reply reply;
    struct fetch_request request = request_for("/post", url, sizeof(url));
    request.body = slice_text("question");
    request.content_type = slice_text("a/b");
    ask(&request, &reply);
    assert_true(reply.is_done);
    assert_true(slice_equal(reply.document, slice_text("answer")));
    request = request_for("/missing", url, sizeof(url));
    ask(&request, &reply);
    assert_false(reply.is_done);
    assert_true(slice_equal(reply.why, slice_text("The server answered 404.")));
}

static void malformed_question_is_answered(void **state) {
    (void)state;
    struct fetch_reply reply;
    struct fetch_request request = {.url = slice_text("http://127.0.0.1/"), .limit_ms = 0};
    ask(&request, &reply);
    assert_false(reply.is_done);
    assert_true(slice_equal(reply.why, slice_text("The question is malformed.")));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void) {
    const struct CMUnitTest tests[] = {
        TEST(document_comes_whole_and_sealed),
        TEST(every_other_answer_is_a_sentence),
        TEST(other_hosts_are_not_dialled),
        TEST(dead_server_is_a_sentence),
        TEST(one_that_hangs_holds_up_nobody),
        TEST(those_that_are_many_wait_for_their_turn),
        TEST(waiting_has_an_end_too),
        TEST(too_many_for_one_host_are_refused),
        TEST(question_of_a_worker_is_posted_and_answered_inline),
        TEST(malformed_question_is_answered),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
