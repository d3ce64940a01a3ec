/* One piece of memory, with the texts behind the struct. */
#include "proxy/claims.h"

#include "pki/cert.h"

#include <stdlib.h>

/* Bits of the SSL TLV's `client`: a certificate on this connection, or on the session that it resumed. */
enum { CERTIFICATE_SHOWN = 0x02 | 0x04 };

static struct slice keep(struct slice text, uint8_t **to);

bool claims_take(const struct proxyproto *header, struct claims **claims) {
    const struct slice *texts[] = {&header->authority, &header->alpn, &header->unique_id, &header->ssl_version,
                                   &header->ssl_common_name};
    size_t len = 0;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        len += texts[i]->len < CLAIMS_TEXT_MAX ? texts[i]->len : CLAIMS_TEXT_MAX;
    *claims = NULL;
    if (len == 0 && !header->has_ssl)
        return true;
    struct claims *made = malloc(sizeof *made + len);
    if (!made)
        return false;
    uint8_t *to = made->bytes;
    *made = (struct claims){.authority = keep(header->authority, &to),
                            .alpn = keep(header->alpn, &to),
                            .unique_id = keep(header->unique_id, &to),
                            .tls_version = keep(header->ssl_version, &to),
                            .common_name = keep(header->ssl_common_name, &to),
                            .has_tls = header->has_ssl,
                            .is_verified = (header->ssl_client & CERTIFICATE_SHOWN) && header->ssl_verify == 0};
    if (header->ssl_certificate.len > 0)
        cert_summarize_der(header->ssl_certificate, &made->certificate);
    *claims = made;
    return true;
}

static struct slice keep(struct slice text, uint8_t **to) {
    struct slice kept = slice_of(*to, text.len < CLAIMS_TEXT_MAX ? text.len : CLAIMS_TEXT_MAX);
    if (kept.len > 0)
        memcpy(*to, text.data, kept.len);
    *to += kept.len;
    return kept;
}
