/* Refusals put together: by the reason and by who was refused. */
#ifndef SALLYPORT_BIN_REFUSALGROUPS_H
#define SALLYPORT_BIN_REFUSALGROUPS_H

#include "base/buf.h"

/* Which records count. reason: its label, empty for all. since: seconds since 1970. */
struct refusalgroups_filter {
    struct slice reason;
    int64_t since;
};

/* Appends a line for each group of the records `lines` (JSON, the newest last): reason, who, how often, when first and
 * last, and the last id; the group of the newest record last. who is the certificate's subject, or the client's address
 * when there is none. False when `to` is full or memory is short. */
[[nodiscard]] bool refusalgroups_print(struct slice lines, const struct refusalgroups_filter *filter, bool as_json,
                                       struct buf *to);

/* Appends the records themselves. */
[[nodiscard]] bool refusalgroups_filter_lines(struct slice lines, const struct refusalgroups_filter *filter,
                                              struct buf *to);

#endif
