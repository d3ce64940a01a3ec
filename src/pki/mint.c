#include "pki/mint.h"

#include "base/addr.h"
#include "pki/cert.h"
#include "pki/pem.h"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

struct mint_key {
    EVP_PKEY *key;
};

/* What is being issued. issuer is NULL for a self-signed certificate. */
struct minting {
    const struct mint_request *request;
    X509 *certificate;
    EVP_PKEY *subject_key;
    X509 *issuer;
    EVP_PKEY *issuer_key;
};

static bool fill_in(struct minting *minting);
static bool set_serial(X509 *certificate);
static bool set_dates(X509 *certificate, const struct mint_request *request);
static bool set_names(struct minting *minting);
static bool add_entry(X509_NAME *name, const char *type, const char *text);
static bool add_usage(struct minting *minting);
static bool add_extended_usage(struct minting *minting);
static bool add_basic_constraints(struct minting *minting);
static bool add_key_ids(struct minting *minting);
static bool add_extension(struct minting *minting, int nid, const char *value);
static bool add_alternative_names(struct minting *minting);
static GENERAL_NAME *general_name(const char *text);
static GENERAL_NAME *address_name(const struct addr_net *net);
static bool sign(struct minting *minting);
static X509 *parse_issuer(struct slice pem);
static bool append_pem(BIO *bio, struct buf *to);
static bool append_certificate(X509 *certificate, struct buf *to);

struct mint_key *mint_key_new(enum mint_kind kind) {
    struct mint_key *key = calloc(1, sizeof *key);
    if (!key)
        return NULL;
    /* Not "P-256": key generation knows that name by its provider only (see pki/keydecode). */
    key->key = kind == MINT_EC_P256 ? EVP_EC_gen(SN_X9_62_prime256v1) : EVP_RSA_gen(2048);
    if (!key->key)
        mint_key_free(&key);
    return key;
}

void mint_key_free(struct mint_key **key) {
    if (*key)
        EVP_PKEY_free((*key)->key);
    free(*key);
    *key = NULL;
}

bool mint_key_pem(const struct mint_key *key, struct buf *to) {
    BIO *bio = BIO_new(BIO_s_mem()); /* wipes what it frees */
    bool is_good =
        bio && PEM_write_bio_PKCS8PrivateKey(bio, key->key, NULL, NULL, 0, NULL, NULL) && append_pem(bio, to);
    BIO_free(bio);
    return is_good;
}

bool mint_certificate(const struct mint_request *request, const struct mint_key *subject_key, struct slice issuer_pem,
                      const struct mint_key *issuer_key, struct buf *to, struct error *error) {
    struct minting minting = {
        .request = request,
        .certificate = X509_new(),
        .subject_key = subject_key->key,
        .issuer = issuer_key ? parse_issuer(issuer_pem) : NULL,
        .issuer_key = issuer_key ? issuer_key->key : subject_key->key,
    };
    bool has_issuer =
        !issuer_key || (minting.issuer && X509_check_private_key(minting.issuer, minting.issuer_key) == 1);
    bool is_good =
        has_issuer && minting.certificate && fill_in(&minting) && append_certificate(minting.certificate, to);
    if (!has_issuer)
        error_set(error, (struct error_place){0},
                  "The issuer's certificate does not parse or does not belong to its key.");
    else if (!is_good)
        error_set(error, (struct error_place){0}, "The certificate of %s could not be made.", request->common_name);
    X509_free(minting.certificate);
    X509_free(minting.issuer);
    ERR_clear_error();
    return is_good;
}

static bool fill_in(struct minting *minting) {
    return X509_set_version(minting->certificate, X509_VERSION_3) && set_serial(minting->certificate) &&
        set_dates(minting->certificate, minting->request) && set_names(minting) &&
        X509_set_pubkey(minting->certificate, minting->subject_key) && add_basic_constraints(minting) &&
        add_usage(minting) && add_extended_usage(minting) && add_key_ids(minting) && add_alternative_names(minting) &&
        sign(minting);
}

/* 127 random bits: the first bit is left clear, so that the number is positive in 16 bytes. */
static bool set_serial(X509 *certificate) {
    uint8_t bytes[16];
    if (RAND_bytes(bytes, sizeof bytes) != 1)
        return false;
    bytes[0] = (uint8_t)((bytes[0] & 0x7f) | 0x40);
    return ASN1_STRING_set(X509_get_serialNumber(certificate), bytes, sizeof bytes);
}

static bool set_dates(X509 *certificate, const struct mint_request *request) {
    return ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)request->not_before) &&
        ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)request->not_after);
}

static bool set_names(struct minting *minting) {
    X509_NAME *subject = X509_get_subject_name(minting->certificate);
    if (!add_entry(subject, "O", minting->request->organization) ||
        !add_entry(subject, "CN", minting->request->common_name))
        return false;
    return X509_set_issuer_name(minting->certificate,
                                minting->issuer ? X509_get_subject_name(minting->issuer) : subject);
}

static bool add_entry(X509_NAME *name, const char *type, const char *text) {
    return !text || X509_NAME_add_entry_by_txt(name, type, MBSTRING_UTF8, (const unsigned char *)text, -1, -1, 0);
}

static bool add_usage(struct minting *minting) {
    /* RFC 5280 section 4.2.1.3 */
    static const int bits_of_usage[] = {[MINT_CA] = 0x06, [MINT_SERVER] = 0x80, [MINT_CLIENT] = 0x80};
    ASN1_BIT_STRING *usage = ASN1_BIT_STRING_new();
    int bits = bits_of_usage[minting->request->usage];
    bool is_good = usage && ASN1_BIT_STRING_set(usage, &(unsigned char){(unsigned char)bits}, 1) &&
        X509_add1_ext_i2d(minting->certificate, NID_key_usage, usage, 1, 0) == 1;
    ASN1_BIT_STRING_free(usage);
    return is_good;
}

static bool add_extended_usage(struct minting *minting) {
    if (minting->request->usage == MINT_CA)
        return true;
    EXTENDED_KEY_USAGE *usage = sk_ASN1_OBJECT_new_null();
    int nid = minting->request->usage == MINT_SERVER ? NID_server_auth : NID_client_auth;
    bool is_good = usage && sk_ASN1_OBJECT_push(usage, OBJ_nid2obj(nid)) &&
        X509_add1_ext_i2d(minting->certificate, NID_ext_key_usage, usage, 0, 0) == 1;
    sk_ASN1_OBJECT_pop_free(usage, ASN1_OBJECT_free);
    return is_good;
}

static bool add_basic_constraints(struct minting *minting) {
    BASIC_CONSTRAINTS *constraints = BASIC_CONSTRAINTS_new();
    if (!constraints)
        return false;
    constraints->ca = minting->request->usage == MINT_CA ? 0xff : 0;
    bool is_good = X509_add1_ext_i2d(minting->certificate, NID_basic_constraints, constraints, 1, 0) == 1;
    BASIC_CONSTRAINTS_free(constraints);
    return is_good;
}

/* An issuer without an identifier of its key (a foreign one) leaves nothing to refer to. */
static bool add_key_ids(struct minting *minting) {
    X509 *issuer = minting->issuer ? minting->issuer : minting->certificate;
    return add_extension(minting, NID_subject_key_identifier, "hash") &&
        (!X509_get0_subject_key_id(issuer) || add_extension(minting, NID_authority_key_identifier, "keyid:always"));
}

static bool add_extension(struct minting *minting, int nid, const char *value) {
    X509V3_CTX context;
    X509V3_set_ctx(&context, minting->issuer ? minting->issuer : minting->certificate, minting->certificate, NULL, NULL,
                   0);
    X509_EXTENSION *extension = X509V3_EXT_nconf_nid(NULL, &context, nid, value);
    bool is_good = extension && X509_add_ext(minting->certificate, extension, -1);
    X509_EXTENSION_free(extension);
    return is_good;
}

static bool add_alternative_names(struct minting *minting) {
    const char *const *name = minting->request->names;
    if (!name || !*name)
        return true;
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    bool is_good = names;
    for (; is_good && *name; name++) {
        GENERAL_NAME *general = general_name(*name);
        is_good = general && sk_GENERAL_NAME_push(names, general);
        if (!is_good)
            GENERAL_NAME_free(general);
    }
    is_good = is_good && X509_add1_ext_i2d(minting->certificate, NID_subject_alt_name, names, 0, 0) == 1;
    GENERAL_NAMES_free(names);
    return is_good;
}

/* The kind is told by the form: an address, a URI (has "://"), a mail address (has '@'), else a DNS name. */
static GENERAL_NAME *general_name(const char *text) {
    struct addr_net net;
    if (!strchr(text, '/') && addr_net_parse(slice_text(text), &net))
        return address_name(&net);
    GENERAL_NAME *general = GENERAL_NAME_new();
    ASN1_IA5STRING *value = ASN1_IA5STRING_new();
    if (!general || !value || !ASN1_STRING_set(value, text, -1)) {
        GENERAL_NAME_free(general);
        ASN1_IA5STRING_free(value);
        return NULL;
    }
    GENERAL_NAME_set0_value(general, strstr(text, "://") ? GEN_URI : strchr(text, '@') ? GEN_EMAIL : GEN_DNS, value);
    return general;
}

static GENERAL_NAME *address_name(const struct addr_net *net) {
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    size_t skip = memcmp(net->bytes, mapped, sizeof mapped) == 0 ? sizeof mapped : 0;
    GENERAL_NAME *general = GENERAL_NAME_new();
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    if (!general || !value || !ASN1_OCTET_STRING_set(value, net->bytes + skip, (int)(sizeof net->bytes - skip))) {
        GENERAL_NAME_free(general);
        ASN1_OCTET_STRING_free(value);
        return NULL;
    }
    GENERAL_NAME_set0_value(general, GEN_IPADD, value);
    return general;
}

static bool sign(struct minting *minting) {
    return X509_sign(minting->certificate, minting->issuer_key, EVP_sha256()) > 0;
}

static X509 *parse_issuer(struct slice pem) {
    struct pem_reader reader;
    struct pem_block block;
    struct buf der;
    pem_init(&reader, pem);
    if (pem_next(&reader, &block) != PEM_FOUND || !pem_is(&block, "CERTIFICATE"))
        return NULL;
    buf_init(&der, PEM_BLOCK_BYTES_MAX);
    X509 *issuer = pem_decode(&block, &der) ? cert_parse(buf_view(&der)) : NULL;
    buf_fini(&der);
    return issuer;
}

static bool append_pem(BIO *bio, struct buf *to) {
    char *text;
    long len = BIO_get_mem_data(bio, &text);
    return len > 0 && buf_append(to, slice_of(text, (size_t)len));
}

static bool append_certificate(X509 *certificate, struct buf *to) {
    BIO *bio = BIO_new(BIO_s_mem());
    bool is_good = bio && PEM_write_bio_X509(bio, certificate) && append_pem(bio, to);
    BIO_free(bio);
    return is_good;
}
