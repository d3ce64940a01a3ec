/* A c-ares channel for each lookup. */
#include "bin/lookups.h"

#include "base/list.h"

#include <ares.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

/* A server that does not answer is asked once more, within the time of the whole lookup. */
enum { TRIES = 2, TRY_MIN_MS = 100 };

/* status: of c-ares, once is_over. is_late: it was over because its time was. */
struct lookup {
    struct list link;
    ares_channel channel;
    uint32_t number;
    int64_t until_ms;
    bool is_over;
    bool is_late;
    int status;
    struct resolve_answer answer;
};

struct lookups {
    struct list all;
    size_t count;
    lookups_done *done;
    void *owner;
};

static struct lookup *make(const struct resolve_request *request, uint32_t number, int64_t now_ms);
static bool open_channel(struct lookup *lookup, const struct resolve_request *request);
static void ask(struct lookup *lookup, const struct resolve_request *request);
static void on_answer(void *owner, int status, int timeouts, struct ares_addrinfo *found);
static void take_addresses(struct resolve_answer *answer, const struct ares_addrinfo *found);
static void take_address(struct resolve_answer *answer, const struct sockaddr *addr);
static void step(struct lookup *lookup, const struct pollfd *polled, size_t count, int64_t now_ms);
static short events_of(int mask, int index);
static const struct pollfd *find(const struct pollfd *polled, size_t count, int fd);
static void finish(struct lookups *lookups, struct lookup *lookup);
static void drop(struct lookup *lookup);

struct lookups *lookups_new(lookups_done *done, void *owner) {
    struct lookups *lookups = calloc(1, sizeof(*lookups));
    if (!lookups)
        return NULL;
    list_init(&lookups->all);
    lookups->done = done;
    lookups->owner = owner;
    return lookups;
}

void lookups_free(struct lookups **lookups) {
    struct list *item, *following;
    if (!*lookups)
        return;
    list_each_safe(item, following, &(*lookups)->all) drop(list_entry(item, struct lookup, link));
    free(*lookups);
    *lookups = NULL;
}

const char *lookups_begin(struct lookups *lookups, uint32_t number, const struct resolve_request *request,
                          int64_t now_ms) {
    if (lookups->count == LOOKUPS_MAX)
        return "Too many names are being looked up.";
    struct lookup *lookup = make(request, number, now_ms);
    if (!lookup)
        return "The lookup could not begin: see the resolver's files, and resolve.servers.";
    list_append(&lookups->all, &lookup->link);
    lookups->count++;
    ask(lookup, request);
    if (lookup->is_over)
        finish(lookups, lookup);
    return NULL;
}

size_t lookups_poll(const struct lookups *lookups, struct pollfd *polled, int64_t now_ms, int *wait_ms) {
    size_t count = 0;
    for (const struct list *item = lookups->all.next; item != &lookups->all; item = item->next) {
        const struct lookup *lookup = list_entry(item, const struct lookup, link);
        ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
        struct timeval wait = {.tv_sec = *wait_ms / 1000, .tv_usec = *wait_ms % 1000 * 1000};
        int mask = ares_getsock(lookup->channel, sockets, ARES_GETSOCK_MAXNUM);
        for (int i = 0; i < ARES_GETSOCK_MAXNUM; i++)
            if (events_of(mask, i) != 0)
                polled[count++] = (struct pollfd){.fd = sockets[i], .events = events_of(mask, i)};
        const struct timeval *next = ares_timeout(lookup->channel, &wait, &wait);
        int64_t next_ms = (int64_t)next->tv_sec * 1000 + next->tv_usec / 1000 + 1;
        int64_t left_ms = lookup->until_ms > now_ms ? lookup->until_ms - now_ms : 0;
        next_ms = left_ms < next_ms ? left_ms : next_ms;
        *wait_ms = next_ms < *wait_ms ? (int)next_ms : *wait_ms;
    }
    return count;
}

void lookups_step(struct lookups *lookups, const struct pollfd *polled, size_t count, int64_t now_ms) {
    struct list *item, *following;
    list_each_safe(item, following, &lookups->all) {
        struct lookup *lookup = list_entry(item, struct lookup, link);
        step(lookup, polled, count, now_ms);
        if (lookup->is_over)
            finish(lookups, lookup);
    }
}

static struct lookup *make(const struct resolve_request *request, uint32_t number, int64_t now_ms) {
    struct lookup *lookup = calloc(1, sizeof(*lookup));
    if (!lookup)
        return NULL;
    lookup->number = number;
    lookup->until_ms = now_ms + request->timeout_ms;
    if (open_channel(lookup, request))
        return lookup;
    free(lookup);
    return NULL;
}

/* "fb": the hosts file, then name servers. */
static bool open_channel(struct lookup *lookup, const struct resolve_request *request) {
    char servers[RESOLVE_SERVERS_MAX + 1];
    char order[] = "fb";
    int64_t try_ms = request->timeout_ms / TRIES;
    struct ares_options options = {.timeout = (int)(try_ms > TRY_MIN_MS ? try_ms : TRY_MIN_MS),
                                   .tries = TRIES,
                                   .lookups = order};
    if (ares_init_options(&lookup->channel, &options, ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS) !=
        ARES_SUCCESS)
        return false;
    snprintf(servers, sizeof(servers), "%.*s", (int)request->servers.len, (const char *)request->servers.data);
    if (request->servers.len == 0 || ares_set_servers_ports_csv(lookup->channel, servers) == ARES_SUCCESS)
        return true;
    ares_destroy(lookup->channel);
    return false;
}

static void ask(struct lookup *lookup, const struct resolve_request *request) {
    static const int families[] = {[RESOLVE_BOTH] = AF_UNSPEC, [RESOLVE_IPV4] = AF_INET, [RESOLVE_IPV6] = AF_INET6};
    char name[RESOLVE_NAME_MAX + 1];
    const struct ares_addrinfo_hints hints = {.ai_flags = ARES_AI_NOSORT,
                                              .ai_family = families[request->family],
                                              .ai_socktype = SOCK_STREAM};
    snprintf(name, sizeof(name), "%.*s", (int)request->name.len, (const char *)request->name.data);
    ares_getaddrinfo(lookup->channel, name, NULL, &hints, on_answer, lookup);
}

static void on_answer(void *owner, int status, int timeouts, struct ares_addrinfo *found) {
    (void)timeouts;
    struct lookup *lookup = owner;
    lookup->is_over = true;
    lookup->status = status;
    if (status == ARES_SUCCESS)
        take_addresses(&lookup->answer, found);
    ares_freeaddrinfo(found);
}

/* An alias may hold for a shorter time than what it leads to. */
static void take_addresses(struct resolve_answer *answer, const struct ares_addrinfo *found) {
    int ttl_s = INT_MAX;
    for (const struct ares_addrinfo_cname *alias = found->cnames; alias; alias = alias->next)
        ttl_s = alias->ttl < ttl_s ? alias->ttl : ttl_s;
    for (const struct ares_addrinfo_node *node = found->nodes; node; node = node->ai_next) {
        take_address(answer, node->ai_addr);
        ttl_s = node->ai_ttl < ttl_s ? node->ai_ttl : ttl_s;
    }
    answer->ttl_s = ttl_s > 0 && ttl_s < INT_MAX ? (uint32_t)ttl_s : 0;
}

static void take_address(struct resolve_answer *answer, const struct sockaddr *addr) {
    uint8_t bytes[RESOLVE_ADDRESS_BYTES] = {[10] = 0xff, [11] = 0xff};
    if (addr->sa_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, addr, sizeof(v4));
        memcpy(bytes + 12, &v4.sin_addr, sizeof(v4.sin_addr));
    } else {
        struct sockaddr_in6 v6;
        memcpy(&v6, addr, sizeof(v6));
        memcpy(bytes, &v6.sin6_addr, sizeof(v6.sin6_addr));
    }
    resolve_add(answer, bytes);
}

/* Without a socket, c-ares looks at its own deadlines. */
static void step(struct lookup *lookup, const struct pollfd *polled, size_t count, int64_t now_ms) {
    ares_socket_t sockets[ARES_GETSOCK_MAXNUM];
    int mask = ares_getsock(lookup->channel, sockets, ARES_GETSOCK_MAXNUM);
    for (int i = 0; i < ARES_GETSOCK_MAXNUM && !lookup->is_over; i++) {
        const struct pollfd *ready = events_of(mask, i) != 0 ? find(polled, count, sockets[i]) : NULL;
        if (!ready || ready->revents == 0)
            continue;
        bool reads = (ready->revents & ~POLLOUT) != 0;
        bool writes = (ready->revents & POLLOUT) != 0;
        ares_process_fd(lookup->channel, reads ? ready->fd : ARES_SOCKET_BAD, writes ? ready->fd : ARES_SOCKET_BAD);
    }
    if (!lookup->is_over)
        ares_process_fd(lookup->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    lookup->is_late = !lookup->is_over && now_ms >= lookup->until_ms;
    if (lookup->is_late)
        ares_cancel(lookup->channel);
}

/* As ARES_GETSOCK_READABLE and ARES_GETSOCK_WRITABLE, which shift into the sign. */
static short events_of(int mask, int index) {
    short reads = (unsigned)mask >> index & 1 ? POLLIN : 0;
    short writes = (unsigned)mask >> (index + ARES_GETSOCK_MAXNUM) & 1 ? POLLOUT : 0;
    return reads | writes;
}

static const struct pollfd *find(const struct pollfd *polled, size_t count, int fd) {
    for (size_t i = 0; i < count; i++)
        if (polled[i].fd == fd)
            return &polled[i];
    return NULL;
}

static void finish(struct lookups *lookups, struct lookup *lookup) {
    char why[RESOLVE_WHY_MAX];
    list_remove(&lookup->link);
    lookups->count--;
    bool is_good = lookup->status == ARES_SUCCESS && lookup->answer.count > 0;
    if (lookup->is_late)
        snprintf(why, sizeof(why), "The name servers did not answer in time.");
    else
        snprintf(why, sizeof(why), "The name cannot be resolved: %s.",
                 ares_strerror(lookup->status == ARES_SUCCESS ? ARES_ENODATA : lookup->status));
    lookups->done(lookups->owner, lookup->number, is_good ? &lookup->answer : NULL, why);
    ares_destroy(lookup->channel);
    free(lookup);
}

/* The callback comes once more, to a lookup that is still there. */
static void drop(struct lookup *lookup) {
    ares_destroy(lookup->channel);
    free(lookup);
}
