/* Rates and a scope. */
#include "plan/clientlimits.h"

#include "base/hash.h"

enum { SECOND_MS = 1000 };

static enum limitwho_by identity_by(enum settings_identity_by by);

struct plan_client_limits clientlimits_of(const struct settings_client_limits *settings, const char *listener,
                                          const char *host, bool own) {
    const struct settings_identity_limits *identity = &settings->identity;
    const struct settings_address_limits *address = &settings->address;
    uint64_t scope = hash_keyed(0, slice_text(listener));
    if (own && host != NULL)
        scope = hash_keyed(scope, slice_text(host));
    return (struct plan_client_limits){
        .scope = scope,
        .identity_by = identity_by(identity->by),
        .identity_requests = limit_rate_of(identity->requests_per_second, SECOND_MS, identity->burst),
        .identity_connections = identity->connections,
        .address_requests = limit_rate_of(address->requests_per_second, SECOND_MS, address->burst),
        .address_handshakes = limit_rate_of(address->handshakes_per_second, SECOND_MS, address->handshakes_burst),
        .identity_place = identity->place,
        .address_place = address->place,
    };
}

static enum limitwho_by identity_by(enum settings_identity_by by) {
    static const enum limitwho_by known[] = {[SETTINGS_IDENTITY_BY_CERTIFICATE] = LIMITWHO_CERTIFICATE,
                                             [SETTINGS_IDENTITY_BY_SPIFFE_ID] = LIMITWHO_SPIFFE_ID,
                                             [SETTINGS_IDENTITY_BY_SUBJECT] = LIMITWHO_SUBJECT};
    return known[by];
}
