/* The rows of what is asked of a chain of certificates, innermost struct first. */
#include "config/schemachain.h"

#include "config/schemarow.h"
#include "config/settings.h"

const char *const schemachain_versions[] = {[TLS_VERSION_12] = "1.2", [TLS_VERSION_13] = "1.3", NULL};
const char *const schemachain_usages[] = {[VERIFY_USAGE_IF_PRESENT] = "if_present",
                                          [VERIFY_USAGE_REQUIRED] = "required",
                                          [VERIFY_USAGE_IGNORED] = "ignored",
                                          NULL};
const char *const schemachain_key_types[] = {
    [SETTINGS_KEY_RSA] = "rsa",   [SETTINGS_KEY_P256] = "p256",       [SETTINGS_KEY_P384] = "p384",
    [SETTINGS_KEY_P521] = "p521", [SETTINGS_KEY_ED25519] = "ed25519", NULL};
const char *const schemachain_digests[] = {[SETTINGS_DIGEST_SHA256] = "sha256",
                                           [SETTINGS_DIGEST_SHA384] = "sha384",
                                           [SETTINGS_DIGEST_SHA512] = "sha512",
                                           NULL};
const char *const schemachain_profiles[] = {
    [VERIFY_PROFILE_PATH] = "path", [VERIFY_PROFILE_RFC5280] = "rfc5280", [VERIFY_PROFILE_WEBPKI] = "webpki", NULL};
static const char *const missing_words[] = {
    [REVOCATION_MISSING_REFUSE] = "refuse", [REVOCATION_MISSING_ALLOW] = "allow", NULL};
static const char *const stale_words[] = {
    [REVOCATION_STALE_HARD] = "hard", [REVOCATION_STALE_GRACE] = "grace", [REVOCATION_STALE_SOFT] = "soft", NULL};
static const char *const ocsp_mode_words[] = {
    [SETTINGS_OCSP_OFF] = "off", [SETTINGS_OCSP_HARD] = "hard", [SETTINGS_OCSP_SOFT] = "soft", NULL};
static const char *const ocsp_nonce_words[] = {[SETTINGS_OCSP_NONCE_OFF] = "off",
                                               [SETTINGS_OCSP_NONCE_SENT] = "sent",
                                               [SETTINGS_OCSP_NONCE_REQUIRED] = "required",
                                               NULL};
static const char *const ocsp_hash_words[] = {[OCSPSUBJECT_SHA1] = "sha1", [OCSPSUBJECT_SHA256] = "sha256", NULL};
static const char *const close_words[] = {
    [SETTINGS_CLOSE_AT_ONCE] = "at_once", [SETTINGS_CLOSE_AFTER_ANSWER] = "after_answer", NULL};
static const char *const scope_words[] = {[REVOCATION_SCOPE_CHAIN] = "chain", [REVOCATION_SCOPE_LEAF] = "leaf", NULL};

static const struct schema_field ocsp_fields[] = {
    ROW("mode", AT(settings_ocsp, mode), .kind = SCHEMA_CHOICE, .words = ocsp_mode_words, .initial = "off",
        .example = "hard",
        .doc =
            "Whether responders are asked about clients. off: no. hard: without a usable answer a client is refused. soft: without one it is let in, and that is recorded; who is revoked or unknown to the responder is refused in both."),
    ROW("responders", LIST_AT(settings_ocsp, responders, responder_count), .kind = SCHEMA_TEXT,
        .shape = SCHEMA_ONE_OR_LIST, .items_max = OCSP_RESPONDERS_MAX, .also = "responder url urls",
        .example = "http://ocsp.example.com/",
        .doc = "URLs (http or https) of responders, asked in this order until one gives a usable answer."),
    ROW("aia_hosts", LIST_AT(settings_ocsp, aia_hosts, aia_host_count), .kind = SCHEMA_TEXT,
        .shape = SCHEMA_ONE_OR_LIST, .items_max = 100, .also = "hosts aia allowed_hosts",
        .example = "[ocsp.example.com]",
        .doc =
            "Hosts (with \":port\" if it is not 80 or 443) that may be asked, after \"responders\", when a certificate that was issued under \"trust\" names them as its responder. No other URL of a certificate is ever used."),
    ROW("nonce", AT(settings_ocsp, nonce), .kind = SCHEMA_CHOICE, .words = ocsp_nonce_words, .initial = "off",
        .doc =
            "off: none is sent, so that responders may answer with what they have prepared. sent: one that comes back has to be the one that was sent. required: it has to come back."),
    ROW("hash", AT(settings_ocsp, hash), .kind = SCHEMA_CHOICE, .words = ocsp_hash_words, .initial = "sha1",
        .also = "digest",
        .doc =
            "Digest that the issuer is named by in questions; some responders know SHA-1 only. Nothing is signed by it."),
    ROW("timeout", AT(settings_ocsp, timeout_ms), .kind = SCHEMA_DURATION, .min = 100, .max = SECONDS(60),
        .initial = "3s",
        .doc = "Longest wait for one responder. The client's connection waits meanwhile, nothing is served to it."),
    ROW("refresh", AT(settings_ocsp, refresh_ms), .kind = SCHEMA_DURATION, .min = SECONDS(1), .max = DAYS(31),
        .initial = "1h", .also = "cache ttl interval",
        .doc =
            "How long an answer is used before it is asked for anew: ahead, while connections of its client are open. An answer that does not say how long it is good is good for this long."),
    ROW("max_age", AT(settings_ocsp, max_age_ms), .kind = SCHEMA_DURATION, .max = DAYS(366), .initial = "0s",
        .example = "12h",
        .doc = "How old (since its thisUpdate) an answer may be. 0s: as old as its nextUpdate allows."),
    ROW("clock_skew", AT(settings_ocsp, clock_skew_ms), .kind = SCHEMA_DURATION, .max = DAYS(1), .initial = "5m",
        .also = "skew", .doc = "How far the responder's clock and ours may differ."),
    ROW("scope", AT(settings_ocsp, scope), .kind = SCHEMA_CHOICE, .words = scope_words, .initial = "leaf",
        .doc = "Which certificates are asked about. chain: all below the trusted one. leaf: the client's own only."),
};
STRUCT(
    ocsp, settings_ocsp, "OCSP of clients", "ocsp",
    "Asking OCSP responders (RFC 6960) about clients' certificates. A connection waits, after its handshake, until the answer is there; each worker remembers answers.");

static const struct schema_field distribution_points_fields[] = {
    ROW("hosts", LIST_AT(settings_distribution_points, hosts, host_count), .kind = SCHEMA_TEXT,
        .shape = SCHEMA_ONE_OR_LIST, .items_max = 100, .also = "host allowed_hosts", .example = "[crl.example.com]",
        .doc =
            "Hosts (with \":port\" if it is not 80 or 443) from which lists may be fetched because a certificate of \"trust\" or \"issuers\" names them. Nothing is fetched because a client's certificate says so."),
};
STRUCT(
    distribution_points, settings_distribution_points, "Distribution points", "distribution_points",
    "Lists that are fetched from where the configured CA certificates say that lists are, as if they stood in \"lists\".");

static const struct schema_field revocation_fields[] = {
    ROW("lists", LIST_AT(settings_revocation, lists, list_count), .kind = SCHEMA_LOCATION, .shape = SCHEMA_ONE_OR_LIST,
        .items_max = 1000, .also = "crl crls crl_file ssl_crl list url urls",
        .example = "[clients.crl, lists/, http://crl.example.com/clients.crl]",
        .doc =
            "Certificate revocation lists, DER or PEM, full lists and delta lists: files, directories (files in them that end with .crl, .pem, .der or .r0 to .r3), and http or https URLs. Changes come into force without a reload. Without any, nothing is asked about revocation."),
    ROW("issuers", LIST_AT(settings_revocation, issuers, issuer_count), .kind = SCHEMA_FILE,
        .shape = SCHEMA_ONE_OR_LIST, .items_max = 100, .also = "intermediates ca", .example = "intermediates.pem",
        .doc =
            "PEM files with the certificates that sign the lists, as far as they are not in \"trust\" themselves. They have to chain to it; they are no anchors."),
    ROW("missing", AT(settings_revocation, missing), .kind = SCHEMA_CHOICE, .words = missing_words, .initial = "refuse",
        .doc = "What happens to a certificate that none of the lists speaks for."),
    ROW("stale", AT(settings_revocation, stale), .kind = SCHEMA_CHOICE, .words = stale_words, .initial = "hard",
        .also = "expired",
        .doc =
            "What happens when the nextUpdate of a list is past. hard: certificates are refused. grace: they are, after \"grace\". soft: the list goes on counting."),
    ROW("grace", AT(settings_revocation, grace_ms), .kind = SCHEMA_DURATION, .min = SECONDS(1), .max = DAYS(366),
        .initial = "24h", .doc = "For \"stale: grace\": how long a list counts after its nextUpdate."),
    ROW("scope", AT(settings_revocation, scope), .kind = SCHEMA_CHOICE, .words = scope_words, .initial = "chain",
        .doc =
            "Which certificates the lists are asked about. chain: all below the trusted one. leaf: the client's own only."),
    ROW("close", AT(settings_revocation, close), .kind = SCHEMA_CHOICE, .words = close_words, .initial = "at_once",
        .doc =
            "When the connections of a client end who is let in no more: revoked by a list, a responder or the operator, or expired. at_once: also in the middle of an answer. after_answer: after the one in progress, within \"drain\"."),
    ROW("ocsp", AT(settings_revocation, ocsp), .kind = SCHEMA_STRUCT, .child = &ocsp_struct, .also = "ocsp_responder",
        .doc = "Asking responders, besides lists or without."),
    ROW("refresh", AT(settings_revocation, refresh_ms), .kind = SCHEMA_DURATION, .min = SECONDS(1), .max = DAYS(7),
        .initial = "1h", .also = "interval",
        .doc =
            "How often lists are fetched from URLs; sooner, when a list becomes stale earlier, and after a failure."),
    ROW("poll", AT(settings_revocation, poll_ms), .kind = SCHEMA_DURATION, .max = DAYS(1), .initial = "10s",
        .doc = "How often files and directories of lists are looked at for changes; 0 means only at a reload."),
    ROW("distribution_points", AT(settings_revocation, distribution_points), .kind = SCHEMA_STRUCT,
        .child = &distribution_points_struct, .also = "crldp cdp",
        .doc = "Lists from where CA certificates say they are."),
};
const struct schema_struct schemachain_revocation = STRUCT_OF(
    revocation, settings_revocation, "Revocation", "revocation",
    "Certificates that their issuer has revoked. Asked at each handshake, full or resumed, and at each request.");

/* Half of VERIFY_PINS_MAX each. */
#define PINS .kind = SCHEMA_DIGEST, .shape = SCHEMA_ONE_OR_LIST, .items_max = VERIFY_PINS_MAX / 2

static const struct schema_field pins_fields[] = {
    ROW("certificates", LIST_AT(settings_pins, certificates, certificate_count), PINS,
        .also = "certificate fingerprints", .example = "\"sha256/mHSCi4yNOKRmMcbTbtIgJ0xVGYBNMXdfOpfhd5SXzmY=\"",
        .doc = "SHA-256 of whole certificates (DER)."),
    ROW("keys", LIST_AT(settings_pins, keys, key_count), PINS, .also = "key spki public_keys",
        .doc =
            "SHA-256 of public keys (SubjectPublicKeyInfo); they stay good when a certificate is renewed with its key."),
};
const struct schema_struct schemachain_pins = STRUCT_OF(
    pins, settings_pins, "Pins", "pins",
    "With any pin, one certificate of the chain has to be pinned: the client's own, an intermediate or the trusted one.");
