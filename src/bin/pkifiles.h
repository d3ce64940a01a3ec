/* Certificates and lists from files, PEM or DER, for commands. */
#ifndef SALLYPORT_BIN_PKIFILES_H
#define SALLYPORT_BIN_PKIFILES_H

#include "base/buf.h"
#include "base/error.h"

/* BYTES: of all files of one set. COUNT: objects in it. */
enum { PKIFILES_BYTES_MAX = 64 << 20, PKIFILES_COUNT_MAX = 1100 };

/* Objects in DER, one behind the other in `bytes`; object i ends at ends[i] and came from paths[i] (the caller's). */
struct pkifiles {
    struct buf bytes;
    size_t ends[PKIFILES_COUNT_MAX];
    const char *paths[PKIFILES_COUNT_MAX];
    size_t count;
};

/* Makes an empty set; frees what it holds. */
void pkifiles_init(struct pkifiles *files);
void pkifiles_fini(struct pkifiles *files);

/* Adds what a file holds: the PEM blocks with this label, or, when there is no PEM in it, the whole file as one object.
 * False, with an error, when it cannot be read, is broken PEM, has another label in it, or has nothing in it. */
[[nodiscard]] bool pkifiles_add(struct pkifiles *files, const char *path, const char *label, struct error_list *errors);

/* Object `index`; borrowed until the next pkifiles_add. */
struct slice pkifiles_get(const struct pkifiles *files, size_t index);

/* The file that object `index` came from. */
const char *pkifiles_path(const struct pkifiles *files, size_t index);

/* Appends all objects as PEM blocks; false when `to` is full. */
[[nodiscard]] bool pkifiles_pem(const struct pkifiles *files, const char *label, struct buf *to);

#endif
