/* The backend of the comparison: a keep-alive HTTP/1.1 server that costs next to nothing. "/" has 100 bytes, "/bulk"
 * 16 MiB. With --require NAME it refuses (403) a request that lacks this header, so that a proxy which drops the
 * client's certificate is found out. With --tls PREFIX --trust FILE it speaks TLS as PREFIX.pem and requires a client
 * certificate. Prints "listening PORT" at the start and "answered N" at SIGTERM. */
#include "link.h"

#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#define SMALL_BYTES     100
#define BULK_BYTES      (16 * 1024 * 1024)
#define HEAD_MAX        32768 /* a request with a forwarded chain stays far below */
#define CONNECTIONS_MAX 4096  /* a proxy keeps a few dozen */
#define EVENTS_MAX      64

struct reply {
    char *bytes; /* head and body in one piece */
    size_t len;
};

struct connection {
    struct link link;
    size_t head_len;
    const struct reply *reply; /* being written; NULL: a request is being read */
    size_t written;
    char head[HEAD_MAX + 1];
};

struct backend {
    int listener;
    int epoll_fd;
    const char *required; /* header's name, or NULL */
    SSL_CTX *tls;         /* NULL: in the clear */
    uint64_t answered;
    struct connection *connections[CONNECTIONS_MAX]; /* by descriptor */
    struct reply small;
    struct reply bulk;
    struct reply refusal;
};

static volatile sig_atomic_t stopped;

static bool read_options(struct backend *backend, uint16_t *port, int argc, char **argv);
static void stop(int number);
static bool backend_init(struct backend *backend, uint16_t port);
static bool backend_listen(struct backend *backend, uint16_t port);
static void backend_fini(struct backend *backend);
static bool reply_init(struct reply *reply, const char *status, size_t body_bytes);
static void serve(struct backend *backend);
static void accept_all(struct backend *backend);
static bool advance(struct backend *backend, struct connection *connection);
static bool take_requests(struct backend *backend, struct connection *connection);
static const struct reply *choose(const struct backend *backend, const char *head);
static bool has_header(const char *head, const char *name);
static bool write_reply(struct connection *connection, bool *finished);
static void connection_free(struct backend *backend, struct connection *connection);

int main(int argc, char **argv) {
    static struct backend backend;
    uint16_t port = 0;
    if (!read_options(&backend, &port, argc, argv)) {
        fputs("usage: bench-backend [--port PORT] [--require HEADER] [--tls PREFIX --trust FILE]\n", stderr);
        return 2;
    }
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGTERM, &action, NULL);
    sigaction(SIGINT, &action, NULL);
    signal(SIGPIPE, SIG_IGN);
    if (!backend_init(&backend, port)) {
        perror("bench-backend");
        return 1;
    }
    serve(&backend);
    printf("answered %llu\n", (unsigned long long)backend.answered);
    fflush(stdout);
    backend_fini(&backend);
    return 0;
}

static bool read_options(struct backend *backend, uint16_t *port, int argc, char **argv) {
    static const struct option names[] = {{"port", required_argument, NULL, 'p'},
                                          {"require", required_argument, NULL, 'r'},
                                          {"tls", required_argument, NULL, 's'},
                                          {"trust", required_argument, NULL, 't'},
                                          {NULL, 0, NULL, 0}};
    const char *prefix = NULL, *trust = NULL;
    int letter;
    while ((letter = getopt_long(argc, argv, "", names, NULL)) != -1) {
        if (letter == 'p')
            *port = (uint16_t)strtoul(optarg, NULL, 10);
        else if (letter == 'r')
            backend->required = optarg;
        else if (letter == 's')
            prefix = optarg;
        else if (letter == 't')
            trust = optarg;
        else
            return false;
    }
    if (prefix == NULL && trust == NULL)
        return true;
    backend->tls = prefix != NULL && trust != NULL ? link_context_new(prefix, trust) : NULL;
    return backend->tls != NULL;
}

static void stop(int number) {
    (void)number;
    stopped = 1;
}

static bool backend_init(struct backend *backend, uint16_t port) {
    backend->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    return backend->epoll_fd >= 0 && reply_init(&backend->small, "200 OK", SMALL_BYTES) &&
        reply_init(&backend->bulk, "200 OK", BULK_BYTES) && reply_init(&backend->refusal, "403 Forbidden", 0) &&
        backend_listen(backend, port);
}

static bool backend_listen(struct backend *backend, uint16_t port) {
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(port),
                                  .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(address);
    int on = 1;
    backend->listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (backend->listener < 0)
        return false;
    setsockopt(backend->listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (bind(backend->listener, (struct sockaddr *)&address, len) != 0 || listen(backend->listener, 4096) != 0 ||
        getsockname(backend->listener, (struct sockaddr *)&address, &len) != 0)
        return false;
    printf("listening %u\n", ntohs(address.sin_port));
    fflush(stdout);
    struct epoll_event event = {.events = EPOLLIN};
    return epoll_ctl(backend->epoll_fd, EPOLL_CTL_ADD, backend->listener, &event) == 0;
}

static void backend_fini(struct backend *backend) {
    for (size_t i = 0; i < CONNECTIONS_MAX; i++) {
        if (backend->connections[i] != NULL)
            connection_free(backend, backend->connections[i]);
    }
    SSL_CTX_free(backend->tls);
    free(backend->small.bytes);
    free(backend->bulk.bytes);
    free(backend->refusal.bytes);
    close(backend->listener);
    close(backend->epoll_fd);
}

static bool reply_init(struct reply *reply, const char *status, size_t body_bytes) {
    char head[128];
    int head_len =
        snprintf(head, sizeof(head), "HTTP/1.1 %s\r\nContent-Type: text/plain\r\nContent-Length: %zu\r\n\r\n", status,
                 body_bytes);
    reply->len = (size_t)head_len + body_bytes;
    reply->bytes = malloc(reply->len);
    if (reply->bytes == NULL)
        return false;
    memcpy(reply->bytes, head, (size_t)head_len);
    for (size_t i = 0; i < body_bytes; i++)
        reply->bytes[(size_t)head_len + i] = (char)('a' + i % 26);
    return true;
}

static void serve(struct backend *backend) {
    struct epoll_event events[EVENTS_MAX];
    while (!stopped) {
        int count = epoll_wait(backend->epoll_fd, events, EVENTS_MAX, -1);
        for (int i = 0; i < count; i++) {
            struct connection *connection = events[i].data.ptr;
            if (connection == NULL)
                accept_all(backend);
            else if (!advance(backend, connection))
                connection_free(backend, connection);
        }
    }
}

static void accept_all(struct backend *backend) {
    int on = 1;
    int fd;
    while ((fd = accept4(backend->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC)) >= 0) {
        struct connection *connection = calloc(1, sizeof(*connection));
        struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = connection};
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
        if (fd >= CONNECTIONS_MAX || connection == NULL || !link_init(&connection->link, fd, backend->tls)) {
            close(fd);
            free(connection);
            continue;
        }
        backend->connections[fd] = connection;
        if (epoll_ctl(backend->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
            connection_free(backend, connection);
    }
}

/* Reads and answers until it would wait; false when the connection is over. */
static bool advance(struct backend *backend, struct connection *connection) {
    for (;;) {
        if (!take_requests(backend, connection))
            return false;
        if (connection->reply != NULL)
            return true; /* waits for room to write */
        if (connection->head_len == HEAD_MAX)
            return false;
        size_t room = HEAD_MAX - connection->head_len;
        ssize_t len = link_read(&connection->link, connection->head + connection->head_len, room);
        if (len == 0)
            return false;
        if (len < 0)
            return errno == EAGAIN || errno == EINTR;
        connection->head_len += (size_t)len;
        connection->head[connection->head_len] = '\0';
        if ((size_t)len < room && connection->link.ssl == NULL)
            return take_requests(backend, connection);
    }
}

/* Answers every complete request in the buffer, as far as the socket takes it; false on an error of the socket. */
static bool take_requests(struct backend *backend, struct connection *connection) {
    for (;;) {
        bool finished = true;
        if (connection->reply != NULL && !write_reply(connection, &finished))
            return false;
        if (!finished)
            return true;
        char *end = strstr(connection->head, "\r\n\r\n");
        if (end == NULL)
            return true;
        end[2] = '\0';
        connection->reply = choose(backend, connection->head);
        connection->written = 0;
        backend->answered++;
        size_t used = (size_t)(end + 4 - connection->head);
        connection->head_len -= used;
        memmove(connection->head, end + 4, connection->head_len + 1);
    }
}

static const struct reply *choose(const struct backend *backend, const char *head) {
    if (backend->required != NULL && !has_header(head, backend->required))
        return &backend->refusal;
    return strncmp(head, "GET /bulk ", 10) == 0 ? &backend->bulk : &backend->small;
}

/* True when the head has the header with a value that is not empty. */
static bool has_header(const char *head, const char *name) {
    size_t len = strlen(name);
    for (const char *line = strstr(head, "\r\n"); line != NULL; line = strstr(line + 2, "\r\n")) {
        if (strncasecmp(line + 2, name, len) == 0 && line[2 + len] == ':') {
            const char *value = line + 3 + len;
            return value[strspn(value, " ")] != '\r';
        }
    }
    return false;
}

static bool write_reply(struct connection *connection, bool *finished) {
    const struct reply *reply = connection->reply;
    *finished = false;
    while (connection->written < reply->len) {
        ssize_t len =
            link_write(&connection->link, reply->bytes + connection->written, reply->len - connection->written);
        if (len < 0)
            return errno == EAGAIN || errno == EINTR;
        connection->written += (size_t)len;
    }
    connection->reply = NULL;
    *finished = true;
    return true;
}

static void connection_free(struct backend *backend, struct connection *connection) {
    backend->connections[connection->link.fd] = NULL;
    link_fini(&connection->link);
    free(connection);
}
