/* The names of servers that the settings tell to look up, for the supervisor. */
#ifndef SALLYPORT_PLAN_NAMELIST_H
#define SALLYPORT_PLAN_NAMELIST_H

#include "base/buf.h"
#include "config/settings.h"

/* True when a server has a name instead of an address. */
bool namelist_is_used(const struct settings *settings);

/* Appends how to look up, and each name once, as ipc/resolve reads them; false when `to` has no room. */
[[nodiscard]] bool namelist_write(const struct settings *settings, struct buf *to);

#endif
