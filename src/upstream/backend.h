/* A backend: several servers and the rules for using them. Immutable part of a snapshot but for what the balancing
 * remembers of its turns, and the budget of retries; the servers' state is in upstream/server. */
#ifndef SALLYPORT_UPSTREAM_BACKEND_H
#define SALLYPORT_UPSTREAM_BACKEND_H

#include "http/h1parse.h"
#include "pki/revocation.h"
#include "tls/outpoint.h"
#include "upstream/retrybudget.h"
#include "upstream/server.h"

/* Of a digest. */
enum { BACKEND_TRANSPORT_BYTES = 32 };

enum backend_balance { BACKEND_ROUND_ROBIN, BACKEND_LEAST_CONNECTIONS, BACKEND_HASH };

/* What a client is known by where the same one shall go to the same server. */
enum backend_hash_by {
    BACKEND_HASH_BY_ADDRESS,
    BACKEND_HASH_BY_HEADER,
    BACKEND_HASH_BY_COOKIE,
    BACKEND_HASH_BY_FINGERPRINT
};

/* Of a server's id in a cookie: 64 bits as hexadecimal digits. */
enum { BACKEND_STICKY_ID_LEN = 16 };

/* One server as the backend has it. weight: its share beside the others'; not 0.
 * active_max: most requests and tunnels in progress at once in this worker; 0: any number. seed: of its lots in
 * upstream/rendezvous. sticky_id: what a cookie calls it. credit: of the round robin; changes with every turn. */
struct backend_server {
    struct server *server;
    unsigned weight;
    bool is_backup;
    unsigned active_max;
    uint64_t seed;
    char sticky_id[BACKEND_STICKY_ID_LEN + 1];
    int64_t credit;
};

/* A cookie that brings a client back to its server. name: NULL: none. attributes: what follows the value in
 * Set-Cookie. */
struct backend_sticky {
    const char *name;
    const char *attributes;
};

/* What a PROXY header of version 2 tells besides the addresses, as bits. */
enum {
    BACKEND_TLV_ALPN = 1,
    BACKEND_TLV_AUTHORITY = 2,
    BACKEND_TLV_UNIQUE_ID = 4,
    BACKEND_TLV_SSL = 8,
    BACKEND_TLV_CERTIFICATE = 16,
    BACKEND_TLV_CRC32C = 32
};

/* The PROXY header that connections begin with. version 0: none. */
struct backend_proxy {
    unsigned version;
    unsigned tlvs;
};

/* When a server is ejected: after so many failures in a row (0: never), for pause_ms, which doubles each time up to
 * pause_max_ms; but never more than this share of all servers at once. */
struct backend_eject {
    unsigned failures;
    bool counts_5xx;
    int64_t pause_ms;
    int64_t pause_max_ms;
    unsigned share_percent;
};

/* Requests that may wait for a server that is not full, and for how long; of this worker. */
struct backend_queue {
    unsigned max;
    int64_t timeout_ms;
};

/* How a backend's connections speak TLS; outpoint: NULL: they do not. name, spiffe_id: whom servers' certificates
 * have to be for; without either, name is the server's own. sni: NULL: the name, if it is one; empty: none is sent.
 * revocation: where they are looked up, or NULL. */
struct backend_tls {
    struct tls_outpoint *outpoint;
    const char *name;
    const char *spiffe_id;
    const char *sni;
    const struct revocation *revocation;
};

/* What servers are spoken to in. AUTO: HTTP/2 where the server agrees to it in TLS, else HTTP/1.1. */
enum backend_protocol { BACKEND_PROTOCOL_HTTP11, BACKEND_PROTOCOL_H2, BACKEND_PROTOCOL_AUTO };

/* OFF: servers are only known by how requests fare. TCP: a connection. TLS: a handshake, the server's certificate
 * verified. HTTP: a request and its status. */
enum backend_check_type { BACKEND_CHECK_OFF, BACKEND_CHECK_TCP, BACKEND_CHECK_TLS, BACKEND_CHECK_HTTP };

/* How servers are asked whether they are well. host: NULL: their own name or address. statuses: that are good; none:
 * all below 400. port 0: the server's own. rise, fall: results in a row that make a server up, or down. */
struct backend_check {
    enum backend_check_type type;
    const char *method;
    const char *path;
    const char *host;
    const unsigned *statuses;
    size_t status_count;
    unsigned port;
    int64_t interval_ms;
    int64_t timeout_ms;
    unsigned rise;
    unsigned fall;
};

/* streams_max: requests at a time on one connection of HTTP/2. hash_name: of the header or cookie, else NULL.
 * slow_start_ms: how long a server that came back gets less than its weight. total_timeout_ms: 0: none. retries_max:
 * of one request; retries: what all of them may have. tells_client: connections carry what one client is (PROXY
 * protocol) and are never shared. transport: a digest over how connections are opened; only alike ones take each
 * other's place. */
struct backend {
    const char *name;
    struct backend_server *servers;
    size_t server_count;
    enum backend_balance balance;
    enum backend_hash_by hash_by;
    const char *hash_name;
    struct backend_sticky sticky;
    int64_t slow_start_ms;
    struct backend_check check;
    int64_t connect_timeout_ms;
    int64_t response_timeout_ms;
    int64_t body_idle_timeout_ms;
    int64_t idle_timeout_ms;
    unsigned idle_max;
    int64_t total_timeout_ms;
    struct backend_eject eject;
    struct backend_queue queue;
    unsigned retries_max;
    struct retrybudget retries;
    enum backend_protocol protocol;
    unsigned streams_max;
    struct backend_tls tls;
    struct backend_proxy proxy;
    bool tells_client;
    uint8_t transport[BACKEND_TRANSPORT_BYTES];
    struct h1parse_limits limits;
};

#endif
