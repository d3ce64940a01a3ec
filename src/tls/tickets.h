/* Session ticket keys: random, made and rotated by the supervisor, the same in all workers. This process's set of
 * them. */
#ifndef SALLYPORT_TLS_TICKETS_H
#define SALLYPORT_TLS_TICKETS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* One key: the name is sent in the ticket; AES-256 encrypts, HMAC-SHA-256 authenticates. */
struct tls_ticket_key {
    uint8_t name[16];
    uint8_t cipher_key[32];
    uint8_t mac_key[32];
};

/* The newest first: it issues; all of them open. */
enum { TLS_TICKET_KEYS_MAX = 4 };

struct tls_tickets;

/* An empty set: no ticket is issued or taken until keys are there. `lifetime_s`: how long a ticket may be resumed
 * after the *full* handshake that verified the certificate. */
[[nodiscard]] struct tls_tickets *tls_tickets_new(int64_t lifetime_s);
void tls_tickets_free(struct tls_tickets **tickets);

/* Replaces the keys (wiping the old). False, and nothing changed, when count is 0 or more than the maximum or a key
 * is all zero. */
[[nodiscard]] bool tls_tickets_set(struct tls_tickets *tickets, const struct tls_ticket_key *keys, size_t count);

/* Changes how long tickets live. */
void tls_tickets_set_lifetime(struct tls_tickets *tickets, int64_t lifetime_s);

/* How long tickets live, in seconds. */
int64_t tls_tickets_lifetime(const struct tls_tickets *tickets);

/* True when there are keys. */
bool tls_tickets_ready(const struct tls_tickets *tickets);

/* Sets the cipher and the authentication code of one ticket up, for tls/handshake. Sealing: writes the key's name
 * (16 bytes) and a random iv (16). Opening: finds the key by its name.
 * NONE: no such key, the ticket is not taken. OLD: opened by another than the newest key. */
enum tls_tickets_result { TLS_TICKETS_FAILED, TLS_TICKETS_NONE, TLS_TICKETS_GOOD, TLS_TICKETS_OLD };
struct evp_cipher_ctx_st;
struct evp_mac_ctx_st;
enum tls_tickets_result tls_tickets_seal(const struct tls_tickets *tickets, uint8_t *name, uint8_t *iv,
                                         struct evp_cipher_ctx_st *cipher, struct evp_mac_ctx_st *mac);
enum tls_tickets_result tls_tickets_open(const struct tls_tickets *tickets, const uint8_t *name, const uint8_t *iv,
                                         struct evp_cipher_ctx_st *cipher, struct evp_mac_ctx_st *mac);

#endif
