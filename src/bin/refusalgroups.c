#include "bin/refusalgroups.h"

#include "base/json.h"
#include "base/jsonread.h"
#include "base/text.h"
#include "bin/options.h"

#include <stdlib.h>

/* GROUPS: the gateway keeps no more records. Longer texts are cut, for people. */
enum { GROUPS_MAX = 1000, TEXT_ROOM = 257, LABEL_ROOM = 65 };

/* What a record says, and a group of those of one reason and one client. fingerprint: empty without a certificate. */
struct group {
    char reason[LABEL_ROOM];
    char who[TEXT_ROOM];
    char fingerprint[LABEL_ROOM];
    char first[LABEL_ROOM];
    char last[LABEL_ROOM];
    char last_id[LABEL_ROOM];
    uint64_t times;
};

static bool next_line(struct slice *lines, struct slice *line);
static bool read_record(struct slice line, struct group *record);
static void read_certificate(struct slice object, struct group *record);
static void read_text(struct slice value, char *to, size_t room);
static bool is_wanted(const struct group *record, const struct refusalgroups_filter *filter);
static size_t collect(struct slice lines, const struct refusalgroups_filter *filter, struct group *groups);
static size_t add(struct group *groups, size_t count, const struct group *record);
static bool print_text(const struct group *group, struct buf *to);
static bool print_json(const struct group *group, struct buf *to);

bool refusalgroups_print(struct slice lines, const struct refusalgroups_filter *filter, bool as_json, struct buf *to) {
    struct group *groups = calloc(GROUPS_MAX, sizeof(*groups));
    if (!groups)
        return false;
    size_t count = collect(lines, filter, groups);
    bool fits = as_json || count == 0 ||
        buf_printf(to, "%7s  %-30s  %-24s  %-24s  %-16s  %s\n", "TIMES", "REASON", "FIRST", "LAST", "LAST ID", "WHO");
    for (size_t i = 0; i < count; i++)
        fits = fits && (as_json ? print_json(&groups[i], to) : print_text(&groups[i], to));
    free(groups);
    return fits;
}

bool refusalgroups_filter_lines(struct slice lines, const struct refusalgroups_filter *filter, struct buf *to) {
    struct slice line;
    struct group record;
    while (next_line(&lines, &line))
        if (read_record(line, &record) && is_wanted(&record, filter) &&
            !(buf_append(to, line) && buf_append_byte(to, '\n')))
            return false;
    return true;
}

static bool next_line(struct slice *lines, struct slice *line) {
    ptrdiff_t end = slice_find(*lines, '\n');
    *line = slice_sub(*lines, 0, end < 0 ? lines->len : (size_t)end);
    *lines = slice_sub(*lines, line->len + 1, SIZE_MAX);
    return line->len > 0;
}

/* The address without its port stands for clients without a certificate. */
static bool read_record(struct slice line, struct group *record) {
    struct jsonread reading;
    struct slice name, value;
    char client[TEXT_ROOM] = "";
    *record = (struct group){.times = 1};
    jsonread_begin(&reading, line);
    while (jsonread_next(&reading, &name, &value)) {
        if (slice_equal(name, slice_text("reason")))
            read_text(value, record->reason, sizeof(record->reason));
        else if (slice_equal(name, slice_text("time")))
            read_text(value, record->last, sizeof(record->last));
        else if (slice_equal(name, slice_text("id")))
            read_text(value, record->last_id, sizeof(record->last_id));
        else if (slice_equal(name, slice_text("client")))
            read_text(value, client, sizeof(client));
        else if (slice_equal(name, slice_text("identity")) || slice_equal(name, slice_text("presented")))
            read_certificate(value, record);
    }
    char *port = strrchr(client, ':');
    if (port)
        *port = '\0';
    if (record->who[0] == '\0')
        memcpy(record->who, client, sizeof(client));
    memcpy(record->first, record->last, sizeof(record->last));
    return !reading.is_bad;
}

static void read_certificate(struct slice object, struct group *record) {
    struct jsonread reading;
    struct slice name, value;
    jsonread_begin(&reading, object);
    while (jsonread_next(&reading, &name, &value)) {
        if (slice_equal(name, slice_text("subject")))
            read_text(value, record->who, sizeof(record->who));
        else if (slice_equal(name, slice_text("fingerprint")) || slice_equal(name, slice_text("fingerprint_sha256")))
            read_text(value, record->fingerprint, sizeof(record->fingerprint));
    }
}

/* Cut to the room, and without what could drive a terminal. */
static void read_text(struct slice value, char *to, size_t room) {
    jsonread_copy(value, to, room);
    text_clean(to, strlen(to));
}

static bool is_wanted(const struct group *record, const struct refusalgroups_filter *filter) {
    int64_t seconds = 0;
    if (filter->reason.len > 0 && !slice_equal(slice_text(record->reason), filter->reason))
        return false;
    return filter->since == 0 || (options_time(record->last, &seconds) && seconds >= filter->since);
}

static size_t collect(struct slice lines, const struct refusalgroups_filter *filter, struct group *groups) {
    struct slice line;
    struct group record;
    size_t count = 0;
    while (next_line(&lines, &line))
        if (read_record(line, &record) && is_wanted(&record, filter))
            count = add(groups, count, &record);
    return count;
}

/* The group of the record goes to the end. */
static size_t add(struct group *groups, size_t count, const struct group *record) {
    struct group joined = *record;
    for (size_t i = 0; i < count; i++) {
        if (strcmp(groups[i].reason, record->reason) != 0 || strcmp(groups[i].who, record->who) != 0 ||
            strcmp(groups[i].fingerprint, record->fingerprint) != 0)
            continue;
        joined.times += groups[i].times;
        memcpy(joined.first, groups[i].first, sizeof(joined.first));
        memmove(&groups[i], &groups[i + 1], (count - i - 1) * sizeof(*groups));
        count--;
        break;
    }
    if (count == GROUPS_MAX)
        memmove(groups, groups + 1, --count * sizeof(*groups));
    groups[count] = joined;
    return count + 1;
}

static bool print_text(const struct group *group, struct buf *to) {
    return buf_printf(to, "%7llu  %-30s  %-24s  %-24s  %-16s  %s%s%.16s\n", (unsigned long long)group->times,
                      group->reason, group->first, group->last, group->last_id, group->who,
                      group->fingerprint[0] ? "  sha256 " : "", group->fingerprint);
}

static bool print_json(const struct group *group, struct buf *to) {
    struct json json;
    json_begin(&json, to);
    json_open(&json, NULL, '{');
    json_text(&json, "reason", slice_text(group->reason));
    json_text(&json, "who", slice_text(group->who));
    if (group->fingerprint[0] != '\0')
        json_text(&json, "fingerprint", slice_text(group->fingerprint));
    json_number(&json, "times", (int64_t)group->times);
    json_text(&json, "first", slice_text(group->first));
    json_text(&json, "last", slice_text(group->last));
    json_text(&json, "last_id", slice_text(group->last_id));
    json_close(&json, '}');
    return json.fits && buf_append_byte(to, '\n');
}
