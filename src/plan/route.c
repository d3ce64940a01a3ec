/* The normal form of a path, segment by segment, and the search in at most three groups of routes. */
#include "plan/route.h"

struct route_entry {
    struct slice path;
    size_t number;
    struct route_entry *next;
};

/* Reading a path: what is left of it, and what the current segment is so far. */
struct walk {
    struct slice rest;
    struct route_path *normal;
    size_t segment_bytes;
    size_t segment_dots;
    uint8_t previous;
    bool in_parameters;
};

static bool walk_byte(struct walk *walk);
static bool begin_segment(struct walk *walk);
static bool segment_is_clear(const struct walk *walk);
static bool take_encoded(struct walk *walk, uint8_t *byte);
static bool is_refused_raw(uint8_t byte);
static bool is_refused_encoded(uint8_t byte, struct slice after);
static bool is_overlong(uint8_t previous, uint8_t byte);
static void keep(struct walk *walk, uint8_t byte);
static int hex_digit(uint8_t byte);
static bool starts_with_hex(struct slice text);
static struct slice without_query(struct slice path);
static struct route_group *group_of(struct route_table *table, struct arena *arena, const char *host);
static void search(const struct route_group *group, const struct route_path *path, size_t *least);

bool route_path_read(struct slice path, struct route_path *normal) {
    path = without_query(path);
    normal->len = 0;
    if (slice_equal(path, slice_text("*")))
        return true;
    if (path.len == 0)
        path = slice_text("/");
    if (path.data[0] != '/' || path.len > ROUTE_PATH_MAX)
        return false;
    struct walk walk = {.rest = slice_sub(path, 1, path.len), .normal = normal};
    keep(&walk, '/');
    while (walk.rest.len > 0) {
        if (!walk_byte(&walk))
            return false;
    }
    return segment_is_clear(&walk);
}

bool route_path_has(const struct route_path *path, struct slice prefix) {
    struct slice whole = slice_of(path->bytes, path->len);
    if (!slice_starts(whole, prefix))
        return false;
    bool ends_segment = prefix.len > 0 && prefix.data[prefix.len - 1] == '/';
    return ends_segment || whole.len == prefix.len || whole.data[prefix.len] == '/';
}

void route_table_init(struct route_table *table) {
    *table = (struct route_table){.refuses_ambiguous = false};
    nameindex_init(&table->hosts);
}

void route_table_fini(struct route_table *table) {
    nameindex_fini(&table->hosts);
}

bool route_table_add(struct route_table *table, struct arena *arena, const char *host, const char *path,
                     size_t number) {
    struct route_group *group = group_of(table, arena, host);
    struct route_entry *entry = arena_alloc(arena, sizeof(*entry));
    if (group == NULL || entry == NULL)
        return false;
    *entry = (struct route_entry){.path = slice_text(path), .number = number};
    if (group->last != NULL)
        group->last->next = entry;
    else
        group->first = entry;
    group->last = entry;
    table->refuses_ambiguous = table->refuses_ambiguous || path != NULL;
    return true;
}

void route_table_refuse_ambiguous(struct route_table *table) {
    table->refuses_ambiguous = true;
}

enum route_status route_table_find(const struct route_table *table, struct slice host, struct slice path,
                                   size_t *number) {
    struct route_path normal;
    normal.len = 0;
    if (table->refuses_ambiguous && !route_path_read(path, &normal))
        return ROUTE_AMBIGUOUS;
    size_t least = SIZE_MAX;
    search(nameindex_exact(&table->hosts, host), &normal, &least);
    search(nameindex_wildcard(&table->hosts, host), &normal, &least);
    search(&table->any_host, &normal, &least);
    if (least == SIZE_MAX)
        return ROUTE_NONE;
    *number = least;
    return ROUTE_FOUND;
}

/* Takes one byte, or one percent-encoded one. False: ambiguous. */
static bool walk_byte(struct walk *walk) {
    uint8_t byte = walk->rest.data[0];
    walk->rest = slice_sub(walk->rest, 1, walk->rest.len);
    if (byte == '/')
        return begin_segment(walk);
    if (is_refused_raw(byte) || (byte == '%' && !take_encoded(walk, &byte)) || is_overlong(walk->previous, byte))
        return false;
    walk->previous = byte;
    if (byte == ';') /* never an encoded one: that is refused */
        walk->in_parameters = true;
    if (walk->in_parameters)
        return true;
    walk->segment_dots += byte == '.';
    walk->segment_bytes++;
    keep(walk, byte);
    return true;
}

/* At a '/' after another: the segment between them has to be there, and be no dot segment. */
static bool begin_segment(struct walk *walk) {
    if (walk->segment_bytes == 0 || !segment_is_clear(walk))
        return false;
    keep(walk, '/');
    walk->segment_bytes = walk->segment_dots = 0;
    walk->previous = 0;
    walk->in_parameters = false;
    return true;
}

static bool segment_is_clear(const struct walk *walk) {
    bool only_dots = walk->segment_dots > 0 && walk->segment_dots == walk->segment_bytes;
    return !only_dots || walk->segment_bytes > 2;
}

/* The two digits after a '%'. */
static bool take_encoded(struct walk *walk, uint8_t *byte) {
    if (!starts_with_hex(walk->rest))
        return false;
    *byte = (uint8_t)(hex_digit(walk->rest.data[0]) << 4 | hex_digit(walk->rest.data[1]));
    walk->rest = slice_sub(walk->rest, 2, walk->rest.len);
    return !is_refused_encoded(*byte, walk->rest);
}

static bool is_refused_raw(uint8_t byte) {
    return byte <= ' ' || byte == 0x7f || byte == '\\' || byte == '#';
}

static bool is_refused_encoded(uint8_t byte, struct slice after) {
    bool is_encoded_twice = byte == '%' && starts_with_hex(after);
    return byte < ' ' || byte == 0x7f || byte == '/' || byte == '\\' || byte == ';' || is_encoded_twice;
}

/* The second byte of a UTF-8 sequence that is longer than it need be, or a first byte that has no other use
 * (RFC 3629 section 3): a lax decoder reads "%c0%ae" as '.'. */
static bool is_overlong(uint8_t previous, uint8_t byte) {
    return byte == 0xc0 || byte == 0xc1 || (previous == 0xe0 && byte >= 0x80 && byte < 0xa0) ||
        (previous == 0xf0 && byte >= 0x80 && byte < 0x90);
}

static void keep(struct walk *walk, uint8_t byte) {
    walk->normal->bytes[walk->normal->len++] = (char)byte;
}

static int hex_digit(uint8_t byte) {
    if ((uint8_t)(byte - '0') < 10)
        return byte - '0';
    uint8_t letter = (uint8_t)((byte | 0x20) - 'a');
    return letter < 6 ? letter + 10 : -1;
}

static bool starts_with_hex(struct slice text) {
    return text.len >= 2 && hex_digit(text.data[0]) >= 0 && hex_digit(text.data[1]) >= 0;
}

static struct slice without_query(struct slice path) {
    ptrdiff_t query = slice_find(path, '?');
    return query < 0 ? path : slice_sub(path, 0, (size_t)query);
}

static struct route_group *group_of(struct route_table *table, struct arena *arena, const char *host) {
    if (host == NULL)
        return &table->any_host;
    struct route_group *group = nameindex_get(&table->hosts, host);
    if (group != NULL)
        return group;
    group = arena_alloc(arena, sizeof(*group));
    return group != NULL && nameindex_set(&table->hosts, host, group) ? group : NULL;
}

/* Lowers *least to the number of the group's first route that matches. */
static void search(const struct route_group *group, const struct route_path *path, size_t *least) {
    if (group == NULL)
        return;
    for (const struct route_entry *entry = group->first; entry != NULL && entry->number < *least; entry = entry->next) {
        if (entry->path.data == NULL || route_path_has(path, entry->path))
            *least = entry->number;
    }
}
