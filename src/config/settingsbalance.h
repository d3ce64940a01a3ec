/* The part of config/settings that is about a backend's servers and the choice among them. */
#ifndef SALLYPORT_CONFIG_SETTINGSBALANCE_H
#define SALLYPORT_CONFIG_SETTINGSBALANCE_H

#include "base/addr.h"
#include "base/error.h"

/* failures 0: servers are never ejected. max_ejected: percent. */
struct settings_passive_health {
    struct error_place place;
    unsigned failures;
    bool server_errors;
    int64_t pause_ms;
    int64_t pause_max_ms;
    unsigned max_ejected;
};

struct settings_queue {
    struct error_place place;
    unsigned max;
    int64_t timeout_ms;
};

/* budget: percent of the requests. */
struct settings_retries {
    struct error_place place;
    unsigned count;
    unsigned budget;
};

/* Where to connect to: an address, or, when host is not NULL, a name (lower case) that is looked up, and a port. */
struct settings_target {
    struct addr addr;
    const char *host;
    unsigned port;
};

/* name: NULL: its address is its label. max_connections 0: no limit. */
struct settings_server {
    struct error_place place;
    struct settings_target address;
    const char *name;
    unsigned weight;
    bool backup;
    unsigned max_connections;
};

enum settings_balance { SETTINGS_BALANCE_ROUND_ROBIN, SETTINGS_BALANCE_LEAST_CONNECTIONS, SETTINGS_BALANCE_HASH };
enum settings_same_site {
    SETTINGS_SAME_SITE_LAX,
    SETTINGS_SAME_SITE_STRICT,
    SETTINGS_SAME_SITE_NONE,
    SETTINGS_SAME_SITE_UNSAID
};

/* cookie: its name; NULL: none. secret: NULL when there is none. */
struct settings_sticky {
    struct error_place place;
    const char *cookie;
    const char *secret;
    const char *path;
    bool secure;
    bool http_only;
    enum settings_same_site same_site;
};

#endif
