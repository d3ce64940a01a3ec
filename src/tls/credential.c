#include "tls/credential.h"

#include "pki/cert.h"
#include "pki/pem.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

/* A longer chain than this is not one. */
enum { CREDENTIAL_CHAIN_MAX = 10 };

/* Where a file's blocks are wanted from, for the errors. */
struct source {
    struct slice pem;
    const char *path;
    struct error_place place;
    struct error_list *errors;
};

static bool load_chain(const struct source *source, X509 **leaf, STACK_OF(X509) *others);
static bool add_certificate(const struct source *source, const struct pem_block *block, X509 **leaf,
                            STACK_OF(X509) *others);
static EVP_PKEY *load_key(const struct source *source);
static EVP_PKEY *decode_key(const struct source *source, const struct pem_block *block);
static bool is_private_key(const struct pem_block *block);
static bool use(SSL_CTX *context, const struct tls_certificate *certificate, X509 *leaf, STACK_OF(X509) *others,
                EVP_PKEY *key, struct error_list *errors);
static bool has_same_type(SSL_CTX *context, EVP_PKEY *key);
static bool complain(const struct source *source, unsigned line, const char *sentence);

bool credential_use(SSL_CTX *context, const struct tls_certificate *certificate, int64_t *expires,
                    struct error_list *errors) {
    struct source chain = {certificate->chain_pem, certificate->chain_path, certificate->chain_place, errors};
    struct source private = {certificate->key_pem, certificate->key_path, certificate->key_place, errors};
    int64_t not_before;
    X509 *leaf = NULL;
    STACK_OF(X509) *others = sk_X509_new_null();
    EVP_PKEY *key = load_key(&private);
    bool is_good =
        others && load_chain(&chain, &leaf, others) && key && use(context, certificate, leaf, others, key, errors);
    if (is_good && !cert_dates(leaf, &not_before, expires))
        is_good = complain(&chain, 0, "the certificate has malformed dates");
    EVP_PKEY_free(key);
    X509_free(leaf);
    sk_X509_pop_free(others, X509_free);
    ERR_clear_error();
    return is_good;
}

static bool load_chain(const struct source *source, X509 **leaf, STACK_OF(X509) *others) {
    struct pem_reader reader;
    struct pem_block block;
    enum pem_status status;
    pem_init(&reader, source->pem);
    while ((status = pem_next(&reader, &block)) == PEM_FOUND) {
        if (pem_is(&block, "CERTIFICATE") && !add_certificate(source, &block, leaf, others))
            return false;
    }
    if (status == PEM_BROKEN)
        return complain(source, reader.line, reader.fault);
    return *leaf || error_add(source->errors, source->place, "%s has no certificate in it.", source->path);
}

static bool add_certificate(const struct source *source, const struct pem_block *block, X509 **leaf,
                            STACK_OF(X509) *others) {
    struct buf der;
    buf_init(&der, PEM_BLOCK_BYTES_MAX);
    X509 *certificate = pem_decode(block, &der) ? cert_parse(buf_view(&der)) : NULL;
    buf_fini(&der);
    if (!certificate)
        return complain(source, block->line, "the certificate is malformed");
    if (!*leaf) {
        *leaf = certificate;
        return true;
    }
    if (sk_X509_num(others) < CREDENTIAL_CHAIN_MAX && sk_X509_push(others, certificate))
        return true;
    X509_free(certificate);
    return complain(source, block->line, "the chain has too many certificates");
}

/* The first private key of the file. */
static EVP_PKEY *load_key(const struct source *source) {
    struct pem_reader reader;
    struct pem_block block;
    enum pem_status status;
    pem_init(&reader, source->pem);
    while ((status = pem_next(&reader, &block)) == PEM_FOUND) {
        if (is_private_key(&block))
            return decode_key(source, &block);
    }
    if (status == PEM_BROKEN)
        complain(source, reader.line, reader.fault);
    else
        error_add(source->errors, source->place, "%s has no private key in it.", source->path);
    return NULL;
}

static EVP_PKEY *decode_key(const struct source *source, const struct pem_block *block) {
    EVP_PKEY *key = NULL;
    struct buf der;
    if (block->is_encrypted || pem_is(block, "ENCRYPTED PRIVATE KEY")) {
        complain(source, block->line, "the private key is encrypted; a gateway cannot ask for its passphrase");
        return NULL;
    }
    buf_init(&der, PEM_BLOCK_BYTES_MAX);
    if (pem_decode(block, &der)) {
        const uint8_t *at = buf_view(&der).data;
        key = d2i_AutoPrivateKey(NULL, &at, (long)buf_len(&der));
    }
    buf_wipe(&der);
    if (!key)
        complain(source, block->line, "the private key is malformed");
    return key;
}

static bool is_private_key(const struct pem_block *block) {
    return slice_ends(block->label, slice_text("PRIVATE KEY"));
}

static bool use(SSL_CTX *context, const struct tls_certificate *certificate, X509 *leaf, STACK_OF(X509) *others,
                EVP_PKEY *key, struct error_list *errors) {
    if (X509_check_private_key(leaf, key) != 1)
        return error_add(errors, certificate->key_place,
                         "The private key in %s does not belong to the certificate in %s.", certificate->key_path,
                         certificate->chain_path);
    if (has_same_type(context, key))
        return error_add(errors, certificate->chain_place,
                         "%s: the host has a certificate with this type of key already.", certificate->chain_path);
    if (SSL_CTX_use_cert_and_key(context, leaf, key, others, 1) == 1)
        return true;
    const char *fault = ERR_reason_error_string(ERR_peek_last_error());
    return error_add(errors, certificate->chain_place, "%s: the TLS library does not take the certificate: %s.",
                     certificate->chain_path, fault ? fault : "no reason given");
}

static bool has_same_type(SSL_CTX *context, EVP_PKEY *key) {
    bool has = false;
    for (long at = SSL_CTX_set_current_cert(context, SSL_CERT_SET_FIRST); at == 1 && !has;
         at = SSL_CTX_set_current_cert(context, SSL_CERT_SET_NEXT)) {
        const EVP_PKEY *other = SSL_CTX_get0_privatekey(context);
        has = other && EVP_PKEY_get_base_id(other) == EVP_PKEY_get_base_id(key);
    }
    return has;
}

static bool complain(const struct source *source, unsigned line, const char *sentence) {
    return error_add(source->errors, source->place, "%s line %u: %s.", source->path, line, sentence);
}
