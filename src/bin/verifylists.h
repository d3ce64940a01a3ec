/* The revocation lists of the command `verify`: checked, compiled and asked as those of the gateway are. */
#ifndef SALLYPORT_BIN_VERIFYLISTS_H
#define SALLYPORT_BIN_VERIFYLISTS_H

#include "bin/pkifiles.h"
#include "pki/revocation.h"
#include "pki/trust.h"

/* Rules and index; its bytes. faults: of the lists that were left out, a sentence each. */
struct verifylists {
    struct revocation rules;
    struct buf bytes;
    struct error_list faults;
    int64_t now;
};

/* Compiles `files` for `now`. Who may sign them: the trust, and those of `chain` but its first that chain to it. A list
 * that cannot be used is left out: what only it speaks for is refused, as no list is there. */
void verifylists_init(struct verifylists *lists, const struct pkifiles *files, const struct pkifiles *chain,
                      const struct trust *trust, int64_t now);
void verifylists_fini(struct verifylists *lists);

/* A judge of paths (struct verify_judge); the owner is a struct verifylists. A missing list is told with the reason why
 * the first was left out. */
enum reason verifylists_judge(void *owner, struct verified_peer *peer, int *depth, const char **detail);

#endif
