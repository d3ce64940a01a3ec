/* Two counts and one table of rates; what is counted tells the keys of a scope apart. */
#include "proxy/clients.h"

/* Added to the scope of the setting. */
enum counted { ADDRESS_HANDSHAKES = 1, ADDRESS_REQUESTS, IDENTITY_REQUESTS };

static int64_t take(struct clients *clients, uint64_t scope, const struct limit_rate *rate,
                    const struct limitcount_key *who, int64_t now_ms);

bool clients_init(struct clients *clients, uint64_t seed) {
    clients->rates = limit_new(LIMIT_SETS, seed);
    limitcount_init(&clients->addresses, seed);
    limitcount_init(&clients->identities, seed);
    return clients->rates != NULL;
}

void clients_fini(struct clients *clients) {
    limitcount_fini(&clients->addresses);
    limitcount_fini(&clients->identities);
    limit_free(&clients->rates);
}

unsigned clients_of_address(const struct clients *clients, const struct addr_ip *client,
                            const struct limitwho_prefixes *prefixes) {
    struct addr_ip network = limitwho_network(client, prefixes);
    return limitcount_of(&clients->addresses, slice_of(network.bytes, sizeof(network.bytes)));
}

struct limitcount_key *clients_take_address(struct clients *clients, const struct addr_ip *client,
                                            const struct limitwho_prefixes *prefixes) {
    struct addr_ip network = limitwho_network(client, prefixes);
    return limitcount_take(&clients->addresses, slice_of(network.bytes, sizeof(network.bytes)));
}

struct limitcount_key *clients_take_identity(struct clients *clients, const struct verified_peer *peer,
                                             enum limitwho_by by) {
    uint8_t who[LIMITWHO_BYTES];
    limitwho_identity(peer, by, who);
    return limitcount_take(&clients->identities, slice_of(who, sizeof(who)));
}

int64_t clients_begin_handshake(struct clients *clients, const struct plan_client_limits *limits,
                                const struct limitcount_key *address, int64_t now_ms) {
    return take(clients, limits->scope + ADDRESS_HANDSHAKES, &limits->address_handshakes, address, now_ms);
}

int64_t clients_request_of_address(struct clients *clients, const struct plan_client_limits *limits,
                                   const struct limitcount_key *address, int64_t now_ms) {
    return take(clients, limits->scope + ADDRESS_REQUESTS, &limits->address_requests, address, now_ms);
}

int64_t clients_request_of_identity(struct clients *clients, const struct plan_client_limits *limits,
                                    const struct limitcount_key *identity, int64_t now_ms) {
    return take(clients, limits->scope + IDENTITY_REQUESTS, &limits->identity_requests, identity, now_ms);
}

/* Without a limit nobody is looked for. */
static int64_t take(struct clients *clients, uint64_t scope, const struct limit_rate *rate,
                    const struct limitcount_key *who, int64_t now_ms) {
    if (rate->interval_ns == 0)
        return 0;
    uint64_t key = limit_key(clients->rates, scope, slice_of(who->bytes, who->len));
    return limit_take(clients->rates, key, rate, now_ms);
}
