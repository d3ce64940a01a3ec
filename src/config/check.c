/* Checks across settings, from the whole file down to one host. */
#include "config/check.h"

#include "base/text.h"
#include "base/url.h"
#include "config/backtlscheck.h"
#include "config/balancecheck.h"
#include "config/chaincheck.h"
#include "config/modecheck.h"
#include "config/rulecheck.h"
#include "pki/spiffeid.h"

#include <sys/un.h>

struct checker {
    const struct settings *settings;
    const struct bind_places *places;
    struct error_list *errors;
    struct arena arena; /* keys of the maps below */
    struct map backends;
};

enum { KEYS_BYTES_MAX = 256 << 20, KEYS_MAX = 1000000 };

/* A page holds it. */
enum { HELP_LINK_MAX = 512 };

static void check_control(struct checker *checker);
static void check_log(struct checker *checker, const char *const *path, const char *key);
static void index_backends(struct checker *checker);
static void check_backend(struct checker *checker, const struct settings_backend *backend);
static void check_told(struct checker *checker, const struct settings_told *told);
static void check_binds(struct checker *checker);
static void check_listener_names(struct checker *checker);
static void check_listener(struct checker *checker, const struct settings_listener *listener);
static void check_host_names(struct checker *checker, const struct settings_listener *listener);
static void check_host_protocols(struct checker *checker, const struct settings_listener *listener);
static void check_host_named(struct checker *checker, const char *const *member, const char *key,
                             const struct map *names);
static void check_host(struct checker *checker, const struct settings_host *host);
static void check_password(struct checker *checker, const struct settings_password *password, bool asks_certificates);
static void check_client_limits(struct checker *checker, const struct settings_client_limits *limits,
                                bool asks_certificates);
static void check_burst(struct checker *checker, const unsigned *burst, unsigned rate, const char *rate_key);
static void check_spiffe(struct checker *checker, const struct settings_client_auth *client_auth, bool is_used);
static void check_help_link(struct checker *checker, const struct settings_client_auth *client_auth);
static void check_stapling(struct checker *checker, const struct settings_stapling *stapling);
static void check_client_auth(struct checker *checker, const struct settings_client_auth *client_auth, bool is_used);
static bool is_trust_used(const struct settings_listener *listener);
static void check_routes(struct checker *checker, const struct settings_listener *listener);
static void check_route_unique(struct checker *checker, struct map *seen, const struct settings_route *route);
static void check_backend_name(struct checker *checker, const char *const *member);
static void check_resolve(struct checker *checker);
static void check_unique(struct checker *checker, struct map *seen, const char *key, struct error_place place,
                         const char *what);
static struct error_place place_or(const struct checker *checker, const void *member, struct error_place otherwise);
static void consider_name(void *context, struct slice key, void *value);
static const char *nearest_name(const struct map *names, const char *name);

void check_settings(const struct settings *settings, const struct bind_places *places, struct error_list *errors) {
    struct checker checker = {.settings = settings, .places = places, .errors = errors};
    arena_init(&checker.arena, 64 << 10, KEYS_BYTES_MAX);
    map_init(&checker.backends, KEYS_MAX, 0);
    check_control(&checker);
    check_log(&checker, &settings->log.access, "access");
    check_log(&checker, &settings->log.refusals, "refusals");
    check_resolve(&checker);
    index_backends(&checker);
    check_listener_names(&checker);
    check_binds(&checker);
    for (size_t i = 0; i < settings->listener_count; i++)
        check_listener(&checker, &settings->listeners[i]);
    for (size_t i = 0; i < settings->backend_count; i++)
        check_backend(&checker, &settings->backends[i]);
    map_fini(&checker.backends);
    arena_fini(&checker.arena);
}

static void check_control(struct checker *checker) {
    const struct settings_control *control = &checker->settings->control;
    size_t most = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1;
    if (control->socket != NULL && strlen(control->socket) > most)
        error_add(checker->errors, place_or(checker, &control->socket, control->place),
                  "\"socket\": the path of a Unix socket has at most %zu bytes, this one %zu", most,
                  strlen(control->socket));
}

static void check_log(struct checker *checker, const char *const *path, const char *key) {
    if (strlen(*path) > SETTINGS_LOG_PATH_MAX)
        error_add(checker->errors, bind_place(checker->places, path), "\"%s\": a path has at most %d bytes here", key,
                  SETTINGS_LOG_PATH_MAX);
}

static void index_backends(struct checker *checker) {
    const struct settings *settings = checker->settings;
    for (size_t i = 0; i < settings->backend_count; i++) {
        struct settings_backend *backend = &settings->backends[i];
        if (backend->name != NULL && !map_set(&checker->backends, slice_text(backend->name), backend))
            error_add(checker->errors, backend->place, "not enough memory for the backends");
    }
}

static void check_backend(struct checker *checker, const struct settings_backend *backend) {
    balancecheck_backend(backend, checker->places, checker->errors);
    unsigned profiles = 0;
    for (size_t i = 0; i < backend->forward.profile_count; i++) {
        unsigned bit = 1u << backend->forward.profiles[i];
        if ((profiles & bit) != 0)
            error_add(checker->errors, bind_place(checker->places, &backend->forward.profiles[i]),
                      "this forwarding profile is given twice");
        profiles |= bit;
    }
    backtlscheck_backend(backend, checker->places, checker->errors);
    check_told(checker, &backend->told);
}

static void check_told(struct checker *checker, const struct settings_told *told) {
    struct error_place tlvs = bind_place(checker->places, &told->tlvs);
    unsigned seen = 0;
    if (tlvs.line != 0 && told->version != SETTINGS_TOLD_V2)
        error_add(checker->errors, tlvs,
                  "\"tlvs\" are given, but \"version\" is not 2: the header could not have them");
    for (size_t i = 0; i < told->tlv_count; i++) {
        if (seen & 1u << told->tlvs[i])
            error_add(checker->errors, bind_place(checker->places, &told->tlvs[i]), "this is given twice");
        seen |= 1u << told->tlvs[i];
    }
}

static void check_binds(struct checker *checker) {
    size_t binds = 0;
    struct map seen;
    map_init(&seen, KEYS_MAX, 0);
    for (size_t i = 0; i < checker->settings->listener_count; i++) {
        const struct settings_listener *listener = &checker->settings->listeners[i];
        binds += listener->bind_count;
        for (size_t at = 0; at < listener->bind_count; at++) {
            char text[ADDR_TEXT_MAX];
            addr_text(&listener->binds[at], text);
            check_unique(checker, &seen, text, bind_place(checker->places, &listener->binds[at]), "address to bind");
        }
    }
    map_fini(&seen);
    if (binds > SETTINGS_BINDS_MAX)
        error_add(checker->errors, checker->settings->listeners[0].place,
                  "the listeners bind %zu addresses; at most %d are allowed", binds, SETTINGS_BINDS_MAX);
}

static void check_resolve(struct checker *checker) {
    const struct settings *settings = checker->settings;
    const struct settings_resolve *resolve = &settings->resolve;
    size_t names = 0;
    for (size_t i = 0; i < settings->backend_count; i++)
        for (size_t at = 0; at < settings->backends[i].server_count; at++)
            names += settings->backends[i].servers[at].address.host != NULL;
    if (names > SETTINGS_SERVER_NAMES_MAX)
        error_add(checker->errors, settings->backends[0].place, "%zu servers are given by name; at most %d may be",
                  names, SETTINGS_SERVER_NAMES_MAX);
    for (size_t i = 0; i < resolve->server_count; i++)
        if (resolve->servers[i].any.sa_family == AF_UNIX)
            error_add(checker->errors, bind_place(checker->places, &resolve->servers[i]),
                      "a name server has an IP address");
    if (resolve->min_ttl_ms > resolve->max_ttl_ms)
        error_add(checker->errors, resolve->place, "\"min_ttl\" is longer than \"max_ttl\"");
}

static void check_listener_names(struct checker *checker) {
    struct map seen;
    map_init(&seen, KEYS_MAX, 0);
    for (size_t i = 0; i < checker->settings->listener_count; i++) {
        const struct settings_listener *listener = &checker->settings->listeners[i];
        if (listener->name != NULL)
            check_unique(checker, &seen, listener->name, bind_place(checker->places, &listener->name), "listener name");
    }
    map_fini(&seen);
}

static void check_listener(struct checker *checker, const struct settings_listener *listener) {
    modecheck_listener(listener, checker->places, checker->errors);
    check_backend_name(checker, &listener->backend);
    for (size_t i = 0; i < listener->certificate_count; i++)
        check_stapling(checker, &listener->certificates[i].stapling);
    chaincheck_versions(&listener->tls, checker->places, checker->errors);
    check_client_auth(checker, &listener->client_auth, is_trust_used(listener));
    if (bind_place(checker->places, &listener->password).line != 0)
        check_password(checker, &listener->password, is_trust_used(listener));
    if (bind_place(checker->places, &listener->client_limits).line != 0)
        check_client_limits(checker, &listener->client_limits, is_trust_used(listener));
    check_host_names(checker, listener);
    check_host_protocols(checker, listener);
    for (size_t i = 0; i < listener->host_count; i++)
        check_host(checker, &listener->hosts[i]);
    check_routes(checker, listener);
    rulecheck_listener(listener, checker->places, checker->errors);
}

static void check_host_names(struct checker *checker, const struct settings_listener *listener) {
    struct map names;
    map_init(&names, KEYS_MAX, 0);
    for (size_t i = 0; i < listener->host_count; i++) {
        const struct settings_host *host = &listener->hosts[i];
        for (size_t at = 0; at < host->name_count; at++) {
            if (host->names[at] != NULL && host->alpn_count == 0)
                check_unique(checker, &names, host->names[at], bind_place(checker->places, &host->names[at]),
                             "host name of this listener");
        }
    }
    check_host_named(checker, &listener->default_host, "default_host", &names);
    check_host_named(checker, &listener->no_sni_host, "no_sni_host", &names);
    map_fini(&names);
}

/* Of hosts that take only some protocols, each protocol leads to one of them. */
static void check_host_protocols(struct checker *checker, const struct settings_listener *listener) {
    struct map seen;
    struct buf key;
    map_init(&seen, KEYS_MAX, 0);
    buf_init(&key, 4096); /* a protocol and a name fit */
    for (size_t i = 0; i < listener->host_count; i++) {
        const struct settings_host *host = &listener->hosts[i];
        for (size_t at = 0; at < host->alpn_count * (host->name_count + (host->name_count == 0)); at++) {
            const char *name = host->name_count > 0 ? host->names[at / host->alpn_count] : "any name";
            const char *protocol = host->alpn[at % host->alpn_count];
            buf_consume(&key, buf_len(&key));
            if (buf_printf(&key, "%s for %s", protocol, name) && buf_append_byte(&key, '\0'))
                check_unique(checker, &seen, (const char *)buf_view(&key).data,
                             bind_place(checker->places, &host->alpn[at % host->alpn_count]), "protocol");
        }
    }
    buf_fini(&key);
    map_fini(&seen);
}

static void check_host_named(struct checker *checker, const char *const *member, const char *key,
                             const struct map *names) {
    struct error_place place = bind_place(checker->places, member);
    const char *name = *member;
    if (name == NULL || strcmp(name, SETTINGS_HOST_REFUSE) == 0 || map_get(names, slice_text(name)) != NULL)
        return;
    const char *nearest = nearest_name(names, name);
    if (nearest != NULL)
        error_add(checker->errors, place, "%s \"%s\" is no host of this listener; did you mean \"%s\"?", key, name,
                  nearest);
    else
        error_add(checker->errors, place, "%s \"%s\" is no host of this listener", key, name);
}

/* What has no effect in its mode was told of by modecheck; nothing else of that matters then. */
static void check_host(struct checker *checker, const struct settings_host *host) {
    bool asks_certificates = host->mode != SETTINGS_MODE_PASSTHROUGH && host->client_auth.mode != TLS_CLIENT_AUTH_OFF;
    check_backend_name(checker, &host->backend);
    if (bind_place(checker->places, &host->client_limits).line != 0)
        check_client_limits(checker, &host->client_limits, asks_certificates);
    if (host->mode == SETTINGS_MODE_PASSTHROUGH)
        return;
    for (size_t i = 0; bind_place(checker->places, &host->certificates).line != 0 && i < host->certificate_count; i++)
        check_stapling(checker, &host->certificates[i].stapling);
    if (bind_place(checker->places, &host->tls).line != 0)
        chaincheck_versions(&host->tls, checker->places, checker->errors);
    if (bind_place(checker->places, &host->client_auth).line != 0)
        check_client_auth(checker, &host->client_auth, tls_endpoint_judges(host->client_auth.mode));
    if (bind_place(checker->places, &host->password).line != 0)
        check_password(checker, &host->password, asks_certificates);
}

/* As everywhere: what is written has to have an effect. */
static void check_client_limits(struct checker *checker, const struct settings_client_limits *limits,
                                bool asks_certificates) {
    const struct settings_identity_limits *identity = &limits->identity;
    const struct settings_address_limits *address = &limits->address;
    struct error_place place = bind_place(checker->places, identity);
    check_burst(checker, &identity->burst, identity->requests_per_second, "requests_per_second");
    check_burst(checker, &address->burst, address->requests_per_second, "requests_per_second");
    check_burst(checker, &address->handshakes_burst, address->handshakes_per_second, "handshakes_per_second");
    if (place.line != 0 && !asks_certificates)
        error_add(checker->errors, place,
                  "\"identity\" is limited, but clients are not asked for certificates: give \"address\" instead");
}

static void check_burst(struct checker *checker, const unsigned *burst, unsigned rate, const char *rate_key) {
    struct error_place place = bind_place(checker->places, burst);
    if (place.line != 0 && rate == 0)
        error_add(checker->errors, place, "a burst is given, but no \"%s\": nothing is limited by it", rate_key);
}

/* Somebody who writes "password" wants one to be asked for. */
static void check_password(struct checker *checker, const struct settings_password *password, bool asks_certificates) {
    struct error_place bind = bind_place(checker->places, &password->bind);
    struct error_place realm = place_or(checker, &password->realm, password->place);
    if (password->required && password->file.path == NULL)
        error_add(checker->errors, password->place,
                  "\"file\" is missing: there are no users whose password could be right");
    if (bind.line != 0 && password->bind != SETTINGS_PASSWORD_BIND_NONE && !asks_certificates)
        error_add(checker->errors, bind,
                  "\"bind\" is given, but clients are not asked for certificates: no user could come in");
    if (strlen(password->realm) > SETTINGS_REALM_MAX || strpbrk(password->realm, "\"\\") != NULL)
        error_add(checker->errors, realm, "\"realm\" has at most %d bytes, without quotes and backslashes",
                  SETTINGS_REALM_MAX);
}

/* is_used: somebody's certificate is judged under the trust that is given here. */
static void check_client_auth(struct checker *checker, const struct settings_client_auth *client_auth, bool is_used) {
    struct error_place trust = bind_place(checker->places, &client_auth->trust);
    struct error_place until = bind_place(checker->places, &client_auth->extended_key_usage_until);
    check_spiffe(checker, client_auth, is_used);
    if (tls_endpoint_judges(client_auth->mode) &&
        client_auth->trust_count + client_auth->spiffe.trust_domain_count == 0)
        error_add(checker->errors, place_or(checker, &client_auth->mode, client_auth->place),
                  "client certificates are asked for, but there is no \"trust\" to check them against");
    if (trust.line != 0 && !is_used)
        error_add(checker->errors, trust, "\"trust\" is given, but \"mode\" is %s",
                  client_auth->mode == TLS_CLIENT_AUTH_OFF
                      ? "off: no client certificate would be asked for or checked"
                      : "one that takes any certificate: no chain would be checked");
    check_help_link(checker, client_auth);
    if (until.line != 0 && client_auth->extended_key_usage == VERIFY_USAGE_REQUIRED)
        error_add(checker->errors, until,
                  "\"extended_key_usage_until\" has no effect: \"extended_key_usage\" is required already");
    chaincheck_revocation(&client_auth->revocation, is_used, checker->places, checker->errors);
}

/* Whoever is in "trust" could speak for any trust domain, so there is none beside the bundles. */
static void check_spiffe(struct checker *checker, const struct settings_client_auth *client_auth, bool is_used) {
    const struct settings_spiffe *spiffe = &client_auth->spiffe;
    struct error_place place = bind_place(checker->places, &spiffe->trust_domains);
    struct map seen;
    map_init(&seen, KEYS_MAX, 0);
    for (size_t i = 0; place.line != 0 && i < spiffe->trust_domain_count; i++) {
        const struct settings_trust_domain *domain = &spiffe->trust_domains[i];
        if (!spiffeid_is_domain(slice_text(domain->name)))
            error_add(checker->errors, domain->place,
                      "\"%.100s\" is no trust domain: lower-case letters, digits, \".\", \"-\" and \"_\"",
                      domain->name);
        else
            check_unique(checker, &seen, domain->name, domain->place, "trust domain");
    }
    map_fini(&seen);
    if (spiffe->trust_domain_count > 0 && client_auth->trust_count > 0)
        error_add(checker->errors, place_or(checker, &spiffe->trust_domains, client_auth->place),
                  "there are both \"trust\" and \"spiffe\": whoever is in \"trust\" could speak for any trust domain");
    if (place.line != 0 && !is_used)
        error_add(checker->errors, place, "\"trust_domains\" are given, but by \"mode\" no chain is checked");
}

/* It is put into a page as it is. */
static void check_help_link(struct checker *checker, const struct settings_client_auth *client_auth) {
    static const char *const schemes[] = {"https://", "http://", "mailto:"};
    struct error_place place = bind_place(checker->places, &client_auth->help_link);
    struct slice link = slice_text(client_auth->help_link);
    bool is_url = false;
    if (place.line == 0)
        return;
    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++)
        is_url = is_url || (slice_starts(link, slice_text(schemes[i])) && link.len > strlen(schemes[i]));
    for (size_t i = 0; i < link.len; i++)
        is_url = is_url && link.data[i] > ' ' && link.data[i] < 0x7f && strchr("\"'<>`\\", link.data[i]) == NULL;
    if (!is_url || link.len > HELP_LINK_MAX)
        error_add(checker->errors, place,
                  "\"help_link\" has to be a URL of https, http or mailto, in ASCII and at most %d bytes",
                  HELP_LINK_MAX);
    if (client_auth->refuse_with != SETTINGS_REFUSE_WITH_PAGE)
        error_add(checker->errors, place, "\"help_link\" is given, but \"refuse_with\" is not page");
}

/* What somebody writes about stapling has to have an effect. */
static void check_stapling(struct checker *checker, const struct settings_stapling *stapling) {
    struct error_place responder = bind_place(checker->places, &stapling->responder);
    struct error_place response = bind_place(checker->places, &stapling->response);
    struct url url;
    if (!stapling->enabled && (responder.line != 0 || response.line != 0))
        error_add(checker->errors, responder.line != 0 ? responder : response,
                  "\"enabled\" is false: nothing would be stapled");
    if (responder.line != 0 && response.line != 0)
        error_add(checker->errors, responder, "\"responder\" has no effect: there is a \"response\" in a file");
    if (stapling->responder != NULL && !url_parse(slice_text(stapling->responder), &url))
        error_add(checker->errors, responder, "\"%s\" is no http or https URL", stapling->responder);
}

/* The listener's trust serves itself or a host that has taken it over. */
static bool is_trust_used(const struct settings_listener *listener) {
    if (tls_endpoint_judges(listener->client_auth.mode))
        return true;
    for (size_t i = 0; i < listener->host_count; i++) {
        const struct settings_client_auth *client_auth = &listener->hosts[i].client_auth;
        if (tls_endpoint_judges(client_auth->mode) && client_auth->trust == listener->client_auth.trust &&
            client_auth->spiffe.trust_domains == listener->client_auth.spiffe.trust_domains)
            return true;
    }
    return false;
}

static void check_routes(struct checker *checker, const struct settings_listener *listener) {
    const struct settings_route *catch_all = NULL;
    struct map seen;
    map_init(&seen, KEYS_MAX, 0);
    for (size_t i = 0; i < listener->route_count; i++) {
        const struct settings_route *route = &listener->routes[i];
        check_backend_name(checker, &route->backend);
        if (bind_place(checker->places, &route->password).line != 0)
            check_password(checker, &route->password, is_trust_used(listener));
        if (catch_all != NULL)
            error_add(checker->errors, route->place,
                      "this route is never reached: the one in line %u takes every request", catch_all->place.line);
        else
            check_route_unique(checker, &seen, route);
        if (catch_all == NULL && route->host == NULL && route->path == NULL)
            catch_all = route;
    }
    map_fini(&seen);
}

static void check_route_unique(struct checker *checker, struct map *seen, const struct settings_route *route) {
    struct buf key;
    buf_init(&key, 4096); /* a host and a path prefix fit */
    if (buf_printf(&key, "%s%s%s", route->host ? route->host : "", route->host && route->path ? " " : "",
                   route->path ? route->path : "") &&
        buf_append_byte(&key, '\0'))
        check_unique(checker, seen, (const char *)buf_view(&key).data, route->place, "route");
    buf_fini(&key);
}

/* Where it is given; what a host has from its listener was looked at there. */
static void check_backend_name(struct checker *checker, const char *const *member) {
    struct error_place place = bind_place(checker->places, member);
    const char *name = *member;
    if (place.line == 0 || name == NULL || map_get(&checker->backends, slice_text(name)) != NULL)
        return;
    const char *nearest = nearest_name(&checker->backends, name);
    if (nearest != NULL)
        error_add(checker->errors, place, "there is no backend \"%s\"; did you mean \"%s\"?", name, nearest);
    else
        error_add(checker->errors, place, "there is no backend \"%s\"", name);
}

/* Adds `key` to those seen; an error when it is there already. */
static void check_unique(struct checker *checker, struct map *seen, const char *key, struct error_place place,
                         const char *what) {
    const struct error_place *earlier = map_get(seen, slice_text(key));
    if (earlier != NULL) {
        error_add(checker->errors, place, "the %s \"%s\" is given twice; first in line %u", what, key, earlier->line);
        return;
    }
    const char *kept = arena_text(&checker->arena, slice_text(key));
    struct error_place *kept_place = arena_alloc(&checker->arena, sizeof(*kept_place));
    if (kept_place != NULL)
        *kept_place = place;
    if (kept == NULL || kept_place == NULL || !map_set(seen, slice_text(kept), kept_place))
        error_add(checker->errors, place, "not enough memory for the checks");
}

static struct error_place place_or(const struct checker *checker, const void *member, struct error_place otherwise) {
    struct error_place place = bind_place(checker->places, member);
    return place.line != 0 ? place : otherwise;
}

struct nearest {
    struct slice wanted;
    const char *name;
    unsigned distance;
};

static void consider_name(void *context, struct slice key, void *value) {
    (void)value;
    struct nearest *nearest = context;
    enum { LEN_MAX = 64 }; /* comparing costs the product of the lengths */
    unsigned distance = key.len <= LEN_MAX ? text_distance(nearest->wanted, key) : UINT8_MAX;
    if (distance < nearest->distance) {
        nearest->distance = distance;
        nearest->name = (const char *)key.data;
    }
}

/* The key of `names` most like `name`, or NULL when none is close. The keys are zero-terminated. */
static const char *nearest_name(const struct map *names, const char *name) {
    struct nearest nearest = {.wanted = slice_text(name), .distance = (unsigned)strlen(name) / 3 + 2};
    if (nearest.wanted.len <= 64)
        map_each(names, consider_name, &nearest);
    return nearest.name;
}
