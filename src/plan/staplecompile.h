/* OCSP responses for our own certificates, for the compiler: judged, and put among the settings' contents, where
 * plan/staples finds them. Responses in files have to be good. Those that are fetched (sources, as revocation lists
 * are)
 * stop nothing: one that is not good is refused, and the former stays. */
#ifndef SALLYPORT_PLAN_STAPLECOMPILE_H
#define SALLYPORT_PLAN_STAPLECOMPILE_H

#include "base/arena.h"
#include "config/settings.h"
#include "plan/sourcelist.h"

/* Does so at `now` (seconds since 1970). sources: has the documents; gets the sources, and what became of the
 * documents. False and an error, with its place, for a certificate for which nobody can be asked, and for a bad
 * file. */
[[nodiscard]] bool staplecompile(struct settings *settings, struct arena *arena, struct sourcelist *sources,
                                 int64_t now, struct error_list *errors);

#endif
