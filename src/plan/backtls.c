#include "plan/backtls.h"

#include "pki/digest.h"
#include "plan/demands.h"

static bool make_outpoint(const struct backtls_context *context, const struct settings_backend_tls *settings,
                          const struct slice *alpn, size_t alpn_count, struct backend *backend,
                          uint8_t digest[DIGEST_BYTES]);
static struct tls_certificate certificate_of(const struct backtls_context *context,
                                             const struct settings_backend_tls *settings);
static void add_to_transport(struct backend *backend, const uint8_t digest[DIGEST_BYTES]);

bool backtls_build(const struct backtls_context *context, const struct settings_backend *settings,
                   const struct slice *alpn, size_t alpn_count, struct backend *backend) {
    const struct settings_backend_tls *tls = &settings->tls;
    uint8_t digest[DIGEST_BYTES];
    if (!settings_backend_tls_is_on(tls))
        return true;
    bool is_off = tls->sni != NULL && strcmp(tls->sni, SETTINGS_SNI_OFF) == 0;
    backend->tls = (struct backend_tls){.name = tls->name, .spiffe_id = tls->spiffe_id, .sni = is_off ? "" : tls->sni};
    if (!make_outpoint(context, tls, alpn, alpn_count, backend, digest))
        return false;
    add_to_transport(backend, digest);
    return true;
}

static bool make_outpoint(const struct backtls_context *context, const struct settings_backend_tls *settings,
                          const struct slice *alpn, size_t alpn_count, struct backend *backend,
                          uint8_t digest[DIGEST_BYTES]) {
    struct tls_certificate own = certificate_of(context, settings);
    struct tls_outpoint_settings outpoint = {.certificate = own.chain_path != NULL ? &own : NULL,
                                             .min_version = settings->versions.min_version,
                                             .max_version = settings->versions.max_version,
                                             .ciphers = settings->versions.ciphers,
                                             .ciphersuites = settings->versions.ciphersuites,
                                             .groups = settings->versions.groups,
                                             .alpn = alpn,
                                             .alpn_count = alpn_count,
                                             .skips_verify = settings->insecure_skip_verify,
                                             .staple = settings->staple,
                                             .resumes = settings->session_resumption,
                                             .place = settings->place,
                                             .cache = context->cache};
    if (!demands_of(&settings->server, context->arena, &outpoint.verify))
        return error_add(context->errors, settings->place, "not enough memory for the backend");
    outpoint.verify.purpose = VERIFY_SERVER;
    if (!settings->insecure_skip_verify) {
        outpoint.trust = trusts_get(context->trusts, &settings->server, context->errors);
        if (outpoint.trust == NULL ||
            !revocations_get(context->revocations, &settings->server, &backend->tls.revocation, context->errors))
            return false;
    }
    backend->tls.outpoint = outpoints_get(context->outpoints, &outpoint, digest, context->errors);
    return backend->tls.outpoint != NULL;
}

/* Without a path when there is none. */
static struct tls_certificate certificate_of(const struct backtls_context *context,
                                             const struct settings_backend_tls *settings) {
    const struct settings_file *chain = &settings->certificate;
    const struct settings_file *key = &settings->private_key;
    if (chain->path == NULL || key->path == NULL)
        return (struct tls_certificate){.chain_path = NULL};
    return (struct tls_certificate){.chain_pem = context->settings->contents[chain->content].bytes,
                                    .key_pem = context->settings->contents[key->content].bytes,
                                    .chain_path = chain->path,
                                    .key_path = key->path,
                                    .chain_place = chain->place,
                                    .key_place = key->place};
}

/* Whom a connection was verified to lead to is a part of it. */
static void add_to_transport(struct backend *backend, const uint8_t digest[DIGEST_BYTES]) {
    const struct backend_tls *tls = &backend->tls;
    const struct slice parts[] = {slice_of(backend->transport, sizeof(backend->transport)),
                                  slice_of(digest, DIGEST_BYTES), slice_text(tls->name), slice_text(tls->spiffe_id),
                                  slice_text(tls->sni != NULL && *tls->sni == '\0' ? SETTINGS_SNI_OFF : tls->sni)};
    digest_parts(parts, sizeof(parts) / sizeof(parts[0]), backend->transport);
}
