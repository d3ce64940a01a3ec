/* The client's TLS contexts, and the short way to decode EC keys that keeps the client cheap on OpenSSL 3.0. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "clientcontext.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#ifndef OPENSSL_NO_ENGINE
#include <openssl/engine.h>
#endif

/* Bulk answers come in several records; one system call takes up to this many bytes. */
#define READ_BUFFER_BYTES (64 * 1024)

static void take_direct_keys(void);
static SSL_CTX *context_new(const struct options *options, const char *certificate);
static bool set_protocol(SSL_CTX *context, const struct options *options);
static bool set_certificate(SSL_CTX *context, const char *file);
static int keep_ticket(SSL *ssl, SSL_SESSION *session);

bool clientcontext_init(struct client_contexts *contexts, const struct options *options) {
    size_t count = options->certificate_count > 0 ? options->certificate_count : 1;
    *contexts = (struct client_contexts){.list = calloc(count, sizeof(SSL_CTX *))};
    if (contexts->list == NULL)
        return false;
    if (!options->plain_keys)
        take_direct_keys();
    for (size_t i = 0; i < count; i++) {
        const char *certificate = options->certificate_count > 0 ? options->certificates[i] : NULL;
        contexts->list[i] = context_new(options, certificate);
        contexts->count = i + 1;
        if (contexts->list[i] == NULL) {
            fprintf(stderr, "bench-load: cannot use the client certificate %s\n", certificate ? certificate : "(none)");
            ERR_print_errors_fp(stderr);
            return false;
        }
    }
    return true;
}

void clientcontext_fini(struct client_contexts *contexts) {
    for (size_t i = 0; i < contexts->count; i++)
        SSL_CTX_free(contexts->list[i]);
    free(contexts->list);
    *contexts = (struct client_contexts){0};
}

#ifndef OPENSSL_NO_ENGINE
static int hand_back_ec_method(ENGINE *engine, EVP_PKEY_METHOD **method, const int **types, int type) {
    static const int only[] = {EVP_PKEY_EC};
    (void)engine;
    if (method == NULL) {
        *types = only;
        return 1;
    }
    *method = type == EVP_PKEY_EC ? (EVP_PKEY_METHOD *)(uintptr_t)EVP_PKEY_meth_find(EVP_PKEY_EC) : NULL;
    return *method != NULL;
}

/* OpenSSL 3.0 builds a chain of decoders for the key of every certificate it parses. As soon as an engine offers a
 * method for that type of key, it decodes directly. Failure is harmless: the client is then slower. */
static void take_direct_keys(void) {
    ENGINE *engine = ENGINE_new();
    if (engine == NULL)
        return;
    if (ENGINE_set_id(engine, "direct-ec") && ENGINE_set_name(engine, "libcrypto's own EC method") &&
        ENGINE_set_pkey_meths(engine, hand_back_ec_method) && ENGINE_add(engine))
        ENGINE_register_pkey_meths(engine);
    ENGINE_free(engine);
}
#else
static void take_direct_keys(void) {
}
#endif

static SSL_CTX *context_new(const struct options *options, const char *certificate) {
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    if (context == NULL)
        return NULL;
    SSL_CTX_set_verify(context, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE);
    SSL_CTX_set_options(context, SSL_OP_IGNORE_UNEXPECTED_EOF);
    SSL_CTX_set_read_ahead(context, 1);
    if (options->scenario->counts_bytes)
        SSL_CTX_set_default_read_buffer_len(context, READ_BUFFER_BYTES);
    if (options->scenario->resumes) {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
        SSL_CTX_sess_set_new_cb(context, keep_ticket);
    } else {
        SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    }
    if (!set_protocol(context, options) || (certificate != NULL && !set_certificate(context, certificate))) {
        SSL_CTX_free(context);
        return NULL;
    }
    return context;
}

static bool set_protocol(SSL_CTX *context, const struct options *options) {
    static const unsigned char alpn1[] = "\x08http/1.1", alpn2[] = "\x02h2";
    bool multiplexes = options->streams > 0;
    const unsigned char *alpn = multiplexes ? alpn2 : alpn1;
    unsigned alpn_len = multiplexes ? sizeof(alpn2) - 1 : sizeof(alpn1) - 1;
    int version = options->tls12 ? TLS1_2_VERSION : TLS1_3_VERSION;
    return SSL_CTX_set_min_proto_version(context, version) && SSL_CTX_set_max_proto_version(context, version) &&
        SSL_CTX_set_ciphersuites(context, "TLS_AES_128_GCM_SHA256") &&
        SSL_CTX_set_cipher_list(context, "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256") &&
        SSL_CTX_set1_groups_list(context, options->tls12 ? "X25519:P-256" : "X25519") &&
        SSL_CTX_set_alpn_protos(context, alpn, alpn_len) == 0;
}

static bool set_certificate(SSL_CTX *context, const char *file) {
    return SSL_CTX_use_certificate_chain_file(context, file) &&
        SSL_CTX_use_PrivateKey_file(context, file, SSL_FILETYPE_PEM) && SSL_CTX_check_private_key(context);
}

static int keep_ticket(SSL *ssl, SSL_SESSION *session) {
    struct client_ticket *ticket = SSL_get_app_data(ssl);
    SSL_SESSION_free(ticket->session);
    ticket->session = session;
    return 1;
}
