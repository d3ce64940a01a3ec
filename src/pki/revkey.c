#include "pki/revkey.h"

#include "pki/digest.h"

#include <openssl/x509v3.h>

static bool set_serial(const X509 *certificate, struct revocation_key *key);
static bool set_points(const X509 *certificate, struct revocation_key *key);
static void add_point(const DIST_POINT *point, const X509_NAME *issuer, struct distpoint_set *set);
static void add_direct(const DIST_POINT *point, const X509_NAME *issuer, struct distpoint_set *set);
static void add_indirect(const DIST_POINT *point, X509_NAME *signer, struct distpoint_set *set);

bool revkey_authority(const X509 *certificate, uint8_t authority[REVKEY_ISSUER_BYTES]) {
    uint8_t *name = NULL;
    uint8_t *key = NULL;
    int name_len = i2d_X509_NAME(X509_get_subject_name(certificate), &name);
    int key_len = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &key);
    bool is_good = name_len > 0 && key_len > 0;
    if (is_good)
        digest_parts((struct slice[]){slice_of(name, (size_t)name_len), slice_of(key, (size_t)key_len)}, 2, authority);
    OPENSSL_free(name);
    OPENSSL_free(key);
    return is_good;
}

bool revkey_make(const X509 *certificate, const X509 *issuer, struct revocation_key *key) {
    *key = (struct revocation_key){.is_ca = X509_check_ca((X509 *)certificate) != 0};
    return revkey_authority(issuer, key->issuer) && set_serial(certificate, key) && set_points(certificate, key);
}

static bool set_serial(const X509 *certificate, struct revocation_key *key) {
    uint8_t *der = NULL;
    int len = i2d_ASN1_INTEGER((ASN1_INTEGER *)X509_get0_serialNumber(certificate), &der);
    if (len <= 2)
        return false;
    size_t bytes = (size_t)len - 2; /* tag and length take a byte each, while it is short enough to be kept */
    if (bytes <= REVKEY_SERIAL_MAX) {
        key->serial_len = (uint8_t)bytes;
        memcpy(key->serial, der + 2, bytes);
    }
    OPENSSL_free(der);
    return true;
}

/* Without points the certificate's issuer is the point (RFC 5280 section 6.3.3). Points for which there is no room
 * are left out: then lists may be missing, but none is believed that should not be. A malformed extension names no
 * points. */
static bool set_points(const X509 *certificate, struct revocation_key *key) {
    int where = -1;
    const X509_NAME *issuer = X509_get_issuer_name(certificate);
    CRL_DIST_POINTS *points = X509_get_ext_d2i(certificate, NID_crl_distribution_points, &where, NULL);
    if (!points)
        return where != -1 || distpoint_add_directory(&key->points, issuer, DISTPOINT_REASONS_ALL);
    for (int i = 0; i < sk_DIST_POINT_num(points); i++)
        add_point(sk_DIST_POINT_value(points, i), issuer, &key->points);
    CRL_DIST_POINTS_free(points);
    return true;
}

/* Whoever signs lists in place of the issuer is named (RFC 5280 section 4.2.1.13). */
static void add_point(const DIST_POINT *point, const X509_NAME *issuer, struct distpoint_set *set) {
    if (!point->CRLissuer)
        add_direct(point, issuer, set);
    for (int i = 0; i < sk_GENERAL_NAME_num(point->CRLissuer); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(point->CRLissuer, i);
        if (name->type != GEN_DIRNAME)
            continue;
        if (X509_NAME_cmp(name->d.directoryName, issuer) == 0)
            add_direct(point, issuer, set);
        else
            add_indirect(point, name->d.directoryName, set);
    }
}

static void add_direct(const DIST_POINT *point, const X509_NAME *issuer, struct distpoint_set *set) {
    uint16_t reasons = distpoint_reasons(point->reasons);
    bool has_room = true;
    if (point->distpoint)
        has_room = distpoint_add(set, point->distpoint, issuer, reasons);
    else if (point->CRLissuer)
        has_room = distpoint_add_directory(set, issuer, reasons);
    (void)has_room;
}

/* A list that names no point speaks for all of its signer's; otherwise both have to name the same one. */
static void add_indirect(const DIST_POINT *point, X509_NAME *signer, struct distpoint_set *set) {
    struct distpoint_set names = {.count = 0};
    uint16_t reasons = distpoint_reasons(point->reasons);
    uint8_t *der = NULL;
    int len = i2d_X509_NAME(signer, &der);
    bool has_room = point->distpoint ? distpoint_add(&names, point->distpoint, signer, reasons)
                                     : distpoint_add_directory(&names, signer, reasons);
    if (len > 0)
        has_room = distpoint_add_indirect(set, NULL, slice_of(der, (size_t)len), reasons) &&
            distpoint_add_indirect(set, &names, slice_of(der, (size_t)len), reasons);
    (void)has_room;
    OPENSSL_free(der);
}
