/* A ring of copied records. */
#include "control/recent.h"

#include <stdio.h>
#include <stdlib.h>

/* ID_MAX: ids are shorter by far; a longer one is nobody's. */
enum { ID_MAX = 64 };

/* records[first] is the oldest of `count`. */
struct recent {
    size_t max;
    size_t bytes_max;
    size_t first;
    size_t count;
    size_t bytes;
    struct slice records[];
};

static void drop_oldest(struct recent *recent);

struct recent *recent_new(size_t max, size_t bytes_max) {
    struct recent *recent = calloc(1, sizeof(*recent) + max * sizeof(recent->records[0]));
    if (!recent)
        return NULL;
    recent->max = max;
    recent->bytes_max = bytes_max;
    return recent;
}

void recent_free(struct recent **recent) {
    if (!*recent)
        return;
    while ((*recent)->count > 0)
        drop_oldest(*recent);
    free(*recent);
    *recent = NULL;
}

void recent_add(struct recent *recent, struct slice record) {
    if (record.len > recent->bytes_max || record.len == 0)
        return;
    while (recent->count == recent->max || recent->bytes + record.len > recent->bytes_max)
        drop_oldest(recent);
    uint8_t *copy = malloc(record.len);
    if (!copy)
        return;
    for (size_t i = 0; i < record.len; i++)
        copy[i] = record.data[i] < ' ' ? '?' : record.data[i];
    recent->records[(recent->first + recent->count) % recent->max] = slice_of(copy, record.len);
    recent->count++;
    recent->bytes += record.len;
}

size_t recent_count(const struct recent *recent) {
    return recent->count;
}

struct slice recent_get(const struct recent *recent, size_t index) {
    return recent->records[(recent->first + recent->count - 1 - index) % recent->max];
}

/* A quote inside of a JSON string is escaped, so the member cannot be mistaken for a part of a value. */
struct slice recent_find(const struct recent *recent, struct slice id) {
    char member[ID_MAX + 16];
    if (id.len == 0 || id.len > ID_MAX)
        return slice_of(NULL, 0);
    int len = snprintf(member, sizeof(member), "\"id\":\"%.*s\"", (int)id.len, (const char *)id.data);
    for (size_t i = 0; i < recent->count; i++) {
        struct slice record = recent_get(recent, i);
        if (memmem(record.data, record.len, member, (size_t)len))
            return record;
    }
    return slice_of(NULL, 0);
}

static void drop_oldest(struct recent *recent) {
    struct slice *oldest = &recent->records[recent->first];
    recent->bytes -= oldest->len;
    free((void *)(uintptr_t)oldest->data);
    *oldest = slice_of(NULL, 0);
    recent->first = (recent->first + 1) % recent->max;
    recent->count--;
}
