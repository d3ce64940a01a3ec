/* Lays lists out as an index (docs/revindex.md): the part of pki/revwrite that knows bytes. */
#ifndef SALLYPORT_PKI_REVPACK_H
#define SALLYPORT_PKI_REVPACK_H

#include "base/buf.h"
#include "base/error.h"
#include "pki/crl.h"
#include "pki/revindex.h"
#include "pki/revsigners.h"

/* Where a list came from: the path of a file (or a URL) and the place in the configuration that names it, for errors.
 * is_fetched: it ages where it lies, and a look-up judges that; it is never too old to be taken in. */
struct revpack_origin {
    struct error_place place;
    const char *path;
    bool is_fetched;
};

/* A checked list. authority: whose certificates it speaks for. signer: who signed it, of another authority when this
 * is a part of an indirect list; is_distrusted: that certificate is revoked itself, so the
 * list says who is revoked, but nobody is good by it. scope: digest of what it speaks for. delta: the delta list on
 * top of it, or NULL;
 * next_update: of the newer of both. is_old: another one has taken its place. */
struct revpack_list {
    struct crl crl;
    struct revpack_origin origin;
    unsigned authority;
    const struct revsigners_row *signer;
    bool is_distrusted;
    uint8_t scope[REVINDEX_SCOPE_BYTES];
    const struct crl *delta;
    int64_t next_update;
    bool is_old;
};

/* Fills in list->scope: parts of different indirect lists differ in it. */
void revpack_digest_scope(struct revpack_list *list);

/* Appends the index of the full lists that are not old; false when `to` has no room. */
[[nodiscard]] bool revpack_write(const struct revsigners *signers, const struct revpack_list *lists, size_t count,
                                 struct buf *to);

#endif
