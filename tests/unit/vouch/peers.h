/* Peers for the tests of vouch, made of any bytes: what is told about a certificate does not depend on what is in
 * it. */
#ifndef SALLYPORT_TESTS_UNIT_VOUCH_PEERS_H
#define SALLYPORT_TESTS_UNIT_VOUCH_PEERS_H

#include "pki/peer.h"
#include "pki/peer_new.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

/* A peer whose path has certificates of these sizes, the leaf first; 0 ends the list. */
static inline struct verified_peer *peers_make(const size_t *sizes) {
    static uint8_t bytes[65536];
    static const struct peer_summary summary = {.present = true};
    static const uint8_t fingerprint[PEER_FINGERPRINT_BYTES];
    struct slice path[PEER_PATH_MAX];
    size_t len = 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 31);
    for (; sizes[len] > 0; len++)
        path[len] = slice_of(bytes + len, sizes[len]);
    struct verified_peer *peer = peer_new(&summary, fingerprint, 0, path, len);
    assert_non_null(peer);
    return peer;
}

#endif
