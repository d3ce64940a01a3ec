/* The certificates that the other end presented, as bytes: what the library's verify callback has of them. */
#ifndef SALLYPORT_TLS_PEERCHAIN_H
#define SALLYPORT_TLS_PEERCHAIN_H

#include "pki/verify.h"

struct x509_store_ctx_st;

/* Encoded again; libssl does not keep the bytes. One more than the maximum is taken so that too many are seen to be too
 * many. */
struct peerchain {
    struct slice der[VERIFY_CHAIN_MAX + 1];
    uint8_t *memory[VERIFY_CHAIN_MAX + 1];
    size_t count;
};

/* Takes what `store` presents, the leaf first. False when memory is short. After either: peerchain_fini. */
[[nodiscard]] bool peerchain_init(struct peerchain *chain, const struct x509_store_ctx_st *store);

/* Frees the bytes. */
void peerchain_fini(struct peerchain *chain);

/* The error that makes libssl send the alert `alert`, which it chooses by the error. */
int peerchain_error_of_alert(uint8_t alert);

#endif
