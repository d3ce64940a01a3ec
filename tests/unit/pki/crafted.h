/* Certificates that pki/mint does not make: a good one is changed and signed again, by whatever key. */
#ifndef SALLYPORT_TESTS_CRAFTED_H
#define SALLYPORT_TESTS_CRAFTED_H

#include "minted.h"
#include "pki/keydecode.h"

#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

typedef void crafted_tweak(X509 *certificate);

/* The private key of a minted certificate; the caller frees it. */
static inline EVP_PKEY *crafted_key(const struct minted *minted) {
    struct buf der;
    buf_init(&der, 65536);
    minted_decode(buf_view(&minted->private_key), &der);
    const uint8_t *at = buf_view(&der).data;
    EVP_PKEY *key = d2i_AutoPrivateKey(NULL, &at, (long)buf_len(&der));
    bug_on(!key);
    buf_fini(&der);
    return key;
}

/* PEM and DER of `certificate` with `key` take the place of what `minted` held. */
static inline void crafted_replace(struct minted *minted, X509 *certificate, EVP_PKEY *key) {
    BIO *bio = BIO_new(BIO_s_mem());
    char *text;
    buf_consume(&minted->certificate, buf_len(&minted->certificate));
    buf_consume(&minted->private_key, buf_len(&minted->private_key));
    buf_consume(&minted->der, buf_len(&minted->der));
    bug_on(!PEM_write_bio_X509(bio, certificate));
    long len = BIO_get_mem_data(bio, &text);
    bug_on(!buf_append(&minted->certificate, slice_of(text, (size_t)len)));
    (void)BIO_reset(bio);
    bug_on(!PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL));
    len = BIO_get_mem_data(bio, &text);
    bug_on(!buf_append(&minted->private_key, slice_of(text, (size_t)len)));
    BIO_free(bio);
    minted_decode(buf_view(&minted->certificate), &minted->der);
}

/* `minted` changed by `tweak` and signed again by `issuer` (NULL: itself) with `digest`; `key`, when not NULL, becomes
 * its key (and stays the caller's). */
static inline void crafted_resign(struct minted *minted, const struct minted *issuer, crafted_tweak *tweak,
                                  const EVP_MD *digest, EVP_PKEY *key) {
    X509 *certificate = cert_parse(buf_view(&minted->der));
    EVP_PKEY *own = crafted_key(minted);
    EVP_PKEY *signer = issuer ? crafted_key(issuer) : NULL;
    if (tweak)
        tweak(certificate);
    if (key)
        bug_on(!X509_set_pubkey(certificate, key));
    bool was_direct = keydecode_disable(); /* with it, certificates cannot be signed by keys that were read */
    bug_on(!X509_sign(certificate, signer ? signer : own, digest));
    if (was_direct)
        keydecode_enable();
    crafted_replace(minted, certificate, key ? key : own);
    X509_free(certificate);
    EVP_PKEY_free(own);
    EVP_PKEY_free(signer);
}

/* Changes the last byte of the signature. */
static inline void crafted_tamper(struct minted *minted) {
    EVP_PKEY *key = crafted_key(minted);
    struct slice der = buf_view(&minted->der);
    ((uint8_t *)der.data)[der.len - 1] ^= 1;
    X509 *certificate = cert_parse(der);
    bug_on(!certificate);
    crafted_replace(minted, certificate, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static inline void crafted_drop(X509 *certificate, int nid) {
    int at = X509_get_ext_by_NID(certificate, nid, -1);
    if (at >= 0)
        X509_EXTENSION_free(X509_delete_ext(certificate, at));
}

/* Adds an extension in the words of openssl.cnf, replacing one of its kind. */
static inline void crafted_extend(X509 *certificate, int nid, const char *value) {
    X509V3_CTX context;
    CONF *empty = NCONF_new(NULL); /* some kinds want one */
    X509V3_set_ctx(&context, certificate, certificate, NULL, NULL, 0);
    X509V3_set_nconf(&context, empty);
    X509_EXTENSION *extension = X509V3_EXT_nconf_nid(empty, &context, nid, value);
    NCONF_free(empty);
    bug_on(!extension);
    crafted_drop(certificate, nid);
    bug_on(!X509_add_ext(certificate, extension, -1));
    X509_EXTENSION_free(extension);
}

static inline void crafted_drop_key_id(X509 *certificate) {
    crafted_drop(certificate, NID_subject_key_identifier);
}

/* Another certificate of the CA `of`, called `name`, with its key, under `issuer` (NULL: its own). */
static inline struct minted crafted_cross(const char *name, const struct minted *of, const struct minted *issuer) {
    struct minted cross = minted_make(name, MINT_CA, issuer);
    EVP_PKEY *key = crafted_key(of);
    crafted_resign(&cross, issuer ? issuer : of, crafted_drop_key_id, EVP_sha256(), key);
    EVP_PKEY_free(key);
    return cross;
}

/* Adds an extension of an unknown type with a NULL in it. */
static inline void crafted_add_unknown(X509 *certificate, bool is_critical) {
    ASN1_OBJECT *type = OBJ_txt2obj("1.3.6.1.4.1.55555.1", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    bug_on(!ASN1_OCTET_STRING_set(value, (const unsigned char *)"\x05\x00", 2));
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, type, is_critical, value);
    bug_on(!X509_add_ext(certificate, extension, -1));
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    ASN1_OBJECT_free(type);
}

#endif
