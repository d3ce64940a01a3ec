#include "control/identities.h"

#include "base/json.h"
#include "base/jsonread.h"
#include "base/list.h"
#include "base/map.h"

#include <stdlib.h>

/* Room for texts with their terminators; longer ones are cut. */
enum { FINGERPRINT_ROOM = 65, TEXT_ROOM = 257, TIME_ROOM = 25, LABEL_ROOM = 49 };

/* A reason, and how often. */
struct would {
    char label[LABEL_ROOM];
    uint64_t times;
};

/* link: the one that was seen last comes first. */
struct entry {
    struct list link;
    char fingerprint[FINGERPRINT_ROOM];
    char subject[TEXT_ROOM];
    char name[TEXT_ROOM];
    char listener[TEXT_ROOM];
    char first_seen[TIME_ROOM];
    char last_seen[TIME_ROOM];
    int64_t not_after;
    uint64_t times;
    struct would would[IDENTITIES_REASONS_MAX];
};

struct identities {
    struct list seen;
    struct map by_fingerprint;
};

/* A record as it was read: of the texts an entry has, and the reason. */
struct seen {
    struct entry facts;
    char time[TIME_ROOM];
    char would_refuse[LABEL_ROOM];
};

static bool read_record(struct slice record, struct seen *seen);
static void read_member(struct seen *seen, struct slice name, struct slice value);
static struct entry *entry_of(struct identities *identities, const char *fingerprint);
static struct entry *add_entry(struct identities *identities, const struct seen *seen);
static void drop_oldest(struct identities *identities);
static void count_would(struct entry *entry, const char *label);
static void print_entry(const struct entry *entry, struct json *json);

struct identities *identities_new(uint64_t seed) {
    struct identities *identities = calloc(1, sizeof(*identities));
    if (!identities)
        return NULL;
    list_init(&identities->seen);
    map_init(&identities->by_fingerprint, IDENTITIES_MAX, seed);
    return identities;
}

void identities_free(struct identities **identities) {
    if (!*identities)
        return;
    while (identities_count(*identities) > 0)
        drop_oldest(*identities);
    map_fini(&(*identities)->by_fingerprint);
    free(*identities);
    *identities = NULL;
}

void identities_take(struct identities *identities, struct slice record) {
    struct seen seen;
    if (!read_record(record, &seen))
        return;
    struct entry *entry = entry_of(identities, seen.facts.fingerprint);
    if (!entry)
        entry = add_entry(identities, &seen);
    if (!entry)
        return;
    list_remove(&entry->link);
    list_prepend(&identities->seen, &entry->link);
    memcpy(entry->last_seen, seen.time, sizeof(seen.time));
    memcpy(entry->listener, seen.facts.listener, sizeof(seen.facts.listener));
    entry->times++;
    if (seen.would_refuse[0] != '\0')
        count_would(entry, seen.would_refuse);
}

size_t identities_count(const struct identities *identities) {
    return identities->by_fingerprint.count;
}

bool identities_print_breaking(const struct identities *identities, int64_t until, struct buf *to) {
    struct json json = {.fits = true};
    for (const struct list *at = identities->seen.next; at != &identities->seen; at = at->next) {
        const struct entry *entry = list_entry(at, const struct entry, link);
        if (entry->not_after > until && entry->would[0].times == 0)
            continue;
        json_begin(&json, to);
        print_entry(entry, &json);
        if (!json.fits || !buf_append_byte(to, '\n'))
            return false;
    }
    return true;
}

static bool read_record(struct slice record, struct seen *seen) {
    struct jsonread reading;
    struct slice name, value;
    *seen = (struct seen){.facts = {.not_after = INT64_MAX}};
    jsonread_begin(&reading, record);
    while (jsonread_next(&reading, &name, &value))
        read_member(seen, name, value);
    return !reading.is_bad && seen->facts.fingerprint[0] != '\0';
}

static void read_member(struct seen *seen, struct slice name, struct slice value) {
    const struct {
        const char *name;
        char *to;
        size_t room;
    } texts[] = {
        {"fingerprint", seen->facts.fingerprint, FINGERPRINT_ROOM},
        {"subject", seen->facts.subject, TEXT_ROOM},
        {"name", seen->facts.name, TEXT_ROOM},
        {"listener", seen->facts.listener, TEXT_ROOM},
        {"time", seen->time, TIME_ROOM},
        {"would_refuse", seen->would_refuse, LABEL_ROOM},
    };
    uint64_t number;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (slice_equal(name, slice_text(texts[i].name)))
            jsonread_copy(value, texts[i].to, texts[i].room);
    if (slice_equal(name, slice_text("not_after")) && slice_decimal(value, &number) && number < INT64_MAX)
        seen->facts.not_after = (int64_t)number;
}

static struct entry *entry_of(struct identities *identities, const char *fingerprint) {
    return map_get(&identities->by_fingerprint, slice_text(fingerprint));
}

static struct entry *add_entry(struct identities *identities, const struct seen *seen) {
    if (identities_count(identities) == IDENTITIES_MAX)
        drop_oldest(identities);
    struct entry *entry = malloc(sizeof(*entry));
    if (!entry)
        return NULL;
    *entry = seen->facts;
    list_init(&entry->link);
    memcpy(entry->first_seen, seen->time, sizeof(seen->time));
    if (!map_set(&identities->by_fingerprint, slice_text(entry->fingerprint), entry)) {
        free(entry);
        return NULL;
    }
    return entry;
}

static void drop_oldest(struct identities *identities) {
    struct entry *oldest = list_entry(identities->seen.previous, struct entry, link);
    map_remove(&identities->by_fingerprint, slice_text(oldest->fingerprint));
    list_remove(&oldest->link);
    free(oldest);
}

/* Beyond the maximum of reasons the last one counts for all. */
static void count_would(struct entry *entry, const char *label) {
    struct would *would = entry->would;
    const struct would *last = would + IDENTITIES_REASONS_MAX - 1;
    while (would != last && would->times > 0 && strcmp(would->label, label) != 0)
        would++;
    if (would->times++ == 0)
        memcpy(would->label, label, sizeof(would->label));
}

static void print_entry(const struct entry *entry, struct json *json) {
    json_open(json, NULL, '{');
    json_text(json, "subject", slice_text(entry->subject));
    if (entry->name[0] != '\0')
        json_text(json, "name", slice_text(entry->name));
    json_text(json, "fingerprint", slice_text(entry->fingerprint));
    if (entry->not_after != INT64_MAX)
        json_seconds(json, "not_after", entry->not_after);
    json_text(json, "listener", slice_text(entry->listener));
    json_text(json, "first_seen", slice_text(entry->first_seen));
    json_text(json, "last_seen", slice_text(entry->last_seen));
    json_number(json, "times", (int64_t)entry->times);
    json_open(json, "would_refuse", '{');
    for (size_t i = 0; i < IDENTITIES_REASONS_MAX && entry->would[i].times > 0; i++)
        json_number(json, entry->would[i].label, (int64_t)entry->would[i].times);
    json_close(json, '}');
    json_close(json, '}');
}
