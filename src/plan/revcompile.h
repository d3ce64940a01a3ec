/* Revocation lists from files and fetched documents to indexes, for the compiler: each set of lists that the settings
 * name is read, checked and made into one index (pki/revwrite) among the settings' contents, where plan/revocations
 * finds it. The workers get the indexes and never see a list.
 * At a start or reload every list in a file has to be good. A refresh begins with the settings of a bundle that is in
 * use, and what cannot be believed changes nothing. A fetched document never stops anything: a bad one is refused, the
 * former goes on, and a list of which nothing was fetched yet is missing. */
#ifndef SALLYPORT_PLAN_REVCOMPILE_H
#define SALLYPORT_PLAN_REVCOMPILE_H

#include "base/arena.h"
#include "config/load.h"
#include "plan/sourcelist.h"

/* source: where files come from. now: seconds since 1970. numbers: remembered (pki/revnumbers), may be empty. sources:
 * has the documents; gets the sources, and what became of the documents. new_numbers: gets the numbers to remember from
 * now on; may be NULL. */
struct revcompile {
    const struct load_source *source;
    int64_t now;
    bool is_refresh;
    struct slice numbers;
    struct sourcelist *sources;
    struct buf *new_numbers;
};

/* Adds the indexes to the contents of loaded settings; those of a bundle are replaced. False and an error, with its
 * place, for each list in a file that cannot be read or must not be believed. */
[[nodiscard]] bool revcompile_lists(struct settings *settings, struct arena *arena, const struct revcompile *how,
                                    struct error_list *errors);

#endif
