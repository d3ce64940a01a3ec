/* Which route a request takes: by host and path prefix, the first in the operator's order. Pure.
 *
 * A prefix protects only if the backend reads the path as we do. So, when anything is decided by it, the path is
 * brought into the form that a backend would act on (percent-encodings decoded, parameters after ';' cut), and
 * refused when backends
 * differ about it: dot segments ("/a/../admin"), empty segments ("//"), backslashes, control characters, malformed
 * percent-encodings, and encodings of '/', '\', ';', of control characters, of percent-encodings themselves, or
 * overlong UTF-8. Letters are compared with case. */
#ifndef SALLYPORT_PLAN_ROUTE_H
#define SALLYPORT_PLAN_ROUTE_H

#include "base/arena.h"
#include "plan/nameindex.h"

/* Longest prefix that a configuration can have (config/value), and longest path: that of a request's target. */
enum { ROUTE_PREFIX_MAX = 1024, ROUTE_PATH_MAX = 16 << 10 };

/* A path as it is compared, in normal form. Large: not to be set to zero for every request. */
struct route_path {
    char bytes[ROUTE_PATH_MAX];
    size_t len;
};

/* Brings a request's path (with or without query; "" counts as "/") into normal form. False when it is ambiguous, or
 * longer than any that is read.
 * "*" is a path that no prefix matches. */
[[nodiscard]] bool route_path_read(struct slice path, struct route_path *normal);

/* True when `prefix` (valid by config/value) matches on segment boundaries. */
bool route_path_has(const struct route_path *path, struct slice prefix);

enum route_status { ROUTE_FOUND, ROUTE_NONE, ROUTE_AMBIGUOUS };

struct route_entry;

/* The routes that say the same of the host, in the operator's order. */
struct route_group {
    struct route_entry *first;
    struct route_entry *last;
};

/* All routes of a listener. */
struct route_table {
    struct nameindex hosts;
    struct route_group any_host;
    bool refuses_ambiguous;
};

/* Makes an empty table. */
void route_table_init(struct route_table *table);
void route_table_fini(struct route_table *table);

/* Adds the route `number`; numbers have to grow. host (a pattern in normal form) and path are NULL for any, and
 * outlive the table. False when memory is short. */
[[nodiscard]] bool route_table_add(struct route_table *table, struct arena *arena, const char *host, const char *path,
                                   size_t number);

/* Says that something besides the routes decides by paths. */
void route_table_refuse_ambiguous(struct route_table *table);

/* Sets *number to the first route that matches `host` (in normal form) and `path`. AMBIGUOUS when the path is and
 * any route of the table has a prefix, or something else decides by paths. Costs three look-ups and the routes of
 * that host, not of others. */
enum route_status route_table_find(const struct route_table *table, struct slice host, struct slice path,
                                   size_t *number);

#endif
