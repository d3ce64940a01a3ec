/* Identities that will be refused before long: for `sallyport who-breaks`. */
#ifndef SALLYPORT_BIN_BREAKS_H
#define SALLYPORT_BIN_BREAKS_H

#include "base/buf.h"

/* Appends the identities of `lines` (JSON), those that expire first in front: as a table, with the days that are
 * left at `now` (seconds since 1970), or as JSON lines. False when `to` is full or memory is short. */
[[nodiscard]] bool breaks_print(struct slice lines, int64_t now, bool as_json, struct buf *to);

#endif
