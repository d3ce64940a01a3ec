/* Revocation lists from files to indexes, for the compiler: each set of lists that the settings name is read,
 * checked and made into one index (pki/revwrite) among the settings' contents, where plan/revocations finds it. The
 * workers get the indexes and never see a list. */
#ifndef SALLYPORT_PLAN_REVCOMPILE_H
#define SALLYPORT_PLAN_REVCOMPILE_H

#include "base/arena.h"
#include "config/load.h"

/* A list of four million entries takes as much. */
enum { REVCOMPILE_LIST_BYTES_MAX = 160 << 20 };

/* Adds the indexes to the contents of loaded settings. False and an error, with its place, for each list that cannot be
 * read or must not be believed at `now` (seconds since 1970). */
[[nodiscard]] bool revcompile_lists(struct settings *settings, struct arena *arena, const struct load_source *source,
                                    int64_t now, struct error_list *errors);

#endif
