/* The revocation lists of one snapshot: indexes that the compiler made (plan/revcompile) and put among the contents of
 * the bundle, found by what they are made of. The large bytes stay where they are: mapped, shared by all workers. */
#ifndef SALLYPORT_PLAN_REVOCATIONS_H
#define SALLYPORT_PLAN_REVOCATIONS_H

#include "base/arena.h"
#include "base/map.h"
#include "config/settings.h"

/* A name is a word and a digest in hex. */
enum { REVOCATIONS_NAME_ROOM = 96 };

/* indexes: by name, of those in use. earlier: the set of the snapshot before, or NULL. mapping: the pages that the
 * indexes lie in, when they are ours. */
struct revocations {
    struct arena *arena;
    const struct settings *settings;
    const struct revocations *earlier;
    struct map indexes;
    struct slice mapping;
    ptrdiff_t shift;
};

/* Makes an empty set; `earlier` is needed only while the set is filled. */
void revocations_init(struct revocations *revocations, struct arena *arena, const struct revocations *earlier);

/* Ends the mapping. */
void revocations_fini(struct revocations *revocations);

/* Looks at the contents of a bundle's settings. With a descriptor of the bundle, the pages that hold indexes are mapped
 * once more and kept. False and an error when that fails. */
[[nodiscard]] bool revocations_open(struct revocations *revocations, const struct settings *settings,
                                    struct slice bundle, const int *bundle_fd, struct error_list *errors);

/* Sets *revocation to rules and index of these settings, borrowed from the set; NULL when they name no lists. False and
 * an error when the index is not there or broken, or one of its lists is older than the one in use. */
[[nodiscard]] bool revocations_get(struct revocations *revocations, const struct settings_client_auth *client_auth,
                                   const struct revocation **revocation, struct error_list *errors);

/* True when certificates are looked up in lists, whether any is there or not. */
bool revocations_are_asked(const struct settings_client_auth *client_auth);

/* The name, among a bundle's contents, of the index that these settings lead to. */
void revocations_name(const struct settings_client_auth *client_auth, char name[REVOCATIONS_NAME_ROOM]);

/* SHA-256 over the rules and which lists they are for, but not what the lists say. */
void revocations_digest_rules(const struct settings_client_auth *client_auth, uint8_t to[32]);

#endif
