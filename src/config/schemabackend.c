/* The rows of a backend, innermost struct first. */
#include "config/schemabackend.h"

#include "config/schemabacktls.h"
#include "config/schemabalance.h"
#include "config/schemarow.h"
#include "config/settings.h"

static const char *const profile_words[] = {
#define PROFILE(name, word, writer, sentence) [VOUCH_##name] = word,
#include "vouch/profiles_table.h"
#undef PROFILE
    NULL};
static const char profiles_doc[] = "Headers that tell the identity."
#define PROFILE(name, word, writer, sentence) " " word ": " sentence
#include "vouch/profiles_table.h"
#undef PROFILE
    ;
static const char *const balance_words[] = {[SETTINGS_BALANCE_ROUND_ROBIN] = "round_robin",
                                            [SETTINGS_BALANCE_LEAST_CONNECTIONS] = "least_connections",
                                            [SETTINGS_BALANCE_HASH] = "hash",
                                            NULL};
static const char *const protocol_words[] = {[SETTINGS_BACKEND_PROTOCOL_HTTP11] = "http/1.1",
                                             [SETTINGS_BACKEND_PROTOCOL_H2] = "h2",
                                             [SETTINGS_BACKEND_PROTOCOL_AUTO] = "auto",
                                             NULL};
static const char *const protected_words[] = {
    [SETTINGS_PROTECTED_HEADER_REFUSE] = "refuse", [SETTINGS_PROTECTED_HEADER_STRIP] = "strip", NULL};

static const struct schema_field forward_fields[] = {
    ROW("profiles", LIST_AT(settings_forward, profiles, profile_count), .kind = SCHEMA_CHOICE,
        .shape = SCHEMA_ONE_OR_LIST, .words = profile_words, .initial = "rfc9440", .items_max = 8,
        .also = "profile headers", .example = "[rfc9440]", .doc = profiles_doc),
};
STRUCT(forward, settings_forward, "Forwarding", "forward", "How the backend is told who the client is.");

static const char *const told_version_words[] = {
    [SETTINGS_TOLD_OFF] = "off", [SETTINGS_TOLD_V1] = "1", [SETTINGS_TOLD_V2] = "2", NULL};
static const char *const told_tlv_words[] = {[SETTINGS_TOLD_ALPN] = "alpn",
                                             [SETTINGS_TOLD_AUTHORITY] = "authority",
                                             [SETTINGS_TOLD_UNIQUE_ID] = "unique_id",
                                             [SETTINGS_TOLD_SSL] = "ssl",
                                             [SETTINGS_TOLD_CERTIFICATE] = "certificate",
                                             [SETTINGS_TOLD_CRC32C] = "crc32c",
                                             NULL};

static const struct schema_field told_fields[] = {
    ROW("version", AT(settings_told, version), .kind = SCHEMA_CHOICE, .words = told_version_words, .initial = "off",
        .example = "2",
        .doc = "Version of the header. off: none is sent. 1: one line with the addresses. 2: binary, with \"tlvs\"."),
    ROW("tlvs", LIST_AT(settings_told, tlvs, tlv_count), .kind = SCHEMA_CHOICE, .shape = SCHEMA_ONE_OR_LIST,
        .words = told_tlv_words, .items_max = 6, .also = "tlv fields extensions", .example = "[authority, ssl, crc32c]",
        .doc =
            "What version 2 tells besides the addresses. alpn, authority: what the client asked for in the handshake. unique_id: the id of the connection as in the gateway's records. ssl: TLS version, cipher, the gateway's own certificate's algorithms, and whether the client's certificate was verified, with its common name. certificate: the client's certificate whole (0x28), within ssl. crc32c: a checksum."),
};
STRUCT(
    told, settings_told, "PROXY protocol to servers", "proxy_protocol",
    "A header that tells servers who the client is, before anything else on a connection (also before TLS). Each connection then serves one client alone.");

static const struct schema_field backend_timeouts_fields[] = {
    ROW("connect", AT(settings_backend_timeouts, connect_ms), WAIT, .initial = "5s",
        .doc = "Until a connection to a server stands."),
    ROW("response", AT(settings_backend_timeouts, response_ms), WAIT, .initial = "60s", .also = "answer read server",
        .doc = "From the end of the request to the head of the answer."),
    ROW("body_idle", AT(settings_backend_timeouts, body_idle_ms), WAIT, .initial = "60s", .also = "body",
        .doc = "Without progress in the answer's body, or in the server's reading of the request."),
    ROW("idle", AT(settings_backend_timeouts, idle_ms), WAIT, .initial = "60s", .also = "keepalive keep_alive",
        .doc = "How long an unused connection to a server is kept."),
    ROW("total", AT(settings_backend_timeouts, total_ms), .kind = SCHEMA_DURATION, .max = DAYS(1), .initial = "0s",
        .also = "request all",
        .doc = "From the first choice of a server to the end of the answer, waits and retries "
               "included; 0s: as long as it takes."),
};
STRUCT(backend_timeouts, settings_backend_timeouts, "Timeouts of a backend", "timeouts",
       "How long a server may keep the gateway waiting.");

static const struct schema_field response_limits_fields[] = {
    ROW("response_head", AT(settings_response_limits, response_head_bytes), .kind = SCHEMA_SIZE, .min = KIBIBYTES(1),
        .max = KIBIBYTES(256), .initial = "64KB", .doc = "Largest head of an answer."),
    ROW("response_headers", AT(settings_response_limits, response_headers), .kind = SCHEMA_COUNT, .min = 1, .max = 256,
        .initial = "200", .doc = "Most fields of an answer's head."),
};
STRUCT(response_limits, settings_response_limits, "Limits of a backend", "limits",
       "How much one answer's head may be.");

static const struct schema_field pool_fields[] = {
    ROW("idle_per_worker", AT(settings_pool, idle_per_worker), .kind = SCHEMA_COUNT, .max = 10000, .initial = "64",
        .also = "size idle max", .doc = "Most unused connections that each worker keeps to each server."),
    ROW("streams", AT(settings_pool, streams), .kind = SCHEMA_COUNT, .min = 1, .max = 1000, .initial = "100",
        .also = "max_streams concurrent_streams",
        .doc = "Most requests at a time on one connection of HTTP/2; fewer, where the server says so."),
};
STRUCT(pool, settings_pool, "Connection pool", "pool", "Connections to servers that are kept for the next request.");

static const struct schema_field backend_fields[] = {
    ROW("name", AT(settings_backend, name), .kind = SCHEMA_NAME, .required = true, .doc = "The key in backends."),
    ROW("servers", LIST_AT(settings_backend, servers, server_count), .kind = SCHEMA_STRUCT, .shape = SCHEMA_ONE_OR_LIST,
        .child = &schemabalance_server, .required = true, .items_max = 1000, .also = "server address url addresses",
        .example = "[127.0.0.1:8080, {address: \"unix:/run/app.sock\", name: local}]",
        .doc = "The servers, by address: IPv4, [IPv6], a name, or a Unix socket; or as maps that say more of them."),
    ROW("balance", AT(settings_backend, balance), .kind = SCHEMA_CHOICE, .words = balance_words,
        .initial = "round_robin", .also = "algorithm lb load_balancing policy",
        .doc = "How a server is chosen. round_robin: in turn. least_connections: the one with the fewest requests and "
               "tunnels in progress. hash: the same one for what is alike by hash_by. All go by the servers' weights."),
    ROW("hash_by", AT(settings_backend, hash_by), .kind = SCHEMA_TEXT, .initial = "address", .also = "hash key",
        .example = "header X-User",
        .doc = "What the hash goes by: address (of the client), fingerprint (of its certificate), header NAME, or "
               "cookie NAME. Who does not have it gets a server in turn."),
    ROW("sticky", AT(settings_backend, sticky), .kind = SCHEMA_STRUCT, .child = &schemabalance_sticky,
        .also = "affinity session persistence",
        .doc = "A cookie that brings a client back to the server that answered it before."),
    ROW("slow_start", AT(settings_backend, slow_start_ms), .kind = SCHEMA_DURATION, .max = MINUTES(60), .initial = "0s",
        .also = "slowstart warmup",
        .doc = "How long a server that came back gets less than its weight, growing evenly; 0s: it gets all at once."),
    ROW("protocol", AT(settings_backend, protocol), .kind = SCHEMA_CHOICE, .words = protocol_words,
        .initial = "http/1.1", .also = "http2 alpn version",
        .doc = "What is spoken to the servers. h2: HTTP/2, in TLS agreed on by ALPN, otherwise with prior knowledge. "
               "auto: HTTP/2 where the server agrees to it in TLS, else HTTP/1.1."),
    ROW("tls", AT(settings_backend, tls), .kind = SCHEMA_STRUCT, .child = &schemabacktls_struct,
        .also = "ssl https server_tls proxy_ssl",
        .doc = "Speak TLS to the servers; without it, connections are clear."),
    ROW("proxy_protocol", AT(settings_backend, told), .kind = SCHEMA_STRUCT, .child = &told_struct,
        .also = "send_proxy proxy", .doc = "Tell servers the client's address by the PROXY protocol."),
    ROW("forward", AT(settings_backend, forward), .kind = SCHEMA_STRUCT, .child = &forward_struct,
        .also = "identity headers", .doc = "How the backend is told who the client is."),
    ROW("on_protected_header", AT(settings_backend, on_protected_header), .kind = SCHEMA_CHOICE,
        .words = protected_words, .initial = "refuse",
        .doc = "What happens to a request that brings a header which only the gateway may set, in any spelling: "
               "refuse answers 400, strip removes the header."),
    ROW("timeouts", AT(settings_backend, timeouts), .kind = SCHEMA_STRUCT, .child = &backend_timeouts_struct,
        .also = "timeout", .doc = "How long a server may keep the gateway waiting."),
    ROW("limits", AT(settings_backend, limits), .kind = SCHEMA_STRUCT, .child = &response_limits_struct,
        .also = "limit", .doc = "How much one answer's head may be."),
    ROW("pool", AT(settings_backend, pool), .kind = SCHEMA_STRUCT, .child = &pool_struct, .also = "keepalive",
        .doc = "Connections to servers that are kept for the next request."),
    ROW("passive_health", AT(settings_backend, passive_health), .kind = SCHEMA_STRUCT,
        .child = &schemabalance_passive_health, .also = "health",
        .doc = "What the gateway concludes from failures of real requests."),
    ROW("health_check", AT(settings_backend, health_check), .kind = SCHEMA_STRUCT, .child = &schemabalance_health_check,
        .also = "healthcheck check httpchk", .doc = "Asking the servers regularly whether they are well."),
    ROW("queue", AT(settings_backend, queue), .kind = SCHEMA_STRUCT, .child = &schemabalance_queue, .also = "maxqueue",
        .doc = "Requests that wait while every server has its max_connections in progress."),
    ROW("retries", AT(settings_backend, retries), .kind = SCHEMA_STRUCT, .child = &schemabalance_retries,
        .also = "retry",
        .doc = "Trying a request again on another connection, when it is safe: nothing was answered, no part of the "
               "request's body is gone, and the method may be repeated or no byte has left."),
};
const struct schema_struct schemabackend_struct =
    STRUCT_OF(backend, settings_backend, "Backend", "a backend",
              "Servers that answer requests, and the rules for using them.");
