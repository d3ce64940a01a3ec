#include "tls/outpoint.h"

#include "tls/algorithms.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

/* ALPN names take a byte of length each; a backend speaks a handful. */
enum { ALPN_BYTES_MAX = 256 };

struct tls_outpoint {
    unsigned references;
    SSL_CTX *library;
    struct backshake_rules rules;
    int64_t expires;
};

static bool check_settings(const struct tls_outpoint_settings *settings, struct error_list *errors);
static bool set_rules(struct tls_outpoint *outpoint, const struct tls_outpoint_settings *settings);
static bool set_behaviour(struct tls_outpoint *outpoint, const struct tls_outpoint_settings *settings,
                          struct error_list *errors);
static bool set_algorithms(struct tls_outpoint *outpoint, const struct tls_outpoint_settings *settings,
                           struct error_list *errors);
static bool set_alpn(struct tls_outpoint *outpoint, const struct tls_outpoint_settings *settings,
                     struct error_list *errors);
static bool set_certificate(struct tls_outpoint *outpoint, const struct tls_outpoint_settings *settings,
                            struct error_list *errors);
static int library_version(enum tls_version version);

struct tls_outpoint *tls_outpoint_new(const struct tls_outpoint_settings *settings, struct error_list *errors) {
    if (!check_settings(settings, errors))
        return NULL;
    struct tls_outpoint *outpoint = calloc(1, sizeof *outpoint);
    if (!outpoint)
        return error_add(errors, settings->place, "There is no memory for a backend's TLS."), NULL;
    *outpoint =
        (struct tls_outpoint){.references = 1, .library = SSL_CTX_new(TLS_client_method()), .expires = INT64_MAX};
    bool is_good = set_rules(outpoint, settings) && outpoint->library;
    is_good = is_good || error_add(errors, settings->place, "There is no memory for a backend's TLS.");
    is_good = is_good && set_behaviour(outpoint, settings, errors);
    is_good = is_good && set_algorithms(outpoint, settings, errors) && set_alpn(outpoint, settings, errors);
    is_good = is_good && set_certificate(outpoint, settings, errors);
    ERR_clear_error();
    if (!is_good)
        tls_outpoint_unref(&outpoint);
    return outpoint;
}

struct tls_outpoint *tls_outpoint_ref(struct tls_outpoint *outpoint) {
    outpoint->references++;
    return outpoint;
}

void tls_outpoint_unref(struct tls_outpoint **outpoint) {
    struct tls_outpoint *old = *outpoint;
    *outpoint = NULL;
    if (!old || --old->references)
        return;
    SSL_CTX_free(old->library);
    sessions_free(&old->rules.sessions);
    trust_unref(&old->rules.trust);
    verifysettings_drop(&old->rules.verify);
    free(old);
}

int64_t tls_outpoint_expires(const struct tls_outpoint *outpoint) {
    return outpoint->expires;
}

SSL_CTX *tls_outpoint_library(const struct tls_outpoint *outpoint) {
    return outpoint->library;
}

const struct backshake_rules *tls_outpoint_rules(const struct tls_outpoint *outpoint) {
    return &outpoint->rules;
}

static bool check_settings(const struct tls_outpoint_settings *settings, struct error_list *errors) {
    if (settings->min_version > settings->max_version)
        return error_add(errors, settings->place, "The lowest TLS version is higher than the highest.");
    if (!settings->skips_verify && !settings->trust)
        return error_add(
            errors, settings->place,
            "TLS to a backend needs a trust: the CA certificates that its servers' certificates are issued under.");
    return true;
}

/* The outpoint outlives what its settings were made in: the next snapshot may take it over. */
static bool set_rules(struct tls_outpoint *outpoint, const struct tls_outpoint_settings *settings) {
    outpoint->rules = (struct backshake_rules){
        .judges_chain = !settings->skips_verify,
        .staple = settings->staple,
        .trust = settings->skips_verify ? NULL : trust_ref(settings->trust),
        .cache = settings->cache,
        .sessions = settings->resumes ? sessions_new() : NULL,
    };
    return verifysettings_copy(&settings->verify, &outpoint->rules.verify) &&
        (outpoint->rules.sessions || !settings->resumes);
}

static bool set_behaviour(struct tls_outpoint *outpoint, const struct tls_outpoint_settings *settings,
                          struct error_list *errors) {
    SSL_CTX *library = outpoint->library;
    SSL_CTX_set_options(library, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_ENCRYPT_THEN_MAC);
    SSL_CTX_set_mode(library,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(library, 1);
    SSL_CTX_set_session_cache_mode(library, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_cert_list(library, VERIFY_CHAIN_BYTES_MAX);
    SSL_CTX_set_security_level(library, 2);
    backshake_install(library, &outpoint->rules);
    bool is_good = SSL_CTX_set_min_proto_version(library, library_version(settings->min_version)) &&
        SSL_CTX_set_max_proto_version(library, library_version(settings->max_version));
    return is_good || error_add(errors, settings->place, "The TLS library does not take the backend's settings.");
}

static bool set_algorithms(struct tls_outpoint *outpoint, const struct tls_outpoint_settings *settings,
                           struct error_list *errors) {
    const struct algorithms algorithms = {settings->ciphers, settings->ciphersuites, settings->groups};
    return algorithms_use(outpoint->library, &algorithms, settings->place, errors);
}

static bool set_alpn(struct tls_outpoint *outpoint, const struct tls_outpoint_settings *settings,
                     struct error_list *errors) {
    uint8_t names[ALPN_BYTES_MAX];
    unsigned len = 0;
    for (size_t i = 0; i < settings->alpn_count; i++) {
        struct slice name = settings->alpn[i];
        if (name.len == 0 || name.len > 255 || len + 1 + name.len > ALPN_BYTES_MAX)
            return error_add(errors, settings->place, "The names of application protocols (ALPN) are too long.");
        names[len] = (uint8_t)name.len;
        memcpy(names + len + 1, name.data, name.len);
        len += 1 + (unsigned)name.len;
    }
    return len == 0 || SSL_CTX_set_alpn_protos(outpoint->library, names, len) == 0 ||
        error_add(errors, settings->place, "The TLS library does not take the application protocols (ALPN).");
}

static bool set_certificate(struct tls_outpoint *outpoint, const struct tls_outpoint_settings *settings,
                            struct error_list *errors) {
    return !settings->certificate ||
        credential_use(outpoint->library, settings->certificate, &outpoint->expires, errors);
}

static int library_version(enum tls_version version) {
    return version == TLS_VERSION_13 ? TLS1_3_VERSION : TLS1_2_VERSION;
}
