/* Keys and certificates for tests, made with pki/mint. Failures end the test at once. */
#ifndef SALLYPORT_TESTS_MINTED_H
#define SALLYPORT_TESTS_MINTED_H

#include "base/bug.h"
#include "pki/cert.h"
#include "pki/mint.h"
#include "pki/pem.h"
#include "pki/trust.h"

#include <stdlib.h>

/* 2026-01-01; certificates made without other dates are valid for a year from here. */
#define MINTED_EPOCH 1767225600
#define MINTED_DAY   86400

struct minted {
    struct mint_key *key;
    struct buf certificate;
    struct buf private_key;
    struct buf der;
};

/* Frees it. */
static inline void minted_fini(struct minted *minted) {
    mint_key_free(&minted->key);
    buf_fini(&minted->certificate);
    buf_fini(&minted->private_key);
    buf_fini(&minted->der);
}

/* The DER of the first PEM block. */
static inline void minted_decode(struct slice pem, struct buf *der) {
    struct pem_reader reader;
    struct pem_block block;
    pem_init(&reader, pem);
    bug_on(pem_next(&reader, &block) != PEM_FOUND || !pem_decode(&block, der));
}

/* Makes what `request` says under `issuer` (NULL: self-signed). */
static inline struct minted minted_request(const struct mint_request *request, enum mint_kind kind,
                                           const struct minted *issuer) {
    struct minted minted = {.key = mint_key_new(kind)};
    struct error error;
    buf_init(&minted.certificate, 65536);
    buf_init(&minted.private_key, 65536);
    buf_init(&minted.der, 65536);
    bug_on(!minted.key || !mint_key_pem(minted.key, &minted.private_key));
    bug_on(!mint_certificate(request, minted.key, issuer ? buf_view(&issuer->certificate) : (struct slice){0},
                             issuer ? issuer->key : NULL, &minted.certificate, &error));
    minted_decode(buf_view(&minted.certificate), &minted.der);
    return minted;
}

/* A certificate with P-256, valid in 2026. */
static inline struct minted minted_make(const char *name, enum mint_usage usage, const struct minted *issuer) {
    struct mint_request request = {.common_name = name,
                                   .organization = "Sallyport tests",
                                   .usage = usage,
                                   .not_before = MINTED_EPOCH,
                                   .not_after = MINTED_EPOCH + 365 * MINTED_DAY};
    return minted_request(&request, MINT_EC_P256, issuer);
}

/* A trust of one anchor. */
static inline struct trust *minted_trust(const struct minted *anchor) {
    struct trust_source source = {.pem = buf_view(&anchor->certificate), .path = "anchor.pem"};
    struct error_list errors;
    error_list_init(&errors);
    struct trust *trust = trust_new(&source, 1, MINTED_EPOCH, &errors);
    bug_on(!trust);
    error_list_fini(&errors);
    return trust;
}

#endif
