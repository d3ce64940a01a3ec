/* The schedule of sources, and their documents. */
#include "bin/sources.h"

#include "base/log.h"
#include "base/now.h"
#include "bin/keptdocs.h"
#include "os/fd.h"
#include "os/fingerprint.h"
#include "os/sealed.h"

#include <stdio.h>
#include <sys/random.h>

enum { WAIT_MS = 1000, NUMBERS_BYTES_MAX = 16 << 20 };

static size_t read_list(struct slice list, struct sources_entry *entries, int64_t now_ms);
static void init_entry(struct sources_entry *entry, const struct source *fact, int64_t now_ms);
static void take_over(struct sources_entry *entry, struct sources_entry *earlier);
static void settle(struct sources *sources, struct sources_entry *entry, int64_t now_ms);
static void drop_former(struct sources_entry *entry, const char *why, int64_t now_ms);
static void put_in_force(struct sources *sources, struct sources_entry *entry);
static bool has_former(const struct sources_entry *entry);
static int open_former(const struct sources *sources, const struct sources_entry *entry);
static void give_former(const struct sources *sources, const struct sources_entry *entry,
                        struct compilation *compilation);
static void keep_numbers(struct sources *sources, int *numbers_fd);
static bool is_same(int a_fd, int b_fd, size_t max_bytes);
static void drop_entry(struct sources_entry *entry);
static struct sources_entry *find(const struct sources *sources, struct slice name);
static void note_good(struct sources_entry *entry, int64_t now_ms);
static void note_bad(struct sources_entry *entry, const char *why, int64_t now_ms);
static void schedule(struct sources_entry *entry, int64_t now_ms);
static int64_t spread(int64_t pause_ms);
static void tell_hosts(struct sources *sources, int64_t now_ms);
static void fetch(struct sources *sources, struct sources_entry *entry, struct channel *channel, int64_t now_ms);
static void look(struct sources_entry *entry, int64_t now_ms);
static uint64_t fingerprint(const struct sources_entry *entry);
static void take_document(const struct sources *sources, struct sources_entry *entry, int fd, int64_t now_ms);
static bool is_due(const struct sources_entry *entry);

void sources_init(struct sources *sources, struct relay *relay, struct statefiles *state) {
    *sources = (struct sources){.relay = relay, .state = state, .hosts_fd = -1, .numbers_fd = -1};
}

void sources_fini(struct sources *sources) {
    for (size_t i = 0; i < sources->count; i++)
        drop_entry(&sources->entries[i]);
    sources->count = 0;
    sealed_unmap(&sources->list);
    fd_close(&sources->hosts_fd);
    fd_close(&sources->numbers_fd);
}

void sources_adopt(struct sources *sources, int list_fds[COMPILATION_LIST_COUNT], int64_t now_ms) {
    static struct sources_entry entries[SOURCE_MAX]; /* large */
    struct slice list;
    struct error error;
    if (list_fds[COMPILATION_SOURCES] < 0 ||
        !sealed_map(list_fds[COMPILATION_SOURCES], SOURCE_LIST_BYTES_MAX, &list, &error))
        return;
    size_t count = read_list(list, entries, now_ms);
    for (size_t i = 0; i < count; i++) {
        struct sources_entry *earlier = find(sources, entries[i].fact.name);
        if (earlier)
            take_over(&entries[i], earlier);
    }
    for (size_t i = 0; i < sources->count; i++)
        drop_entry(&sources->entries[i]);
    memcpy(sources->entries, entries, count * sizeof(entries[0]));
    sources->count = count;
    sealed_unmap(&sources->list);
    sources->list = list;
    fd_close(&list_fds[COMPILATION_SOURCES]);
    fd_close(&sources->hosts_fd);
    sources->hosts_fd = list_fds[COMPILATION_HOSTS];
    list_fds[COMPILATION_HOSTS] = -1;
    sources->fetcher = 0;
    for (size_t i = 0; i < count; i++)
        settle(sources, &sources->entries[i], now_ms);
    keep_numbers(sources, &list_fds[COMPILATION_NUMBERS]);
    sources_report_all(sources);
}

bool sources_bring_news(const struct sources *sources, int list_fd) {
    struct slice list;
    struct error error;
    struct wire_in in;
    bool is_news = false;
    if (list_fd < 0 || !sealed_map(list_fd, SOURCE_LIST_BYTES_MAX, &list, &error))
        return true;
    wire_in_init(&in, list);
    while (!is_news && in.rest.len > 0 && !in.bad) {
        struct source fact;
        source_get(&fact, &in);
        const struct sources_entry *entry = find(sources, fact.name);
        is_news = !in.bad && entry && entry->is_given && fact.verdict == SOURCE_VERDICT_TAKEN;
    }
    sealed_unmap(&list);
    return is_news;
}

void sources_load_numbers(struct sources *sources) {
    if (statefiles_are_there(sources->state))
        sources->numbers_fd = keptdocs_load_numbers(sources->state);
    sources->is_loaded = sources->numbers_fd >= 0;
}

void sources_load_documents(struct sources *sources) {
    for (size_t i = 0; statefiles_are_there(sources->state) && i < sources->count; i++) {
        struct sources_entry *entry = &sources->entries[i];
        if (entry->fact.kind != SOURCE_URL || has_former(entry))
            continue;
        int fd = keptdocs_load(sources->state, entry->fact.name, &entry->good_ms);
        entry->is_kept = fd >= 0;
        fd_close(&fd);
    }
}

void sources_order(struct sources *sources, struct compilation *compilation, int bundle_fd) {
    for (size_t i = 0; i < sources->count; i++) {
        struct sources_entry *entry = &sources->entries[i];
        give_former(sources, entry, compilation);
        if (entry->fresh_fd >= 0)
            compilation_give(compilation, CATALOG_FRESH_DOCUMENT, entry->fact.name, entry->fresh_fd);
        entry->is_given = entry->fresh_fd >= 0 || entry->is_changed;
        entry->is_changed = false;
    }
    if (sources->numbers_fd >= 0)
        compilation_give(compilation, CATALOG_NUMBERS, slice_text(""), sources->numbers_fd);
    compilation_order(compilation, bundle_fd);
}

void sources_refuse(struct sources *sources, const char *why, int64_t now_ms) {
    for (size_t i = 0; i < sources->count; i++) {
        struct sources_entry *entry = &sources->entries[i];
        if (!entry->is_given)
            continue;
        entry->is_given = false;
        if (!why)
            continue;
        fd_close(&entry->fresh_fd);
        note_bad(entry, why, now_ms);
    }
}

void sources_tick(struct sources *sources, int64_t now_ms) {
    struct channel *channel = relay_channel(sources->relay, ASK_FETCHER);
    tell_hosts(sources, now_ms);
    for (size_t i = 0; i < sources->count; i++) {
        struct sources_entry *entry = &sources->entries[i];
        if (!is_due(entry) || now_ms < entry->due_ms)
            continue;
        if (entry->fact.kind == SOURCE_PATH)
            look(entry, now_ms);
        else if (channel)
            fetch(sources, entry, channel, now_ms);
    }
}

int sources_wait_ms(const struct sources *sources, int64_t now_ms) {
    int64_t wait_ms = WAIT_MS;
    for (size_t i = 0; i < sources->count; i++) {
        const struct sources_entry *entry = &sources->entries[i];
        if (is_due(entry) && entry->due_ms - now_ms < wait_ms)
            wait_ms = entry->due_ms - now_ms;
    }
    bool can_fetch = relay_channel(sources->relay, ASK_FETCHER) != NULL;
    return wait_ms > 0 ? (int)wait_ms : can_fetch ? 0 : WAIT_MS / 10;
}

bool sources_take(struct sources *sources, struct channel_message *message, int64_t now_ms) {
    char why[SOURCE_WHY_MAX + 1] = "";
    bool is_done = message->type == CATALOG_FETCHED;
    if (!is_done && message->type != CATALOG_NOT_FETCHED)
        return false;
    uint32_t number = wire_get_u32(&message->in);
    if (!is_done)
        wire_get_text(&message->in, why, sizeof(why));
    if (!wire_in_done(&message->in) || number == 0)
        return false;
    int fd = is_done ? channel_take_fd(relay_channel(sources->relay, ASK_FETCHER), 0) : -1;
    for (size_t i = 0; i < sources->count; i++) {
        struct sources_entry *entry = &sources->entries[i];
        if (entry->number != number)
            continue;
        entry->number = 0;
        entry->is_tried = true;
        if (!is_done)
            note_bad(entry, why, now_ms);
        else
            take_document(sources, entry, fd, now_ms);
        return true;
    }
    fd_close(&fd); /* the configuration changed meanwhile */
    return true;
}

bool sources_want_refresh(const struct sources *sources) {
    for (size_t i = 0; i < sources->count; i++) {
        const struct sources_entry *entry = &sources->entries[i];
        if (!entry->is_given && (entry->fresh_fd >= 0 || entry->is_changed))
            return true;
    }
    return false;
}

bool sources_are_awaited(const struct sources *sources) {
    for (size_t i = 0; i < sources->count; i++) {
        const struct sources_entry *entry = &sources->entries[i];
        bool has_document = has_former(entry) || entry->fresh_fd >= 0;
        if (entry->fact.kind == SOURCE_URL && !has_document && !entry->is_tried)
            return true;
    }
    return false;
}

bool sources_have_documents(const struct sources *sources) {
    bool any = sources->is_unread;
    for (size_t i = 0; i < sources->count; i++)
        any = any || has_former(&sources->entries[i]) || sources->entries[i].fresh_fd >= 0;
    return any;
}

bool sources_next_report(struct sources *sources, uint32_t *number, struct report_source *report) {
    for (uint32_t i = 0; i < sources->count; i++) {
        struct sources_entry *entry = &sources->entries[i];
        if (!entry->is_dirty)
            continue;
        entry->is_dirty = false;
        *number = i;
        *report =
            (struct report_source){.kind = entry->fact.kind == SOURCE_URL ? REPORT_SOURCE_URL : REPORT_SOURCE_PATH,
                                   .good_ms = entry->good_ms,
                                   .bad_ms = entry->bad_ms,
                                   .expires_ms = entry->fact.expires * 1000};
        if (entry->fact.interval_ms > 0)
            report->due_ms = now_unix_ms() + entry->due_ms - now_ms();
        snprintf(report->name, sizeof(report->name), "%.*s", (int)entry->fact.name.len,
                 (const char *)entry->fact.name.data);
        snprintf(report->why, sizeof(report->why), "%s", entry->why);
        return true;
    }
    return false;
}

void sources_report_all(struct sources *sources) {
    for (size_t i = 0; i < sources->count; i++)
        sources->entries[i].is_dirty = true;
    sources->is_count_dirty = true;
}

static size_t read_list(struct slice list, struct sources_entry *entries, int64_t now_ms) {
    struct wire_in in;
    size_t count = 0;
    wire_in_init(&in, list);
    while (count < SOURCE_MAX && in.rest.len > 0 && !in.bad) {
        struct source fact;
        source_get(&fact, &in);
        if (!in.bad)
            init_entry(&entries[count++], &fact, now_ms);
    }
    return count;
}

static void init_entry(struct sources_entry *entry, const struct source *fact, int64_t now_ms) {
    *entry = (struct sources_entry){.fact = *fact, .former_fd = -1, .fresh_fd = -1, .due_ms = now_ms};
    if (fact->kind == SOURCE_PATH) {
        entry->fingerprint = fingerprint(entry);
        entry->due_ms = now_ms + fact->interval_ms;
        entry->good_ms = now_unix_ms();
    }
}

/* The fact is new, the rest stays. A list that ends sooner, or an interval that became shorter, is fetched sooner. */
static void take_over(struct sources_entry *entry, struct sources_entry *earlier) {
    const struct source fact = entry->fact;
    *entry = *earlier;
    entry->fact = fact;
    earlier->former_fd = earlier->fresh_fd = -1;
}

/* What the compiler says about what it was given. Without a word, it is given again next time. */
static void settle(struct sources *sources, struct sources_entry *entry, int64_t now_ms) {
    char why[SOURCE_WHY_MAX + 1];
    bool was_given = entry->is_given;
    entry->is_given = false;
    snprintf(why, sizeof(why), "%.*s", (int)entry->fact.why.len, (const char *)entry->fact.why.data);
    if (entry->fact.verdict == SOURCE_VERDICT_REFUSED && was_given) {
        fd_close(&entry->fresh_fd);
        note_bad(entry, why, now_ms);
    } else if (entry->fact.verdict == SOURCE_VERDICT_REFUSED && has_former(entry)) {
        drop_former(entry, why, now_ms);
    } else if (entry->fact.verdict == SOURCE_VERDICT_TAKEN && was_given) {
        put_in_force(sources, entry);
        note_good(entry, now_ms);
    }
    if (entry->fact.kind == SOURCE_URL && entry->failures == 0 && entry->good_ms > 0)
        schedule(entry, now_ms);
}

/* It was believed once: damage on disk, or a change of trust. Another one is fetched at once. */
static void drop_former(struct sources_entry *entry, const char *why, int64_t now_ms) {
    fd_close(&entry->former_fd);
    entry->is_kept = false;
    note_bad(entry, why, now_ms);
    entry->due_ms = now_ms;
}

static void put_in_force(struct sources *sources, struct sources_entry *entry) {
    if (entry->fact.kind == SOURCE_PATH || entry->fresh_fd < 0)
        return;
    fd_close(&entry->former_fd);
    entry->former_fd = entry->fresh_fd;
    entry->fresh_fd = -1;
    entry->is_kept =
        statefiles_are_there(sources->state) && keptdocs_save(sources->state, entry->fact.name, entry->former_fd);
    if (entry->is_kept)
        fd_close(&entry->former_fd);
}

static bool has_former(const struct sources_entry *entry) {
    return entry->is_kept || entry->former_fd >= 0;
}

/* The document in use, the caller's to close; -1: none. */
static int open_former(const struct sources *sources, const struct sources_entry *entry) {
    int64_t ignored;
    if (entry->is_kept)
        return keptdocs_load(sources->state, entry->fact.name, &ignored);
    return entry->former_fd >= 0 ? fd_copy(entry->former_fd, 0) : -1;
}

static void give_former(const struct sources *sources, const struct sources_entry *entry,
                        struct compilation *compilation) {
    int fd = open_former(sources, entry);
    if (fd >= 0)
        compilation_give(compilation, CATALOG_FORMER_DOCUMENT, entry->fact.name, fd);
    fd_close(&fd);
}

static void keep_numbers(struct sources *sources, int *numbers_fd) {
    if (sources->is_loaded) {
        sources->is_loaded = false;
        sources->is_unread = true;
        return;
    }
    sources->is_unread = false;
    bool is_news =
        *numbers_fd >= 0 && (sources->numbers_fd < 0 || !is_same(*numbers_fd, sources->numbers_fd, NUMBERS_BYTES_MAX));
    if (is_news && statefiles_are_there(sources->state))
        keptdocs_save_numbers(sources->state, *numbers_fd);
    fd_close(&sources->numbers_fd);
    sources->numbers_fd = *numbers_fd;
    *numbers_fd = -1;
}

/* Compared as bytes, nothing more. */
static bool is_same(int a_fd, int b_fd, size_t max_bytes) {
    struct slice a = slice_of(NULL, 0);
    struct slice b = slice_of(NULL, 0);
    struct error error;
    bool same = sealed_map(a_fd, max_bytes, &a, &error) && sealed_map(b_fd, max_bytes, &b, &error) && slice_equal(a, b);
    sealed_unmap(&a);
    sealed_unmap(&b);
    return same;
}

static void drop_entry(struct sources_entry *entry) {
    fd_close(&entry->former_fd);
    fd_close(&entry->fresh_fd);
}

static struct sources_entry *find(const struct sources *sources, struct slice name) {
    for (size_t i = 0; i < sources->count; i++)
        if (slice_equal(sources->entries[i].fact.name, name))
            return (struct sources_entry *)&sources->entries[i];
    return NULL;
}

static void note_good(struct sources_entry *entry, int64_t now_ms) {
    entry->good_ms = now_unix_ms();
    entry->failures = 0;
    entry->is_dirty = true;
    schedule(entry, now_ms);
}

static void note_bad(struct sources_entry *entry, const char *why, int64_t now_ms) {
    int len = (int)entry->fact.name.len;
    entry->bad_ms = now_unix_ms();
    entry->failures++;
    entry->is_dirty = true;
    snprintf(entry->why, sizeof(entry->why), "%s", why);
    log_line(LOG_LEVEL_WARNING, "%.*s: %s What was in use stays.", len, (const char *)entry->fact.name.data, why);
    schedule(entry, now_ms);
}

/* A list that is about to end is fetched sooner than its interval says, and not more often than after a failure. */
static void schedule(struct sources_entry *entry, int64_t now_ms) {
    int64_t interval_ms = entry->fact.interval_ms;
    int64_t pause_ms = SOURCES_PAUSE_MS;
    for (unsigned i = 1; i < entry->failures && pause_ms < SOURCES_PAUSE_MAX_MS; i++)
        pause_ms *= 2;
    pause_ms = pause_ms < SOURCES_PAUSE_MAX_MS ? pause_ms : SOURCES_PAUSE_MAX_MS;
    pause_ms = pause_ms < interval_ms ? pause_ms : interval_ms;
    if (entry->failures == 0 && entry->fact.kind == SOURCE_URL) {
        int64_t left_ms = entry->fact.expires * 1000 - now_unix_ms() - interval_ms / SOURCES_SPREAD;
        bool is_sooner = entry->fact.expires > 0 && left_ms < interval_ms;
        pause_ms = !is_sooner ? interval_ms : left_ms > pause_ms ? left_ms : pause_ms;
    } else if (entry->fact.kind == SOURCE_PATH) {
        pause_ms = interval_ms;
    }
    entry->due_ms = now_ms + spread(pause_ms);
}

static int64_t spread(int64_t pause_ms) {
    uint32_t random = 0;
    if (getrandom(&random, sizeof(random), 0) != sizeof(random))
        return pause_ms;
    int64_t most_ms = pause_ms / SOURCES_SPREAD;
    return pause_ms - (most_ms > 0 ? (int64_t)random % (most_ms + 1) : 0);
}

/* A fetcher that was just started knows nothing: of hosts, and of what the one before it was fetching. */
static void tell_hosts(struct sources *sources, int64_t now_ms) {
    const struct child *child = relay_child(sources->relay, ASK_FETCHER);
    if (!child->channel || sources->hosts_fd < 0 || sources->fetcher == child->pid)
        return;
    bool is_new = sources->fetcher != 0;
    channel_begin(child->channel, CATALOG_FETCH_HOSTS);
    if (!channel_send(child->channel, &sources->hosts_fd))
        return;
    sources->fetcher = child->pid;
    for (size_t i = 0; is_new && i < sources->count; i++) {
        if (sources->entries[i].number == 0)
            continue;
        sources->entries[i].number = 0;
        note_bad(&sources->entries[i], "The fetcher ended while it fetched.", now_ms);
    }
}

static void fetch(struct sources *sources, struct sources_entry *entry, struct channel *channel, int64_t now_ms) {
    if (sources->fetcher == 0)
        return;
    uint32_t number = ++sources->next_number;
    struct wire_out *out = channel_begin(channel, CATALOG_FETCH);
    wire_put_u32(out, number);
    fetch_put_request(&entry->fact.request, out);
    if (number == 0 || !channel_send(channel, NULL))
        return;
    entry->number = number;
    entry->due_ms = now_ms + entry->fact.interval_ms;
}

static void look(struct sources_entry *entry, int64_t now_ms) {
    uint64_t now = fingerprint(entry);
    entry->due_ms = now_ms + spread(entry->fact.interval_ms);
    entry->is_changed = entry->is_changed || now != entry->fingerprint;
    entry->fingerprint = now;
}

static uint64_t fingerprint(const struct sources_entry *entry) {
    char path[SOURCE_NAME_MAX + 1];
    snprintf(path, sizeof(path), "%.*s", (int)entry->fact.name.len, (const char *)entry->fact.name.data);
    return fingerprint_of(path);
}

/* The same document again is good news, but no change. */
static void take_document(const struct sources *sources, struct sources_entry *entry, int fd, int64_t now_ms) {
    int former_fd = open_former(sources, entry);
    bool same = former_fd >= 0 && is_same(fd, former_fd, SIZE_MAX);
    fd_close(&former_fd);
    if (same) {
        fd_close(&fd);
        note_good(entry, now_ms);
        return;
    }
    fd_close(&entry->fresh_fd);
    entry->fresh_fd = fd;
    schedule(entry, now_ms);
}

/* One thing at a time: what is fetched or judged is not asked for again. */
static bool is_due(const struct sources_entry *entry) {
    bool is_busy = entry->number != 0 || entry->fresh_fd >= 0 || entry->is_given;
    return entry->fact.interval_ms > 0 && !is_busy;
}
