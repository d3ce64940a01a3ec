#include "upstream/proxyhead.h"

#include "base/text.h"
#include "io/proxywrite.h"
#include "pki/identity.h"

#include <endian.h>

static bool wants(const struct backend_proxy *proxy, unsigned bit);
static void tell_tls(const struct backend_proxy *proxy, const struct dial_scope *scope, struct proxywrite *told);
static void tell_peer(const struct backend_proxy *proxy, const struct dial_scope *scope, struct proxywrite *told);

bool proxyhead_write(const struct backend_proxy *proxy, const struct dial_scope *scope, struct buf *to) {
    struct proxywrite told = {.has_checksum = wants(proxy, BACKEND_TLV_CRC32C)};
    char id[16];
    if (!scope)
        return proxywrite_local(proxy->version, to);
    uint64_t big_endian = htobe64(scope->id);
    text_hex(id, slice_of(&big_endian, sizeof big_endian));
    told.source = scope->source;
    told.destination = scope->destination;
    if (wants(proxy, BACKEND_TLV_UNIQUE_ID))
        told.unique_id = slice_of(id, sizeof id);
    if (wants(proxy, BACKEND_TLV_ALPN))
        told.alpn = scope->alpn;
    if (wants(proxy, BACKEND_TLV_AUTHORITY))
        told.authority = scope->authority;
    if (scope->tls_version)
        tell_tls(proxy, scope, &told);
    return proxy->version == 1 ? proxywrite_v1(&told, to) : proxywrite_v2(&told, to);
}

static bool wants(const struct backend_proxy *proxy, unsigned bit) {
    return proxy->tlvs & bit;
}

static void tell_tls(const struct backend_proxy *proxy, const struct dial_scope *scope, struct proxywrite *told) {
    told->has_ssl = wants(proxy, BACKEND_TLV_SSL | BACKEND_TLV_CERTIFICATE);
    told->ssl_client = PROXYWRITE_SSL;
    told->ssl_verify = 1; /* until there is a certificate, and it is good */
    if (wants(proxy, BACKEND_TLV_SSL)) {
        told->ssl_version = slice_text(scope->tls_version);
        told->ssl_cipher = slice_text(scope->cipher);
        told->ssl_signature = slice_text(scope->own_signature);
        told->ssl_key = slice_text(scope->own_key);
    }
    if (scope->peer)
        tell_peer(proxy, scope, told);
}

/* Possession of a key makes nobody verified. */
static void tell_peer(const struct backend_proxy *proxy, const struct dial_scope *scope, struct proxywrite *told) {
    const struct identity_attribute *name = identity_attribute(verified_peer_identity(scope->peer), "CN");
    told->ssl_client |= PROXYWRITE_CERT_SESS | (scope->resumed ? 0 : PROXYWRITE_CERT_CONN);
    told->ssl_verify = verified_peer_proof(scope->peer) == PEER_PROOF_CHAIN ? 0 : 1;
    if (wants(proxy, BACKEND_TLV_SSL) && name && name->is_text)
        told->ssl_common_name = name->value;
    if (wants(proxy, BACKEND_TLV_CERTIFICATE))
        told->ssl_certificate = verified_peer_path(scope->peer, 0);
}
