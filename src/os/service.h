/* What systemd and we tell each other (sd_notify(3), sd_listen_fds(3)), spoken without its library. Without systemd
 * all of it does nothing. */
#ifndef SALLYPORT_OS_SERVICE_H
#define SALLYPORT_OS_SERVICE_H

#include "base/addr.h"
#include "base/error.h"

/* SERVICE_SOCKETS_MAX: more listeners than this come from no unit that a person wrote. */
enum { SERVICE_SOCKETS_MAX = 64 };

/* A listening socket that systemd opened for us; fd is -1 when it was taken. */
struct service_socket {
    int fd;
    struct addr addr;
};

/* watchdog_ms: how often systemd wants to hear from us at least, 0 for never. */
struct service {
    struct addr notify;
    int64_t watchdog_ms;
    struct service_socket sockets[SERVICE_SOCKETS_MAX];
    size_t sockets_count;
};

/* Reads what systemd put into the environment for this very process, and takes it out of there so that no child
 * believes it was meant. The sockets become non-blocking and closed on exec. False when what it says cannot be true. */
[[nodiscard]] bool service_init(struct service *service, struct error *error);

/* Closes the sockets that nobody took. */
void service_fini(struct service *service);

/* The next socket bound to `addr` that was not taken yet, now the caller's; -1 when there is none. Several on one
 * address are one each. */
[[nodiscard]] int service_take(struct service *service, const struct addr *addr);

/* Tell systemd how we are. Failure is ignored: there is nobody else to tell. now_us is of the monotonic clock. */
void service_ready(const struct service *service);
void service_reloading(const struct service *service, int64_t now_us);
void service_stopping(const struct service *service);
void service_alive(const struct service *service);

/* Tells systemd one line for a person, shown by systemctl status. */
void service_status(const struct service *service, const char *text);

#endif
