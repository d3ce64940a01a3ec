/* The clients of one worker, as far as they are counted: how many connections an address or an identity has, and how
 * often it did what is limited. Other workers count for themselves. */
#ifndef SALLYPORT_PROXY_CLIENTS_H
#define SALLYPORT_PROXY_CLIENTS_H

#include "plan/plan.h"
#include "policy/limit.h"
#include "policy/limitcount.h"
#include "policy/limitwho.h"

/* addresses, identities: with open sessions. rates: of all limits, each in its scope. */
struct clients {
    struct limitcount addresses;
    struct limitcount identities;
    struct limit *rates;
};

/* Makes an empty one; `seed` is random. False when memory is short: there is nothing to end then. */
[[nodiscard]] bool clients_init(struct clients *clients, uint64_t seed);

/* Frees the tables; no session is left. */
void clients_fini(struct clients *clients);

/* How many sessions the client's network has open. */
unsigned clients_of_address(const struct clients *clients, const struct addr_ip *client,
                            const struct limitwho_prefixes *prefixes);

/* Counts a session for the client's network, or for the peer's identity. Give it back with limitcount_drop. NULL when
 * memory is short. */
[[nodiscard]] struct limitcount_key *clients_take_address(struct clients *clients, const struct addr_ip *client,
                                                          const struct limitwho_prefixes *prefixes);
[[nodiscard]] struct limitcount_key *clients_take_identity(struct clients *clients, const struct verified_peer *peer,
                                                           enum limitwho_by by);

/* Takes a token of these rates for the client. 0, or how many milliseconds until there will be one. */
int64_t clients_begin_handshake(struct clients *clients, const struct plan_client_limits *limits,
                                const struct limitcount_key *address, int64_t now_ms);
int64_t clients_request_of_address(struct clients *clients, const struct plan_client_limits *limits,
                                   const struct limitcount_key *address, int64_t now_ms);
int64_t clients_request_of_identity(struct clients *clients, const struct plan_client_limits *limits,
                                    const struct limitcount_key *identity, int64_t now_ms);

#endif
