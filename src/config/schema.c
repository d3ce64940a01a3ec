/* The rows, innermost struct first, then the few ways to use them. */
#include "config/schema.h"

#include "config/ruleschema.h"
#include "config/schemabackend.h"
#include "config/schemachain.h"
#include "config/schemaclient.h"
#include "config/schemahttp2.h"
#include "config/schemarow.h"
#include "config/settings.h"

#include <string.h>

static const char *const auto_word[] = {"auto", NULL};
static const char *const log_words[] = {SETTINGS_LOG_STDERR, SETTINGS_LOG_OFF, NULL};
static const char *const protocol_words[] = {
    [SETTINGS_PROTOCOL_HTTP11] = "http/1.1", [SETTINGS_PROTOCOL_HTTP2] = "h2", NULL};
static const char *const traffic_words[] = {
    [SETTINGS_MODE_HTTP] = "http", [SETTINGS_MODE_TCP] = "tcp", [SETTINGS_MODE_PASSTHROUGH] = "passthrough", NULL};
static const char *const mode_words[] = {[TLS_CLIENT_AUTH_OFF] = "off",
                                         [TLS_CLIENT_AUTH_REQUEST] = "request",
                                         [TLS_CLIENT_AUTH_OPTIONAL] = "optional",
                                         [TLS_CLIENT_AUTH_REQUIRED] = "required",
                                         [TLS_CLIENT_AUTH_ANY_WITH_PROOF] = "any_with_proof",
                                         [TLS_CLIENT_AUTH_REPORT_ONLY] = "report_only",
                                         NULL};
static const char *const refuse_with_words[] = {
    [SETTINGS_REFUSE_WITH_ALERT] = "alert", [SETTINGS_REFUSE_WITH_PAGE] = "page", NULL};

static const struct schema_field stapling_fields[] = {
    ROW("enabled", AT(settings_stapling, enabled), .kind = SCHEMA_BOOL, .initial = "false", .example = "true",
        .also = "mode ssl_stapling",
        .doc =
            "Whether clients that ask are shown an OCSP response with the certificate. It is fetched when the gateway starts and again at half of its life; one that is not good never replaces one that is."),
    ROW("responder", AT(settings_stapling, responder), .kind = SCHEMA_TEXT, .also = "url ssl_stapling_responder",
        .example = "http://ocsp.example.com/",
        .doc = "URL (http or https) of the responder; without it, the one that the certificate names."),
    ROW("issuer", LIST_AT(settings_stapling, issuer, issuer_count), .kind = SCHEMA_FILE, .shape = SCHEMA_ONE_OR_LIST,
        .items_max = 1, .also = "ca ssl_trusted_certificate", .example = "gateway-ca.pem",
        .doc =
            "PEM file with the certificate of the issuer, which signs responses; without it, the second one in \"certificate\"."),
    ROW("response", LIST_AT(settings_stapling, response, response_count), .kind = SCHEMA_FILE,
        .shape = SCHEMA_ONE_OR_LIST, .items_max = 1, .also = "file ssl_stapling_file", .example = "gateway.ocsp",
        .doc = "File with a response (DER), read at start and reload. Then no responder is asked."),
};
STRUCT(stapling, settings_stapling, "OCSP stapling", "ocsp_stapling",
       "An OCSP response about the gateway's own certificate, shown to clients in the handshake.");

static const struct schema_field certificate_fields[] = {
    ROW("certificate", AT(settings_certificate, certificate), .kind = SCHEMA_FILE, .required = true,
        .also = "cert chain crt ssl_certificate", .example = "gateway.pem",
        .doc = "PEM file with the certificate, the leaf first, then its intermediates."),
    ROW("private_key", AT(settings_certificate, private_key), .kind = SCHEMA_FILE, .required = true,
        .also = "key ssl_certificate_key", .example = "gateway.key",
        .doc = "PEM file with the certificate's private key, not encrypted."),
    ROW("ocsp_stapling", AT(settings_certificate, stapling), .kind = SCHEMA_STRUCT, .child = &stapling_struct,
        .also = "stapling staple ocsp", .doc = "Showing clients that the certificate is not revoked."),
};
STRUCT(certificate, settings_certificate, "Certificate", "a certificate", "A certificate and its private key.");

static const struct schema_field tls_fields[] = {
    ROW("min_version", AT(settings_tls, min_version), .kind = SCHEMA_CHOICE, .words = schemachain_versions,
        .initial = "1.2", .also = "minimum protocols", .doc = "Lowest TLS version."),
    ROW("max_version", AT(settings_tls, max_version), .kind = SCHEMA_CHOICE, .words = schemachain_versions,
        .initial = "1.3", .also = "maximum", .doc = "Highest TLS version."),
    ROW("ciphers", AT(settings_tls, ciphers), .kind = SCHEMA_TEXT, .example = "ECDHE+AESGCM",
        .doc = "Cipher list of TLS 1.2 in OpenSSL's notation; without it, only forward secret AEAD ciphers."),
    ROW("ciphersuites", AT(settings_tls, ciphersuites), .kind = SCHEMA_TEXT, .example = "TLS_AES_128_GCM_SHA256",
        .doc =
            "Cipher suites of TLS 1.3, split by colons, in order of preference; without it, all three of RFC 8446 with GCM or Poly1305."),
    ROW("groups", AT(settings_tls, groups), .kind = SCHEMA_TEXT, .also = "curves", .example = "X25519:P-256",
        .doc = "Key exchange groups, split by colons, in order of preference; without it, X25519, P-256 and P-384."),
    ROW("alpn", LIST_AT(settings_tls, alpn, alpn_count), .kind = SCHEMA_CHOICE, .shape = SCHEMA_ONE_OR_LIST,
        .words = protocol_words, .initial = "http/1.1", .items_max = 8, .example = "[h2, http/1.1]",
        .doc = "Application protocols offered by ALPN, in order of preference."),
};
STRUCT(tls, settings_tls, "TLS", "tls", "Versions and algorithms of TLS. The defaults are safe.");

static const struct schema_field trust_domain_fields[] = {
    ROW("name", AT(settings_trust_domain, name), .kind = SCHEMA_TEXT, .required = true, .also = "trust_domain domain",
        .example = "example.org", .doc = "Name of the trust domain, as in its SPIFFE ids."),
    ROW("bundle", AT(settings_trust_domain, bundle), .kind = SCHEMA_FILE, .required = true, .also = "trust ca file",
        .example = "example.org.json",
        .doc = "File with the CA certificates of the trust domain: a SPIFFE bundle in JSON, or PEM."),
};
STRUCT(trust_domain, settings_trust_domain, "Trust domain", "a trust domain",
       "A SPIFFE trust domain and the CA certificates that speak for its ids, and for no others.");

static const struct schema_field spiffe_fields[] = {
    ROW("trust_domains", LIST_AT(settings_spiffe, trust_domains, trust_domain_count), .kind = SCHEMA_STRUCT,
        .shape = SCHEMA_LIST, .child = &trust_domain_struct, .items_max = 1000, .also = "domains bundles",
        .doc = "Trust domains whose workloads are let in."),
};
STRUCT(spiffe, settings_spiffe, "SPIFFE", "spiffe",
       "Accept X509-SVIDs, each under the bundle of its own trust domain; instead of \"trust\".");

static const struct schema_field client_auth_fields[] = {
    ROW("mode", AT(settings_client_auth, mode), .kind = SCHEMA_CHOICE, .words = mode_words, .initial = "off",
        .also = "verify require", .example = "required",
        .doc =
            "Whether clients are asked for a certificate. off: not at all. request: none is fine, and any is taken without a look at its chain. optional: none is fine, a bad one is refused. required: none is refused, too. any_with_proof: none is refused, and any is taken without a look at its chain. report_only: everything is checked as by required and recorded, and nobody is refused. Whoever presents a certificate has to prove that it has the key, in every mode."),
    ROW("trust", LIST_AT(settings_client_auth, trust, trust_count), .kind = SCHEMA_FILE, .shape = SCHEMA_ONE_OR_LIST,
        .items_max = 1000, .also = "ca ca_file cafile client_ca ca_path capath trusted", .endings = ".pem .crt .cer",
        .example = "clients-ca.pem",
        .doc =
            "Files with the CA certificates under which client certificates are accepted (PEM, or one in DER), or directories: every .pem, .crt and .cer file right in one. Nothing else is trusted."),
    ROW("spiffe", AT(settings_client_auth, spiffe), .kind = SCHEMA_STRUCT, .child = &spiffe_struct,
        .also = "svid spire", .doc = "Accept X509-SVIDs of these SPIFFE trust domains; instead of \"trust\"."),
    ROW("depth", AT(settings_client_auth, depth), .kind = SCHEMA_COUNT, .max = 8, .initial = "5",
        .doc = "Most intermediate certificates between a client's certificate and a trusted one."),
    ROW("key_types", LIST_AT(settings_client_auth, key_types, key_type_count), .kind = SCHEMA_CHOICE,
        .shape = SCHEMA_ONE_OR_LIST, .words = schemachain_key_types, .items_max = SETTINGS_KEY_TYPES,
        .also = "keys curves key_algorithms", .example = "[p256, p384]",
        .doc = "Kinds of keys and curves accepted in a chain; without it, all of them."),
    ROW("min_rsa_bits", AT(settings_client_auth, min_rsa_bits), .kind = SCHEMA_COUNT, .min = 2048, .max = 8192,
        .initial = "2048", .doc = "Smallest RSA key accepted in a chain; the largest is 8192 bits."),
    ROW("min_signature_digest", AT(settings_client_auth, min_signature_digest), .kind = SCHEMA_CHOICE,
        .words = schemachain_digests, .initial = "sha256", .also = "digest signature_algorithms hash",
        .doc = "Shortest digest accepted in the signatures of a chain; Ed25519 counts as sha512."),
    ROW("extended_key_usage", AT(settings_client_auth, extended_key_usage), .kind = SCHEMA_CHOICE,
        .words = schemachain_usages, .initial = "if_present", .also = "eku",
        .doc =
            "Whether a client's certificate has to be made for TLS clients (clientAuth). if_present: where it says what it is for. required: it has to say so. ignored: any will do, also a server's."),
    ROW("extended_key_usage_until", AT(settings_client_auth, extended_key_usage_until), DATE, .also = "eku_until until",
        .example = "2027-03-31",
        .doc =
            "Last day (UTC) on which if_present or ignored holds; from the next on, required does, for new and for open connections. `sallyport check` reminds of it."),
    ROW("profile", AT(settings_client_auth, profile), .kind = SCHEMA_CHOICE, .words = schemachain_profiles,
        .initial = "rfc5280", .also = "strict",
        .doc =
            "How much of what issuers owe is held against a certificate. path: what makes a chain safe, and no more: for CAs of older tools that leave out key identifiers and the like. rfc5280: also the formal duties of RFC 5280. webpki: also those of public CAs."),
    ROW("complete_chain", AT(settings_client_auth, complete_chain), .kind = SCHEMA_BOOL, .initial = "false",
        .also = "partial_chain",
        .doc =
            "Accept chains that end at a self-signed certificate of \"trust\" only. Without it, a trusted intermediate is enough."),
    ROW("certificate_policies", LIST_AT(settings_client_auth, certificate_policies, certificate_policy_count),
        .kind = SCHEMA_OID, .shape = SCHEMA_ONE_OR_LIST, .items_max = VERIFY_POLICIES_MAX,
        .also = "policies policy_oids", .example = "2.16.840.1.101.3.2.1.48.1",
        .doc =
            "Certificate policies (RFC 5280 section 4.2.1.4), one of which the whole chain has to be issued under; without any, policies do not matter."),
    ROW("pins", AT(settings_client_auth, pins), .kind = SCHEMA_STRUCT, .child = &schemachain_pins, .also = "pin pinned",
        .doc = "Certificates and keys of which one has to be in the chain."),
    ROW("advertise_ca_names", AT(settings_client_auth, advertise_ca_names), .kind = SCHEMA_BOOL, .initial = "true",
        .doc = "Tell clients the names of the trusted CAs, so that they find the right one of their certificates."),
    ROW("refuse_with", AT(settings_client_auth, refuse_with), .kind = SCHEMA_CHOICE, .words = refuse_with_words,
        .initial = "alert", .also = "on_refusal error_page",
        .doc =
            "How a client is refused. alert: in the handshake. page: the handshake is finished, and each request is answered with 403 and a page for people; nothing reaches a backend."),
    ROW("help_link", AT(settings_client_auth, help_link), .kind = SCHEMA_TEXT, .also = "help link support_url",
        .example = "https://help.example.com/certificates",
        .doc = "For \"refuse_with: page\": where the page sends people for help, a URL of https, http or mailto."),
    ROW("revocation", AT(settings_client_auth, revocation), .kind = SCHEMA_STRUCT, .child = &schemachain_revocation,
        .also = "crl revoked", .doc = "Lists of revoked certificates."),
};
STRUCT(client_auth, settings_client_auth, "Client authentication", "client_auth",
       "Who has to prove themselves with a certificate, and under which trust.");

static const struct schema_field host_limits_fields[] = {
    ROW("connections", AT(settings_host_limits, connections), .kind = SCHEMA_COUNT, .max = 10000000, .initial = "0",
        .also = "max_connections maxconn",
        .doc =
            "Most connections of clients at a time that came for this host, shared out to the workers; 0 means no limit."),
};
STRUCT(host_limits, settings_host_limits, "Limits of a host", "limits", "How much of the gateway one host may take.");

static const struct schema_field host_fields[] = {
    ROW("names", LIST_AT(settings_host, names, name_count), .kind = SCHEMA_HOST, .shape = SCHEMA_ONE_OR_LIST,
        .items_max = 1000, .also = "name host server_name sni", .example = "[api.example.com]",
        .doc =
            "Server names (SNI) of this host; \"*.example.com\" stands for exactly one label more. With \"alpn\" they may be left out: then any name will do."),
    ROW("alpn", LIST_AT(settings_host, alpn, alpn_count), .kind = SCHEMA_TEXT, .shape = SCHEMA_ONE_OR_LIST,
        .items_max = 16, .also = "protocol protocols", .example = "[postgresql]",
        .doc =
            "For the modes tcp and passthrough: only clients that offer one of these application protocols (ALPN) come here; before hosts that name none. In mode tcp the first of them that a client offers is agreed on."),
    ROW("mode", AT(settings_host, mode), .kind = SCHEMA_CHOICE, .words = traffic_words,
        INHERITED(settings_listener, mode), .example = "passthrough",
        .doc = "What is done with connections to this host; what is not given here is the listener's."),
    ROW("backend", AT(settings_host, backend), .kind = SCHEMA_NAME, INHERITED(settings_listener, backend),
        .also = "upstream to proxy_pass", .example = "database",
        .doc = "For the modes tcp and passthrough: name of the backend that connections go to."),
    ROW("certificates", LIST_AT(settings_host, certificates, certificate_count), .kind = SCHEMA_STRUCT,
        .shape = SCHEMA_LIST, .child = &certificate_struct,
        LIST_INHERITED(settings_listener, certificates, certificate_count), .items_max = 8, .also = "certificate cert",
        .doc = "Certificates of this host, one for each key type."),
    ROW("tls", AT(settings_host, tls), .kind = SCHEMA_STRUCT, .child = &tls_struct, INHERITED(settings_listener, tls),
        .doc = "What is not given here is the listener's."),
    ROW("client_auth", AT(settings_host, client_auth), .kind = SCHEMA_STRUCT, .child = &client_auth_struct,
        INHERITED(settings_listener, client_auth), .also = "mtls verify",
        .doc = "What is not given here is the listener's."),
    ROW("client_limits", AT(settings_host, client_limits), .kind = SCHEMA_STRUCT, .child = &schemaclient_limits,
        INHERITED(settings_listener, client_limits), .also = "rate_limit",
        .doc = "What is not given here is the listener's. A host with limits of its own counts for itself."),
    ROW("limits", AT(settings_host, limits), .kind = SCHEMA_STRUCT, .child = &host_limits_struct, .also = "limit",
        .doc = "How much of the gateway this host may take."),
    ROW("password", AT(settings_host, password), .kind = SCHEMA_STRUCT, .child = &schemaclient_password,
        INHERITED(settings_listener, password), .also = "auth_basic basic_auth",
        .doc = "What is not given here is the listener's."),
    RULESCHEMA_ROWS(settings_host),
};
STRUCT(host, settings_host, "Host", "a host",
       "A host of a listener, chosen by the server name (SNI). What it does not say is its listener's.");

static const struct schema_field route_fields[] = {
    ROW("host", AT(settings_route, host), .kind = SCHEMA_HOST, .also = "name server_name", .example = "api.example.com",
        .doc = "Host of the request, exact or \"*.example.com\"; without it, any."),
    ROW("path", AT(settings_route, path), .kind = SCHEMA_PREFIX, .also = "prefix location", .example = "/admin/",
        .doc =
            "Path prefix on segment boundaries: \"/admin\" matches /admin and /admin/x, \"/admin/\" only what is below. "
            "With a path in any route, the listener refuses ambiguous request paths: dot segments, empty segments, "
            "encoded slashes."),
    ROW("backend", AT(settings_route, backend), .kind = SCHEMA_NAME, .required = true, .also = "upstream to proxy_pass",
        .example = "api", .doc = "Name of the backend that answers."),
    ROW("websocket", AT(settings_route, websocket), .kind = SCHEMA_BOOL, .initial = "true", .also = "upgrade",
        .doc = "Whether requests may go on in WebSocket, if the backend grants it; otherwise they are answered 403."),
    ROW("password", AT(settings_route, password), .kind = SCHEMA_STRUCT, .child = &schemaclient_password,
        INHERITED(settings_listener, password), .also = "auth_basic basic_auth",
        .doc = "Overrules that of the host. What is not given here is the listener's."),
    RULESCHEMA_ROWS(settings_route),
};
STRUCT(route, settings_route, "Route", "a route",
       "Which backend answers a request. The first route in the file's order that matches wins; none: 404.");

static const struct schema_field proxy_protocol_fields[] = {
    ROW("from", LIST_AT(settings_proxy_protocol, from, from_count), .kind = SCHEMA_NETWORK, .shape = SCHEMA_ONE_OR_LIST,
        .required = true, .items_max = 1000, .also = "trusted networks", .example = "[10.0.0.0/8, \"::1/128\"]",
        .doc = "Networks of the senders. From them the header is required; from others it is never read."),
};
STRUCT(proxy_protocol, settings_proxy_protocol, "PROXY protocol", "proxy_protocol",
       "The PROXY protocol header (version 1 or 2) of a load balancer in front, which tells the client's address.");

static const struct schema_field listener_timeouts_fields[] = {
    ROW("proxy_header", AT(settings_listener_timeouts, proxy_header_ms), WAIT, .initial = "5s",
        .doc = "Until the PROXY protocol header is complete."),
    ROW("client_hello", AT(settings_listener_timeouts, client_hello_ms), WAIT, .initial = "10s",
        .doc = "Until the ClientHello is complete."),
    ROW("handshake", AT(settings_listener_timeouts, handshake_ms), WAIT, .initial = "10s",
        .doc = "From the ClientHello to the end of the TLS handshake."),
    ROW("request_head", AT(settings_listener_timeouts, request_head_ms), WAIT, .initial = "15s",
        .also = "header headers", .doc = "From a request's first byte to the end of its head."),
    ROW("body_idle", AT(settings_listener_timeouts, body_idle_ms), WAIT, .initial = "30s", .also = "body read write",
        .doc = "Without progress in a request's body, or in the client's reading of the answer."),
    ROW("body_grace", AT(settings_listener_timeouts, body_grace_ms), WAIT, .initial = "20s",
        .doc = "How long a body may be slower than limits.min_body_rate."),
    ROW("idle", AT(settings_listener_timeouts, idle_ms), WAIT, .initial = "60s", .also = "keepalive keep_alive",
        .doc = "Between two requests of a connection."),
    ROW("tunnel", AT(settings_listener_timeouts, tunnel_ms), WAIT, .initial = "1h", .also = "tcp stream session",
        .doc = "Without a byte in either direction: in the modes tcp and passthrough, and in WebSocket."),
};
STRUCT(listener_timeouts, settings_listener_timeouts, "Timeouts of a listener", "timeouts",
       "How long a client may keep the gateway waiting.");

static const struct schema_field request_limits_fields[] = {
    ROW("request_head", AT(settings_request_limits, request_head_bytes), .kind = SCHEMA_SIZE, .min = KIBIBYTES(1),
        .max = KIBIBYTES(256), .initial = "32KB", .also = "header_size",
        .doc = "Largest request head: request line and fields."),
    ROW("request_headers", AT(settings_request_limits, request_headers), .kind = SCHEMA_COUNT, .min = 1, .max = 256,
        .initial = "100", .also = "headers fields", .doc = "Most fields of a request head."),
    ROW("body", AT(settings_request_limits, body_bytes), .kind = SCHEMA_SIZE, .max = UINT64_C(1) << 40, .initial = "0",
        .also = "request_body client_max_body_size", .doc = "Largest request body; 0 means no limit."),
    ROW("min_body_rate", AT(settings_request_limits, min_body_rate), .kind = SCHEMA_SIZE, .max = UINT64_C(1) << 30,
        .initial = "500", .also = "body_rate min_rate minrate",
        .doc =
            "Bytes in a second, on average, that a client has to send of a request's body, and to read of an answer, while it is waited for; who is slower for longer than timeouts.body_grace is ended. gRPC is only bound by timeouts.body_idle. 0 means no limit."),
};
STRUCT(request_limits, settings_request_limits, "Limits of a listener", "limits",
       "How much one request may be, and how slow.");

static const struct schema_field listener_fields[] = {
    ROW("name", AT(settings_listener, name), .kind = SCHEMA_NAME, .required = true, .example = "public",
        .doc = "Name in records and metrics; unique."),
    ROW("bind", LIST_AT(settings_listener, binds, bind_count), .kind = SCHEMA_ADDRESS, .shape = SCHEMA_ONE_OR_LIST,
        .required = true, .items_max = 64, .also = "listen address port binds", .example = "0.0.0.0:8443",
        .doc =
            "Address and port to listen on, or the path of a Unix socket; several as a list, IPv6 in brackets: \"[::]:8443\"."),
    ROW("mode", AT(settings_listener, mode), .kind = SCHEMA_CHOICE, .words = traffic_words, .initial = "http",
        .also = "type protocol", .example = "tcp",
        .doc =
            "What is done with connections. http: each request goes where \"routes\" say. tcp: TLS ends here (unless \"clear\" is true), and the bytes in it go to \"backend\". passthrough: nothing is decrypted; TLS goes as it is to the backend that server name and ALPN choose."),
    ROW("backend", AT(settings_listener, backend), .kind = SCHEMA_NAME, .also = "upstream to proxy_pass",
        .example = "database", .doc = "For the modes tcp and passthrough: name of the backend that connections go to."),
    ROW("clear", AT(settings_listener, clear), .kind = SCHEMA_BOOL, .initial = "false",
        .also = "plain plaintext no_tls", .example = "true",
        .doc =
            "Whether clients speak without TLS: for a port or a Unix socket that only trusted clients reach. Nobody is identified here; backends are told NONE."),
    ROW("proxy_protocol", AT(settings_listener, proxy_protocol), .kind = SCHEMA_STRUCT, .child = &proxy_protocol_struct,
        .also = "accept_proxy", .doc = "Take the client's address from a PROXY protocol header."),
    ROW("certificates", LIST_AT(settings_listener, certificates, certificate_count), .kind = SCHEMA_STRUCT,
        .shape = SCHEMA_LIST, .child = &certificate_struct, .items_max = 8, .also = "certificate cert",
        .doc = "Certificates of this listener, one for each key type (RSA and ECDSA side by side)."),
    ROW("tls", AT(settings_listener, tls), .kind = SCHEMA_STRUCT, .child = &tls_struct, .also = "ssl",
        .doc = "Default of this listener's hosts."),
    ROW("client_auth", AT(settings_listener, client_auth), .kind = SCHEMA_STRUCT, .child = &client_auth_struct,
        .also = "mtls verify client_certificate", .doc = "Default of this listener's hosts."),
    ROW("client_limits", AT(settings_listener, client_limits), .kind = SCHEMA_STRUCT, .child = &schemaclient_limits,
        .also = "rate_limit rate_limits",
        .doc =
            "How much one client may ask for: of this listener's hosts together, but for those with limits of their own."),
    ROW("password", AT(settings_listener, password), .kind = SCHEMA_STRUCT, .child = &schemaclient_password,
        .also = "auth_basic basic_auth", .doc = "Default of this listener's hosts and routes."),
    ROW("hosts", LIST_AT(settings_listener, hosts, host_count), .kind = SCHEMA_STRUCT, .shape = SCHEMA_LIST,
        .child = &host_struct, .also = "host server servers sni",
        .doc = "Hosts by server name (SNI) with settings of their own."),
    ROW("default_host", AT(settings_listener, default_host), .kind = SCHEMA_HOST, .example = "api.example.com",
        .doc =
            "Which host answers without a server name or with an unknown one. Without it: the listener's own settings, "
            "but when any host requires certificates, one that does; and nobody when there are no certificates to show. "
            "\"refuse\": nobody."),
    ROW("no_sni_host", AT(settings_listener, no_sni_host), .kind = SCHEMA_HOST, .also = "default_host without_sni",
        .example = "refuse",
        .doc =
            "Which host answers clients that send no server name, or \"refuse\": nobody. Without it, the one that answers unknown names."),
    ROW("timeouts", AT(settings_listener, timeouts), .kind = SCHEMA_STRUCT, .child = &listener_timeouts_struct,
        .also = "timeout", .doc = "How long a client may keep the gateway waiting."),
    ROW("limits", AT(settings_listener, limits), .kind = SCHEMA_STRUCT, .child = &request_limits_struct,
        .also = "limit", .doc = "How much one request may be."),
    ROW("http2", AT(settings_listener, http2), .kind = SCHEMA_STRUCT, .child = &schemahttp2_struct, .also = "h2",
        .doc = "What one HTTP/2 connection may hold and do."),
    RULESCHEMA_ROWS(settings_listener),
    ROW("routes", LIST_AT(settings_listener, routes, route_count), .kind = SCHEMA_STRUCT, .shape = SCHEMA_LIST,
        .child = &route_struct, .also = "route locations",
        .doc = "Which backend answers which request; in mode http there has to be one."),
};
STRUCT(listener, settings_listener, "Listener", "a listener", "Where clients come in.");

static const struct schema_field control_fields[] = {
    ROW("socket", AT(settings_control, socket), .kind = SCHEMA_PATH, .initial = "/run/sallyport/control.sock",
        .also = "path",
        .doc = "Unix socket for `sallyport status` and `sallyport reload`; for root and the sallyport group."),
};
STRUCT(control, settings_control, "Control", "control", "How the running gateway is asked and told.");

static const struct schema_field log_fields[] = {
    ROW("access", AT(settings_log, access), .kind = SCHEMA_PATH, .words = log_words, .initial = SETTINGS_LOG_STDERR,
        .example = "access.log", .doc = "One JSON line for each request: a file, stderr, or off."),
    ROW("refusals", AT(settings_log, refusals), .kind = SCHEMA_PATH, .words = log_words, .initial = SETTINGS_LOG_STDERR,
        .also = "error errors", .example = "refusals.log",
        .doc = "One JSON line for each refused handshake or request, with cause and remedy: a file, stderr, or off."),
};
STRUCT(log, settings_log, "Logs", "log", "Where records go. SIGUSR1 opens the files again.");

static const struct schema_field tickets_fields[] = {
    ROW("enabled", AT(settings_tickets, enabled), .kind = SCHEMA_BOOL, .initial = "true",
        .doc =
            "Give clients session tickets. A ticket opens only the host that gave it, under the same trust and policy."),
    ROW("lifetime", AT(settings_tickets, lifetime_ms), .kind = SCHEMA_DURATION, .min = MINUTES(1), .max = DAYS(7),
        .initial = "8h", .doc = "How long after the full handshake a session can be resumed; at most 7d (RFC 8446)."),
};
STRUCT(tickets, settings_tickets, "Session tickets", "tickets", "Resumption of TLS sessions.");

static const struct schema_field limits_fields[] = {
    ROW("connections", AT(settings_limits, connections), .kind = SCHEMA_COUNT, .max = 10000000, .initial = "10000",
        .also = "max_connections maxconn",
        .doc = "Most connections of clients at a time, shared out to the workers; 0 means no limit."),
    ROW("connections_per_address", AT(settings_limits, connections_per_address), .kind = SCHEMA_COUNT, .max = 10000000,
        .initial = "0",
        .doc = "Most connections of one client address at a time, counted in each worker; 0 means no limit."),
    ROW("handshakes", AT(settings_limits, handshakes), .kind = SCHEMA_COUNT, .max = 10000000, .initial = "1000",
        .doc = "Most TLS handshakes in progress, shared out to the workers; 0 means no limit."),
    ROW("requests", AT(settings_limits, requests), .kind = SCHEMA_COUNT, .max = 10000000, .initial = "10000",
        .also = "max_requests",
        .doc =
            "Most requests in progress, shared out to the workers; more are answered 503 with Retry-After. 0 means no limit."),
    ROW("descriptors", AT(settings_limits, descriptors), .kind = SCHEMA_COUNT, .min = 64, .max = 1 << 30,
        .words = auto_word, .initial = "auto", .also = "open_files nofile worker_rlimit_nofile ulimit",
        .doc =
            "Descriptors that each worker may have open; with three quarters of them in use (a reserve of 4,096 at most is for servers) it accepts no connection until idle ones have made room. auto: as many as the system allows."),
    ROW("memory", AT(settings_limits, memory_bytes), .kind = SCHEMA_SIZE, .max = UINT64_C(1) << 40, .initial = "0",
        .also = "max_memory worker_memory", .example = "2GB",
        .doc =
            "Memory of each worker above which it accepts no connection until idle ones have made room. What the kernel keeps for sockets is not counted. 0 means no limit."),
    ROW("ipv4_prefix", AT(settings_limits, ipv4_prefix), .kind = SCHEMA_COUNT, .min = 8, .max = 32, .initial = "32",
        .doc = "Leading bits of an IPv4 address that count as one client, wherever addresses are counted."),
    ROW("ipv6_prefix", AT(settings_limits, ipv6_prefix), .kind = SCHEMA_COUNT, .min = 16, .max = 128, .initial = "64",
        .doc =
            "The same of an IPv6 address. A client commonly has a network of its own with 64 bits, and any address in it."),
};
STRUCT(limits, settings_limits, "Limits", "limits", "How much the gateway takes at a time; more is refused at once.");

static const char *const family_words[] = {
    [SETTINGS_FAMILY_BOTH] = "both", [SETTINGS_FAMILY_IPV4] = "ipv4", [SETTINGS_FAMILY_IPV6] = "ipv6", NULL};

static const struct schema_field resolve_fields[] = {
    ROW("servers", LIST_AT(settings_resolve, servers, server_count), .kind = SCHEMA_ADDRESS,
        .shape = SCHEMA_ONE_OR_LIST, .items_max = 4, .also = "nameservers nameserver resolver",
        .example = "[10.0.0.53:53]", .doc = "Name servers to ask, instead of those of /etc/resolv.conf."),
    ROW("family", AT(settings_resolve, family), .kind = SCHEMA_CHOICE, .words = family_words, .initial = "both",
        .also = "ip_version prefer", .doc = "Which addresses of a name are used."),
    ROW("every", AT(settings_resolve, every_ms), .kind = SCHEMA_DURATION, .max = DAYS(1), .initial = "0",
        .also = "interval refresh hold valid",
        .doc = "How often a name is looked up again; 0: when the answer's time to live is over."),
    ROW("min_ttl", AT(settings_resolve, min_ttl_ms), WAIT, .initial = "5s",
        .doc =
            "An answer is used at least for so long, whatever it says. It is how long a name of /etc/hosts is used, too."),
    ROW("max_ttl", AT(settings_resolve, max_ttl_ms), WAIT, .initial = "5m",
        .doc = "An answer is used at most for so long."),
    ROW("timeout", AT(settings_resolve, timeout_ms), .kind = SCHEMA_DURATION, .min = 1, .max = SECONDS(60),
        .initial = "5s", .doc = "Longest wait for an answer. Meanwhile, and when none comes, the last one is used."),
};
STRUCT(resolve, settings_resolve, "Names of servers", "resolve",
       "How the addresses of servers that are given by name are found.");

static const struct schema_field settings_fields[] = {
    ROW("workers", AT(settings, workers), .kind = SCHEMA_COUNT, .max = 64, .words = auto_word, .initial = "auto",
        .also = "worker_processes threads", .doc = "Number of worker processes; auto: one for each core."),
    ROW("user", AT(settings, user), .kind = SCHEMA_NAME, .initial = "sallyport",
        .doc = "User that the processes become when started as root; nobody, if there is no such user."),
    ROW("state_directory", AT(settings, state_directory), .kind = SCHEMA_DIRECTORY, .also = "state data_directory",
        .example = "/var/lib/sallyport",
        .doc =
            "Directory for what has to outlive a restart. It has to exist, to belong to who starts the gateway or to root, and not to be writable by everybody. Without it, such state is lost at a restart."),
    ROW("control", AT(settings, control), .kind = SCHEMA_STRUCT, .child = &control_struct, .also = "admin",
        .doc = "How the running gateway is asked and told."),
    ROW("log", AT(settings, log), .kind = SCHEMA_STRUCT, .child = &log_struct, .also = "logs logging",
        .doc = "Where records go."),
    ROW("tickets", AT(settings, tickets), .kind = SCHEMA_STRUCT, .child = &tickets_struct, .also = "session_tickets",
        .doc = "Resumption of TLS sessions."),
    ROW("drain", AT(settings, drain_ms), .kind = SCHEMA_DURATION, .max = DAYS(1), .initial = "30s", .also = "grace",
        .doc = "How long requests in progress may go on after SIGTERM."),
    ROW("limits", AT(settings, limits), .kind = SCHEMA_STRUCT, .child = &limits_struct, .also = "limit",
        .doc = "How much the gateway takes at a time."),
    ROW("resolve", AT(settings, resolve), .kind = SCHEMA_STRUCT, .child = &resolve_struct,
        .also = "dns resolver resolvers", .doc = "How the addresses of servers that are given by name are found."),
    ROW("listeners", LIST_AT(settings, listeners, listener_count), .kind = SCHEMA_STRUCT, .shape = SCHEMA_LIST,
        .child = &listener_struct, .required = true, .items_max = 256, .also = "listener frontends servers",
        .doc = "Where clients come in."),
    ROW("backends", LIST_AT(settings, backends, backend_count), .kind = SCHEMA_STRUCT, .shape = SCHEMA_MAP,
        .child = &schemabackend_struct, .required = true, .items_max = 10000, .also = "backend upstreams services",
        .doc = "Servers that answer requests, by name."),
};
STRUCT(settings, settings, "The file", "the file", "One YAML file. Paths in it are relative to it.");

static uint64_t hash_struct(uint64_t hash, const struct schema_struct *type);
static uint64_t hash_text(uint64_t hash, const char *text);
static uint64_t hash_number(uint64_t hash, uint64_t number);

const struct schema_struct *schema_root(void) {
    return &settings_struct;
}

const struct schema_field *schema_find(const struct schema_struct *type, const char *key) {
    for (size_t i = 0; i < type->field_count; i++) {
        if (strcmp(type->fields[i].key, key) == 0)
            return &type->fields[i];
    }
    return NULL;
}

bool schema_is_many(const struct schema_field *field) {
    return field->shape != SCHEMA_ONE;
}

const struct schema_field *schema_short(const struct schema_field *field) {
    for (size_t i = 0; field->child != NULL && i < field->child->field_count; i++) {
        if (field->child->fields[i].is_short)
            return &field->child->fields[i];
    }
    return NULL;
}

size_t schema_count(const struct schema_field *field, const void *object) {
    if (!schema_is_many(field))
        return 1;
    size_t count;
    memcpy(&count, (const char *)object + field->count_offset, sizeof(count));
    return count;
}

void *schema_value(const struct schema_field *field, const void *object, size_t index) {
    char *member = (char *)object + field->offset;
    if (!schema_is_many(field))
        return member;
    char *items;
    memcpy(&items, member, sizeof(items));
    return items + index * field->bytes;
}

void schema_set_list(const struct schema_field *field, void *object, void *items, size_t count) {
    memcpy((char *)object + field->offset, &items, sizeof(items));
    memcpy((char *)object + field->count_offset, &count, sizeof(count));
}

size_t schema_word_count(const struct schema_field *field) {
    size_t count = 0;
    while (field->words != NULL && field->words[count] != NULL)
        count++;
    return count;
}

int schema_word(const struct schema_field *field, const char *word) {
    for (int i = 0; i < (int)schema_word_count(field); i++) {
        if (strcmp(field->words[i], word) == 0)
            return i;
    }
    return -1;
}

uint64_t schema_fingerprint(void) {
    return hash_struct(UINT64_C(0xcbf29ce484222325), &settings_struct);
}

/* FNV-1a over what shapes the bundle: keys, kinds, shapes and words, in their order. */
static uint64_t hash_struct(uint64_t hash, const struct schema_struct *type) {
    for (size_t i = 0; i < type->field_count; i++) {
        const struct schema_field *field = &type->fields[i];
        hash = hash_text(hash, field->key);
        hash = hash_number(hash, (uint64_t)field->kind << 8 | (uint64_t)field->shape);
        for (size_t word = 0; word < schema_word_count(field); word++)
            hash = hash_text(hash, field->words[word]);
        if (field->child != NULL)
            hash = hash_struct(hash, field->child);
    }
    return hash_number(hash, type->field_count);
}

static uint64_t hash_text(uint64_t hash, const char *text) {
    for (; *text != '\0'; text++)
        hash = hash_number(hash, (uint8_t)*text);
    return hash_number(hash, 0);
}

static uint64_t hash_number(uint64_t hash, uint64_t number) {
    return (hash ^ number) * UINT64_C(0x100000001b3);
}
