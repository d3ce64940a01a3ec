/* SPIFFE trust bundles (SPIFFE Trust Domain and Bundle, section 4; X509-SVID, section 6): the CA certificates of one
 * trust domain, out of their JSON form. Pure. */
#ifndef SALLYPORT_PKI_SPIFFEBUNDLE_H
#define SALLYPORT_PKI_SPIFFEBUNDLE_H

#include "base/buf.h"

/* More keys than any trust domain has. PEM: of as many certificates. */
enum { SPIFFEBUNDLE_KEYS_MAX = 1000, SPIFFEBUNDLE_PEM_BYTES_MAX = 8 << 20 };

/* certificates: how many it holds for X509-SVIDs; keys for other uses are left out. sequence: grows with each change;
 * refresh_hint_s: how often to look for changes; 0 when not told. */
struct spiffebundle {
    size_t certificates;
    uint64_t sequence;
    uint64_t refresh_hint_s;
};

/* True when the text is JSON rather than PEM. */
bool spiffebundle_is_json(struct slice text);

/* Appends the CA certificates of a bundle to `pem`. NULL, or what is wrong with it (a fixed string). Whether they are
 * certificates is for who reads the PEM. */
const char *spiffebundle_read(struct slice text, struct spiffebundle *bundle, struct buf *pem);

#endif
