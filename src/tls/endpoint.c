#include "tls/endpoint.h"

#include "tls/algorithms.h"
#include "tls/staples.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdlib.h>

/* ALPN names take a byte of length each; a host speaks a handful. */
enum { ALPN_BYTES_MAX = 256 };

struct tls_endpoint {
    unsigned references;
    SSL_CTX *library;
    struct handshake_rules rules;
    struct staples staples;
    int64_t expires;
    unsigned alpn_len;
    uint8_t alpn[ALPN_BYTES_MAX];
};

static bool check_settings(const struct tls_endpoint_settings *settings, struct error_list *errors);
static bool set_rules(struct tls_endpoint *endpoint, const struct tls_endpoint_settings *settings);
static bool set_behaviour(struct tls_endpoint *endpoint, const struct tls_endpoint_settings *settings,
                          struct error_list *errors);
static bool set_algorithms(struct tls_endpoint *endpoint, const struct tls_endpoint_settings *settings,
                           struct error_list *errors);
static bool set_certificates(struct tls_endpoint *endpoint, const struct tls_endpoint_settings *settings,
                             struct error_list *errors);
static bool set_ca_names(struct tls_endpoint *endpoint);
static bool set_alpn(struct tls_endpoint *endpoint, const struct tls_endpoint_settings *settings,
                     struct error_list *errors);
static int on_alpn(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_len, const unsigned char *offered,
                   unsigned offered_len, void *endpoint);
static int library_version(enum tls_version version);

struct tls_endpoint *tls_endpoint_new(const struct tls_endpoint_settings *settings, struct error_list *errors) {
    if (!check_settings(settings, errors))
        return NULL;
    struct tls_endpoint *endpoint = calloc(1, sizeof *endpoint);
    if (!endpoint)
        return error_add(errors, settings->place, "There is no memory for a host."), NULL;
    *endpoint =
        (struct tls_endpoint){.references = 1, .library = SSL_CTX_new(TLS_server_method()), .expires = INT64_MAX};
    bool is_good = set_rules(endpoint, settings) && endpoint->library;
    is_good = is_good || error_add(errors, settings->place, "There is no memory for a host.");
    is_good = is_good && set_behaviour(endpoint, settings, errors);
    is_good = is_good && set_algorithms(endpoint, settings, errors) && set_alpn(endpoint, settings, errors);
    is_good = is_good && set_certificates(endpoint, settings, errors);
    ERR_clear_error();
    if (!is_good)
        tls_endpoint_unref(&endpoint);
    return endpoint;
}

struct tls_endpoint *tls_endpoint_ref(struct tls_endpoint *endpoint) {
    endpoint->references++;
    return endpoint;
}

void tls_endpoint_unref(struct tls_endpoint **endpoint) {
    struct tls_endpoint *old = *endpoint;
    *endpoint = NULL;
    if (!old || --old->references)
        return;
    SSL_CTX_free(old->library);
    staples_fini(&old->staples);
    trust_unref(&old->rules.trust);
    verifysettings_drop(&old->rules.verify);
    free(old);
}

int64_t tls_endpoint_expires(const struct tls_endpoint *endpoint) {
    return endpoint->expires;
}

SSL_CTX *tls_endpoint_library(const struct tls_endpoint *endpoint) {
    return endpoint->library;
}

const struct handshake_rules *tls_endpoint_rules(const struct tls_endpoint *endpoint) {
    return &endpoint->rules;
}

static bool check_settings(const struct tls_endpoint_settings *settings, struct error_list *errors) {
    if (settings->certificate_count == 0)
        return error_add(errors, settings->place, "The host has no certificate.");
    if (settings->min_version > settings->max_version)
        return error_add(errors, settings->place, "The lowest TLS version is higher than the highest.");
    if (tls_endpoint_judges(settings->client_auth) && !settings->trust)
        return error_add(
            errors, settings->place,
            "Client authentication needs a trust: the CA certificates that clients' certificates are issued under.");
    return true;
}

/* The endpoint outlives what its settings were made in: the next snapshot may take it over. */
static bool set_rules(struct tls_endpoint *endpoint, const struct tls_endpoint_settings *settings) {
    enum tls_client_auth mode = settings->client_auth;
    endpoint->rules = (struct handshake_rules){
        .asks = mode != TLS_CLIENT_AUTH_OFF,
        .judges_chain = tls_endpoint_judges(mode),
        .trust = tls_endpoint_judges(mode) ? trust_ref(settings->trust) : NULL,
        .is_required = tls_endpoint_requires(mode),
        .refuses_later = settings->refuses_later || mode == TLS_CLIENT_AUTH_REPORT_ONLY,
        .has_tls13 = settings->max_version == TLS_VERSION_13,
        .cache = settings->cache,
        .tickets = settings->tickets_enabled ? settings->tickets : NULL,
    };
    memcpy(endpoint->rules.context, settings->context, sizeof endpoint->rules.context);
    return verifysettings_copy(&settings->verify, &endpoint->rules.verify);
}

static bool set_behaviour(struct tls_endpoint *endpoint, const struct tls_endpoint_settings *settings,
                          struct error_list *errors) {
    SSL_CTX *library = endpoint->library;
    const struct handshake_rules *rules = &endpoint->rules;
    SSL_CTX_set_options(library,
                        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                            SSL_OP_PRIORITIZE_CHACHA | SSL_OP_NO_ENCRYPT_THEN_MAC);
    SSL_CTX_set_mode(library,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    SSL_CTX_set_read_ahead(library, 1);
    SSL_CTX_set_session_cache_mode(library, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_max_early_data(library, 0);
    SSL_CTX_set_num_tickets(library, rules->tickets ? 1 : 0);
    SSL_CTX_set_max_cert_list(library, VERIFY_CHAIN_BYTES_MAX);
    SSL_CTX_set_security_level(library, 2);
    if (rules->tickets)
        SSL_CTX_set_timeout(library, (long)tls_tickets_lifetime(rules->tickets));
    else
        SSL_CTX_set_options(library, SSL_OP_NO_TICKET);
    handshake_install(library, rules);
    bool is_good = SSL_CTX_set_session_id_context(library, rules->context, sizeof rules->context) &&
        SSL_CTX_set_min_proto_version(library, library_version(settings->min_version)) &&
        SSL_CTX_set_max_proto_version(library, library_version(settings->max_version)) &&
        (!rules->trust || !settings->advertise_ca_names || set_ca_names(endpoint));
    return is_good || error_add(errors, settings->place, "The TLS library does not take the host's settings.");
}

static bool set_algorithms(struct tls_endpoint *endpoint, const struct tls_endpoint_settings *settings,
                           struct error_list *errors) {
    const struct algorithms algorithms = {settings->ciphers, settings->ciphersuites, settings->groups};
    return algorithms_use(endpoint->library, &algorithms, settings->place, errors);
}

static bool set_certificates(struct tls_endpoint *endpoint, const struct tls_endpoint_settings *settings,
                             struct error_list *errors) {
    bool is_good = true;
    for (size_t i = 0; i < settings->certificate_count; i++) {
        const struct tls_certificate *certificate = &settings->certificates[i];
        int64_t expires = INT64_MAX;
        bool is_used = credential_use(endpoint->library, certificate, &expires, errors);
        if (is_used && certificate->staple.len &&
            !staples_add(&endpoint->staples, endpoint->library, certificate->staple, certificate->staple_until))
            is_used = error_add(errors, certificate->chain_place, "There is no memory for an OCSP response.");
        endpoint->expires = expires < endpoint->expires ? expires : endpoint->expires;
        is_good = is_good && is_used;
    }
    staples_install(&endpoint->staples, endpoint->library);
    return is_good;
}

static bool set_ca_names(struct tls_endpoint *endpoint) {
    const struct trust *trust = endpoint->rules.trust;
    STACK_OF(X509_NAME) *names = sk_X509_NAME_new_null();
    bool is_good = names;
    for (size_t i = 0; is_good && i < trust_count(trust); i++) {
        struct slice der = trust_subject(trust, i);
        const uint8_t *at = der.data;
        X509_NAME *name = d2i_X509_NAME(NULL, &at, (long)der.len);
        is_good = name && sk_X509_NAME_push(names, name);
        if (!is_good)
            X509_NAME_free(name);
    }
    if (is_good)
        SSL_CTX_set_client_CA_list(endpoint->library, names);
    else
        sk_X509_NAME_pop_free(names, X509_NAME_free);
    return is_good;
}

static bool set_alpn(struct tls_endpoint *endpoint, const struct tls_endpoint_settings *settings,
                     struct error_list *errors) {
    for (size_t i = 0; i < settings->alpn_count; i++) {
        struct slice name = settings->alpn[i];
        if (name.len == 0 || name.len > 255 || endpoint->alpn_len + 1 + name.len > ALPN_BYTES_MAX)
            return error_add(errors, settings->place, "The names of application protocols (ALPN) are too long.");
        endpoint->alpn[endpoint->alpn_len] = (uint8_t)name.len;
        memcpy(endpoint->alpn + endpoint->alpn_len + 1, name.data, name.len);
        endpoint->alpn_len += 1 + (unsigned)name.len;
    }
    if (settings->alpn_count)
        SSL_CTX_set_alpn_select_cb(endpoint->library, on_alpn, endpoint);
    return true;
}

/* Nothing in common ends the handshake (RFC 7301 section 3.2): a client of another protocol shall not talk to an
 * HTTP server. */
static int on_alpn(SSL *ssl, const unsigned char **chosen, unsigned char *chosen_len, const unsigned char *offered,
                   unsigned offered_len, void *endpoint) {
    const struct tls_endpoint *self = endpoint;
    unsigned char *found;
    (void)ssl;
    if (SSL_select_next_proto(&found, chosen_len, self->alpn, self->alpn_len, offered, offered_len) !=
        OPENSSL_NPN_NEGOTIATED)
        return SSL_TLSEXT_ERR_ALERT_FATAL;
    *chosen = found;
    return SSL_TLSEXT_ERR_OK;
}

static int library_version(enum tls_version version) {
    return version == TLS_VERSION_13 ? TLS1_3_VERSION : TLS1_2_VERSION;
}
