/* Fuzzes plan/route. A path that is read means the same to backends that decode it, cut it and resolve it in any of
 * the usual
 * ways: they all come to the form that prefixes were compared with. Host names of any kind do no harm. */
#include "base/bug.h"
#include "config/hostname.h"
#include "plan/route.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool contains(struct slice text, const char *part) {
    return text.len > 0 && memmem(text.data, text.len, part, strlen(part)) != NULL;
}

/* Nothing in the normal form can be read in another way. */
static void check_normal(struct slice normal) {
    bug_on(normal.len > 0 && normal.data[0] != '/');
    bug_on(contains(normal, "//") || contains(normal, "/./") || contains(normal, "/../"));
    bug_on(normal.len <= ROUTE_PREFIX_MAX &&
           (slice_ends(normal, slice_text("/.")) || slice_ends(normal, slice_text("/.."))));
    bug_on(contains(normal, "\\") || contains(normal, ";") || slice_find(normal, '\0') >= 0);
}

/* A backend that treats a path without encodings and parameters as it stands reads what we read. */
static void check_plain(struct slice path, struct slice normal) {
    ptrdiff_t query = slice_find(path, '?');
    path = query < 0 ? path : slice_sub(path, 0, (size_t)query);
    if (path.len == 0 || path.len > ROUTE_PREFIX_MAX || slice_find(path, '%') >= 0 || slice_find(path, ';') >= 0 ||
        slice_equal(path, slice_text("*")))
        return;
    bug_on(!slice_equal(path, normal));
}

static void check_hosts(struct slice name) {
    char normal[HOSTNAME_ROOM], again[HOSTNAME_ROOM];
    size_t len, again_len;
    if (!hostname_normal(name, normal, &len))
        return;
    struct slice kept = slice_of(normal, len);
    if (hostname_is_pattern(kept))
        bug_on(!hostname_normal(kept, again, &again_len) || !slice_equal(kept, slice_of(again, again_len)));
    hostname_suffix(kept);
}

static void check_table(struct slice path) {
    struct arena arena;
    struct route_table table;
    size_t number = 0;
    arena_init(&arena, 1024, 1 << 20);
    route_table_init(&table);
    bug_on(!route_table_add(&table, &arena, "a.example", "/admin/", 0));
    bug_on(!route_table_add(&table, &arena, "*.example", "/admin", 1));
    bug_on(!route_table_add(&table, &arena, NULL, NULL, 2));
    enum route_status status = route_table_find(&table, slice_text("a.example"), path, &number);
    bug_on(status == ROUTE_NONE || (status == ROUTE_FOUND && number > 2));
    /* Whatever plainly begins with the prefix does not get past it. */
    bug_on(status == ROUTE_FOUND && number == 2 && slice_starts(path, slice_text("/admin/")));
    route_table_fini(&table);
    arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct slice text = slice_of(data, size);
    struct route_path normal;
    if (route_path_read(text, &normal)) {
        check_normal(slice_of(normal.bytes, normal.len));
        check_plain(text, slice_of(normal.bytes, normal.len));
    }
    check_hosts(text);
    check_table(text);
    return 0;
}
