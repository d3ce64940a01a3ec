/* Sockets on the loopback and on Unix paths: who may take which address, and what descriptor passing does with a
 * hostile sender. */
#include "os/sock.h"

#include "os/fd.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

static const struct sock_listen plain = {.backlog = 8, .mode = 0600, .group = (gid_t)-1};
static const struct sock_listen shared = {.backlog = 8, .reuse_port = true, .group = (gid_t)-1};

static char directory[] = "/tmp/sallyport-sock-XXXXXX";

static int make_directory(void **state) {
    (void)state;
    return mkdtemp(directory) != NULL ? 0 : -1;
}

static int remove_directory(void **state) {
    (void)state;
    return rmdir(directory);
}

static struct addr address(const char *text) {
    struct addr addr;
    assert_true(addr_parse(slice_text(text), &addr));
    return addr;
}

static struct addr path_address(const char *name) {
    char text[200];
    snprintf(text, sizeof(text), "unix:%s/%s", directory, name);
    return address(text);
}

/* Where a socket on port 0 ended up. */
static struct addr bound(int fd) {
    struct addr addr;
    assert_true(sock_local_addr(fd, &addr));
    return addr;
}

static int listen_on(const struct addr *addr, const struct sock_listen *options) {
    struct error error = {.sentence = ""};
    int fd = sock_listen(addr, options, &error);
    if (fd < 0)
        fail_msg("%s", error.sentence);
    return fd;
}

static void wait_for(int fd, short events) {
    struct pollfd wanted = {.fd = fd, .events = events};
    assert_int_equal(poll(&wanted, 1, 5000), 1);
}

static unsigned open_count(void) {
    unsigned count = 0;
    for (int fd = 0; fd < 256; fd++)
        count += fcntl(fd, F_GETFD) >= 0;
    return count;
}

static void tcp_listens_connects_and_accepts(void **state) {
    (void)state;
    static const char *const texts[] = {"127.0.0.1:0", "[::1]:0"};
    for (size_t i = 0; i < 2; i++) {
        struct addr any_port = address(texts[i]), peer;
        int listener = listen_on(&any_port, &plain);
        struct addr where = bound(listener);
        int client = sock_connect(&where);
        assert_true(client >= 0);
        wait_for(client, POLLOUT);
        assert_int_equal(sock_error(client), 0);
        wait_for(listener, POLLIN);
        int server = sock_accept(listener, &peer);
        assert_true(server >= 0);
        struct addr from = bound(client);
        assert_true(addr_equal(&peer, &from));
        assert_true((fcntl(server, F_GETFL) & O_NONBLOCK) != 0);
        assert_true((fcntl(server, F_GETFD) & FD_CLOEXEC) != 0);
        assert_int_equal(sock_accept(listener, NULL), -1);
        assert_int_equal(errno, EAGAIN);
        fd_close(&server);
        fd_close(&client);
        fd_close(&listener);
    }
}

static void refused_connection_tells_why(void **state) {
    (void)state;
    struct addr any_port = address("127.0.0.1:0");
    int listener = listen_on(&any_port, &plain);
    struct addr where = bound(listener);
    fd_close(&listener);
    int client = sock_connect(&where);
    if (client >= 0) {
        wait_for(client, POLLOUT);
        assert_int_equal(sock_error(client), ECONNREFUSED);
        assert_int_equal(sock_error(client), 0);
    } else {
        assert_int_equal(errno, ECONNREFUSED);
    }
    fd_close(&client);
}

static void port_in_use_is_named_in_the_error(void **state) {
    (void)state;
    struct addr any_port = address("127.0.0.1:0");
    int first = listen_on(&any_port, &plain);
    struct addr where = bound(first);
    char text[ADDR_TEXT_MAX];
    addr_text(&where, text);
    struct error error;
    assert_int_equal(sock_listen(&where, &plain, &error), -1);
    assert_non_null(strstr(error.sentence, text));
    assert_non_null(strstr(error.sentence, "Address already in use"));
    fd_close(&first);
}

static void reuse_port_shares_the_address(void **state) {
    (void)state;
    struct addr any_port = address("127.0.0.1:0");
    int first = listen_on(&any_port, &shared);
    struct addr where = bound(first);
    int second = listen_on(&where, &shared);
    struct error error;
    assert_int_equal(sock_listen(&where, &plain, &error), -1);
    fd_close(&second);
    fd_close(&first);
}

/* A port that is free for IPv6 may be somebody else's for IPv4: not so for many ports in a row. */
static void ipv6_leaves_ipv4_alone(void **state) {
    (void)state;
    enum { TRIES = 50 };
    int v4 = -1;
    for (int i = 0; i < TRIES && v4 < 0; i++) {
        struct error error;
        struct addr any_port = address("[::]:0");
        int v6 = listen_on(&any_port, &plain);
        struct addr where = bound(v6), v4_where = address("0.0.0.0:0");
        v4_where.v4.sin_port = where.v6.sin6_port;
        v4 = sock_listen(&v4_where, &plain, &error);
        fd_close(&v6);
    }
    assert_true(v4 >= 0);
    fd_close(&v4);
}

static void unix_path_has_its_mode(void **state) {
    (void)state;
    struct addr where = path_address("mode");
    mode_t before = umask(0);
    int listener = listen_on(&where, &(struct sock_listen){.backlog = 8, .mode = 0660, .group = getegid()});
    umask(before);
    struct stat what;
    assert_int_equal(lstat(where.local.sun_path, &what), 0);
    assert_int_equal(what.st_mode & 07777, 0660);
    assert_int_equal(what.st_gid, getegid());
    fd_close(&listener);
    unlink(where.local.sun_path);
}

static void stale_path_is_replaced(void **state) {
    (void)state;
    struct addr where = path_address("stale");
    int dead = listen_on(&where, &plain);
    fd_close(&dead);
    int alive = listen_on(&where, &plain);
    int client = sock_connect(&where);
    assert_true(client >= 0);
    fd_close(&client);
    fd_close(&alive);
    unlink(where.local.sun_path);
}

static void live_path_is_not_stolen(void **state) {
    (void)state;
    struct addr where = path_address("live");
    int alive = listen_on(&where, &plain);
    struct error error;
    assert_int_equal(sock_listen(&where, &plain, &error), -1);
    assert_non_null(strstr(error.sentence, "in use"));
    int client = sock_connect(&where);
    assert_true(client >= 0);
    fd_close(&client);
    fd_close(&alive);
    unlink(where.local.sun_path);
}

static void other_files_are_not_removed(void **state) {
    (void)state;
    struct addr where = path_address("file"), nowhere = path_address("none/sock");
    int file = open(where.local.sun_path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    struct error error;
    assert_int_equal(sock_listen(&where, &plain, &error), -1);
    assert_int_equal(access(where.local.sun_path, F_OK), 0);
    assert_int_equal(sock_listen(&nowhere, &plain, &error), -1);
    fd_close(&file);
    unlink(where.local.sun_path);
}

static void message_carries_descriptors(void **state) {
    (void)state;
    int pair[2], pipe_ends[2];
    struct sock_fds fds;
    char text[100];
    unsigned before = open_count();
    assert_true(sock_pair(pair));
    assert_int_equal(pipe(pipe_ends), 0);
    assert_true(sock_send(pair[0], slice_text("two"), pipe_ends, 2));
    assert_true(sock_send(pair[0], slice_text("none"), NULL, 0));
    assert_int_equal(sock_receive(pair[1], text, sizeof(text), &fds), 3);
    assert_int_equal(fds.count, 2);
    assert_true((fcntl(fds.fds[0], F_GETFD) & FD_CLOEXEC) != 0);
    assert_int_equal(write(fds.fds[1], "x", 1), 1);
    assert_int_equal(read(pipe_ends[0], text, 1), 1);
    fd_close(&fds.fds[0]);
    fd_close(&fds.fds[1]);
    assert_int_equal(sock_receive(pair[1], text, sizeof(text), &fds), 4);
    assert_int_equal(fds.count, 0);
    assert_int_equal(sock_receive(pair[1], text, sizeof(text), &fds), -1);
    assert_int_equal(errno, EAGAIN);
    fd_close(&pair[0]);
    assert_int_equal(sock_receive(pair[1], text, sizeof(text), &fds), 0);
    assert_false(sock_send(pair[1], slice_text("x"), NULL, 0));
    fd_close(&pair[1]);
    fd_close(&pipe_ends[0]);
    fd_close(&pipe_ends[1]);
    assert_int_equal(open_count(), before);
}

static void full_load_of_descriptors_arrives(void **state) {
    (void)state;
    int pair[2], many[SOCK_FDS_MAX];
    struct sock_fds fds;
    char text[10];
    unsigned before = open_count();
    assert_true(sock_pair(pair));
    for (int i = 0; i < SOCK_FDS_MAX; i++)
        many[i] = pair[0];
    assert_true(sock_send(pair[0], slice_text("all"), many, SOCK_FDS_MAX));
    assert_int_equal(sock_receive(pair[1], text, sizeof(text), &fds), 3);
    assert_int_equal(fds.count, SOCK_FDS_MAX);
    for (int i = 0; i < SOCK_FDS_MAX; i++)
        fd_close(&fds.fds[i]);
    fd_close(&pair[0]);
    fd_close(&pair[1]);
    assert_int_equal(open_count(), before);
}

/* What sock_send would never send: more descriptors than agreed, with a message of any length. */
static void send_many(int fd, const char *text, size_t len, size_t count) {
    enum { MOST = 200 };
    union {
        char bytes[CMSG_SPACE(sizeof(int) * MOST)];
        struct cmsghdr align;
    } control = {.bytes = {0}};
    struct iovec part = {.iov_base = (void *)(uintptr_t)text, .iov_len = len};
    struct msghdr header = {.msg_iov = &part,
                            .msg_iovlen = 1,
                            .msg_control = control.bytes,
                            .msg_controllen = CMSG_SPACE(sizeof(int) * count)};
    struct cmsghdr *first = CMSG_FIRSTHDR(&header);
    *first =
        (struct cmsghdr){.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS, .cmsg_len = CMSG_LEN(sizeof(int) * count)};
    int fds[MOST];
    for (size_t i = 0; i < count; i++)
        fds[i] = fd;
    memcpy(CMSG_DATA(first), fds, sizeof(int) * count);
    assert_true(sendmsg(fd, &header, 0) >= 0);
}

static void too_many_descriptors_are_refused_without_a_leak(void **state) {
    (void)state;
    static const size_t counts[] = {SOCK_FDS_MAX + 1, SOCK_FDS_MAX + 2, 200};
    int pair[2];
    struct sock_fds fds;
    char text[10];
    assert_true(sock_pair(pair));
    unsigned before = open_count();
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        send_many(pair[0], "x", 1, counts[i]);
        assert_int_equal(sock_receive(pair[1], text, sizeof(text), &fds), -1);
        assert_int_equal(errno, EBADMSG);
        assert_int_equal(fds.count, 0);
        assert_int_equal(open_count(), before);
    }
    fd_close(&pair[0]);
    fd_close(&pair[1]);
}

static void long_message_is_refused_without_a_leak(void **state) {
    (void)state;
    int pair[2];
    struct sock_fds fds;
    char text[3];
    assert_true(sock_pair(pair));
    unsigned before = open_count();
    assert_true(sock_send(pair[0], slice_text("four"), pair, 1));
    assert_int_equal(sock_receive(pair[1], text, sizeof(text), &fds), -1);
    assert_int_equal(errno, EMSGSIZE);
    assert_int_equal(fds.count, 0);
    assert_int_equal(open_count(), before);
    fd_close(&pair[0]);
    fd_close(&pair[1]);
}

static void empty_message_with_descriptors_leaks_nothing(void **state) {
    (void)state;
    int pair[2];
    struct sock_fds fds;
    char text[3];
    assert_true(sock_pair(pair));
    unsigned before = open_count();
    send_many(pair[0], "", 0, 3);
    assert_int_equal(sock_receive(pair[1], text, sizeof(text), &fds), 0);
    assert_int_equal(fds.count, 0);
    assert_int_equal(open_count(), before);
    fd_close(&pair[0]);
    fd_close(&pair[1]);
}

static void foreign_control_data_is_refused(void **state) {
    (void)state;
    int pair[2], on = 1;
    struct sock_fds fds;
    char text[10];
    assert_true(sock_pair(pair));
    assert_int_equal(setsockopt(pair[1], SOL_SOCKET, SO_PASSCRED, &on, sizeof(on)), 0);
    assert_true(sock_send(pair[0], slice_text("x"), NULL, 0));
    assert_int_equal(sock_receive(pair[1], text, sizeof(text), &fds), -1);
    assert_int_equal(errno, EBADMSG);
    fd_close(&pair[0]);
    fd_close(&pair[1]);
}

static void peer_of_a_unix_socket_is_known(void **state) {
    (void)state;
    int pair[2];
    struct sock_peer peer;
    assert_true(sock_pair(pair));
    assert_true(sock_peer(pair[0], &peer));
    assert_int_equal(peer.pid, getpid());
    assert_int_equal(peer.uid, geteuid());
    assert_int_equal(peer.gid, getegid());
    assert_true(sock_peer_in_group(pair[0], getegid()));
    assert_false(sock_peer_in_group(pair[0], 54321));
    fd_close(&pair[0]);
    fd_close(&pair[1]);
}

static void peer_of_a_tcp_socket_is_nobody(void **state) {
    (void)state;
    struct addr any_port = address("127.0.0.1:0");
    struct sock_peer peer;
    int listener = listen_on(&any_port, &plain);
    assert_false(sock_peer(listener, &peer));
    assert_false(sock_peer_in_group(listener, getegid()));
    assert_false(sock_peer(-1, &peer));
    fd_close(&listener);
}

static void groups_are_found_by_name(void **state) {
    (void)state;
    gid_t group = 99;
    assert_true(sock_find_group("root", &group));
    assert_int_equal(group, 0);
    group = 99;
    assert_false(sock_find_group("no-such-group-anywhere", &group));
    assert_int_equal(group, 99);
}

static void tcp_options_are_set_or_ignored(void **state) {
    (void)state;
    struct addr any_port = address("127.0.0.1:0");
    int listener = listen_on(&any_port, &plain), pair[2], value = 0;
    socklen_t len = sizeof(value);
    sock_set_nodelay(listener);
    sock_set_quickack(listener);
    sock_set_user_timeout(listener, 12345);
    assert_int_equal(getsockopt(listener, IPPROTO_TCP, TCP_NODELAY, &value, &len), 0);
    assert_int_equal(value, 1);
    assert_int_equal(getsockopt(listener, IPPROTO_TCP, TCP_USER_TIMEOUT, &value, &len), 0);
    assert_int_equal(value, 12345);
    assert_true(sock_pair(pair));
    sock_set_nodelay(pair[0]);
    sock_set_nodelay(-1);
    fd_close(&pair[0]);
    fd_close(&pair[1]);
    fd_close(&listener);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tcp_listens_connects_and_accepts),
        cmocka_unit_test(refused_connection_tells_why),
        cmocka_unit_test(port_in_use_is_named_in_the_error),
        cmocka_unit_test(reuse_port_shares_the_address),
        cmocka_unit_test(ipv6_leaves_ipv4_alone),
        cmocka_unit_test(unix_path_has_its_mode),
        cmocka_unit_test(stale_path_is_replaced),
        cmocka_unit_test(live_path_is_not_stolen),
        cmocka_unit_test(other_files_are_not_removed),
        cmocka_unit_test(message_carries_descriptors),
        cmocka_unit_test(full_load_of_descriptors_arrives),
        cmocka_unit_test(too_many_descriptors_are_refused_without_a_leak),
        cmocka_unit_test(long_message_is_refused_without_a_leak),
        cmocka_unit_test(empty_message_with_descriptors_leaks_nothing),
        cmocka_unit_test(foreign_control_data_is_refused),
        cmocka_unit_test(peer_of_a_unix_socket_is_known),
        cmocka_unit_test(peer_of_a_tcp_socket_is_nobody),
        cmocka_unit_test(groups_are_found_by_name),
        cmocka_unit_test(tcp_options_are_set_or_ignored),
    };
    return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
