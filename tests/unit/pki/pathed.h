/* Certificates and paths that nobody has to believe: for rules that look at what stands in them, not at signatures. */
#ifndef SALLYPORT_TESTS_PATHED_H
#define SALLYPORT_TESTS_PATHED_H

#include "crafted.h"
#include "pki/fault.h"
#include "pki/path.h"

/* A certificate, with the extension `nid` in the words of openssl.cnf unless `value` is NULL. The caller frees it. */
static inline X509 *pathed_make(const char *name, enum mint_usage usage, int nid, const char *value) {
    struct minted minted = minted_make(name, usage, NULL);
    X509 *certificate = cert_parse(buf_view(&minted.der));
    if (value)
        crafted_extend(certificate, nid, value);
    minted_fini(&minted);
    return certificate;
}

/* The leaf, what is above it (NULL: nothing), and an anchor (NULL: what is above is the anchor). */
static inline struct path pathed_path(X509 *leaf, X509 *above, X509 *anchor) {
    struct path path = {.certificates = {leaf, above, anchor}, .len = 1U + (above != NULL) + (anchor != NULL)};
    return path;
}

#endif
