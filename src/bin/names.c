/* The schedule of names, and their addresses. */
#include "bin/names.h"

#include "base/log.h"
#include "base/now.h"
#include "os/sealed.h"

#include <stdio.h>

enum { WAIT_MS = 1000 };

static void read_list(struct names *names, struct slice list, int64_t now_ms);
static struct names_entry *find(struct names *names, struct slice name);
static void add(struct names *names, struct slice name, int64_t now_ms);
static void retire(struct names *names, struct names_entry *entry);
static void bury(struct names *names);
static bool is_due(const struct names *names, const struct names_entry *entry, int64_t now_ms);
static void look_up(struct names *names, struct names_entry *entry, struct channel *channel, int64_t now_ms);
static void notice_fetcher(struct names *names, int64_t now_ms);
static void take_answer(struct names *names, struct names_entry *entry, const struct resolve_answer *answer,
                        int64_t now_ms);
static void take_failure(const struct names *names, struct names_entry *entry, const char *why, int64_t now_ms);
static void log_change(const struct names_entry *entry);
static int64_t hold_ms(const struct names *names, uint32_t ttl_s);
static void tell(struct names *names, struct slot *slot);

void names_init(struct names *names, struct relay *relay) {
    *names = (struct names){.relay = relay};
}

void names_expect(struct names *names, int list_fd, int64_t now_ms) {
    struct slice list = slice_of(NULL, 0);
    struct error error;
    for (size_t i = 0; i < names->count; i++)
        names->entries[i].is_next = false;
    if (list_fd < 0 || !sealed_map(list_fd, RESOLVE_LIST_BYTES_MAX, &list, &error))
        return;
    read_list(names, list, now_ms);
    sealed_unmap(&list);
}

void names_settle(struct names *names, bool is_taken) {
    for (size_t i = names->count; i-- > 0;) {
        struct names_entry *entry = &names->entries[i];
        if (is_taken)
            entry->is_current = entry->is_next;
        entry->is_next = false;
        if (!entry->is_current)
            retire(names, entry);
    }
    names_report_all(names);
}

bool names_are_awaited(const struct names *names) {
    bool is_awaited = false;
    for (size_t i = 0; i < names->count; i++)
        is_awaited = is_awaited || (names->entries[i].is_next && !names->entries[i].is_tried);
    return is_awaited;
}

void names_tick(struct names *names, struct slot *slots, unsigned count, int64_t now_ms) {
    struct channel *channel = relay_channel(names->relay, ASK_FETCHER);
    notice_fetcher(names, now_ms);
    for (size_t i = 0; channel && i < names->count; i++)
        if (is_due(names, &names->entries[i], now_ms))
            look_up(names, &names->entries[i], channel, now_ms);
    for (unsigned i = 0; i < count; i++)
        if (slots[i].child.channel)
            tell(names, &slots[i]);
    bury(names);
}

int names_wait_ms(const struct names *names, int64_t now_ms) {
    int64_t wait_ms = WAIT_MS;
    for (size_t i = 0; i < names->count && names->open < NAMES_OPEN_MAX; i++) {
        const struct names_entry *entry = &names->entries[i];
        if (!entry->is_gone && entry->number == 0 && entry->due_ms - now_ms < wait_ms)
            wait_ms = entry->due_ms - now_ms;
    }
    bool can_ask = relay_channel(names->relay, ASK_FETCHER) != NULL;
    return wait_ms > 0 ? (int)wait_ms : can_ask ? 0 : WAIT_MS / 10;
}

bool names_are_meant(const struct channel_message *message) {
    return message->type == CATALOG_RESOLVED || message->type == CATALOG_NOT_RESOLVED;
}

/* A number that nobody knows is of a name that was dropped meanwhile. */
bool names_take(struct names *names, struct channel_message *message, int64_t now_ms) {
    struct resolve_answer answer = {0};
    char why[RESOLVE_WHY_MAX + 1] = "";
    bool is_good = message->type == CATALOG_RESOLVED;
    uint32_t number = wire_get_u32(&message->in);
    if (is_good)
        resolve_get_answer(&answer, &message->in);
    else
        wire_get_text(&message->in, why, sizeof(why));
    if (!wire_in_done(&message->in) || number == 0 || names->open == 0 || (is_good && answer.count == 0))
        return false;
    names->open--;
    for (size_t i = 0; i < names->count; i++) {
        struct names_entry *entry = &names->entries[i];
        if (entry->number != number || entry->is_gone)
            continue;
        entry->number = 0;
        entry->is_tried = entry->is_dirty = true;
        if (is_good)
            take_answer(names, entry, &answer, now_ms);
        else
            take_failure(names, entry, why, now_ms);
    }
    return true;
}

bool names_next_report(struct names *names, uint32_t *number, struct report_source *report) {
    for (size_t i = 0; i < names->count; i++) {
        struct names_entry *entry = &names->entries[i];
        if (!entry->is_dirty || entry->is_gone)
            continue;
        entry->is_dirty = false;
        *number = (uint32_t)i;
        *report = (struct report_source){.kind = REPORT_SOURCE_NAME,
                                         .good_ms = entry->good_ms,
                                         .bad_ms = entry->bad_ms,
                                         .due_ms = now_unix_ms() + entry->due_ms - now_ms()};
        snprintf(report->name, sizeof(report->name), "%s", entry->name);
        snprintf(report->why, sizeof(report->why), "%s", entry->why);
        return true;
    }
    return false;
}

void names_report_all(struct names *names) {
    for (size_t i = 0; i < names->count; i++)
        names->entries[i].is_dirty = true;
    names->is_count_dirty = true;
}

static void read_list(struct names *names, struct slice list, int64_t now_ms) {
    struct wire_in in;
    wire_in_init(&in, list);
    resolve_get_settings(&names->settings, &in);
    snprintf(names->servers, sizeof(names->servers), "%.*s", (int)names->settings.servers.len,
             (const char *)names->settings.servers.data);
    names->settings.servers = slice_text(names->servers);
    for (size_t i = 0; i < RESOLVE_NAMES_MAX && in.rest.len > 0 && !in.bad; i++) {
        struct slice name = resolve_get_name(&in);
        if (!in.bad)
            add(names, name, now_ms);
    }
}

static struct names_entry *find(struct names *names, struct slice name) {
    for (size_t i = 0; i < names->count; i++)
        if (!names->entries[i].is_gone && slice_equal(slice_text(names->entries[i].name), name))
            return &names->entries[i];
    return NULL;
}

/* Known names keep what they have. */
static void add(struct names *names, struct slice name, int64_t now_ms) {
    struct names_entry *entry = find(names, name);
    if (!entry && names->count < NAMES_MAX) {
        entry = &names->entries[names->count++];
        *entry = (struct names_entry){.due_ms = now_ms};
        snprintf(entry->name, sizeof(entry->name), "%.*s", (int)name.len, (const char *)name.data);
        names_report_all(names);
    }
    if (entry)
        entry->is_next = true;
}

/* No addresses: so the workers are told that it is of no use any more. */
static void retire(struct names *names, struct names_entry *entry) {
    entry->is_gone = true;
    entry->answer.count = 0;
    entry->changed = ++names->round;
}

/* Those that everybody was told of; the last one takes the place of each. */
static void bury(struct names *names) {
    for (size_t i = names->count; i-- > 0;) {
        if (!names->entries[i].is_gone)
            continue;
        names->entries[i] = names->entries[--names->count];
        names_report_all(names);
    }
}

static bool is_due(const struct names *names, const struct names_entry *entry, int64_t now_ms) {
    return !entry->is_gone && entry->number == 0 && names->open < NAMES_OPEN_MAX && now_ms >= entry->due_ms;
}

static void look_up(struct names *names, struct names_entry *entry, struct channel *channel, int64_t now_ms) {
    const struct resolve_request request = {.name = slice_text(entry->name),
                                            .family = names->settings.family,
                                            .timeout_ms = names->settings.timeout_ms,
                                            .servers = names->settings.servers};
    if (++names->next_number == 0)
        names->next_number = 1;
    struct wire_out *out = channel_begin(channel, CATALOG_RESOLVE);
    wire_put_u32(out, names->next_number);
    resolve_put_request(&request, out);
    if (!channel_send(channel, NULL)) {
        entry->due_ms = now_ms + NAMES_PAUSE_MS;
        return;
    }
    entry->number = names->next_number;
    names->open++;
}

/* A fetcher that was just started knows nothing of what the one before it was asked. */
static void notice_fetcher(struct names *names, int64_t now_ms) {
    pid_t fetcher = relay_child(names->relay, ASK_FETCHER)->pid;
    if (fetcher == names->fetcher)
        return;
    names->fetcher = fetcher;
    names->open = 0;
    for (size_t i = 0; i < names->count; i++) {
        if (names->entries[i].number == 0)
            continue;
        names->entries[i].number = 0;
        names->entries[i].due_ms = now_ms;
    }
}

static void take_answer(struct names *names, struct names_entry *entry, const struct resolve_answer *answer,
                        int64_t now_ms) {
    bool is_news = entry->changed == 0 || !resolve_equal(&entry->answer, answer);
    entry->answer = *answer;
    entry->good_ms = now_unix_ms();
    entry->failures = 0;
    entry->due_ms = now_ms + hold_ms(names, answer->ttl_s);
    if (!is_news)
        return;
    entry->changed = ++names->round;
    log_change(entry);
}

static void take_failure(const struct names *names, struct names_entry *entry, const char *why, int64_t now_ms) {
    int64_t pause_ms = NAMES_PAUSE_MS;
    for (unsigned i = 0; i < entry->failures && pause_ms < NAMES_PAUSE_MAX_MS; i++)
        pause_ms *= 2;
    int64_t usual_ms = hold_ms(names, entry->answer.ttl_s);
    pause_ms = pause_ms < NAMES_PAUSE_MAX_MS ? pause_ms : NAMES_PAUSE_MAX_MS;
    pause_ms = pause_ms < usual_ms ? pause_ms : usual_ms;
    snprintf(entry->why, sizeof(entry->why), "%s", why);
    entry->bad_ms = now_unix_ms();
    entry->due_ms = now_ms + pause_ms;
    if (entry->failures++ == 0)
        log_line(LOG_LEVEL_WARNING, "%s: %s %s", entry->name, entry->why,
                 entry->changed == 0 ? "It has no addresses yet." : "Its last addresses stay in use.");
}

static void log_change(const struct names_entry *entry) {
    log_line(LOG_LEVEL_INFO, "%s: %u address%s", entry->name, entry->answer.count,
             entry->answer.count == 1 ? "" : "es");
}

/* How long an answer is good for. */
static int64_t hold_ms(const struct names *names, uint32_t ttl_s) {
    const struct resolve_settings *settings = &names->settings;
    int64_t ttl_ms = (int64_t)ttl_s * 1000;
    if (settings->every_ms > 0)
        return settings->every_ms;
    if (ttl_ms < settings->min_ttl_ms)
        return settings->min_ttl_ms;
    return ttl_ms < settings->max_ttl_ms ? ttl_ms : settings->max_ttl_ms;
}

static void tell(struct names *names, struct slot *slot) {
    struct names_told *told = &names->told[slot->number - 1];
    if (told->pid != slot->child.pid)
        *told = (struct names_told){.pid = slot->child.pid};
    for (size_t i = 0; told->round < names->round && i < names->count; i++)
        if (names->entries[i].changed > told->round)
            slot_send_addresses(slot, names->entries[i].name, &names->entries[i].answer);
    told->round = names->round;
}
