/* systemd's two small protocols: datagrams to NOTIFY_SOCKET, and sockets inherited from number 3 on. */
#include "os/service.h"

#include "base/text.h"
#include "os/fd.h"
#include "os/sock.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* FIRST_FD is fixed by sd_listen_fds(3). NOTE_BYTES: a status line beyond it is cut. */
enum { FIRST_FD = 3, NOTE_BYTES = 512 };

static bool refuse(struct error *error, const char *why);
static bool read_notify(struct service *service, struct error *error);
static bool read_watchdog(struct service *service, struct error *error);
static bool read_sockets(struct service *service, struct error *error);
static bool adopt_socket(struct service *service, int fd, struct error *error);
static bool meant_for_us(const char *pid_text);
static bool read_number(const char *text, uint64_t *number);
static void notify(const struct service *service, struct slice note);

bool service_init(struct service *service, struct error *error) {
    static const char *const names[] = {"NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID",
                                        "LISTEN_FDS",    "LISTEN_PID",    "LISTEN_FDNAMES"};
    *service = (struct service){.watchdog_ms = 0};
    bool done = read_notify(service, error) && read_watchdog(service, error) && read_sockets(service, error);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unsetenv(names[i]);
    if (!done)
        service_fini(service);
    return done;
}

void service_fini(struct service *service) {
    for (size_t i = 0; i < service->sockets_count; i++)
        fd_close(&service->sockets[i].fd);
    service->sockets_count = 0;
}

int service_take(struct service *service, const struct addr *addr) {
    for (size_t i = 0; i < service->sockets_count; i++) {
        struct service_socket *socket = &service->sockets[i];
        if (socket->fd >= 0 && addr_equal(&socket->addr, addr)) {
            int fd = socket->fd;
            socket->fd = -1;
            return fd;
        }
    }
    return -1;
}

void service_ready(const struct service *service) {
    notify(service, slice_text("READY=1"));
}

void service_reloading(const struct service *service, int64_t now_us) {
    char note[NOTE_BYTES];
    snprintf(note, sizeof(note), "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)now_us);
    notify(service, slice_text(note));
}

void service_stopping(const struct service *service) {
    notify(service, slice_text("STOPPING=1"));
}

void service_alive(const struct service *service) {
    notify(service, slice_text("WATCHDOG=1"));
}

void service_status(const struct service *service, const char *text) {
    char note[NOTE_BYTES];
    snprintf(note, sizeof(note), "STATUS=%s", text);
    text_clean(note, strlen(note)); /* a line end would begin another assignment */
    notify(service, slice_text(note));
}

static bool refuse(struct error *error, const char *why) {
    error_set(error, (struct error_place){.file = NULL}, "The environment from systemd is wrong: %s.", why);
    return false;
}

/* A path, or an abstract name with '@' in front. */
static bool read_notify(struct service *service, struct error *error) {
    const char *path = getenv("NOTIFY_SOCKET");
    if (path == NULL || path[0] == '\0')
        return true;
    size_t len = strlen(path);
    struct addr *addr = &service->notify;
    if ((path[0] != '/' && path[0] != '@') || len >= sizeof(addr->local.sun_path))
        return refuse(error, "NOTIFY_SOCKET is neither a path nor an abstract name");
    *addr = (struct addr){.local = {.sun_family = AF_UNIX}};
    memcpy(addr->local.sun_path, path, len);
    bool abstract = path[0] == '@';
    if (abstract)
        addr->local.sun_path[0] = '\0';
    addr->len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len + (abstract ? 0 : 1));
    return true;
}

static bool read_watchdog(struct service *service, struct error *error) {
    const char *text = getenv("WATCHDOG_USEC");
    const char *pid_text = getenv("WATCHDOG_PID");
    uint64_t interval_us;
    if (text == NULL || (pid_text != NULL && !meant_for_us(pid_text)))
        return true;
    if (!read_number(text, &interval_us) || interval_us == 0)
        return refuse(error, "WATCHDOG_USEC is not a positive number");
    service->watchdog_ms = interval_us < 1000 ? 1 : (int64_t)(interval_us / 1000);
    return true;
}

static bool read_sockets(struct service *service, struct error *error) {
    const char *text = getenv("LISTEN_FDS");
    const char *pid_text = getenv("LISTEN_PID");
    uint64_t count;
    if (text == NULL || pid_text == NULL || !meant_for_us(pid_text))
        return true;
    if (!read_number(text, &count))
        return refuse(error, "LISTEN_FDS is not a number");
    if (count > SERVICE_SOCKETS_MAX)
        return refuse(error, "LISTEN_FDS is larger than Sallyport takes");
    for (int fd = FIRST_FD; fd < FIRST_FD + (int)count; fd++) {
        if (!adopt_socket(service, fd, error))
            return false;
    }
    return true;
}

static bool adopt_socket(struct service *service, int fd, struct error *error) {
    struct service_socket socket = {.fd = fd};
    int listens = 0;
    socklen_t len = sizeof(listens);
    if (!fd_set_cloexec(fd, true) || !fd_set_nonblocking(fd, true))
        return refuse(error, "a descriptor that LISTEN_FDS counts is not open");
    if (getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listens, &len) != 0 || listens == 0)
        return refuse(error, "a descriptor that LISTEN_FDS counts is not a listening socket");
    if (!sock_local_addr(fd, &socket.addr))
        return refuse(error, "a socket that LISTEN_FDS counts has no address");
    service->sockets[service->sockets_count++] = socket;
    return true;
}

static bool meant_for_us(const char *pid_text) {
    uint64_t pid;
    return read_number(pid_text, &pid) && pid == (uint64_t)getpid();
}

static bool read_number(const char *text, uint64_t *number) {
    return slice_decimal(slice_text(text), number);
}

static void notify(const struct service *service, struct slice note) {
    if (service->notify.len == 0)
        return;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    (void)sendto(fd, note.data, note.len, MSG_NOSIGNAL | MSG_DONTWAIT, &service->notify.any, service->notify.len);
    fd_close(&fd);
}
