/* Jobs between the channel and libcurl, and lookups of names. */
#include "bin/fetcher.h"

#include "base/list.h"
#include "base/log.h"
#include "base/now.h"
#include "bin/confine.h"
#include "bin/lookups.h"
#include "bin/transfer.h"
#include "ipc/ask.h"
#include "os/fd.h"
#include "os/sealed.h"

#include <assert.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* WAIT_MS: libcurl wakes us earlier for its own deadlines. HOSTS: the file that names them. CONNECTIONS_KEPT: idle
 * ones, for the next question to the same server. */
enum { WAIT_MS = 60000, HOSTS_BYTES_MAX = 1 << 20, CONNECTIONS_KEPT = 16 };

/* What is fetched for whom. number: as it came, with FETCH or, is_ask, with a worker's question. */
struct job {
    struct list link;
    struct transfer *transfer;
    uint32_t number;
    bool is_ask;
    uint16_t port;
    size_t host_len;
    char host[URL_HOST_MAX];
};

/* hosts: the mapped texts of those that may be dialled. polled: the channel, then the lookups' sockets. */
struct fetcher {
    struct channel *channel;
    CURLM *multi;
    struct lookups *lookups;
    struct pollfd polled[LOOKUPS_POLLED_MAX];
    struct curl_waitfd waited[1 + LOOKUPS_POLLED_MAX];
    struct list jobs;
    size_t job_count;
    struct slice hosts;
    bool is_over;
    int exit_code;
};

static bool set_bounds(CURLM *multi);
static void wait_for_something(struct fetcher *fetcher);
static void take_messages(struct fetcher *fetcher);
static bool obey(struct fetcher *fetcher, struct channel_message *message);
static bool take_hosts(struct fetcher *fetcher, struct wire_in *in);
static bool take_fetch(struct fetcher *fetcher, struct wire_in *in);
static bool take_question(struct fetcher *fetcher, struct wire_in *in);
static bool take_resolve(struct fetcher *fetcher, struct wire_in *in);
static void on_resolved(void *owner, uint32_t number, const struct resolve_answer *answer, const char *why);
static bool tell_unresolved(struct fetcher *fetcher, uint32_t number, const char *why);
static const char *begin(struct fetcher *fetcher, const struct fetch_request *request, uint32_t number, bool is_ask);
static const char *admit(const struct fetcher *fetcher, struct slice text, struct url *url);
static bool is_allowed(const struct fetcher *fetcher, const struct url *url);
static size_t jobs_of(const struct fetcher *fetcher, const struct url *url);
static struct job *make_job(const struct fetch_request *request, const struct url *url, uint32_t number, bool is_ask);
static void take_results(struct fetcher *fetcher);
static void finish(struct fetcher *fetcher, struct job *job, CURLcode result);
static bool tell_document(struct fetcher *fetcher, const struct job *job);
static bool tell_failure(struct fetcher *fetcher, uint32_t number, bool is_ask, const char *why);
static bool has_lost_resolver(void);
static void free_job(struct fetcher *fetcher, struct job *job);
static void load_resolver(void);

int fetcher_serve(struct channel *channel) {
    static struct fetcher fetcher; /* large: what is polled */
    fetcher = (struct fetcher){.channel = channel, .exit_code = EXIT_FAILURE, .multi = curl_multi_init()};
    list_init(&fetcher.jobs);
    fetcher.lookups = lookups_new(on_resolved, &fetcher);
    fetcher.is_over = !fetcher.multi || !fetcher.lookups || !set_bounds(fetcher.multi);
    while (!fetcher.is_over) {
        int running;
        take_messages(&fetcher);
        if (curl_multi_perform(fetcher.multi, &running) != CURLM_OK)
            fetcher.is_over = true;
        take_results(&fetcher);
        wait_for_something(&fetcher);
    }
    struct list *item, *following;
    list_each_safe(item, following, &fetcher.jobs) free_job(&fetcher, list_entry(item, struct job, link));
    curl_multi_cleanup(fetcher.multi);
    lookups_free(&fetcher.lookups);
    sealed_unmap(&fetcher.hosts);
    channel_free(&fetcher.channel);
    return fetcher.exit_code;
}

/* libcurl verifies servers of https by the system's anchors. */
int fetcher_main(const char *user) {
    static const char *const readable[] = {
        "/etc/resolv.conf",
        "/etc/hosts",
        "/etc/host.conf",
        "/etc/nsswitch.conf",
        "/etc/gai.conf",
        "/etc/services",
        "/etc/protocols",
        "/run/systemd/resolve",
        "/run/resolvconf",
        "/run/NetworkManager",
        "/etc/ssl",
        "/usr/lib/ssl",
        "/etc/pki",
        "/usr/share/ca-certificates",
        "/usr/local/share/ca-certificates",
        "/etc/ca-certificates",
        NULL,
    };
    const struct sandbox sandbox = {
        .promises =
            SANDBOX_LOOP | SANDBOX_PASS_FDS | SANDBOX_CONNECT | SANDBOX_RESOLVE | SANDBOX_READ_FILES | SANDBOX_SEAL,
        .readable_paths = readable,
    };
    log_open("fetcher", LOG_LEVEL_INFO);
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        return EXIT_FAILURE;
    load_resolver();
    if (!confine_process(user, &sandbox))
        return EXIT_FAILURE;
    struct channel *channel = channel_new(CHANNEL_CHILD_FD, CATALOG_ROLE_FETCHER, CATALOG_ROLE_SUPERVISOR);
    int exit_code = channel ? fetcher_serve(channel) : EXIT_FAILURE;
    curl_global_cleanup();
    return exit_code;
}

static bool set_bounds(CURLM *multi) {
    return curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT) == CURLM_OK &&
        curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)FETCHER_HOST_CONNECTIONS_MAX) == CURLM_OK;
}

/* libcurl waits for all of it, but does not tell of errors at sockets that are not its own: those are polled again. */
static void wait_for_something(struct fetcher *fetcher) {
    static_assert(CURL_WAIT_POLLIN == POLLIN && CURL_WAIT_POLLOUT == POLLOUT, "the events of both are the same");
    int wait_ms = WAIT_MS;
    if (fetcher->is_over)
        return;
    size_t count = lookups_poll(fetcher->lookups, fetcher->polled, now_ms(), &wait_ms);
    fetcher->waited[0] = (struct curl_waitfd){.fd = channel_fd(fetcher->channel), .events = CURL_WAIT_POLLIN};
    for (size_t i = 0; i < count; i++)
        fetcher->waited[1 + i] = (struct curl_waitfd){.fd = fetcher->polled[i].fd, .events = fetcher->polled[i].events};
    if (curl_multi_poll(fetcher->multi, fetcher->waited, (unsigned)(1 + count), wait_ms, NULL) != CURLM_OK)
        fetcher->is_over = true;
    if (count > 0)
        poll(fetcher->polled, count, 0);
    lookups_step(fetcher->lookups, fetcher->polled, count, now_ms());
}

static void take_messages(struct fetcher *fetcher) {
    struct channel_message message;
    enum channel_status status;
    while ((status = channel_receive(fetcher->channel, &message)) == CHANNEL_MESSAGE && !fetcher->is_over)
        if (!obey(fetcher, &message))
            fetcher->is_over = true;
    if (status == CHANNEL_CLOSED)
        fetcher->exit_code = EXIT_SUCCESS;
    if (status == CHANNEL_CLOSED || status == CHANNEL_BROKEN)
        fetcher->is_over = true;
}

/* False ends the process: it and the supervisor do not understand each other, or the supervisor does not read. */
static bool obey(struct fetcher *fetcher, struct channel_message *message) {
    switch (message->type) {
    case CATALOG_FETCH_HOSTS:
        return take_hosts(fetcher, &message->in);
    case CATALOG_FETCH:
        return take_fetch(fetcher, &message->in);
    case CATALOG_FETCHER_ASK:
        return take_question(fetcher, &message->in);
    case CATALOG_RESOLVE:
        return take_resolve(fetcher, &message->in);
    default:
        return false;
    }
}

static bool take_hosts(struct fetcher *fetcher, struct wire_in *in) {
    struct error error;
    int fd = channel_take_fd(fetcher->channel, 0);
    sealed_unmap(&fetcher->hosts);
    bool good = wire_in_done(in) && sealed_map(fd, HOSTS_BYTES_MAX, &fetcher->hosts, &error);
    fd_close(&fd);
    return good;
}

static bool take_fetch(struct fetcher *fetcher, struct wire_in *in) {
    struct fetch_request request;
    uint32_t number = wire_get_u32(in);
    fetch_get_request(&request, in);
    if (!wire_in_done(in))
        return false;
    const char *why = begin(fetcher, &request, number, false);
    return !why || tell_failure(fetcher, number, false, why);
}

/* What a worker asks may be malformed: that is no reason to end. */
static bool take_question(struct fetcher *fetcher, struct wire_in *in) {
    struct fetch_request request;
    struct wire_in content;
    uint32_t number = wire_get_u32(in);
    wire_in_init(&content, wire_get_bytes(in, ASK_BYTES_MAX));
    if (!wire_in_done(in))
        return false;
    fetch_get_request(&request, &content);
    const char *why = "The question is malformed.";
    if (wire_in_done(&content))
        why = begin(fetcher, &request, number, true);
    return !why || tell_failure(fetcher, number, true, why);
}

/* The names are those of the compiler's list: nobody but the supervisor asks. */
static bool take_resolve(struct fetcher *fetcher, struct wire_in *in) {
    struct resolve_request request;
    uint32_t number = wire_get_u32(in);
    resolve_get_request(&request, in);
    if (!wire_in_done(in) || has_lost_resolver())
        return false;
    const char *why = lookups_begin(fetcher->lookups, number, &request, now_ms());
    return !why || tell_unresolved(fetcher, number, why);
}

static void on_resolved(void *owner, uint32_t number, const struct resolve_answer *answer, const char *why) {
    struct fetcher *fetcher = owner;
    if (!answer) {
        fetcher->is_over = !tell_unresolved(fetcher, number, why) || fetcher->is_over;
        return;
    }
    struct wire_out *out = channel_begin(fetcher->channel, CATALOG_RESOLVED);
    wire_put_u32(out, number);
    resolve_put_answer(answer, out);
    fetcher->is_over = !channel_send(fetcher->channel, NULL) || fetcher->is_over;
}

static bool tell_unresolved(struct fetcher *fetcher, uint32_t number, const char *why) {
    struct wire_out *out = channel_begin(fetcher->channel, CATALOG_NOT_RESOLVED);
    wire_put_u32(out, number);
    wire_put_text_cut(out, slice_text(why), RESOLVE_WHY_MAX);
    return channel_send(fetcher->channel, NULL);
}

/* NULL, or why it is not fetched. */
static const char *begin(struct fetcher *fetcher, const struct fetch_request *request, uint32_t number, bool is_ask) {
    struct url url;
    struct fetch_request bounded = *request;
    const char *why = admit(fetcher, request->url, &url);
    if (why)
        return why;
    if (is_ask && bounded.max_bytes > ASK_ANSWER_BYTES_MAX - FETCH_WHY_MAX)
        bounded.max_bytes = ASK_ANSWER_BYTES_MAX - FETCH_WHY_MAX; /* with its head, it has to fit into the answer */
    struct job *job = make_job(&bounded, &url, number, is_ask);
    if (!job)
        return "There is no memory for another transfer.";
    list_append(&fetcher->jobs, &job->link);
    fetcher->job_count++;
    if (curl_multi_add_handle(fetcher->multi, transfer_handle(job->transfer)) == CURLM_OK)
        return NULL;
    free_job(fetcher, job);
    return "There is no memory for another transfer.";
}

static const char *admit(const struct fetcher *fetcher, struct slice text, struct url *url) {
    if (!url_parse(text, url))
        return "This is not a URL that is fetched.";
    if (!is_allowed(fetcher, url))
        return "The configuration does not allow this host.";
    if (fetcher->job_count == FETCHER_JOBS_MAX || jobs_of(fetcher, url) == FETCHER_HOST_JOBS_MAX)
        return "Too many transfers are under way.";
    return NULL;
}

static bool is_allowed(const struct fetcher *fetcher, const struct url *url) {
    struct wire_in in;
    bool is_allowed = false;
    wire_in_init(&in, fetcher->hosts);
    while (!is_allowed && !in.bad && in.rest.len > 0)
        is_allowed = url_host_is(url, wire_get_bytes(&in, URL_MAX));
    return is_allowed;
}

static size_t jobs_of(const struct fetcher *fetcher, const struct url *url) {
    size_t count = 0;
    for (const struct list *item = fetcher->jobs.next; item != &fetcher->jobs; item = item->next) {
        const struct job *job = list_entry(item, const struct job, link);
        count += job->port == url->port && slice_equal_nocase(slice_of(job->host, job->host_len), url->host);
    }
    return count;
}

static struct job *make_job(const struct fetch_request *request, const struct url *url, uint32_t number, bool is_ask) {
    struct job *job = calloc(1, sizeof(*job));
    if (!job)
        return NULL;
    *job = (struct job){.number = number, .is_ask = is_ask, .port = url->port, .host_len = url->host.len};
    memcpy(job->host, url->host.data, url->host.len);
    job->transfer = transfer_new(request, is_ask ? TRANSFER_TO_BUF : TRANSFER_TO_FILE, job);
    if (!job->transfer) {
        free(job);
        return NULL;
    }
    return job;
}

static void take_results(struct fetcher *fetcher) {
    int left;
    const CURLMsg *message;
    while (!fetcher->is_over && (message = curl_multi_info_read(fetcher->multi, &left)) != NULL)
        if (message->msg == CURLMSG_DONE)
            finish(fetcher, transfer_owner(transfer_of(message->easy_handle)), message->data.result);
}

static void finish(struct fetcher *fetcher, struct job *job, CURLcode result) {
    char why[FETCH_WHY_MAX];
    bool is_whole = transfer_finish(job->transfer, result, why);
    bool told = is_whole ? tell_document(fetcher, job) : tell_failure(fetcher, job->number, job->is_ask, why);
    if (!told || (result == CURLE_COULDNT_RESOLVE_HOST && has_lost_resolver()))
        fetcher->is_over = true;
    free_job(fetcher, job);
}

static bool tell_document(struct fetcher *fetcher, const struct job *job) {
    struct wire_out *out = channel_begin(fetcher->channel, job->is_ask ? CATALOG_FETCHER_ANSWER : CATALOG_FETCHED);
    wire_put_u32(out, job->number);
    if (!job->is_ask) {
        int file = transfer_file(job->transfer);
        return channel_send(fetcher->channel, &file);
    }
    struct slice document = transfer_bytes(job->transfer);
    wire_put_u32(out, (uint32_t)(sizeof(uint8_t) + sizeof(uint32_t) + document.len));
    fetch_put_reply(&(struct fetch_reply){.is_done = true, .document = document}, out);
    return channel_send(fetcher->channel, NULL);
}

static bool tell_failure(struct fetcher *fetcher, uint32_t number, bool is_ask, const char *why) {
    struct slice text = slice_sub(slice_text(why), 0, FETCH_WHY_MAX);
    struct wire_out *out = channel_begin(fetcher->channel, is_ask ? CATALOG_FETCHER_ANSWER : CATALOG_NOT_FETCHED);
    wire_put_u32(out, number);
    if (is_ask) {
        wire_put_u32(out, (uint32_t)(sizeof(uint8_t) + sizeof(uint32_t) + text.len));
        fetch_put_reply(&(struct fetch_reply){.why = text}, out);
    } else {
        wire_put_bytes(out, text);
    }
    return channel_send(fetcher->channel, NULL);
}

/* The sandbox knows files, not names: a file that was replaced by another is closed to us. The supervisor starts a
 * fetcher that knows the new one. */
static bool has_lost_resolver(void) {
    static const char *const files[] = {"/etc/resolv.conf", "/etc/hosts"};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++)
        if (access(files[i], R_OK) != 0 && errno == EACCES)
            return true;
    return false;
}

static void free_job(struct fetcher *fetcher, struct job *job) {
    curl_multi_remove_handle(fetcher->multi, transfer_handle(job->transfer));
    transfer_free(&job->transfer);
    list_remove(&job->link);
    fetcher->job_count--;
    free(job);
}

/* The C library loads modules for looking up names when the first one is looked up; the sandbox forbids that. */
static void load_resolver(void) {
    struct addrinfo *found = NULL;
    if (getaddrinfo("localhost", "http", NULL, &found) == 0)
        freeaddrinfo(found);
}
