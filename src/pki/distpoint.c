#include "pki/distpoint.h"

#include "pki/digest.h"

#include <openssl/evp.h>
#include <openssl/x509v3.h>

static bool add_general(struct distpoint_set *set, GENERAL_NAME *name, uint16_t reasons);
static bool add_digest(struct distpoint_set *set, const uint8_t *digest, uint16_t reasons);

bool distpoint_add(struct distpoint_set *set, DIST_POINT_NAME *from, const X509_NAME *issuer, uint16_t reasons) {
    bool has_room = true;
    if (from->type == 1)
        return DIST_POINT_set_dpname(from, issuer) && distpoint_add_directory(set, from->dpname, reasons);
    for (int i = 0; i < sk_GENERAL_NAME_num(from->name.fullname); i++)
        has_room = add_general(set, sk_GENERAL_NAME_value(from->name.fullname, i), reasons) && has_room;
    return has_room;
}

bool distpoint_add_directory(struct distpoint_set *set, const X509_NAME *name, uint16_t reasons) {
    GENERAL_NAME general = {.type = GEN_DIRNAME, .d.directoryName = (X509_NAME *)name}; /* it is only read */
    return add_general(set, &general, reasons);
}

bool distpoint_add_indirect(struct distpoint_set *set, const struct distpoint_set *names, struct slice issuer,
                            uint16_t reasons) {
    uint8_t digest[DIGEST_BYTES];
    struct slice parts[] = {issuer, slice_of(NULL, 0)};
    bool has_room = true;
    for (size_t i = 0; i < (names ? names->count : 1); i++) {
        if (names)
            parts[1] = slice_of(names->points[i].name, DISTPOINT_BYTES);
        digest_parts(parts, 2, digest);
        has_room = add_digest(set, digest, reasons) && has_room;
    }
    return has_room;
}

uint16_t distpoint_reasons(const ASN1_BIT_STRING *flags) {
    uint16_t reasons = 0;
    if (!flags)
        return DISTPOINT_REASONS_ALL;
    for (int i = 1; i <= 8; i++) {
        if (ASN1_BIT_STRING_get_bit(flags, i))
            reasons = (uint16_t)(reasons | 1U << i);
    }
    return reasons;
}

static bool add_general(struct distpoint_set *set, GENERAL_NAME *name, uint16_t reasons) {
    uint8_t *der = NULL;
    uint8_t digest[EVP_MAX_MD_SIZE];
    int len = i2d_GENERAL_NAME(name, &der);
    bool is_good = len > 0 && EVP_Digest(der, (size_t)len, digest, NULL, EVP_sha256(), NULL);
    OPENSSL_free(der);
    return is_good && add_digest(set, digest, reasons);
}

static bool add_digest(struct distpoint_set *set, const uint8_t *digest, uint16_t reasons) {
    if (set->count == DISTPOINT_MAX)
        return false;
    memcpy(set->points[set->count].name, digest, DISTPOINT_BYTES);
    set->points[set->count++].reasons = reasons;
    return true;
}
