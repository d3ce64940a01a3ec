/* The forms in which a verified peer's certificates are told to a backend: encoded once, kept with the peer, shared
 * by all of its connections and requests. */
#ifndef SALLYPORT_VOUCH_FORMS_H
#define SALLYPORT_VOUCH_FORMS_H

#include "base/slice.h"
#include "pki/peer.h"

/* What is forwarded at most: a backend reads heads of 16 to 64 KB, and a part of a chain would be worse than none. */
enum { FORMS_LEAF_BYTES_MAX = 8192, FORMS_CHAIN_MAX = 10, FORMS_CHAIN_BYTES_MAX = 16384 };

/* leaf: the leaf as a byte sequence (RFC 9440 section 2.2), ":base64:". leaf_base64: the same without its colons.
 * chain: the rest of the validated path, towards the anchor and without it, as a list (section 2.3); empty when
 * there is none. `*_is_too_large` instead of a form. All lie in the forms. */
struct forms {
    struct slice leaf;
    struct slice leaf_base64;
    struct slice chain;
    bool leaf_is_too_large;
    bool chain_is_too_large;
};

/* The forms of `peer`, made at the first call and freed with the peer; NULL when memory is short. */
const struct forms *forms_of(struct verified_peer *peer);

#endif
