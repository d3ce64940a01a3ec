#include "tls/algorithms.h"

#include <openssl/ssl.h>
#include <string.h>

/* AES-128 first: it is enough, and the hash that goes with it is the faster one. */
static const char default_suites[] = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
static const char default_ciphers[] =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:"
    "ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
static const char default_groups[] = "X25519:P-256:P-384:P-521";

/* The longest name that the library has is shorter. */
enum { ALGORITHMS_NAME_MAX = 80 };

typedef bool algorithms_check(SSL_CTX *context, const char *name);

static bool check_names(SSL_CTX *context, const char *names, algorithms_check *is_known, char *unknown);
static bool is_cipher(SSL_CTX *context, const char *name);
static bool is_suite(SSL_CTX *context, const char *name);
static bool is_group(SSL_CTX *context, const char *name);
static const char *text_or(const char *text, const char *otherwise);

bool algorithms_use(SSL_CTX *context, const struct algorithms *algorithms, struct error_place place,
                    struct error_list *errors) {
    const char *ciphers = text_or(algorithms->ciphers, default_ciphers);
    const char *suites = text_or(algorithms->suites, default_suites);
    const char *groups = text_or(algorithms->groups, default_groups);
    char unknown[ALGORITHMS_NAME_MAX];
    if (!check_names(context, algorithms->ciphers, is_cipher, unknown))
        return error_add(errors, place, "The TLS 1.2 cipher \"%s\" is unknown.", unknown);
    if (!check_names(context, algorithms->suites, is_suite, unknown))
        return error_add(errors, place, "The TLS 1.3 cipher suite \"%s\" is unknown.", unknown);
    if (!check_names(context, algorithms->groups, is_group, unknown))
        return error_add(errors, place, "The group \"%s\" is unknown.", unknown);
    if (!SSL_CTX_set_cipher_list(context, ciphers))
        return error_add(errors, place, "The TLS 1.2 ciphers \"%s\" leave none.", ciphers);
    bool is_good = SSL_CTX_set_ciphersuites(context, suites) && SSL_CTX_set1_groups_list(context, groups);
    return is_good || error_add(errors, place, "The TLS library does not take the cipher suites and groups.");
}

/* The first unknown name goes to `unknown`, cut if need be. The defaults (no names) need no check. */
static bool check_names(SSL_CTX *context, const char *names, algorithms_check *is_known, char *unknown) {
    for (const char *at = names; at && *at;) {
        size_t len = strcspn(at, ":");
        size_t kept = len < ALGORITHMS_NAME_MAX ? len : ALGORITHMS_NAME_MAX - 1;
        memcpy(unknown, at, kept);
        unknown[kept] = '\0';
        if (kept < len || !is_known(context, unknown))
            return false;
        at += len + (at[len] == ':');
    }
    return true;
}

/* The language has rules that take ciphers away or order them. By themselves they name none. */
static bool is_cipher(SSL_CTX *context, const char *name) {
    return (*name && strchr("!-+@", *name)) || SSL_CTX_set_cipher_list(context, name);
}

/* RFC 8446 appendix B.4, without the one whose tag is short. */
static bool is_suite(SSL_CTX *context, const char *name) {
    static const char *const known[] = {"TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384",
                                        "TLS_CHACHA20_POLY1305_SHA256", "TLS_AES_128_CCM_SHA256"};
    (void)context;
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        if (strcmp(known[i], name) == 0)
            return true;
    }
    return false;
}

static bool is_group(SSL_CTX *context, const char *name) {
    return SSL_CTX_set1_groups_list(context, name);
}

static const char *text_or(const char *text, const char *otherwise) {
    return text && *text ? text : otherwise;
}
