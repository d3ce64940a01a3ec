/* A file of users and their stored passwords, as htpasswd(1) writes it: "user:stored" in each line, and behind a second
 * colon, where users are bound so, the certificates that the user may have. Empty lines and lines that begin with '#'
 * are passed over. Pure: the file is read by somebody else. */
#ifndef SALLYPORT_POLICY_PASSWORDFILE_H
#define SALLYPORT_POLICY_PASSWORDFILE_H

#include "base/arena.h"
#include "base/error.h"
#include "pki/peer.h"

/* LINE: a name, a hash and 50 fingerprints. USERS: so many as LOAD_FILE_BYTES_MAX could hold. */
enum { PASSWORDFILE_LINE_MAX = 4096, PASSWORDFILE_USERS_MAX = 100000 };

/* stored: a form that policy/passwordform accepts. fingerprints: SHA-256 of certificates. */
struct passwordfile_user {
    struct slice name;
    struct slice stored;
    const uint8_t (*fingerprints)[PEER_FINGERPRINT_BYTES];
    size_t fingerprint_count;
    unsigned line;
};

/* Sorted by name; at least one. Lies in the arena that it was read into. */
struct passwordfile {
    struct passwordfile_user *users;
    size_t count;
};

/* Reads a file. has_fingerprints: each user needs at least one fingerprint; otherwise there may be none. False after
 * an error for each line that is wrong, with `path` (which outlives the errors) and its number: a weak or unknown form,
 * a user twice, a malformed name or fingerprint, nobody at all. */
[[nodiscard]] bool passwordfile_read(struct slice bytes, const char *path, bool has_fingerprints, struct arena *arena,
                                     struct passwordfile *file, struct error_list *errors);

/* The user of this name, or NULL. */
const struct passwordfile_user *passwordfile_find(const struct passwordfile *file, struct slice name);

/* Some user, always the same for the same `number`: whose stored password is checked in the place of that of a user who
 * does not exist, so that both cost the same. */
const struct passwordfile_user *passwordfile_stand_in(const struct passwordfile *file, uint64_t number);

#endif
