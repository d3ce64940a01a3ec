/* One TLS connection of the load tool. */
#include "connection.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static bool open_socket(struct connection *connection, const struct options *options, int epoll_fd);
static bool open_tls(struct connection *connection, SSL_CTX *context, const struct options *options);
static enum connection_outcome shake(struct connection *connection, const struct options *options);
static enum connection_outcome send_request(struct connection *connection, const struct options *options);
static enum connection_outcome read_answer(struct connection *connection, const struct options *options);
static enum connection_outcome check_answer(struct connection *connection, const struct options *options);
static bool begin_streams(struct connection *connection, const struct options *options);
static enum connection_outcome stream(struct connection *connection);
static enum connection_outcome send_streams(struct connection *connection);
static enum connection_outcome rest(struct connection *connection);
static enum connection_outcome await_end(struct connection *connection);
static enum connection_outcome wait_or_fail(struct connection *connection, int result);
static enum connection_outcome fail(struct connection *connection, const char *sentence);

bool connection_open(struct connection *connection, SSL_CTX *context, const struct options *options, int epoll_fd) {
    connection->resumed = false;
    connection->operations = 1;
    connection->phase = CONNECTION_SHAKING;
    if (open_socket(connection, options, epoll_fd) && open_tls(connection, context, options))
        return true;
    snprintf(connection->error, sizeof(connection->error), "cannot open a connection: %s", strerror(errno));
    connection_drop(connection);
    return false;
}

enum connection_outcome connection_advance(struct connection *connection, const struct options *options) {
    switch (connection->phase) {
    case CONNECTION_SHAKING:
        return shake(connection, options);
    case CONNECTION_SENDING:
        return send_request(connection, options);
    case CONNECTION_READING:
        return read_answer(connection, options);
    case CONNECTION_STREAMING:
        return stream(connection);
    case CONNECTION_RESTING:
        return rest(connection);
    case CONNECTION_CLOSING:
        return await_end(connection);
    case CONNECTION_UNUSED:
        break;
    }
    return CONNECTION_WAITS;
}

void connection_ask(struct connection *connection) {
    if (connection->streams != NULL) {
        connection->phase = CONNECTION_STREAMING;
        return;
    }
    answer_reset(&connection->answer);
    connection->phase = CONNECTION_SENDING;
}

void connection_shut(struct connection *connection) {
    SSL_shutdown(connection->ssl);
    ERR_clear_error();
    connection->phase = CONNECTION_CLOSING;
}

void connection_drop(struct connection *connection) {
    SSL_free(connection->ssl);
    streams_free(connection->streams);
    if (connection->fd > 0)
        close(connection->fd);
    connection->ssl = NULL;
    connection->streams = NULL;
    connection->fd = 0;
    connection->phase = CONNECTION_UNUSED;
    ERR_clear_error();
}

void connection_fini(struct connection *connection) {
    connection_drop(connection);
    SSL_SESSION_free(connection->ticket.session);
    connection->ticket.session = NULL;
}

const char *connection_phase_name(const struct connection *connection) {
    static const char *const names[] = {
        [CONNECTION_UNUSED] = "nothing",
        [CONNECTION_SHAKING] = "the handshake",
        [CONNECTION_SENDING] = "the request",
        [CONNECTION_READING] = "the answer",
        [CONNECTION_STREAMING] = "the streams",
        [CONNECTION_RESTING] = "the rest after the answer",
        [CONNECTION_CLOSING] = "the end of the connection",
    };
    return names[connection->phase];
}

static bool open_socket(struct connection *connection, const struct options *options, int epoll_fd) {
    int on = 1;
    connection->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (connection->fd < 0)
        return false;
    setsockopt(connection->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    if (connect(connection->fd, (const struct sockaddr *)&options->address, sizeof(options->address)) != 0 &&
        errno != EINPROGRESS)
        return false;
    struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLET, .data.ptr = connection};
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, connection->fd, &event) == 0;
}

static bool open_tls(struct connection *connection, SSL_CTX *context, const struct options *options) {
    connection->ssl = SSL_new(context);
    if (connection->ssl == NULL)
        return false;
    SSL_set_app_data(connection->ssl, &connection->ticket);
    if (options->scenario->resumes && connection->ticket.session != NULL &&
        !SSL_set_session(connection->ssl, connection->ticket.session))
        return false;
    return SSL_set_fd(connection->ssl, connection->fd) && SSL_set_tlsext_host_name(connection->ssl, options->name);
}

static enum connection_outcome shake(struct connection *connection, const struct options *options) {
    bool offered = options->scenario->resumes && connection->ticket.session != NULL;
    int result = SSL_connect(connection->ssl);
    if (result != 1)
        return wait_or_fail(connection, result);
    connection->resumed = SSL_session_reused(connection->ssl);
    if (offered && !connection->resumed)
        return fail(connection, "the proxy did not take the ticket: not resumed");
    if (options->streams > 0 && !begin_streams(connection, options))
        return fail(connection, "the proxy does not speak HTTP/2");
    connection->phase = CONNECTION_RESTING;
    return CONNECTION_ESTABLISHED;
}

static bool begin_streams(struct connection *connection, const struct options *options) {
    const unsigned char *protocol;
    unsigned len;
    SSL_get0_alpn_selected(connection->ssl, &protocol, &len);
    if (len != 2 || memcmp(protocol, "h2", 2) != 0)
        return false;
    connection->streams = streams_new(options);
    return connection->streams != NULL;
}

static enum connection_outcome send_request(struct connection *connection, const struct options *options) {
    char request[600];
    int len =
        snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: bench\r\nAccept: */*\r\n\r\n",
                 options->scenario->path, options->name);
    size_t written;
    int result = SSL_write_ex(connection->ssl, request, (size_t)len, &written);
    if (result != 1)
        return wait_or_fail(connection, result);
    connection->phase = CONNECTION_READING;
    return CONNECTION_WAITS; /* for the event: a read now would only cost a system call */
}

static enum connection_outcome read_answer(struct connection *connection, const struct options *options) {
    static char bytes[16384]; /* the load tool has one thread */
    while (connection->answer.state == ANSWER_HEAD || connection->answer.state == ANSWER_BODY) {
        size_t len;
        int result = SSL_read_ex(connection->ssl, bytes, sizeof(bytes), &len);
        if (result != 1)
            return wait_or_fail(connection, result);
        connection->body_bytes += answer_take(&connection->answer, bytes, len);
    }
    connection->phase = CONNECTION_RESTING;
    return check_answer(connection, options);
}

/* Takes what has come, and then sends, in one write, what all of it gives rise to. */
static enum connection_outcome stream(struct connection *connection) {
    static uint8_t bytes[16384]; /* the load tool has one thread */
    struct streams *streams = connection->streams;
    size_t len;
    int result;
    while ((result = SSL_read_ex(connection->ssl, bytes, sizeof(bytes), &len)) == 1) {
        if (!streams_take(streams, bytes, len))
            return fail(connection, streams_error(streams));
    }
    if (wait_or_fail(connection, result) == CONNECTION_FAILED || send_streams(connection) == CONNECTION_FAILED)
        return CONNECTION_FAILED;
    uint64_t body_bytes;
    connection->operations = streams_answered(streams, &body_bytes);
    connection->body_bytes += body_bytes;
    return connection->operations > 0 ? CONNECTION_ANSWERED : CONNECTION_WAITS;
}

static enum connection_outcome send_streams(struct connection *connection) {
    const uint8_t *bytes;
    size_t len, written;
    while ((bytes = streams_to_send(connection->streams, &len)) != NULL && len > 0) {
        int result = SSL_write_ex(connection->ssl, bytes, len, &written);
        if (result != 1)
            return wait_or_fail(connection, result);
        streams_sent(connection->streams, written);
    }
    return bytes != NULL ? CONNECTION_WAITS : fail(connection, streams_error(connection->streams));
}

static enum connection_outcome check_answer(struct connection *connection, const struct options *options) {
    const struct answer *answer = &connection->answer;
    char sentence[96];
    if (answer->status != 0 && answer->status != 200) {
        snprintf(sentence, sizeof(sentence), "the answer has status %d", answer->status);
        return fail(connection, sentence);
    }
    if (answer->state == ANSWER_BROKEN)
        return fail(connection, "the answer is not one that this tool can read");
    if (answer->body_bytes != options->scenario->body_bytes)
        return fail(connection, "the answer's body is not as long as it should be");
    return CONNECTION_ANSWERED;
}

/* Only tickets may come now: they are read inside the library and leave nothing to return. */
static enum connection_outcome rest(struct connection *connection) {
    char byte;
    size_t len;
    int result = SSL_read_ex(connection->ssl, &byte, 1, &len);
    if (result == 1)
        return fail(connection, "bytes came that nobody asked for");
    return wait_or_fail(connection, result);
}

/* What still comes is let go: HAProxy answers the end of a connection that asked nothing with an error page. An end
 * without close_notify makes the library forget that ours was sent, and then call the session spoilt; so it is told
 * again. */
static enum connection_outcome await_end(struct connection *connection) {
    char bytes[1024];
    size_t len;
    int result;
    do
        result = SSL_read_ex(connection->ssl, bytes, sizeof(bytes), &len);
    while (result == 1);
    if (SSL_get_error(connection->ssl, result) != SSL_ERROR_ZERO_RETURN)
        return wait_or_fail(connection, result);
    SSL_set_shutdown(connection->ssl, SSL_SENT_SHUTDOWN | SSL_RECEIVED_SHUTDOWN);
    return CONNECTION_CLOSED;
}

static enum connection_outcome wait_or_fail(struct connection *connection, int result) {
    char sentence[96];
    switch (SSL_get_error(connection->ssl, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
        return CONNECTION_WAITS;
    case SSL_ERROR_ZERO_RETURN:
        return fail(connection, "the proxy closed the connection");
    case SSL_ERROR_SYSCALL:
        return fail(connection, errno != 0 ? strerror(errno) : "the connection ended");
    default:
        snprintf(sentence, sizeof(sentence), "TLS: %s", ERR_reason_error_string(ERR_peek_last_error()));
        return fail(connection, sentence);
    }
}

static enum connection_outcome fail(struct connection *connection, const char *sentence) {
    snprintf(connection->error, sizeof(connection->error), "in %s: %s", connection_phase_name(connection), sentence);
    ERR_clear_error();
    return CONNECTION_FAILED;
}
