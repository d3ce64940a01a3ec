/* Opening and keeping of the listening sockets. */
#include "bin/sockets.h"

#include "os/fd.h"
#include "os/sock.h"

#include <errno.h>

static bool plan_address(const struct sockets *current, const struct outline_listen *listen, struct service *service,
                         struct sockets *next, struct error *error);
static const struct sockets_address *find(const struct sockets *sockets, const struct addr *addr);
static bool is_same(const struct addr *a, const struct addr *b);
static bool has_port(const struct sockets *sockets, const struct addr *addr);
static bool open_address(struct sockets_address *address, unsigned slots, bool alone, struct service *service,
                         struct error *error);
static int open_one(const struct addr *addr, bool alone, struct error *error);
static void close_address(struct sockets_address *address, unsigned slots);

void sockets_init(struct sockets *sockets, unsigned slots) {
    sockets->count = 0;
    sockets->slots = slots;
    sockets->last_id = 0;
}

bool sockets_plan(const struct sockets *current, const struct outline *outline, struct service *service,
                  struct sockets *next, struct error *error) {
    sockets_init(next, current->slots);
    next->last_id = current->last_id;
    for (uint32_t i = 0; i < outline->listens_count; i++) {
        if (!plan_address(current, &outline->listens[i], service, next, error)) {
            sockets_abort(next);
            return false;
        }
    }
    return true;
}

void sockets_commit(struct sockets *current, struct sockets *next) {
    for (size_t i = 0; i < current->count; i++)
        if (!find(next, &current->items[i].addr))
            close_address(&current->items[i], current->slots);
    for (size_t i = 0; i < next->count; i++)
        next->items[i].fresh = false;
    *current = *next;
}

void sockets_abort(struct sockets *next) {
    for (size_t i = 0; i < next->count; i++)
        if (next->items[i].fresh)
            close_address(&next->items[i], next->slots);
    next->count = 0;
}

void sockets_close(struct sockets *sockets) {
    for (size_t i = 0; i < sockets->count; i++)
        close_address(&sockets->items[i], sockets->slots);
    sockets->count = 0;
}

uint32_t sockets_number(const struct sockets_address *address, unsigned slot) {
    return address->id * OUTLINE_WORKERS_MAX + slot - 1;
}

static bool plan_address(const struct sockets *current, const struct outline_listen *listen, struct service *service,
                         struct sockets *next, struct error *error) {
    struct sockets_address *address = &next->items[next->count];
    const struct sockets_address *kept = find(current, &listen->addr);
    if (find(next, &listen->addr)) {
        error_set(error, (struct error_place){0}, "Listener %s: its address is given twice.", listen->name);
        return false;
    }
    if (kept)
        *address = *kept;
    else
        *address = (struct sockets_address){.addr = listen->addr, .id = ++next->last_id, .fresh = true};
    address->listener = listen->listener;
    memcpy(address->name, listen->name, sizeof(address->name));
    bool alone = !has_port(current, &listen->addr);
    if (address->fresh && !open_address(address, next->slots, alone, service, error))
        return false;
    next->count++;
    return true;
}

static const struct sockets_address *find(const struct sockets *sockets, const struct addr *addr) {
    for (size_t i = 0; i < sockets->count; i++)
        if (is_same(&sockets->items[i].addr, addr))
            return &sockets->items[i];
    return NULL;
}

static bool is_same(const struct addr *a, const struct addr *b) {
    return a->len == b->len && memcmp(&a->any, &b->any, a->len) == 0;
}

static bool has_port(const struct sockets *sockets, const struct addr *addr) {
    for (size_t i = 0; i < sockets->count; i++)
        if (addr_ip_of(&sockets->items[i].addr).port == addr_ip_of(addr).port)
            return true;
    return false;
}

/* Sockets that systemd passed go to the slots in order; slots beyond them, and all slots of a Unix socket, share the
 * first. `alone`: none of ours is on this port, so nobody else may be. */
static bool open_address(struct sockets_address *address, unsigned slots, bool alone, struct service *service,
                         struct error *error) {
    bool shared = address->addr.any.sa_family == AF_UNIX;
    for (unsigned i = 0; i < slots; i++) {
        int fd = service_take(service, &address->addr);
        if (fd >= 0)
            shared = true;
        else if (shared && i > 0)
            fd = fd_copy(address->fds[0], 0);
        else
            fd = open_one(&address->addr, alone && i == 0, error);
        if (fd < 0) {
            if (shared && i > 0)
                error_set(error, (struct error_place){0}, "No more descriptors for listening sockets: %m.");
            close_address(address, i);
            return false;
        }
        address->fds[i] = fd;
    }
    return true;
}

static int open_one(const struct addr *addr, bool alone, struct error *error) {
    bool local = addr->any.sa_family == AF_UNIX;
    const struct sock_listen options = {
        .backlog = SOCKETS_BACKLOG,
        .reuse_port = !local,
        .mode = 0666,
        .group = (gid_t)-1,
    };
    if (!local && alone && sock_is_taken(addr)) {
        char text[ADDR_TEXT_MAX];
        addr_text(addr, text);
        error_set(error, (struct error_place){0}, "Somebody else listens on %s already.", text);
        return -1;
    }
    return sock_listen(addr, &options, error);
}

static void close_address(struct sockets_address *address, unsigned slots) {
    for (unsigned i = 0; i < slots; i++)
        fd_close(&address->fds[i]);
}
