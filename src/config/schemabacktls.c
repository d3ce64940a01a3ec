/* The rows of TLS to servers. */
#include "config/schemabacktls.h"

#include "config/schemachain.h"
#include "config/schemarow.h"
#include "config/settings.h"

static const char *const staple_words[] = {[BACKSHAKE_STAPLE_OFF] = "off",
                                           [BACKSHAKE_STAPLE_IF_PRESENT] = "if_present",
                                           [BACKSHAKE_STAPLE_REQUIRED] = "required",
                                           NULL};

#define SERVER(member)             AT(settings_backend_tls, server.member)
#define SERVER_LIST(member, count) LIST_AT(settings_backend_tls, server.member, server.count)

static const struct schema_field backtls_fields[] = {
    ROW("trust", SERVER_LIST(trust, trust_count), .kind = SCHEMA_FILE, .shape = SCHEMA_ONE_OR_LIST, .items_max = 1000,
        .also = "ca ca_file cafile server_ca proxy_ssl_trusted_certificate", .endings = ".pem .crt .cer",
        .example = "servers-ca.pem",
        .doc =
            "Files with the CA certificates under which servers' certificates are accepted (PEM, or one in DER), or directories of them; those of the system, too, only by name: /etc/ssl/certs/ca-certificates.crt. Required, unless insecure_skip_verify is set."),
    ROW("name", AT(settings_backend_tls, name), .kind = SCHEMA_TEXT,
        .also = "server_name verify_name hostname verifyhost", .example = "api.internal",
        .doc =
            "DNS name or IP address that the servers' certificates have to be for, as a subject alternative name. Without it (and without spiffe_id), the host part of each server's own address."),
    ROW("spiffe_id", AT(settings_backend_tls, spiffe_id), .kind = SCHEMA_TEXT, .also = "spiffe",
        .example = "spiffe://example.org/api",
        .doc =
            "SPIFFE id that the servers' certificates have to be for; then \"name\" is looked at only if it is given."),
    ROW("sni", AT(settings_backend_tls, sni), .kind = SCHEMA_TEXT, .also = "server_name_indication",
        .example = "api.internal",
        .doc =
            "Server name that is sent in the handshake (SNI); \"off\" sends none. Without it, \"name\" or the server's own, when that is a name and no address."),
    ROW("certificate", AT(settings_backend_tls, certificate), .kind = SCHEMA_FILE,
        .also = "cert client_certificate crt proxy_ssl_certificate", .example = "gateway-client.pem",
        .doc = "PEM file with the gateway's own certificate for servers that ask for one, the leaf first."),
    ROW("private_key", AT(settings_backend_tls, private_key), .kind = SCHEMA_FILE,
        .also = "key client_key proxy_ssl_certificate_key", .example = "gateway-client.key",
        .doc = "PEM file with the private key of \"certificate\", not encrypted."),
    ROW("insecure_skip_verify", AT(settings_backend_tls, insecure_skip_verify), .kind = SCHEMA_BOOL, .initial = "false",
        .also = "insecure skip_verify verify",
        .doc =
            "Take any server for the right one: its certificate is not checked. Whoever is on the way can read and change everything."),
    ROW("depth", SERVER(depth), .kind = SCHEMA_COUNT, .max = 8, .initial = "5",
        .doc = "Most intermediate certificates between a server's certificate and a trusted one."),
    ROW("key_types", SERVER_LIST(key_types, key_type_count), .kind = SCHEMA_CHOICE, .shape = SCHEMA_ONE_OR_LIST,
        .words = schemachain_key_types, .items_max = SETTINGS_KEY_TYPES, .also = "keys curves", .example = "[p256]",
        .doc = "Kinds of keys and curves accepted in a chain; without it, all of them."),
    ROW("min_rsa_bits", SERVER(min_rsa_bits), .kind = SCHEMA_COUNT, .min = 2048, .max = 8192, .initial = "2048",
        .doc = "Smallest RSA key accepted in a chain; the largest is 8192 bits."),
    ROW("min_signature_digest", SERVER(min_signature_digest), .kind = SCHEMA_CHOICE, .words = schemachain_digests,
        .initial = "sha256", .also = "digest signature_algorithms",
        .doc = "Shortest digest accepted in the signatures of a chain; Ed25519 counts as sha512."),
    ROW("extended_key_usage", SERVER(extended_key_usage), .kind = SCHEMA_CHOICE, .words = schemachain_usages,
        .initial = "if_present", .also = "eku",
        .doc =
            "Whether a server's certificate has to be made for TLS servers (serverAuth). if_present: where it says what it is for. required: it has to say so. ignored: any will do."),
    ROW("profile", SERVER(profile), .kind = SCHEMA_CHOICE, .words = schemachain_profiles, .initial = "rfc5280",
        .also = "strict", .doc = "How much of what issuers owe is held against a certificate; as in client_auth."),
    ROW("pins", SERVER(pins), .kind = SCHEMA_STRUCT, .child = &schemachain_pins, .also = "pin pinned",
        .doc = "Certificates and keys of which one has to be in the server's chain."),
    ROW("revocation", SERVER(revocation), .kind = SCHEMA_STRUCT, .child = &schemachain_revocation,
        .also = "crl revoked",
        .doc =
            "Lists of revoked certificates that servers are looked up in, at each handshake, full or resumed. \"ocsp\" and \"close\" are for clients only."),
    ROW("staple", AT(settings_backend_tls, staple), .kind = SCHEMA_CHOICE, .words = staple_words, .initial = "off",
        .also = "ocsp ocsp_stapling stapling",
        .doc =
            "Whether servers are asked for an OCSP response about their certificate. off: no. if_present: one that they show has to be good, and one has to come where the certificate promises it (RFC 7633). required: one has to come."),
    ROW("session_resumption", AT(settings_backend_tls, session_resumption), .kind = SCHEMA_BOOL, .initial = "true",
        .also = "resumption session_reuse tickets",
        .doc =
            "Resume earlier TLS sessions with a server, up to an hour after the full handshake; its chain is judged again each time."),
    ROW("min_version", AT(settings_backend_tls, versions.min_version), .kind = SCHEMA_CHOICE,
        .words = schemachain_versions, .initial = "1.2", .also = "minimum protocols", .doc = "Lowest TLS version."),
    ROW("max_version", AT(settings_backend_tls, versions.max_version), .kind = SCHEMA_CHOICE,
        .words = schemachain_versions, .initial = "1.3", .also = "maximum", .doc = "Highest TLS version."),
    ROW("ciphers", AT(settings_backend_tls, versions.ciphers), .kind = SCHEMA_TEXT, .example = "ECDHE+AESGCM",
        .doc = "Cipher list of TLS 1.2 in OpenSSL's notation; without it, only forward secret AEAD ciphers."),
    ROW("ciphersuites", AT(settings_backend_tls, versions.ciphersuites), .kind = SCHEMA_TEXT,
        .example = "TLS_AES_128_GCM_SHA256",
        .doc = "Cipher suites of TLS 1.3, split by colons, in order of preference."),
    ROW("groups", AT(settings_backend_tls, versions.groups), .kind = SCHEMA_TEXT, .also = "curves",
        .example = "X25519:P-256", .doc = "Key exchange groups, split by colons, in order of preference."),
};
const struct schema_struct schemabacktls_struct =
    STRUCT_OF(backtls, settings_backend_tls, "TLS to servers", "tls",
              "How servers prove who they are, what they are shown, and which TLS is spoken.");
