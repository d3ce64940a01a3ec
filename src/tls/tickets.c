#include "tls/tickets.h"

#include "base/text.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <stdlib.h>
#include <string.h>

/* keys[0] seals. The cipher is fetched once: fetching it for each ticket costs more than encrypting one. */
struct tls_tickets {
    struct tls_ticket_key keys[TLS_TICKET_KEYS_MAX];
    size_t count;
    int64_t lifetime_s;
    EVP_CIPHER *cipher;
};

static bool is_zero(const struct tls_ticket_key *key);
static const struct tls_ticket_key *find_key(const struct tls_tickets *tickets, const uint8_t *name);
static bool set_mac_key(EVP_MAC_CTX *mac, const struct tls_ticket_key *key);

struct tls_tickets *tls_tickets_new(int64_t lifetime_s) {
    struct tls_tickets *tickets = calloc(1, sizeof *tickets);
    if (!tickets)
        return NULL;
    tickets->lifetime_s = lifetime_s;
    tickets->cipher = EVP_CIPHER_fetch(NULL, "AES-256-CBC", NULL);
    if (!tickets->cipher)
        tls_tickets_free(&tickets);
    return tickets;
}

void tls_tickets_free(struct tls_tickets **tickets) {
    struct tls_tickets *old = *tickets;
    *tickets = NULL;
    if (!old)
        return;
    text_wipe(old->keys, sizeof old->keys);
    EVP_CIPHER_free(old->cipher);
    free(old);
}

bool tls_tickets_set(struct tls_tickets *tickets, const struct tls_ticket_key *keys, size_t count) {
    if (count == 0 || count > TLS_TICKET_KEYS_MAX)
        return false;
    for (size_t i = 0; i < count; i++) {
        if (is_zero(&keys[i]))
            return false;
    }
    text_wipe(tickets->keys, sizeof tickets->keys);
    memcpy(tickets->keys, keys, count * sizeof *keys);
    tickets->count = count;
    return true;
}

void tls_tickets_set_lifetime(struct tls_tickets *tickets, int64_t lifetime_s) {
    tickets->lifetime_s = lifetime_s;
}

int64_t tls_tickets_lifetime(const struct tls_tickets *tickets) {
    return tickets->lifetime_s;
}

bool tls_tickets_ready(const struct tls_tickets *tickets) {
    return tickets->count > 0;
}

enum tls_tickets_result tls_tickets_seal(const struct tls_tickets *tickets, uint8_t *name, uint8_t *iv,
                                         EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac) {
    const struct tls_ticket_key *key = &tickets->keys[0];
    if (tickets->count == 0)
        return TLS_TICKETS_NONE;
    memcpy(name, key->name, sizeof key->name);
    bool is_good = RAND_bytes(iv, EVP_CIPHER_get_iv_length(tickets->cipher)) == 1 &&
        EVP_EncryptInit_ex2(cipher, tickets->cipher, key->cipher_key, iv, NULL) && set_mac_key(mac, key);
    return is_good ? TLS_TICKETS_GOOD : TLS_TICKETS_FAILED;
}

enum tls_tickets_result tls_tickets_open(const struct tls_tickets *tickets, const uint8_t *name, const uint8_t *iv,
                                         EVP_CIPHER_CTX *cipher, EVP_MAC_CTX *mac) {
    const struct tls_ticket_key *key = find_key(tickets, name);
    if (!key)
        return TLS_TICKETS_NONE;
    if (!EVP_DecryptInit_ex2(cipher, tickets->cipher, key->cipher_key, iv, NULL) || !set_mac_key(mac, key))
        return TLS_TICKETS_FAILED;
    return key == tickets->keys ? TLS_TICKETS_GOOD : TLS_TICKETS_OLD;
}

/* A key of which any part is all zero was never filled in. */
static bool is_zero(const struct tls_ticket_key *key) {
    static const uint8_t zero[32];
    return memcmp(key->name, zero, sizeof key->name) == 0 ||
        memcmp(key->cipher_key, zero, sizeof key->cipher_key) == 0 ||
        memcmp(key->mac_key, zero, sizeof key->mac_key) == 0;
}

static const struct tls_ticket_key *find_key(const struct tls_tickets *tickets, const uint8_t *name) {
    for (size_t i = 0; i < tickets->count; i++) {
        if (memcmp(tickets->keys[i].name, name, sizeof tickets->keys[i].name) == 0)
            return &tickets->keys[i];
    }
    return NULL;
}

static bool set_mac_key(EVP_MAC_CTX *mac, const struct tls_ticket_key *key) {
    OSSL_PARAM settings[] = {
        OSSL_PARAM_construct_octet_string(OSSL_MAC_PARAM_KEY, (void *)key->mac_key, sizeof key->mac_key),
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, (char *)"SHA256", 0),
        OSSL_PARAM_construct_end(),
    };
    return EVP_MAC_CTX_set_params(mac, settings);
}
