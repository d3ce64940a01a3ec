#include "config/backtlscheck.h"

#include "config/chaincheck.h"
#include "config/hostname.h"
#include "pki/spiffeid.h"

struct checker {
    const struct settings_backend_tls *tls;
    const struct bind_places *places;
    struct error_list *errors;
};

static void check_trust(const struct checker *checker);
static void check_skipping(const struct checker *checker);
static void refuse_given(const struct checker *checker, const void *member, const char *key, const char *why);
static void check_names(const struct checker *checker);
static bool is_name(const char *text);
static bool is_address(const char *text);
static void check_servers(const struct checker *checker, const struct settings_backend *backend);
static void check_certificate(const struct checker *checker);
static void check_revocation(const struct checker *checker);

void backtlscheck_backend(const struct settings_backend *backend, const struct bind_places *places,
                          struct error_list *errors) {
    const struct checker checker = {.tls = &backend->tls, .places = places, .errors = errors};
    if (bind_place(places, &backend->tls).line == 0) {
        if (backend->protocol == SETTINGS_BACKEND_PROTOCOL_AUTO)
            error_add(errors, bind_place(places, &backend->protocol),
                      "\"auto\" goes by what servers agree to in TLS: give \"tls\", or say h2 or http/1.1");
        return;
    }
    check_trust(&checker);
    check_names(&checker);
    check_servers(&checker, backend);
    check_certificate(&checker);
    check_revocation(&checker);
    chaincheck_versions(&backend->tls.versions, places, errors);
}

static void check_trust(const struct checker *checker) {
    if (checker->tls->insecure_skip_verify)
        check_skipping(checker);
    else if (checker->tls->server.trust_count == 0)
        error_add(
            checker->errors, checker->tls->place,
            "\"trust\" is missing: anybody could be the server (insecure_skip_verify would say that this is meant)");
}

static void check_skipping(const struct checker *checker) {
    static const char why[] = "\"insecure_skip_verify\" is true: servers' certificates are not checked";
    const struct settings_backend_tls *tls = checker->tls;
    refuse_given(checker, &tls->server.trust, "trust", why);
    refuse_given(checker, &tls->name, "name", why);
    refuse_given(checker, &tls->spiffe_id, "spiffe_id", why);
    refuse_given(checker, &tls->server.pins, "pins", why);
    refuse_given(checker, &tls->server.revocation, "revocation", why);
    refuse_given(checker, &tls->staple, "staple", why);
}

static void refuse_given(const struct checker *checker, const void *member, const char *key, const char *why) {
    struct error_place place = bind_place(checker->places, member);
    if (place.line != 0)
        error_add(checker->errors, place, "\"%s\" has no effect: %s", key, why);
}

static void check_names(const struct checker *checker) {
    const struct settings_backend_tls *tls = checker->tls;
    struct slice path;
    struct slice domain;
    if (tls->name != NULL && !is_name(tls->name) && !is_address(tls->name))
        error_add(checker->errors, bind_place(checker->places, &tls->name),
                  "\"%.100s\" is no DNS name and no IP address that a certificate could be for", tls->name);
    if (tls->spiffe_id != NULL && !spiffeid_split(slice_text(tls->spiffe_id), &domain, &path))
        error_add(checker->errors, bind_place(checker->places, &tls->spiffe_id),
                  "\"%.100s\" is no SPIFFE id such as \"spiffe://example.org/api\"", tls->spiffe_id);
    if (tls->sni != NULL && !is_name(tls->sni))
        error_add(checker->errors, bind_place(checker->places, &tls->sni),
                  "\"%.100s\" is no DNS name: addresses are not sent as a server name (RFC 6066); \"off\" sends none",
                  tls->sni);
}

static bool is_name(const char *text) {
    struct slice name = slice_text(text);
    return hostname_is_pattern(name) && name.data[0] != '*' && name.data[0] != '[' && !is_address(text);
}

static bool is_address(const char *text) {
    struct addr_net net;
    struct slice name = slice_text(text);
    return slice_find(name, '/') < 0 && addr_net_parse(name, &net);
}

/* A socket's path says nothing that could stand in a certificate. */
static void check_servers(const struct checker *checker, const struct settings_backend *backend) {
    const struct settings_backend_tls *tls = checker->tls;
    bool is_named = tls->name != NULL || tls->spiffe_id != NULL || tls->insecure_skip_verify;
    for (size_t i = 0; i < backend->server_count && !is_named; i++) {
        const struct settings_target *address = &backend->servers[i].address;
        if (address->host != NULL || address->addr.any.sa_family != AF_UNIX)
            continue;
        error_add(checker->errors, tls->place,
                  "a server on a Unix socket has no name by itself: give \"name\" or \"spiffe_id\"");
        return;
    }
}

static void check_certificate(const struct checker *checker) {
    const struct settings_backend_tls *tls = checker->tls;
    if (tls->certificate.path != NULL && tls->private_key.path == NULL)
        error_add(checker->errors, tls->certificate.place, "there is a \"certificate\", but no \"private_key\"");
    if (tls->certificate.path == NULL && tls->private_key.path != NULL)
        error_add(checker->errors, tls->private_key.place, "there is a \"private_key\", but no \"certificate\"");
}

/* Servers are asked for what they can show themselves; no responder is. */
static void check_revocation(const struct checker *checker) {
    const struct settings_revocation *revocation = &checker->tls->server.revocation;
    chaincheck_revocation(revocation, !checker->tls->insecure_skip_verify, checker->places, checker->errors);
    refuse_given(checker, &revocation->ocsp, "ocsp", "responders are not asked about servers; see \"staple\"");
    refuse_given(checker, &revocation->close, "close", "servers are looked up at each handshake");
}
