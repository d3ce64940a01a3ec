/* The control process: its rooms are in control/, here they are put together and given what the supervisor sends. */
#include "bin/control.h"

#include "base/log.h"
#include "base/now.h"
#include "base/version.h"
#include "bin/confine.h"
#include "bin/denydesk.h"
#include "control/admin.h"
#include "control/collector.h"
#include "control/identities.h"
#include "control/logwriter.h"
#include "control/recent.h"
#include "control/status.h"
#include "ipc/channel.h"
#include "ipc/drain.h"
#include "os/fd.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

/* What is kept for whoever asks why. Refusals: a person looks at the last few. Requests: those of some seconds of much
 * traffic, or of hours of little. Bytes: records with long names must not fill the memory. */
enum {
    REFUSALS_MAX = 1000,
    REFUSALS_BYTES_MAX = 4 << 20,
    REQUESTS_MAX = 50000,
    REQUESTS_BYTES_MAX = 32 << 20,
};

/* The logs by the number of their kind in the messages LOG and LOG_OFF. */
enum { LOG_ACCESS, LOG_REFUSALS, LOG_COUNT };

struct control {
    struct loop *loop;
    struct channel *channel;
    struct loop_source channel_source;
    struct collector *collector;
    struct admin *admin;
    struct recent *refusals;
    struct recent *requests;
    struct identities *identities;
    struct denydesk *desk;
    struct logwriter logs[LOG_COUNT];
    struct report report;
    struct report_sources sources;
    bool has_report;
    int exit_code;
};

static bool set_up(struct control *control, const char *user);
static void tear_down(struct control *control);
static void on_channel(struct loop_source *source, uint32_t events);
static bool obey(struct control *control, struct channel_message *message);
static bool take_admin(struct control *control, struct wire_in *in);
static bool take_slot(struct control *control, struct wire_in *in);
static bool take_log(struct control *control, struct wire_in *in);
static bool take_log_off(struct control *control, struct wire_in *in);
static bool use_log(struct control *control, struct wire_in *in, int fd);
static bool take_deny_book(struct control *control, struct wire_in *in);
static bool take_deny_paper(struct control *control, struct wire_in *in);
static bool take_deny_replaced(struct control *control, struct wire_in *in);
static bool take_deny_enforced(struct control *control, struct wire_in *in);
static bool take_report(struct control *control, struct wire_in *in);
static bool take_source_count(struct control *control, struct wire_in *in);
static bool take_source(struct control *control, struct wire_in *in);
static bool take_answer(struct control *control, struct wire_in *in);
static void take_record(void *owner, enum event_kind kind, struct slice record);
static void flush_records(void *owner);
static void take_request(void *owner, uint32_t client, struct slice line);
static void answer_status(struct control *control, uint32_t client, bool as_json);
static void answer_refusals(struct control *control, uint32_t client);
static void answer_why(struct control *control, uint32_t client, struct slice id);
static void answer_who_breaks(struct control *control, uint32_t client, struct slice until);
static void ask_reload(struct control *control, uint32_t client);
static void ask_drain(struct control *control, uint32_t client, bool is_drained, struct slice name);
static void answer_client(void *owner, uint32_t client, bool done, struct slice text);
static void answer_text(struct control *control, uint32_t client, bool done, const char *text);

int control_main(const char *user) {
    static struct control control; /* large: the report */
    log_open("control", LOG_LEVEL_INFO);
    control.exit_code = EXIT_FAILURE;
    logwriter_init(&control.logs[LOG_ACCESS], "access log");
    logwriter_init(&control.logs[LOG_REFUSALS], "refusals log");
    if (set_up(&control, user) && !loop_run(control.loop))
        log_line(LOG_LEVEL_ERROR, "waiting for events failed: %m");
    tear_down(&control);
    return control.exit_code;
}

static bool set_up(struct control *control, const char *user) {
    uint64_t seed;
    const struct sandbox sandbox = {.promises =
                                        SANDBOX_LOOP | SANDBOX_ACCEPT | SANDBOX_PASS_FDS | SANDBOX_SEAL | SANDBOX_SYNC};
    const struct collector_sink sink = {.take = take_record, .flush = flush_records, .owner = control};
    if (!confine_process(user, &sandbox))
        return false;
    control->loop = loop_new();
    control->channel = channel_new(CHANNEL_CHILD_FD, CATALOG_ROLE_CONTROL, CATALOG_ROLE_SUPERVISOR);
    control->refusals = recent_new(REFUSALS_MAX, REFUSALS_BYTES_MAX);
    control->requests = recent_new(REQUESTS_MAX, REQUESTS_BYTES_MAX);
    control->identities = getrandom(&seed, sizeof(seed), 0) == sizeof(seed) ? identities_new(seed) : NULL;
    control->desk = control->channel ? denydesk_new(control->channel, answer_client, control) : NULL;
    control->collector = control->loop ? collector_new(control->loop, &sink) : NULL;
    if (!control->loop || !control->channel || !control->refusals || !control->requests || !control->identities ||
        !control->collector || !control->desk) {
        log_line(LOG_LEVEL_ERROR, "no memory to begin with");
        return false;
    }
    control->channel_source = (struct loop_source){.fd = CHANNEL_CHILD_FD, .on_event = on_channel};
    return loop_add_level(control->loop, &control->channel_source);
}

/* The collector reads out the rings before the logs close. */
static void tear_down(struct control *control) {
    admin_free(&control->admin);
    collector_free(&control->collector);
    for (size_t i = 0; i < LOG_COUNT; i++)
        logwriter_fini(&control->logs[i]);
    identities_free(&control->identities);
    recent_free(&control->requests);
    recent_free(&control->refusals);
    denydesk_free(&control->desk);
    if (control->loop && control->channel)
        loop_remove(control->loop, &control->channel_source);
    loop_free(&control->loop);
    channel_free(&control->channel);
}

/* All that waits, not one message a turn: whoever asks after the gateway said that it is ready is answered with all
 * that the supervisor told us before. */
static void on_channel(struct loop_source *source, uint32_t events) {
    (void)events;
    struct control *control = list_entry(source, struct control, channel_source);
    struct channel_message message;
    enum channel_status status;
    do
        status = channel_receive(control->channel, &message);
    while (status == CHANNEL_MESSAGE && obey(control, &message));
    if (status == CHANNEL_EMPTY)
        return;
    if (status == CHANNEL_CLOSED)
        control->exit_code = EXIT_SUCCESS;
    else
        log_line(LOG_LEVEL_ERROR, "a message of the supervisor cannot be followed");
    loop_stop(control->loop);
}

static bool obey(struct control *control, struct channel_message *message) {
    static bool (*const actions[CATALOG_COUNT])(struct control *, struct wire_in *) = {
        [CATALOG_ADMIN] = take_admin,
        [CATALOG_SLOT] = take_slot,
        [CATALOG_LOG] = take_log,
        [CATALOG_LOG_OFF] = take_log_off,
        [CATALOG_REPORT] = take_report,
        [CATALOG_RELOADED] = take_answer,
        [CATALOG_SOURCE_COUNT] = take_source_count,
        [CATALOG_SOURCE_STATE] = take_source,
        [CATALOG_DENY_BOOK] = take_deny_book,
        [CATALOG_DENY_PAPER] = take_deny_paper,
        [CATALOG_DENY_REPLACED] = take_deny_replaced,
        [CATALOG_DENY_ENFORCED] = take_deny_enforced,
        [CATALOG_SERVER_DONE] = take_answer,
    };
    bool (*action)(struct control *, struct wire_in *) = actions[message->type];
    return action && action(control, &message->in);
}

static bool take_admin(struct control *control, struct wire_in *in) {
    struct admin_users users;
    users.owner = wire_get_u32(in);
    users.has_group = wire_get_bool(in);
    users.group = wire_get_u32(in);
    if (!wire_in_done(in) || control->admin)
        return false;
    int listener = channel_take_fd(control->channel, 0);
    control->admin = admin_new(control->loop, listener, &users, take_request, control);
    return control->admin != NULL;
}

static bool take_slot(struct control *control, struct wire_in *in) {
    uint32_t number = wire_get_u32(in);
    if (!wire_in_done(in))
        return false;
    int counters_fd = channel_take_fd(control->channel, 0);
    int events_fd = channel_take_fd(control->channel, 1);
    int wake_fd = channel_take_fd(control->channel, 2);
    return collector_add(control->collector, number, counters_fd, events_fd, wake_fd);
}

static bool take_log(struct control *control, struct wire_in *in) {
    return use_log(control, in, channel_take_fd(control->channel, 0));
}

static bool take_log_off(struct control *control, struct wire_in *in) {
    return use_log(control, in, -1);
}

static bool use_log(struct control *control, struct wire_in *in, int fd) {
    uint8_t kind = wire_get_u8(in);
    if (!wire_in_done(in) || kind >= LOG_COUNT) {
        fd_close(&fd);
        return false;
    }
    logwriter_use(&control->logs[kind], fd);
    return true;
}

static bool take_deny_book(struct control *control, struct wire_in *in) {
    return denydesk_take_book(control->desk, in);
}

static bool take_deny_paper(struct control *control, struct wire_in *in) {
    return denydesk_take_paper(control->desk, in);
}

static bool take_deny_replaced(struct control *control, struct wire_in *in) {
    return denydesk_take_replaced(control->desk, in);
}

static bool take_deny_enforced(struct control *control, struct wire_in *in) {
    return denydesk_take_enforced(control->desk, in);
}

static bool take_report(struct control *control, struct wire_in *in) {
    control->has_report = report_get(&control->report, in);
    return control->has_report;
}

static bool take_source_count(struct control *control, struct wire_in *in) {
    memset(&control->sources, 0, sizeof(control->sources));
    control->sources.count = wire_get_count(in, REPORT_SOURCES_MAX);
    return wire_in_done(in);
}

static bool take_source(struct control *control, struct wire_in *in) {
    return report_get_source(&control->sources, in);
}

/* How a reload, or a drain of a server, ended. */
static bool take_answer(struct control *control, struct wire_in *in) {
    uint32_t client = wire_get_u32(in);
    bool done = wire_get_bool(in);
    struct slice text = wire_get_bytes(in, CATALOG_TEXT_MAX);
    if (!wire_in_done(in) || !control->admin)
        return false;
    admin_answer(control->admin, client, done, text);
    return true;
}

static void take_record(void *owner, enum event_kind kind, struct slice record) {
    struct control *control = owner;
    if (kind == EVENT_SEEN) {
        identities_take(control->identities, record);
        return;
    }
    recent_add(kind == EVENT_REFUSAL ? control->refusals : control->requests, record);
    logwriter_add(&control->logs[kind == EVENT_REFUSAL ? LOG_REFUSALS : LOG_ACCESS], record);
}

static void flush_records(void *owner) {
    struct control *control = owner;
    for (size_t i = 0; i < LOG_COUNT; i++)
        logwriter_flush(&control->logs[i]);
}

/* All that can be asked. */
static void take_request(void *owner, uint32_t client, struct slice line) {
    struct control *control = owner;
    struct slice why = slice_text("why ");
    struct slice who_breaks = slice_text("who-breaks ");
    struct slice drain = slice_text("drain ");
    struct slice enable = slice_text("enable ");
    if (slice_equal(line, slice_text("status")))
        answer_status(control, client, false);
    else if (slice_equal(line, slice_text("status json")))
        answer_status(control, client, true);
    else if (slice_equal(line, slice_text("refusals")))
        answer_refusals(control, client);
    else if (slice_starts(line, why))
        answer_why(control, client, slice_sub(line, why.len, line.len));
    else if (slice_starts(line, who_breaks))
        answer_who_breaks(control, client, slice_sub(line, who_breaks.len, line.len));
    else if (slice_starts(line, drain))
        ask_drain(control, client, true, slice_sub(line, drain.len, line.len));
    else if (slice_starts(line, enable))
        ask_drain(control, client, false, slice_sub(line, enable.len, line.len));
    else if (slice_equal(line, slice_text("reload")))
        ask_reload(control, client);
    else if (!denydesk_request(control->desk, client, admin_user(control->admin, client), line))
        answer_text(control, client, false, "Unknown request.\n");
}

static void answer_status(struct control *control, uint32_t client, bool as_json) {
    if (!control->has_report) {
        answer_text(control, client, false, "The gateway is just starting.\n");
        return;
    }
    struct status status = {.version = SALLYPORT_VERSION,
                            .report = &control->report,
                            .sources = &control->sources,
                            .unix_ms = now_unix_ms()};
    status.now_ms = now_ms();
    status.denials = denydesk_status(control->desk);
    status.events_lost = collector_lost(control->collector);
    for (size_t i = 0; i < LOG_COUNT; i++)
        status.log_lines_lost += control->logs[i].lost;
    for (uint32_t i = 0; i < control->report.slots_count; i++)
        status.counters[i] = collector_counters(control->collector, i + 1);
    struct buf text;
    buf_init(&text, ADMIN_ANSWER_BYTES_MAX);
    bool fits = as_json ? status_print_json(&status, &text) : status_print_text(&status, &text);
    admin_answer(control->admin, client, fits, buf_view(&text));
    buf_fini(&text);
}

/* The newest last, as in the log. */
static void answer_refusals(struct control *control, uint32_t client) {
    struct buf text;
    buf_init(&text, ADMIN_ANSWER_BYTES_MAX);
    bool fits = true;
    for (size_t i = recent_count(control->refusals); i-- > 0;)
        fits = fits && buf_append(&text, recent_get(control->refusals, i)) && buf_append_text(&text, "\n");
    admin_answer(control->admin, client, fits, buf_view(&text));
    buf_fini(&text);
}

/* The record of the refusal, and that of the request; of both what there is, a line each. */
static void answer_why(struct control *control, uint32_t client, struct slice id) {
    const struct slice records[] = {recent_find(control->refusals, id), recent_find(control->requests, id)};
    struct buf text;
    buf_init(&text, ADMIN_ANSWER_BYTES_MAX);
    bool fits = true;
    for (size_t i = 0; i < sizeof(records) / sizeof(records[0]); i++)
        if (records[i].data)
            fits = fits && buf_append(&text, records[i]) && buf_append_byte(&text, '\n');
    if (buf_len(&text) > 0)
        admin_answer(control->admin, client, fits, buf_view(&text));
    else
        answer_text(control, client, false, "Nothing with this id is among the last records; look into the logs.\n");
    buf_fini(&text);
}

/* until: seconds since 1970. */
static void answer_who_breaks(struct control *control, uint32_t client, struct slice until) {
    struct buf text;
    uint64_t seconds;
    if (!slice_decimal(until, &seconds) || seconds > INT64_MAX) {
        answer_text(control, client, false, "That is no time.\n");
        return;
    }
    buf_init(&text, ADMIN_ANSWER_BYTES_MAX);
    bool fits = identities_print_breaking(control->identities, (int64_t)seconds, &text);
    admin_answer(control->admin, client, fits, buf_view(&text));
    buf_fini(&text);
}

static void ask_reload(struct control *control, uint32_t client) {
    wire_put_u32(channel_begin(control->channel, CATALOG_RELOAD), client);
    if (!channel_send(control->channel, NULL))
        answer_text(control, client, false, "The supervisor does not listen.\n");
}

static void ask_drain(struct control *control, uint32_t client, bool is_drained, struct slice name) {
    if (name.len == 0 || name.len >= DRAIN_NAME_MAX) {
        answer_text(control, client, false, "That is no name of a server.\n");
        return;
    }
    struct wire_out *out = channel_begin(control->channel, CATALOG_SERVER_ASK);
    wire_put_u32(out, client);
    wire_put_bool(out, is_drained);
    wire_put_bytes(out, name);
    if (!channel_send(control->channel, NULL))
        answer_text(control, client, false, "The supervisor does not listen.\n");
}

static void answer_client(void *owner, uint32_t client, bool done, struct slice text) {
    const struct control *control = owner;
    admin_answer(control->admin, client, done, text);
}

static void answer_text(struct control *control, uint32_t client, bool done, const char *text) {
    admin_answer(control->admin, client, done, slice_text(text));
}
