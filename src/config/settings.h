/* What the operator asked for, with defaults filled in and inheritance resolved: plain data, one struct per map of the
 * file. Made by config/load, described field by field by config/schema, carried to the workers by plan/bundle.
 * Each struct begins with its place. Pointers belong to the arena that the settings were made in. */
#ifndef SALLYPORT_CONFIG_SETTINGS_H
#define SALLYPORT_CONFIG_SETTINGS_H

#include "base/addr.h"
#include "base/error.h"
#include "config/settingsbalance.h"
#include "pki/ocsp.h"
#include "pki/ocspsubject.h"
#include "pki/revocation.h"
#include "policy/fact.h"
#include "tls/endpoint.h"
#include "tls/outpoint.h"
#include "vouch/profiles.h"

#include "config/settingsrule.h"

/* What the supervisor has room for (ipc/outline): a name, a path of a log, and all addresses to bind together. */
enum { SETTINGS_NAME_MAX = 63, SETTINGS_LOG_PATH_MAX = 1023, SETTINGS_BINDS_MAX = 128 };

/* A directory: its path (relative ones resolved), NULL when it is not given. Nothing of it is looked at here. */
struct settings_directory {
    struct error_place place;
    const char *path;
};

/* The bytes of one loaded file; each file is loaded once, however often it is named. */
struct settings_content {
    const char *path;
    struct slice bytes;
};

/* responder: NULL: the one that the certificate names. issuer, response: at most one each; with a response nobody is
 * asked. */
struct settings_stapling {
    struct error_place place;
    bool enabled;
    const char *responder;
    struct settings_file *issuer;
    size_t issuer_count;
    struct settings_file *response;
    size_t response_count;
};

struct settings_certificate {
    struct error_place place;
    struct settings_file certificate;
    struct settings_file private_key;
    struct settings_stapling stapling;
};

enum settings_protocol { SETTINGS_PROTOCOL_HTTP11, SETTINGS_PROTOCOL_HTTP2 };

/* NULL texts: the library's safe defaults. */
struct settings_tls {
    struct error_place place;
    enum tls_version min_version;
    enum tls_version max_version;
    const char *ciphers;
    const char *ciphersuites;
    const char *groups;
    enum settings_protocol *alpn;
    size_t alpn_count;
};

enum settings_ocsp_mode { SETTINGS_OCSP_OFF, SETTINGS_OCSP_HARD, SETTINGS_OCSP_SOFT };
enum settings_ocsp_nonce { SETTINGS_OCSP_NONCE_OFF, SETTINGS_OCSP_NONCE_SENT, SETTINGS_OCSP_NONCE_REQUIRED };

/* Asking responders about clients. responders: URLs. aia_hosts: hosts, with a port if it is another than 80 and 443.
 * max_age_ms 0: no bound. */
struct settings_ocsp {
    struct error_place place;
    enum settings_ocsp_mode mode;
    const char **responders;
    size_t responder_count;
    const char **aia_hosts;
    size_t aia_host_count;
    enum settings_ocsp_nonce nonce;
    enum ocspsubject_hash hash;
    enum revocation_scope scope;
    int64_t timeout_ms;
    int64_t refresh_ms;
    int64_t max_age_ms;
    int64_t clock_skew_ms;
};

/* When the connections of a client end who is let in no more. */
enum settings_close { SETTINGS_CLOSE_AT_ONCE, SETTINGS_CLOSE_AFTER_ANSWER };

/* hosts: from which lists may be fetched because a certificate says so, with a port if it is not 80 or 443. */
struct settings_distribution_points {
    struct error_place place;
    const char **hosts;
    size_t host_count;
};

/* lists: paths of files and directories, and URLs; their bytes are read by plan/revcompile. None, and no
 * hosts of distribution points: lists are not asked. poll_ms 0: files are not looked at again. */
struct settings_revocation {
    struct error_place place;
    const char **lists;
    size_t list_count;
    struct settings_file *issuers;
    size_t issuer_count;
    enum revocation_missing missing;
    enum revocation_stale stale;
    int64_t grace_ms;
    enum revocation_scope scope;
    enum settings_close close;
    struct settings_ocsp ocsp;
    int64_t refresh_ms;
    int64_t poll_ms;
    struct settings_distribution_points distribution_points;
};

/* name: of a SPIFFE trust domain. bundle: its CA certificates, PEM once the files are loaded. */
struct settings_trust_domain {
    struct error_place place;
    const char *name;
    struct settings_file bundle;
};

struct settings_spiffe {
    struct error_place place;
    struct settings_trust_domain *trust_domains;
    size_t trust_domain_count;
};

/* In the order of the bits VERIFY_KEY_RSA and on. */
enum settings_key_type {
    SETTINGS_KEY_RSA,
    SETTINGS_KEY_P256,
    SETTINGS_KEY_P384,
    SETTINGS_KEY_P521,
    SETTINGS_KEY_ED25519,
    SETTINGS_KEY_TYPES
};

enum settings_digest { SETTINGS_DIGEST_SHA256, SETTINGS_DIGEST_SHA384, SETTINGS_DIGEST_SHA512 };

struct settings_pin {
    uint8_t digest[VERIFY_PIN_BYTES];
};

struct settings_pins {
    struct error_place place;
    struct settings_pin *certificates;
    size_t certificate_count;
    struct settings_pin *keys;
    size_t key_count;
};

enum settings_refuse_with { SETTINGS_REFUSE_WITH_ALERT, SETTINGS_REFUSE_WITH_PAGE };

/* extended_key_usage_until: the first second of the last day on which extended_key_usage holds; 0: no end.
 * key_types: none means all. certificate_policies: dotted. help_link: a URL, or NULL. */
struct settings_client_auth {
    struct error_place place;
    enum tls_client_auth mode;
    struct settings_file *trust;
    size_t trust_count;
    struct settings_spiffe spiffe;
    unsigned depth;
    enum settings_key_type *key_types;
    size_t key_type_count;
    unsigned min_rsa_bits;
    enum settings_digest min_signature_digest;
    enum verify_usage extended_key_usage;
    int64_t extended_key_usage_until;
    enum verify_profile profile;
    bool complete_chain;
    const char **certificate_policies;
    size_t certificate_policy_count;
    struct settings_pins pins;
    bool advertise_ca_names;
    enum settings_refuse_with refuse_with;
    const char *help_link;
    struct settings_revocation revocation;
};

enum settings_identity_by {
    SETTINGS_IDENTITY_BY_CERTIFICATE,
    SETTINGS_IDENTITY_BY_SPIFFE_ID,
    SETTINGS_IDENTITY_BY_SUBJECT
};

/* 0: no limit; a burst of 0 is that of a second. */
struct settings_identity_limits {
    struct error_place place;
    enum settings_identity_by by;
    unsigned requests_per_second;
    unsigned burst;
    unsigned connections;
};

struct settings_address_limits {
    struct error_place place;
    unsigned requests_per_second;
    unsigned burst;
    unsigned handshakes_per_second;
    unsigned handshakes_burst;
};

/* Of each client, in each worker. */
struct settings_client_limits {
    struct error_place place;
    struct settings_identity_limits identity;
    struct settings_address_limits address;
};

enum settings_password_bind {
    SETTINGS_PASSWORD_BIND_NONE,
    SETTINGS_PASSWORD_BIND_FINGERPRINT,
    SETTINGS_PASSWORD_BIND_SUBJECT_CN,
    SETTINGS_PASSWORD_BIND_SAN_MAIL,
    SETTINGS_PASSWORD_BIND_SAN_PRINCIPAL
};

/* Longest realm. */
enum { SETTINGS_REALM_MAX = 128 };

/* No file, or not required: no password is asked for. failures_per_minute 0: no limit. */
struct settings_password {
    struct error_place place;
    struct settings_file file;
    bool required;
    const char *realm;
    enum settings_password_bind bind;
    bool forward_user;
    bool forward_password;
    int64_t cache_ms;
    int64_t timeout_ms;
    unsigned failures_per_minute;
};

/* connections 0: no limit. In all workers together. */
struct settings_host_limits {
    struct error_place place;
    unsigned connections;
};

enum settings_mode { SETTINGS_MODE_HTTP, SETTINGS_MODE_TCP, SETTINGS_MODE_PASSTHROUGH };

/* What "default_host" and "no_sni_host" say in the place of a host. */
#define SETTINGS_HOST_REFUSE "refuse"

/* A host chosen by SNI, and by ALPN where it names protocols. What it does not say is its listener's. backend: of a
 * mode other than HTTP, or NULL. */
struct settings_host {
    struct error_place place;
    const char **names;
    size_t name_count;
    const char **alpn;
    size_t alpn_count;
    enum settings_mode mode;
    const char *backend;
    struct settings_certificate *certificates;
    size_t certificate_count;
    struct settings_tls tls;
    struct settings_client_auth client_auth;
    struct settings_client_limits client_limits;
    struct settings_host_limits limits;
    struct settings_password password;
    struct settings_policy policy;
};

/* host, path: NULL means any. */
struct settings_route {
    struct error_place place;
    const char *host;
    const char *path;
    const char *backend;
    bool websocket;
    struct settings_password password;
    struct settings_policy policy;
};

struct settings_proxy_protocol {
    struct error_place place;
    struct addr_net *from;
    size_t from_count;
};

struct settings_listener_timeouts {
    struct error_place place;
    int64_t proxy_header_ms;
    int64_t client_hello_ms;
    int64_t handshake_ms;
    int64_t request_head_ms;
    int64_t body_idle_ms;
    int64_t body_grace_ms;
    int64_t idle_ms;
    int64_t tunnel_ms;
};

/* body_bytes, min_body_rate 0: no limit. */
struct settings_request_limits {
    struct error_place place;
    uint64_t request_head_bytes;
    unsigned request_headers;
    uint64_t body_bytes;
    uint64_t min_body_rate;
};

/* As struct h2limits has them. */
struct settings_http2 {
    struct error_place place;
    bool prior_knowledge;
    unsigned streams;
    uint64_t stream_window_bytes;
    uint64_t window_bytes;
    unsigned continuations;
    unsigned resets;
    unsigned malformed;
    unsigned settings;
    unsigned pings;
    unsigned priorities;
    unsigned window_updates;
    unsigned empty_frames;
};

/* clear: clients speak without TLS. backend: of a mode other than HTTP, or NULL. */
struct settings_listener {
    struct error_place place;
    const char *name;
    struct addr *binds;
    size_t bind_count;
    enum settings_mode mode;
    const char *backend;
    bool clear;
    struct settings_proxy_protocol proxy_protocol;
    struct settings_certificate *certificates;
    size_t certificate_count;
    struct settings_tls tls;
    struct settings_client_auth client_auth;
    struct settings_client_limits client_limits;
    struct settings_password password;
    struct settings_host *hosts;
    size_t host_count;
    const char *default_host;
    const char *no_sni_host;
    struct settings_listener_timeouts timeouts;
    struct settings_request_limits limits;
    struct settings_http2 http2;
    struct settings_policy policy;
    struct settings_route *routes;
    size_t route_count;
};

struct settings_forward {
    struct error_place place;
    enum vouch_profile *profiles;
    size_t profile_count;
};

enum settings_protected_header { SETTINGS_PROTECTED_HEADER_REFUSE, SETTINGS_PROTECTED_HEADER_STRIP };

struct settings_backend_timeouts {
    struct error_place place;
    int64_t connect_ms;
    int64_t response_ms;
    int64_t body_idle_ms;
    int64_t idle_ms;
    int64_t total_ms;
};

struct settings_response_limits {
    struct error_place place;
    uint64_t response_head_bytes;
    unsigned response_headers;
};

/* What servers are spoken to in. AUTO: what they agree to in TLS. */
enum settings_backend_protocol {
    SETTINGS_BACKEND_PROTOCOL_HTTP11,
    SETTINGS_BACKEND_PROTOCOL_H2,
    SETTINGS_BACKEND_PROTOCOL_AUTO
};

struct settings_pool {
    struct error_place place;
    unsigned idle_per_worker;
    unsigned streams;
};

/* server: what is asked of servers' certificates (its mode, place and what else has no row is not looked at). name,
 * spiffe_id, sni: NULL when not given; sni may be SETTINGS_SNI_OFF. On when there is trust, or nobody to be trusted
 * (settings_backend_tls_is_on). */
struct settings_backend_tls {
    struct error_place place;
    struct settings_client_auth server;
    const char *name;
    const char *spiffe_id;
    const char *sni;
    struct settings_file certificate;
    struct settings_file private_key;
    struct settings_tls versions;
    bool insecure_skip_verify;
    enum backshake_staple staple;
    bool session_resumption;
};

#define SETTINGS_SNI_OFF "off"

/* Whether servers are spoken to in TLS. */
static inline bool settings_backend_tls_is_on(const struct settings_backend_tls *tls) {
    return tls->server.trust_count > 0 || tls->insecure_skip_verify;
}

enum settings_told_version { SETTINGS_TOLD_OFF, SETTINGS_TOLD_V1, SETTINGS_TOLD_V2 };
enum settings_told_tlv {
    SETTINGS_TOLD_ALPN,
    SETTINGS_TOLD_AUTHORITY,
    SETTINGS_TOLD_UNIQUE_ID,
    SETTINGS_TOLD_SSL,
    SETTINGS_TOLD_CERTIFICATE,
    SETTINGS_TOLD_CRC32C
};

/* PROXY protocol to servers. */
struct settings_told {
    struct error_place place;
    enum settings_told_version version;
    enum settings_told_tlv *tlvs;
    size_t tlv_count;
};

enum settings_check { SETTINGS_CHECK_OFF, SETTINGS_CHECK_TCP, SETTINGS_CHECK_TLS, SETTINGS_CHECK_HTTP };

/* expect_status: none: all below 400. port 0: the server's own. */
struct settings_health_check {
    struct error_place place;
    enum settings_check type;
    const char *method;
    const char *path;
    const char *host;
    unsigned *expect_status;
    size_t expect_status_count;
    unsigned port;
    int64_t interval_ms;
    int64_t timeout_ms;
    unsigned rise;
    unsigned fall;
};

struct settings_backend {
    struct error_place place;
    const char *name;
    enum settings_backend_protocol protocol;
    struct settings_server *servers;
    size_t server_count;
    enum settings_balance balance;
    const char *hash_by;
    struct settings_sticky sticky;
    int64_t slow_start_ms;
    struct settings_backend_tls tls;
    struct settings_told told;
    struct settings_forward forward;
    enum settings_protected_header on_protected_header;
    struct settings_backend_timeouts timeouts;
    struct settings_response_limits limits;
    struct settings_pool pool;
    struct settings_passive_health passive_health;
    struct settings_health_check health_check;
    struct settings_queue queue;
    struct settings_retries retries;
};

struct settings_control {
    struct error_place place;
    const char *socket;
};

/* Where records go: a path (it holds a '/'), SETTINGS_LOG_STDERR or SETTINGS_LOG_OFF. */
struct settings_log {
    struct error_place place;
    const char *access;
    const char *refusals;
};

#define SETTINGS_LOG_STDERR "stderr"
#define SETTINGS_LOG_OFF    "off"

struct settings_tickets {
    struct error_place place;
    bool enabled;
    int64_t lifetime_ms;
};

/* 0: no limit. In all workers together, but connections_per_address, memory_bytes and descriptors: in each.
 * descriptors 0: as many as the system allows. */
struct settings_limits {
    struct error_place place;
    unsigned connections;
    unsigned connections_per_address;
    unsigned handshakes;
    unsigned requests;
    uint64_t memory_bytes;
    unsigned descriptors;
    unsigned ipv4_prefix;
    unsigned ipv6_prefix;
};

/* The whole. workers 0: one per core. */
enum settings_family { SETTINGS_FAMILY_BOTH, SETTINGS_FAMILY_IPV4, SETTINGS_FAMILY_IPV6 };

/* Names of servers, of all backends together: a site with more of them has a registry, not DNS. */
enum { SETTINGS_SERVER_NAMES_MAX = 256 };

/* How names of servers are looked up. every_ms 0: as long as the answer says, between min_ttl_ms and max_ttl_ms.
 * servers: of names; none: those of the system. */
struct settings_resolve {
    struct error_place place;
    struct addr *servers;
    size_t server_count;
    enum settings_family family;
    int64_t every_ms;
    int64_t min_ttl_ms;
    int64_t max_ttl_ms;
    int64_t timeout_ms;
};

struct settings {
    struct error_place place;
    unsigned workers;
    const char *user;
    struct settings_directory state_directory;
    struct settings_control control;
    struct settings_log log;
    struct settings_tickets tickets;
    int64_t drain_ms;
    struct settings_limits limits;
    struct settings_resolve resolve;
    struct settings_listener *listeners;
    size_t listener_count;
    struct settings_backend *backends;
    size_t backend_count;
    struct settings_content *contents;
    size_t content_count;
};

#endif
