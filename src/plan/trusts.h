/* The trust stores of one snapshot: each list of files is loaded once, and lists of equal content share one store. */
#ifndef SALLYPORT_PLAN_TRUSTS_H
#define SALLYPORT_PLAN_TRUSTS_H

#include "base/arena.h"
#include "base/map.h"
#include "config/settings.h"
#include "pki/trust.h"

/* by_files: entries by the list of contents; by_digest: stores by their digest, one reference each. */
struct trusts {
    struct arena *arena;
    const struct settings *settings;
    struct map by_files;
    struct map by_digest;
    int64_t now;
};

/* Makes an empty set; `now` in seconds since 1970. */
void trusts_init(struct trusts *trusts, struct arena *arena, const struct settings *settings, int64_t now);

/* Drops the references of the set; who took one keeps it. */
void trusts_fini(struct trusts *trusts);

/* The store of this client authentication, borrowed from the set: of its files, or of its trust domains' bundles. NULL
 * when they are no trust: the errors are added the first time only. */
struct trust *trusts_get(struct trusts *trusts, const struct settings_client_auth *client_auth,
                         struct error_list *errors);

/* What its trust is made of, in `arena`; *count of them, 0 when there is none. NULL when memory is short. */
struct trust_source *trusts_sources(const struct settings *settings, const struct settings_client_auth *client_auth,
                                    struct arena *arena, size_t *count);

#endif
