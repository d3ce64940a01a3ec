/* A change is refused, or written and synchronised, made in the book, and sent up as a new index; in that order, so
 * that what is in force is in the file, and what was answered is in both. */
#include "bin/denydesk.h"

#include "base/log.h"
#include "base/now.h"
#include "base/text.h"
#include "bin/denywire.h"
#include "control/admin.h"
#include "os/fd.h"
#include "os/sealed.h"
#include "pki/denylist.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

/* REWRITE_BYTES: written at once. */
enum { REWRITE_BYTES = 1 << 20, PATH_BYTES_MAX = 2048 };

/* A change whose client waits: for its turn (generation 0), or for the workers. */
struct waiting {
    uint32_t client;
    uid_t user;
    uint64_t generation;
    int64_t began_us;
    bool was_there;
    struct denywire wire;
};

/* fault: why the book cannot be used, or "". bytes: how long the file is. new_fd: the file being written anew. */
struct denydesk {
    struct channel *channel;
    denydesk_answer *answer;
    void *owner;
    struct denybook *book;
    int fd;
    int new_fd;
    size_t bytes;
    size_t new_bytes;
    bool is_kept;
    bool is_rewriting;
    char path[PATH_BYTES_MAX];
    char fault[ERROR_SENTENCE_MAX + PATH_BYTES_MAX];
    struct waiting waiting[ADMIN_CLIENTS_MAX];
    size_t waiting_count;
};

static const char *word_of(uint8_t kind);
static bool is_of_owner(uint8_t kind);
static bool is_value(uint8_t kind, struct slice value);
static void make_key(uint8_t kind, struct slice value, uint8_t key[DENYBOOK_KEY_BYTES]);
static bool read_book(struct denydesk *desk, struct error *error);
static bool read_bytes(struct denydesk *desk, struct slice file, struct error *error);
static bool mend_end(struct denydesk *desk, size_t used, size_t bytes, struct error *error);
static bool write_whole(struct denydesk *desk, int fd, size_t *bytes);
static bool send_index(struct denydesk *desk, bool is_asked);
static int make_index(const struct denybook *book);
static void give_up(struct denydesk *desk, const struct error *error);
static void queue(struct denydesk *desk, uint32_t client, uid_t user, const struct denywire *wire);
static void work_off(struct denydesk *desk);
static const char *make_change(struct denydesk *desk, struct waiting *waiting);
static const char *write_change(struct denydesk *desk, const struct denybook_change *change);
static bool append(struct denydesk *desk, struct slice line);
static void ask_for_paper(struct denydesk *desk);
static void drop_waiting(struct denydesk *desk, size_t index);
static void answer_text(struct denydesk *desk, uint32_t client, bool done, const char *text);
static void answer_enforced(struct denydesk *desk, const struct waiting *waiting, uint32_t workers, uint32_t closed,
                            uint64_t late);
static bool print_text(const struct denydesk *desk, const struct waiting *waiting, uint32_t workers, uint32_t closed,
                       uint64_t late, struct buf *to);
static bool print_json(const struct denydesk *desk, const struct waiting *waiting, uint32_t workers, uint32_t closed,
                       uint64_t late, struct buf *to);
static bool print_late(uint64_t late, const char *before, const char *between, struct buf *to);
static void answer_list(struct denydesk *desk, uint32_t client, bool as_json);
static int newest_first(const void *a, const void *b);
static bool list_entry_text(const struct denybook_entry *entry, struct buf *to);
static bool list_entry_json(const struct denybook_entry *entry, struct buf *to);

static const char *const done_words[DENYBOOK_VERBS] = {
    [DENYBOOK_REVOKE] = "revoked", [DENYBOOK_HOLD] = "put on hold", [DENYBOOK_RELEASE] = "released"};
static const char *const verb_words[DENYBOOK_VERBS] = {
    [DENYBOOK_REVOKE] = "revoke", [DENYBOOK_HOLD] = "hold", [DENYBOOK_RELEASE] = "release"};

struct denydesk *denydesk_new(struct channel *channel, denydesk_answer *answer, void *owner) {
    static const struct denybook_kinds kinds = {
        .count = DENYNAME_KINDS,
        .word = word_of,
        .is_of_owner = is_of_owner,
        .is_value = is_value,
        .make_key = make_key,
    };
    uint64_t seed = 0;
    struct denydesk *desk = calloc(1, sizeof(*desk));
    if (!desk)
        return NULL;
    *desk = (struct denydesk){.channel = channel, .answer = answer, .owner = owner, .fd = -1, .new_fd = -1};
    if (getrandom(&seed, sizeof(seed), 0) == sizeof(seed))
        desk->book = denybook_new(&kinds, seed);
    if (!desk->book)
        denydesk_free(&desk);
    return desk;
}

void denydesk_free(struct denydesk **desk) {
    if (!*desk)
        return;
    denybook_free(&(*desk)->book);
    fd_close(&(*desk)->fd);
    fd_close(&(*desk)->new_fd);
    free(*desk);
    *desk = NULL;
}

bool denydesk_take_book(struct denydesk *desk, struct wire_in *in) {
    struct error error;
    desk->is_kept = wire_get_bool(in);
    wire_get_text(in, desk->path, sizeof(desk->path));
    if (!wire_in_done(in) || desk->fd >= 0)
        return false;
    desk->fd = channel_take_fd(desk->channel, 0);
    if (!read_book(desk, &error)) {
        give_up(desk, &error);
        return true;
    }
    return send_index(desk, false);
}

bool denydesk_take_paper(struct denydesk *desk, struct wire_in *in) {
    if (!wire_in_done(in) || !desk->is_rewriting)
        return false;
    fd_close(&desk->new_fd);
    desk->new_fd = channel_take_fd(desk->channel, 0);
    if (write_whole(desk, desk->new_fd, &desk->new_bytes)) {
        channel_begin(desk->channel, CATALOG_DENY_REWRITTEN);
        return channel_send(desk->channel, NULL);
    }
    log_line(LOG_LEVEL_WARNING, "the deny-list cannot be written anew: %m");
    desk->is_rewriting = false;
    work_off(desk);
    return true;
}

bool denydesk_take_replaced(struct denydesk *desk, struct wire_in *in) {
    bool done = wire_get_bool(in);
    if (!wire_in_done(in) || !desk->is_rewriting)
        return false;
    if (done && desk->new_fd >= 0) {
        denybook_rewritten(desk->book);
        fd_close(&desk->fd);
        desk->fd = desk->new_fd;
        desk->bytes = desk->new_bytes;
        desk->new_fd = -1;
    }
    fd_close(&desk->new_fd);
    desk->is_rewriting = false;
    work_off(desk);
    return true;
}

bool denydesk_take_enforced(struct denydesk *desk, struct wire_in *in) {
    uint64_t generation = wire_get_u64(in);
    uint32_t workers = wire_get_u32(in);
    uint32_t closed = wire_get_u32(in);
    uint64_t late = wire_get_u64(in);
    if (!wire_in_done(in))
        return false;
    for (size_t i = desk->waiting_count; i-- > 0;) {
        if (desk->waiting[i].generation != generation)
            continue;
        answer_enforced(desk, &desk->waiting[i], workers, closed, late);
        drop_waiting(desk, i);
    }
    return true;
}

bool denydesk_request(struct denydesk *desk, uint32_t client, uid_t user, struct slice line) {
    static struct denywire wire; /* large */
    bool is_change;
    bool good = denywire_parse(line, &wire, &is_change);
    bool as_json = slice_equal(line, slice_text("denied json"));
    bool is_list = as_json || slice_equal(line, slice_text("denied"));
    if (!is_change && !is_list)
        return false;
    if (is_change && !good)
        answer_text(desk, client, false, "The request is malformed.\n");
    else if (desk->fd < 0 || desk->fault[0] != '\0')
        answer_text(desk, client, false, desk->fault[0] != '\0' ? desk->fault : "The gateway is just starting.\n");
    else if (is_list)
        answer_list(desk, client, as_json);
    else
        queue(desk, client, user, &wire);
    return true;
}

struct status_denials denydesk_status(const struct denydesk *desk) {
    return (struct status_denials){
        .entries = denybook_count(desk->book),
        .generation = denybook_number(desk->book),
        .is_kept = desk->is_kept,
        .fault = desk->fault[0] != '\0' ? desk->fault : NULL,
    };
}

/* --- the book --- */

static const char *word_of(uint8_t kind) {
    return denyname_word((enum denyname_kind)kind);
}

static bool is_of_owner(uint8_t kind) {
    return denyname_is_of_owner((enum denyname_kind)kind);
}

static bool is_value(uint8_t kind, struct slice value) {
    return denyname_is_made((enum denyname_kind)kind, value);
}

static void make_key(uint8_t kind, struct slice value, uint8_t key[DENYBOOK_KEY_BYTES]) {
    static_assert((int)DENYBOOK_KEY_BYTES == (int)DENYKEY_BYTES, "one key for both");
    denykey_of((enum denyname_kind)kind, value, key);
}

static bool read_book(struct denydesk *desk, struct error *error) {
    struct stat about;
    void *memory = MAP_FAILED;
    bool good = fstat(desk->fd, &about) == 0 && about.st_size <= DENYBOOK_FILE_BYTES_MAX;
    size_t bytes = good ? (size_t)about.st_size : 0;
    if (good && bytes > 0)
        memory = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, desk->fd, 0);
    if (!good || (bytes > 0 && memory == MAP_FAILED)) {
        error_set(error, (struct error_place){.file = desk->path}, "The deny-list cannot be read, or is too large.");
        return false;
    }
    bool read = read_bytes(desk, slice_of(bytes > 0 ? memory : NULL, bytes), error);
    if (bytes > 0)
        munmap(memory, bytes);
    return read;
}

static bool read_bytes(struct denydesk *desk, struct slice file, struct error *error) {
    size_t used;
    if (!denybook_read(desk->book, file, desk->path, &used, error))
        return false;
    denybook_forget(desk->book, now_unix_ms());
    return mend_end(desk, used, file.len, error);
}

/* Cuts off a line that a crash cut, and begins an empty file. */
static bool mend_end(struct denydesk *desk, size_t used, size_t bytes, struct error *error) {
    bool good = true;
    if (used < bytes) {
        log_line(LOG_LEVEL_WARNING, "%s ends in a line that a crash cut; it was never answered and is left out",
                 desk->path);
        good = ftruncate(desk->fd, (off_t)used) == 0;
    }
    desk->bytes = used;
    good = good && lseek(desk->fd, (off_t)used, SEEK_SET) >= 0;
    if (good && used == 0) {
        good = write_whole(desk, desk->fd, &desk->bytes);
        denybook_rewritten(desk->book);
    }
    good = good && fsync(desk->fd) == 0;
    if (!good)
        error_set(error, (struct error_place){.file = desk->path}, "The deny-list cannot be written: %m.");
    return good;
}

static bool write_whole(struct denydesk *desk, int fd, size_t *bytes) {
    struct buf piece;
    size_t at = 0;
    bool good;
    *bytes = 0;
    buf_init(&piece, 2 * REWRITE_BYTES);
    do {
        good = denybook_rewrite(desk->book, &at, &piece);
        bool is_last = at == denybook_count(desk->book);
        if (good && (is_last || buf_len(&piece) >= REWRITE_BYTES)) {
            *bytes += buf_len(&piece);
            good = fd_write_all(fd, buf_view(&piece));
            buf_consume(&piece, buf_len(&piece));
        }
    } while (good && at < denybook_count(desk->book));
    buf_fini(&piece);
    return good && fsync(fd) == 0;
}

static bool send_index(struct denydesk *desk, bool is_asked) {
    int fd = make_index(desk->book);
    if (fd < 0) {
        log_line(LOG_LEVEL_ERROR, "no memory for the index of the deny-list: %m");
        return false;
    }
    struct wire_out *out = channel_begin(desk->channel, CATALOG_DENY_INDEX);
    wire_put_u64(out, denybook_number(desk->book));
    wire_put_bool(out, is_asked);
    bool sent = channel_send(desk->channel, &fd);
    fd_close(&fd);
    return sent;
}

/* -1 when memory is short. */
static int make_index(const struct denybook *book) {
    size_t count = denybook_count(book);
    struct denylist_entry *entries = calloc(count + 1, sizeof(*entries));
    uint8_t *bytes = malloc(denylist_bytes(count));
    int fd = -1;
    for (size_t i = 0; entries && i < count; i++) {
        const struct denybook_entry *entry = denybook_at(book, i);
        entries[i] = (struct denylist_entry){.kind = entry->kind, .is_hold = entry->is_hold};
        entries[i].until = entry->until_ms ? (entry->until_ms + 999) / 1000 : INT64_MAX;
        memcpy(entries[i].key, entry->key, sizeof(entries[i].key));
    }
    if (entries && bytes) {
        denylist_write(entries, count, denybook_number(book), bytes);
        fd = sealed_of("sallyport-denials", slice_of(bytes, denylist_bytes(count)));
    }
    free(bytes);
    free(entries);
    return fd;
}

/* At the start of the gateway this refuses it; later, what is in force stays. */
static void give_up(struct denydesk *desk, const struct error *error) {
    if (error->line != 0)
        snprintf(desk->fault, sizeof(desk->fault), "%s:%u: %s", error->file, error->line, error->sentence);
    else
        snprintf(desk->fault, sizeof(desk->fault), "%s: %s", error->file, error->sentence);
    wire_put_text_cut(channel_begin(desk->channel, CATALOG_DENY_UNREADABLE), slice_text(desk->fault), 2000);
    if (!channel_send(desk->channel, NULL))
        log_line(LOG_LEVEL_ERROR, "%s", desk->fault);
}

/* --- changes --- */

static void queue(struct denydesk *desk, uint32_t client, uid_t user, const struct denywire *wire) {
    if (desk->waiting_count == ADMIN_CLIENTS_MAX) {
        answer_text(desk, client, false, "Too many changes at once; try again.\n");
        return;
    }
    desk->waiting[desk->waiting_count++] =
        (struct waiting){.client = client, .user = user, .began_us = now_us(), .wire = *wire};
    work_off(desk);
}

/* While the file is being replaced, changes wait: they would be written to the old one. */
static void work_off(struct denydesk *desk) {
    for (size_t i = 0; i < desk->waiting_count && !desk->is_rewriting;) {
        struct waiting *waiting = &desk->waiting[i];
        const char *refusal = waiting->generation == 0 ? make_change(desk, waiting) : NULL;
        if (refusal) {
            struct buf text;
            buf_init(&text, ADMIN_LINE_MAX);
            if (buf_printf(&text, "%s\n", refusal))
                desk->answer(desk->owner, waiting->client, false, buf_view(&text));
            buf_fini(&text);
            drop_waiting(desk, i);
        } else {
            i++;
        }
    }
}

/* NULL when it is made and on its way to the workers. */
static const char *make_change(struct denydesk *desk, struct waiting *waiting) {
    const struct denywire *wire = &waiting->wire;
    const struct denybook_change change = {
        .verb = wire->verb,
        .kind = wire->kind,
        .value = slice_text(wire->value),
        .reason = slice_text(wire->reason),
        .time_ms = now_unix_ms(),
        .user = (uint32_t)waiting->user,
        .until_ms = wire->until_ms,
    };
    denybook_forget(desk->book, change.time_ms);
    waiting->was_there = denybook_find(desk->book, change.kind, change.value) != NULL;
    const char *refusal = denybook_refuses(desk->book, &change, change.time_ms);
    if (!refusal)
        refusal = write_change(desk, &change);
    if (refusal)
        return refusal;
    waiting->generation = denybook_number(desk->book);
    if (!send_index(desk, true))
        return "The change is written down, but no memory is left to put it in force; it will be after a restart.";
    if (denybook_is_long(desk->book))
        ask_for_paper(desk);
    return NULL;
}

static const char *write_change(struct denydesk *desk, const struct denybook_change *change) {
    struct buf line;
    buf_init(&line, DENYBOOK_LINE_MAX);
    const char *refusal = NULL;
    if (!denybook_line(desk->book, change, &line))
        refusal = "The change is too long.";
    else if (!append(desk, buf_view(&line)))
        refusal = desk->fault[0] != '\0' ? desk->fault : "The deny-list cannot be written; nothing has changed.";
    else if (!denybook_apply(desk->book, change))
        refusal = strcpy(desk->fault, "The deny-list does not fit into memory any more.");
    buf_fini(&line);
    return refusal;
}

/* What was written in part is taken back; where that fails as well, nothing more is ever written behind it. */
static bool append(struct denydesk *desk, struct slice line) {
    if (fd_write_all(desk->fd, line) && fdatasync(desk->fd) == 0) {
        desk->bytes += line.len;
        return true;
    }
    log_line(LOG_LEVEL_ERROR, "the deny-list cannot be written: %m");
    if (ftruncate(desk->fd, (off_t)desk->bytes) != 0 || lseek(desk->fd, (off_t)desk->bytes, SEEK_SET) < 0)
        snprintf(desk->fault, sizeof(desk->fault), "The deny-list %s cannot be written; restart the gateway.",
                 desk->path);
    return false;
}

static void ask_for_paper(struct denydesk *desk) {
    channel_begin(desk->channel, CATALOG_DENY_REWRITE);
    desk->is_rewriting = channel_send(desk->channel, NULL);
}

static void drop_waiting(struct denydesk *desk, size_t index) {
    size_t after = --desk->waiting_count - index;
    memmove(&desk->waiting[index], &desk->waiting[index + 1], after * sizeof(desk->waiting[0]));
}

/* --- answers --- */

static void answer_text(struct denydesk *desk, uint32_t client, bool done, const char *text) {
    desk->answer(desk->owner, client, done, slice_text(text));
}

static void answer_enforced(struct denydesk *desk, const struct waiting *waiting, uint32_t workers, uint32_t closed,
                            uint64_t late) {
    struct buf text;
    buf_init(&text, 2 * ADMIN_LINE_MAX);
    bool fits = waiting->wire.as_json ? print_json(desk, waiting, workers, closed, late, &text)
                                      : print_text(desk, waiting, workers, closed, late, &text);
    desk->answer(desk->owner, waiting->client, fits && late == 0, buf_view(&text));
    buf_fini(&text);
}

static bool print_text(const struct denydesk *desk, const struct waiting *waiting, uint32_t workers, uint32_t closed,
                       uint64_t late, struct buf *to) {
    const struct denywire *wire = &waiting->wire;
    bool fits =
        buf_printf(to,
                   "%s %s %s: in force in %" PRIu32 " worker%s, %" PRId64 " ms, %" PRIu32 " connection%s closed%s\n",
                   done_words[wire->verb], word_of(wire->kind), wire->value, workers, workers == 1 ? "" : "s",
                   (now_us() - waiting->began_us + 500) / 1000, closed, closed == 1 ? "" : "s",
                   waiting->was_there && wire->verb != DENYBOOK_RELEASE ? " (there was such an entry)" : "");
    if (late != 0)
        fits = fits && print_late(late, "NOT confirmed in time by worker ", ", ", to) &&
            buf_append_text(to, "; see sallyport status\n");
    if (!desk->is_kept)
        fits = fits && buf_append_text(to, "not persisted: there is no state_directory, so a restart forgets it\n");
    return fits;
}

static bool print_json(const struct denydesk *desk, const struct waiting *waiting, uint32_t workers, uint32_t closed,
                       uint64_t late, struct buf *to) {
    const struct denywire *wire = &waiting->wire;
    return buf_printf(to, "{\"verb\":\"%s\",\"kind\":\"%s\",\"value\":", verb_words[wire->verb], word_of(wire->kind)) &&
        text_json(to, slice_text(wire->value)) &&
        buf_printf(to,
                   ",\"generation\":%" PRIu64 ",\"workers\":%" PRIu32 ",\"duration_us\":%" PRId64 ",\"closed\":%" PRIu32
                   ",\"persisted\":%s,\"late_workers\":[",
                   waiting->generation, workers, now_us() - waiting->began_us, closed,
                   desk->is_kept ? "true" : "false") &&
        print_late(late, "", ",", to) && buf_append_text(to, "]}\n");
}

static bool print_late(uint64_t late, const char *before, const char *between, struct buf *to) {
    bool fits = true;
    for (unsigned i = 0; i < OUTLINE_WORKERS_MAX; i++) {
        if (!(late >> i & 1))
            continue;
        fits = fits && buf_printf(to, "%s%u", before, i + 1);
        before = between;
    }
    return fits;
}

/* The newest first. What does not fit into an answer is counted. */
static void answer_list(struct denydesk *desk, uint32_t client, bool as_json) {
    struct buf text;
    size_t count = denybook_count(desk->book);
    size_t shown = 0;
    denybook_forget(desk->book, now_unix_ms());
    const struct denybook_entry **entries = calloc(count + 1, sizeof(const struct denybook_entry *));
    count = entries ? denybook_count(desk->book) : 0;
    for (size_t i = 0; i < count; i++)
        entries[i] = denybook_at(desk->book, i);
    if (count > 1)
        qsort(entries, count, sizeof(entries[0]), newest_first);
    buf_init(&text, ADMIN_ANSWER_BYTES_MAX);
    bool fits = !as_json ||
        buf_printf(&text, "{\"generation\":%" PRIu64 ",\"persisted\":%s,\"count\":%zu,\"entries\":[",
                   denybook_number(desk->book), desk->is_kept ? "true" : "false", count);
    for (; fits && shown < count && buf_len(&text) < ADMIN_ANSWER_BYTES_MAX - 2 * ADMIN_LINE_MAX; shown++)
        fits = as_json ? (shown == 0 || buf_append_text(&text, ",")) && list_entry_json(entries[shown], &text)
                       : list_entry_text(entries[shown], &text);
    if (as_json)
        fits = fits && buf_append_text(&text, "]}\n");
    else if (shown < count)
        fits = fits && buf_printf(&text, "… and %zu more\n", count - shown);
    else if (count == 0)
        fits = fits && buf_append_text(&text, "nobody is denied\n");
    desk->answer(desk->owner, client, fits && entries, buf_view(&text));
    buf_fini(&text);
    free(entries);
}

static int newest_first(const void *a, const void *b) {
    const struct denybook_entry *const *first = a, *const *second = b;
    return (*first)->number < (*second)->number ? 1 : -1;
}

static bool list_entry_text(const struct denybook_entry *entry, struct buf *to) {
    char since[25] = "";
    char until[25] = "";
    text_time(since, entry->time_ms);
    if (entry->until_ms != 0)
        text_time(until, entry->until_ms);
    return buf_printf(to, "%-7s  %-11s  %s  since %s by user %" PRIu32 "%s%s%s%s\n",
                      entry->is_hold ? "on hold" : "revoked", word_of(entry->kind), entry->value, since, entry->user,
                      until[0] != '\0' ? ", until " : "", until, entry->reason[0] != '\0' ? ": " : "", entry->reason);
}

static bool list_entry_json(const struct denybook_entry *entry, struct buf *to) {
    char since[25] = "";
    char until[27] = "null";
    text_time(since, entry->time_ms);
    if (entry->until_ms != 0) {
        until[0] = until[25] = '"';
        until[26] = '\0';
        text_time(until + 1, entry->until_ms);
    }
    return buf_printf(to, "{\"number\":%" PRIu64 ",\"state\":\"%s\",\"kind\":\"%s\",\"value\":", entry->number,
                      entry->is_hold ? "on-hold" : "revoked", word_of(entry->kind)) &&
        text_json(to, slice_text(entry->value)) &&
        buf_printf(to, ",\"since\":\"%s\",\"user\":%" PRIu32 ",\"until\":%s,\"reason\":", since, entry->user, until) &&
        text_json(to, slice_text(entry->reason)) && buf_append_text(to, "}");
}
