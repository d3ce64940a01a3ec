/* Serving the admin socket. */
#include "control/admin.h"

#include "base/bug.h"
#include "base/log.h"
#include "os/fd.h"
#include "os/sock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <unistd.h>

/* READING the line, WORKING on it, WRITING the answer; FREE: nobody. */
enum client_state { CLIENT_FREE, CLIENT_READING, CLIENT_WORKING, CLIENT_WRITING };

/* source first: events lead back to the client. */
struct client {
    struct loop_source source;
    struct admin *admin;
    enum client_state state;
    uint32_t number;
    uid_t user;
    struct deadline deadline;
    struct buf in;
    struct buf out;
};

/* last_number: clients are numbered through, so that a late answer cannot reach the next one. */
struct admin {
    struct loop_source source;
    struct loop *loop;
    struct admin_users users;
    admin_request *request;
    void *owner;
    uint32_t last_number;
    struct client clients[ADMIN_CLIENTS_MAX];
};

static void on_connection(struct loop_source *source, uint32_t events);
static void turn_away(int fd, const char *text);
static struct client *free_client(struct admin *admin);
static bool may_ask(const struct admin *admin, int fd, uid_t *user);
static void start_client(struct admin *admin, struct client *client, int fd, uid_t user);
static void on_client(struct loop_source *source, uint32_t events);
static void on_late(struct deadline *deadline);
static void read_line(struct client *client);
static void take_line(struct client *client, size_t len);
static void begin_answer(struct client *client, bool done, struct slice text);
static void write_out(struct client *client);
static void close_client(struct client *client);
static void wait_at_most(struct client *client, int64_t milliseconds);

struct admin *admin_new(struct loop *loop, int listener, const struct admin_users *users, admin_request *request,
                        void *owner) {
    struct admin *admin = calloc(1, sizeof(*admin));
    if (!admin) {
        fd_close(&listener);
        return NULL;
    }
    admin->source = (struct loop_source){.fd = listener, .on_event = on_connection};
    admin->loop = loop;
    admin->users = *users;
    admin->request = request;
    admin->owner = owner;
    if (!loop_add_level(loop, &admin->source)) {
        fd_close(&admin->source.fd);
        free(admin);
        return NULL;
    }
    return admin;
}

void admin_free(struct admin **admin) {
    if (!*admin)
        return;
    for (size_t i = 0; i < ADMIN_CLIENTS_MAX; i++)
        if ((*admin)->clients[i].state != CLIENT_FREE)
            close_client(&(*admin)->clients[i]);
    loop_remove((*admin)->loop, &(*admin)->source);
    fd_close(&(*admin)->source.fd);
    free(*admin);
    *admin = NULL;
}

uid_t admin_user(const struct admin *admin, uint32_t client) {
    for (size_t i = 0; i < ADMIN_CLIENTS_MAX; i++)
        if (admin->clients[i].state != CLIENT_FREE && admin->clients[i].number == client)
            return admin->clients[i].user;
    bug_on(true);
}

void admin_answer(struct admin *admin, uint32_t client, bool done, struct slice text) {
    for (size_t i = 0; i < ADMIN_CLIENTS_MAX; i++)
        if (admin->clients[i].state == CLIENT_WORKING && admin->clients[i].number == client)
            begin_answer(&admin->clients[i], done, text);
}

static void on_connection(struct loop_source *source, uint32_t events) {
    (void)events;
    struct admin *admin = list_entry(source, struct admin, source);
    int fd = sock_accept(source->fd, NULL);
    if (fd < 0)
        return;
    uid_t user;
    struct client *client = free_client(admin);
    if (!client)
        turn_away(fd, "Too many clients; try again.\n");
    else if (!may_ask(admin, fd, &user))
        turn_away(fd, "Only root, the user who started the gateway, and the group \"sallyport\" may ask.\n");
    else
        start_client(admin, client, fd, user);
}

/* The answer fits into an empty socket's buffer. */
static void turn_away(int fd, const char *text) {
    char answer[ADMIN_LINE_MAX];
    int len = snprintf(answer, sizeof(answer), "failed %zu\n%s", strlen(text), text);
    ssize_t ignored = write(fd, answer, (size_t)len);
    (void)ignored;
    fd_close(&fd);
}

static struct client *free_client(struct admin *admin) {
    for (size_t i = 0; i < ADMIN_CLIENTS_MAX; i++)
        if (admin->clients[i].state == CLIENT_FREE)
            return &admin->clients[i];
    return NULL;
}

/* The socket's mode says the same; this holds also where somebody changed that. */
static bool may_ask(const struct admin *admin, int fd, uid_t *user) {
    struct sock_peer peer;
    if (!sock_peer(fd, &peer))
        return false;
    *user = peer.uid;
    if (peer.uid == 0 || peer.uid == admin->users.owner)
        return true;
    if (admin->users.has_group && sock_peer_in_group(fd, admin->users.group))
        return true;
    log_line(LOG_LEVEL_WARNING, "user %u may not use the admin socket", (unsigned)peer.uid);
    return false;
}

static void start_client(struct admin *admin, struct client *client, int fd, uid_t user) {
    client->user = user;
    client->source = (struct loop_source){.fd = fd, .on_event = on_client};
    client->admin = admin;
    client->state = CLIENT_READING;
    client->number = ++admin->last_number;
    buf_init(&client->in, ADMIN_LINE_MAX);
    buf_init(&client->out, ADMIN_ANSWER_BYTES_MAX + ADMIN_LINE_MAX);
    deadline_init(&client->deadline, on_late);
    wait_at_most(client, ADMIN_WAIT_MS);
    if (!loop_add(admin->loop, &client->source)) {
        client->state = CLIENT_FREE;
        deadline_clear(loop_deadlines(admin->loop), &client->deadline);
        fd_close(&client->source.fd);
    }
}

/* A client that hangs up while we work is let go; the work is done all the same. */
static void on_client(struct loop_source *source, uint32_t events) {
    struct client *client = (struct client *)(void *)source;
    if (client->state == CLIENT_READING)
        read_line(client);
    else if (client->state == CLIENT_WRITING)
        write_out(client);
    else if (client->state == CLIENT_WORKING && (events & (EPOLLHUP | EPOLLERR)))
        close_client(client);
}

static void on_late(struct deadline *deadline) {
    close_client(list_entry(deadline, struct client, deadline));
}

static void read_line(struct client *client) {
    for (;;) {
        size_t room = ADMIN_LINE_MAX - buf_len(&client->in);
        uint8_t *to = room > 0 ? buf_reserve(&client->in, room) : NULL;
        ssize_t got = to ? read(client->source.fd, to, room) : 0;
        if (got < 0 && (errno == EAGAIN || errno == EINTR))
            return;
        if (got <= 0) {
            close_client(client);
            return;
        }
        buf_commit(&client->in, (size_t)got);
        ptrdiff_t end = slice_find(buf_view(&client->in), '\n');
        if (end >= 0) {
            take_line(client, (size_t)end);
            return;
        }
    }
}

/* Nothing may follow the line, and nothing in it may be other than printable ASCII. */
static void take_line(struct client *client, size_t len) {
    struct slice line = buf_view(&client->in);
    bool good = line.len == len + 1;
    for (size_t i = 0; i < len; i++)
        good = good && line.data[i] >= ' ' && line.data[i] <= '~';
    client->state = CLIENT_WORKING;
    wait_at_most(client, ADMIN_WORK_MS);
    if (good)
        client->admin->request(client->admin->owner, client->number, slice_of(line.data, len));
    else
        begin_answer(client, false, slice_text("The request is malformed.\n"));
}

static void begin_answer(struct client *client, bool done, struct slice text) {
    if (text.len > ADMIN_ANSWER_BYTES_MAX) {
        done = false;
        text = slice_text("The answer is too long.\n");
    }
    client->state = CLIENT_WRITING;
    wait_at_most(client, ADMIN_WAIT_MS);
    if (buf_printf(&client->out, "%s %zu\n", done ? "ok" : "failed", text.len) && buf_append(&client->out, text))
        write_out(client);
    else
        close_client(client);
}

static void write_out(struct client *client) {
    while (buf_len(&client->out) > 0) {
        struct slice rest = buf_view(&client->out);
        ssize_t written = write(client->source.fd, rest.data, rest.len);
        if (written < 0 && errno == EINTR)
            continue;
        if (written < 0 && errno == EAGAIN)
            return;
        if (written < 0)
            break;
        buf_consume(&client->out, (size_t)written);
    }
    close_client(client);
}

static void close_client(struct client *client) {
    client->state = CLIENT_FREE;
    deadline_clear(loop_deadlines(client->admin->loop), &client->deadline);
    loop_remove(client->admin->loop, &client->source);
    fd_close(&client->source.fd);
    buf_fini(&client->in);
    buf_fini(&client->out);
}

static void wait_at_most(struct client *client, int64_t milliseconds) {
    struct loop *loop = client->admin->loop;
    deadline_set(loop_deadlines(loop), &client->deadline, loop_now_ms(loop) + milliseconds);
}
