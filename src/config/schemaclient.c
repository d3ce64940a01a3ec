/* How much one client may ask for, and what it has to know besides having a certificate. */
#include "config/schemaclient.h"

#include "config/schemarow.h"
#include "config/settings.h"

static const char *const auto_word[] = {"auto", NULL};
static const char *const identity_by_words[] = {[SETTINGS_IDENTITY_BY_CERTIFICATE] = "certificate",
                                                [SETTINGS_IDENTITY_BY_SPIFFE_ID] = "spiffe_id",
                                                [SETTINGS_IDENTITY_BY_SUBJECT] = "subject",
                                                NULL};
static const char *const password_bind_words[] = {[SETTINGS_PASSWORD_BIND_NONE] = "none",
                                                  [SETTINGS_PASSWORD_BIND_FINGERPRINT] = "fingerprint",
                                                  [SETTINGS_PASSWORD_BIND_SUBJECT_CN] = "subject.cn",
                                                  [SETTINGS_PASSWORD_BIND_SAN_MAIL] = "san.mail",
                                                  [SETTINGS_PASSWORD_BIND_SAN_PRINCIPAL] = "san.principal",
                                                  NULL};

/* More in a second than a worker can answer is no limit; a burst of a billion neither. */
#define PER_SECOND .kind = SCHEMA_COUNT, .max = 1000000, .initial = "0"
#define BURST      .kind = SCHEMA_COUNT, .max = 1000000000, .words = auto_word, .initial = "auto"

static const struct schema_field identity_limits_fields[] = {
    ROW("by", AT(settings_identity_limits, by), .kind = SCHEMA_CHOICE, .words = identity_by_words,
        .initial = "certificate", .also = "key per",
        .doc =
            "What makes two connections those of one identity. certificate: the same certificate. spiffe_id: the same SPIFFE id. subject: the same subject. A certificate without the chosen name counts by itself."),
    ROW("requests_per_second", AT(settings_identity_limits, requests_per_second), PER_SECOND,
        .also = "rate requests rps",
        .doc = "Requests that one identity may make in a second, on average; 0 means no limit. More are answered 429."),
    ROW("burst", AT(settings_identity_limits, burst), BURST,
        .doc = "Requests that may come at once after a quiet time; auto: those of one second."),
    ROW("connections", AT(settings_identity_limits, connections), .kind = SCHEMA_COUNT, .max = 10000000, .initial = "0",
        .also = "max_connections",
        .doc =
            "Connections that one identity may have open at a time; 0 means no limit. More are closed after the handshake."),
};
STRUCT(identity_limits, settings_identity_limits, "Limits of an identity", "identity",
       "How much one identity may ask for. Only of clients with a verified certificate; counted in each worker.");

static const struct schema_field address_limits_fields[] = {
    ROW("requests_per_second", AT(settings_address_limits, requests_per_second), PER_SECOND,
        .also = "rate requests rps",
        .doc = "Requests that one address may make in a second, on average; 0 means no limit. More are answered 429."),
    ROW("burst", AT(settings_address_limits, burst), BURST,
        .doc = "Requests that may come at once after a quiet time; auto: those of one second."),
    ROW("handshakes_per_second", AT(settings_address_limits, handshakes_per_second), PER_SECOND,
        .also = "connections_per_second handshake_rate",
        .doc =
            "TLS handshakes that one address may begin in a second, on average; 0 means no limit. More are closed when the ClientHello has come, before any cryptography."),
    ROW("handshakes_burst", AT(settings_address_limits, handshakes_burst), BURST,
        .doc = "Handshakes that may begin at once after a quiet time; auto: those of one second."),
};
STRUCT(
    address_limits, settings_address_limits, "Limits of an address", "address",
    "How much one client address (by limits.ipv4_prefix and limits.ipv6_prefix) may ask for; counted in each worker.");

static const struct schema_field client_limits_fields[] = {
    ROW("identity", AT(settings_client_limits, identity), .kind = SCHEMA_STRUCT, .child = &identity_limits_struct,
        .also = "certificate", .doc = "How much one identity may ask for."),
    ROW("address", AT(settings_client_limits, address), .kind = SCHEMA_STRUCT, .child = &address_limits_struct,
        .also = "ip", .doc = "How much one address may ask for."),
};
const struct schema_struct schemaclient_limits =
    STRUCT_OF(client_limits, settings_client_limits, "Limits of a client", "client_limits",
              "How much one client may ask for, by its identity and by its address.");

static const struct schema_field password_fields[] = {
    ROW("file", AT(settings_password, file), .kind = SCHEMA_FILE, .also = "users htpasswd auth_basic_user_file",
        .example = "users.htpasswd",
        .doc =
            "File of users and their passwords as htpasswd writes it, hashed by yescrypt, bcrypt (cost 10 to 13) or SHA-512. Without it, no password is asked for."),
    ROW("required", AT(settings_password, required), .kind = SCHEMA_BOOL, .initial = "true", .also = "enabled mode",
        .doc = "Whether it is asked for. false at a route or host takes back what the listener asks."),
    ROW("realm", AT(settings_password, realm), .kind = SCHEMA_TEXT, .initial = "Sallyport",
        .doc = "What browsers show when they ask for the password."),
    ROW("bind", AT(settings_password, bind), .kind = SCHEMA_CHOICE, .words = password_bind_words, .initial = "none",
        .also = "certificate",
        .doc =
            "Whether a user may come with certain certificates only. fingerprint: those whose SHA-256 fingerprints follow the user's hash in the file, behind a colon, split by commas. subject.cn, san.mail, san.principal: the user name has to be that name of the certificate."),
    ROW("forward_user", AT(settings_password, forward_user), .kind = SCHEMA_BOOL, .initial = "false",
        .doc = "Tell the backend the user's name in X-Forwarded-User."),
    ROW("forward_password", AT(settings_password, forward_password), .kind = SCHEMA_BOOL, .initial = "false",
        .also = "forward_authorization",
        .doc =
            "Leave the Authorization field, with the password in it, in the request to the backend. Otherwise it is taken out."),
    ROW("cache", AT(settings_password, cache_ms), .kind = SCHEMA_DURATION, .max = MINUTES(60), .initial = "60s",
        .doc =
            "How long a worker remembers, by a digest, that a password was right; a wrong one for 5s at most. 0 checks each request. A changed user file counts at once."),
    ROW("timeout", AT(settings_password, timeout_ms), WAIT, .initial = "10s",
        .doc = "How long a request waits for its password to be checked."),
    ROW("failures_per_minute", AT(settings_password, failures_per_minute), .kind = SCHEMA_COUNT, .max = 1000000,
        .initial = "5", .also = "attempts max_failures",
        .doc =
            "Wrong passwords in a minute after which a client is answered 429, told by its identity (client_limits.identity.by), without a certificate by its address; counted in each worker. 0 means no limit."),
};
const struct schema_struct schemaclient_password = STRUCT_OF(
    password, settings_password, "Password", "password",
    "A password besides the certificate, by HTTP Basic (RFC 7617). What is not given at a host or route is the listener's.");
