#include "pki/issuers.h"

#include "pki/cert.h"
#include "pki/identity.h"
#include "pki/peer.h"

#include <openssl/x509.h>

static bool take(const X509 *certificate, struct identity **identity);
static bool take_intermediate(struct slice der, struct identity **identity);

/* The path leaves its anchor out: with the leaf alone, the anchor is the issuer. */
bool issuers_take(const struct verified_peer *peer, struct identity **issuer, struct identity **root) {
    const X509 *anchor = verified_peer_anchor(peer);
    *issuer = *root = NULL;
    if (!anchor)
        return true;
    bool is_direct = verified_peer_path_len(peer) == 1;
    return take(anchor, root) &&
        (is_direct ? take(anchor, issuer) : take_intermediate(verified_peer_path(peer, 1), issuer));
}

static bool take(const X509 *certificate, struct identity **identity) {
    unsigned char *der = NULL;
    int len = i2d_X509(certificate, &der);
    *identity = len > 0 ? identity_new(certificate, slice_of(der, (size_t)len)) : NULL;
    OPENSSL_free(der);
    return *identity;
}

static bool take_intermediate(struct slice der, struct identity **identity) {
    X509 *certificate = cert_parse(der);
    *identity = certificate ? identity_new(certificate, der) : NULL;
    X509_free(certificate);
    return *identity;
}
