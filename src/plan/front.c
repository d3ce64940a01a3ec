/* From settings of hosts to endpoints. What a session ticket is bound to and what a request is compared by are
 * digests made here. */
#include "plan/front.h"

#include "base/bug.h"
#include "base/hash.h"
#include "config/modecheck.h"
#include "pki/digest.h"
#include "plan/clientlimits.h"
#include "plan/demands.h"
#include "plan/ocsprules.h"
#include "plan/staples.h"

#include <endian.h>

static struct plan_host *make_hosts(const struct front_context *context, const struct settings_listener *settings,
                                    struct plan_listener *listener);
static size_t count_protocols(const struct settings_listener *settings);
static bool index_host(const struct front_context *context, struct plan_listener *listener,
                       const struct settings_host *settings, struct plan_host *host);
static bool build_host(const struct front_context *context, const struct settings_host *settings,
                       const struct settings_listener *listener, struct plan_host *host);
static bool build_client_auth(const struct front_context *context, const struct settings_host *settings,
                              const struct settings_listener *listener, struct plan_host *host);
static struct plan_client_limits limits_of(const struct settings_host *settings,
                                           const struct settings_listener *listener);
static uint64_t count_key(const struct settings_host *settings, const struct settings_listener *listener);
static struct tls_endpoint *make_endpoint(const struct front_context *context, const struct settings_host *settings,
                                          const struct plan_host *host, const char *listener, struct trust *trust,
                                          const struct verify_settings *demands);
static const struct tls_certificate *certificates_of(const struct front_context *context,
                                                     const struct settings_host *settings);
static const struct slice *protocols_of(const struct front_context *context, const struct settings_host *settings);
static struct slice kind_of(enum settings_mode mode, bool is_clear);
static void digest_policy(const struct settings_client_auth *client_auth, struct slice kind,
                          const struct verify_settings *demands, const struct trust *trust, struct plan_host *host);
static void digest_context(const struct front_context *context, const struct plan_host *host, const char *listener,
                           uint8_t to[DIGEST_BYTES]);
static struct plan_host *default_host(const struct plan_listener *listener);
static struct plan_host *named_host(const struct plan_listener *listener, const char *name,
                                    struct plan_host *otherwise);
static bool check_named(const struct front_context *context, const char *name, const struct plan_host *host,
                        struct error_place place);
static void drop_repeated(struct error_list *errors, size_t from);
static bool is_repeated(const struct error_list *errors, size_t at);

bool front_build(const struct front_context *context, const struct settings_listener *settings,
                 struct plan_listener *listener) {
    struct settings_host own = {.place = settings->place,
                                .mode = settings->mode,
                                .backend = settings->backend,
                                .certificates = settings->certificates,
                                .certificate_count = settings->certificate_count,
                                .tls = settings->tls,
                                .client_auth = settings->client_auth,
                                .client_limits = settings->client_limits};
    struct plan_host *hosts = make_hosts(context, settings, listener);
    if (hosts == NULL)
        return error_add(context->errors, settings->place, "not enough memory for the hosts");
    bool done = !modecheck_serves_itself(settings) || build_host(context, &own, settings, &hosts[0]);
    for (size_t i = 0; i < settings->host_count; i++) {
        struct plan_host *host = &hosts[i + 1];
        done = build_host(context, &settings->hosts[i], settings, host) && done;
        done = index_host(context, listener, &settings->hosts[i], host) && done;
    }
    listener->default_host = named_host(listener, settings->default_host, default_host(listener));
    listener->no_sni_host = named_host(listener, settings->no_sni_host, listener->default_host);
    done = check_named(context, settings->default_host, listener->default_host, settings->place) && done;
    return check_named(context, settings->no_sni_host, listener->no_sni_host, settings->place) && done;
}

void front_drop(struct plan_listener *listener) {
    if (listener->host_index != NULL)
        nameindex_fini(listener->host_index);
    if (listener->alpn_index != NULL)
        alpnindex_fini(listener->alpn_index);
}

/* The listener's own host and the named ones, still empty, and an empty index. */
static struct plan_host *make_hosts(const struct front_context *context, const struct settings_listener *settings,
                                    struct plan_listener *listener) {
    size_t count = settings->host_count + 1;
    struct plan_host *hosts = arena_array(context->arena, count, sizeof(*hosts));
    struct nameindex *index = arena_alloc(context->arena, sizeof(*index));
    struct alpnindex *alpn_index = arena_alloc(context->arena, sizeof(*alpn_index));
    if (hosts == NULL || index == NULL || alpn_index == NULL ||
        !alpnindex_init(alpn_index, context->arena, count_protocols(settings)))
        return NULL;
    nameindex_init(index);
    listener->host_index = index;
    listener->alpn_index = alpn_index;
    listener->hosts = hosts;
    listener->host_count = count;
    return hosts;
}

static size_t count_protocols(const struct settings_listener *settings) {
    size_t count = 0;
    for (size_t i = 0; i < settings->host_count; i++)
        count += settings->hosts[i].alpn_count;
    return count;
}

/* A host that takes only some protocols is found by these alone. */
static bool index_host(const struct front_context *context, struct plan_listener *listener,
                       const struct settings_host *settings, struct plan_host *host) {
    bool done = settings->name_count > 0 || settings->alpn_count > 0;
    for (size_t i = 0; i < settings->alpn_count; i++)
        done = alpnindex_set(listener->alpn_index, settings->alpn[i], host->names, host->name_count, host) && done;
    for (size_t i = 0; settings->alpn_count == 0 && i < host->name_count; i++)
        done = nameindex_set(listener->host_index, host->names[i], host) && done;
    return done || error_add(context->errors, host->place, "not enough memory for the host names");
}

static bool build_host(const struct front_context *context, const struct settings_host *settings,
                       const struct settings_listener *listener, struct plan_host *host) {
    static const enum plan_mode modes[] = {[SETTINGS_MODE_HTTP] = PLAN_MODE_HTTP,
                                           [SETTINGS_MODE_TCP] = PLAN_MODE_TCP,
                                           [SETTINGS_MODE_PASSTHROUGH] = PLAN_MODE_PASSTHROUGH};
    *host = (struct plan_host){.mode = modes[settings->mode],
                               .names = settings->names,
                               .name_count = settings->name_count,
                               .alpn = settings->alpn,
                               .alpn_count = settings->alpn_count,
                               .limits = limits_of(settings, listener),
                               .connections = settings->limits.connections,
                               .count_key = count_key(settings, listener),
                               .limits_place = settings->limits.place,
                               .place = settings->place,
                               .revocation_place = settings->place,
                               .close_at_once = true};
    if (settings->mode != SETTINGS_MODE_HTTP) {
        host->backend = settings->backend != NULL ? back_find(context->back, settings->backend) : NULL;
        if (host->backend == NULL)
            return error_add(context->errors, settings->place, "there is no backend for this host");
    }
    if (settings->mode != SETTINGS_MODE_PASSTHROUGH)
        return build_client_auth(context, settings, listener, host);
    struct slice kind = kind_of(settings->mode, listener->clear);
    digest_parts(&kind, 1, host->policy_digest);
    return true;
}

/* What counts where TLS ends here, and where there is none. */
static bool build_client_auth(const struct front_context *context, const struct settings_host *settings,
                              const struct settings_listener *listener, struct plan_host *host) {
    const struct settings_client_auth *client_auth = &settings->client_auth;
    bool is_http = settings->mode == SETTINGS_MODE_HTTP;
    struct verify_settings demands;
    struct trust *trust = NULL;
    host->client_auth = client_auth->mode;
    host->refuses_by_page = is_http && (listener->clear || client_auth->refuse_with == SETTINGS_REFUSE_WITH_PAGE);
    host->help_link = client_auth->help_link;
    host->place = client_auth->place;
    host->revocation_place = client_auth->revocation.place;
    host->close_at_once = !is_http || client_auth->revocation.close == SETTINGS_CLOSE_AT_ONCE;
    if (tls_endpoint_judges(client_auth->mode)) {
        if (client_auth->trust_count + client_auth->spiffe.trust_domain_count == 0)
            return error_add(context->errors, client_auth->place, "client certificates are asked for without trust");
        trust = trusts_get(context->trusts, client_auth, context->errors);
        if (trust == NULL)
            return false;
        if (!revocations_get(context->revocations, client_auth, &host->revocation, context->errors))
            return false;
        if (!ocsprules_make(client_auth, context->arena, &host->ocsp, context->errors))
            return false;
    }
    if (!demands_of(client_auth, context->arena, &demands))
        return error_add(context->errors, client_auth->place, "not enough memory for the host");
    digest_policy(client_auth, kind_of(settings->mode, listener->clear), &demands, trust, host);
    if (listener->clear)
        return true;
    size_t errors_before = context->errors->count;
    host->endpoint = make_endpoint(context, settings, host, listener->name, trust, &demands);
    drop_repeated(context->errors, errors_before);
    return host->endpoint != NULL;
}

/* What a host takes over from its listener has the listener's place. */
static struct plan_client_limits limits_of(const struct settings_host *settings,
                                           const struct settings_listener *listener) {
    const struct error_place *place = &settings->client_limits.place;
    const struct error_place *above = &listener->client_limits.place;
    bool own = place->line != above->line || place->column != above->column;
    return clientlimits_of(&settings->client_limits, listener->name,
                           settings->name_count > 0 ? settings->names[0] : NULL, own);
}

static uint64_t count_key(const struct settings_host *settings, const struct settings_listener *listener) {
    uint64_t of_listener = hash_keyed(0, slice_text(listener->name));
    uint64_t of_name = hash_keyed(of_listener, slice_text(settings->name_count > 0 ? settings->names[0] : NULL));
    return settings->alpn_count > 0 ? hash_keyed(of_name, slice_text(settings->alpn[0])) : of_name;
}

static struct tls_endpoint *make_endpoint(const struct front_context *context, const struct settings_host *settings,
                                          const struct plan_host *host, const char *listener, struct trust *trust,
                                          const struct verify_settings *demands) {
    const struct settings_tls *tls = &settings->tls;
    struct tls_endpoint_settings endpoint = {
        .certificates = certificates_of(context, settings),
        .certificate_count = settings->certificate_count,
        .min_version = tls->min_version,
        .max_version = tls->max_version,
        .ciphers = tls->ciphers,
        .ciphersuites = tls->ciphersuites,
        .groups = tls->groups,
        .alpn = protocols_of(context, settings),
        .alpn_count = host->mode == PLAN_MODE_HTTP ? tls->alpn_count : host->alpn_count,
        .client_auth = host->client_auth,
        .refuses_later = host->refuses_by_page,
        .trust = trust,
        .verify = *demands,
        .advertise_ca_names = settings->client_auth.advertise_ca_names,
        .tickets_enabled = context->settings->tickets.enabled,
        .place = tls->place,
        .cache = context->cache,
        .tickets = context->tickets,
    };
    if (endpoint.certificates == NULL || endpoint.alpn == NULL) {
        error_add(context->errors, settings->place, "not enough memory for the host");
        return NULL;
    }
    digest_context(context, host, listener, endpoint.context);
    return endpoints_get(context->endpoints, &endpoint, context->errors);
}

static const struct tls_certificate *certificates_of(const struct front_context *context,
                                                     const struct settings_host *settings) {
    struct tls_certificate *certificates =
        arena_array(context->arena, settings->certificate_count, sizeof(*certificates));
    if (certificates == NULL)
        return NULL;
    for (size_t i = 0; i < settings->certificate_count; i++) {
        const struct settings_file *chain = &settings->certificates[i].certificate;
        const struct settings_file *key = &settings->certificates[i].private_key;
        certificates[i] = (struct tls_certificate){.chain_pem = context->settings->contents[chain->content].bytes,
                                                   .key_pem = context->settings->contents[key->content].bytes,
                                                   .chain_path = chain->path,
                                                   .key_path = key->path,
                                                   .chain_place = chain->place,
                                                   .key_place = key->place};
        certificates[i].staple =
            staples_get(context->settings, &settings->certificates[i], &certificates[i].staple_until);
    }
    return certificates;
}

/* In mode TCP the gateway knows nothing of what is spoken: it agrees on what the operator says. */
static const struct slice *protocols_of(const struct front_context *context, const struct settings_host *settings) {
    static const char *const names[] = {[SETTINGS_PROTOCOL_HTTP11] = "http/1.1", [SETTINGS_PROTOCOL_HTTP2] = "h2"};
    bool is_http = settings->mode == SETTINGS_MODE_HTTP;
    size_t count = is_http ? settings->tls.alpn_count : settings->alpn_count;
    struct slice *protocols = arena_array(context->arena, count, sizeof(*protocols));
    for (size_t i = 0; protocols != NULL && i < count; i++)
        protocols[i] = slice_text(is_http ? names[settings->tls.alpn[i]] : settings->alpn[i]);
    return protocols;
}

/* What a connection to one kind of host proves is worth nothing at one of another kind. */
static struct slice kind_of(enum settings_mode mode, bool is_clear) {
    static const char *const kinds[][2] = {[SETTINGS_MODE_HTTP] = {"client authentication", "HTTP without TLS"},
                                           [SETTINGS_MODE_TCP] = {"TCP", "TCP without TLS"},
                                           [SETTINGS_MODE_PASSTHROUGH] = {"passthrough", "passthrough"}};
    return slice_text(kinds[mode][is_clear]);
}

/* Without client authentication nothing else counts: all such hosts of a kind are alike. */
static void digest_policy(const struct settings_client_auth *client_auth, struct slice kind,
                          const struct verify_settings *demands, const struct trust *trust, struct plan_host *host) {
    uint8_t verification_digest[DIGEST_BYTES];
    uint8_t revocation[DIGEST_BYTES];
    uint32_t mode[] = {htole32(client_auth->mode), htole32(client_auth->refuse_with)};
    bool is_off = client_auth->mode == TLS_CLIENT_AUTH_OFF;
    bool judges = tls_endpoint_judges(client_auth->mode);
    bug_on(judges != (trust != NULL));
    verifysettings_digest(demands, verification_digest);
    revocations_digest_rules(client_auth, revocation);
    struct slice parts[] = {kind,
                            slice_of(mode, is_off ? sizeof(mode[0]) : sizeof(mode)),
                            slice_of(verification_digest, is_off ? 0 : DIGEST_BYTES),
                            slice_of(judges ? trust_digest(trust) : NULL, judges ? TRUST_DIGEST_BYTES : 0),
                            slice_of(revocation, judges ? DIGEST_BYTES : 0),
                            slice_of(host->ocsp ? host->ocsp->digest : NULL, host->ocsp ? DIGEST_BYTES : 0)};
    digest_parts(parts, sizeof(parts) / sizeof(parts[0]), host->policy_digest);
}

/* What a session ticket opens: this host of this listener, under this client authentication. Nothing else. */
static void digest_context(const struct front_context *context, const struct plan_host *host, const char *listener,
                           uint8_t to[DIGEST_BYTES]) {
    static const size_t fixed = 3;
    size_t count = fixed + host->name_count + host->alpn_count;
    struct slice *parts = arena_array(context->arena, count, sizeof(*parts));
    bug_on(parts == NULL); /* smaller by far than what the arena gave for the host's names */
    parts[0] = slice_text("session context");
    parts[1] = slice_of(host->policy_digest, sizeof(host->policy_digest));
    parts[2] = slice_text(listener);
    for (size_t i = 0; i < host->name_count; i++)
        parts[fixed + i] = slice_text(host->names[i]);
    for (size_t i = 0; i < host->alpn_count; i++)
        parts[fixed + host->name_count + i] = slice_text(host->alpn[i]);
    digest_parts(parts, count, to);
}

/* The listener's own when it is passed through: nothing is opened by that. Else the strictest: one that requires a
 * certificate and judges it, else one that requires one, the listener's own first; else the listener's own. NULL when
 * the listener serves nobody itself. */
static struct plan_host *default_host(const struct plan_listener *listener) {
    static const enum tls_client_auth strict[] = {TLS_CLIENT_AUTH_REQUIRED, TLS_CLIENT_AUTH_ANY_WITH_PROOF};
    struct plan_host *own = &listener->hosts[0];
    bool is_passed = own->mode == PLAN_MODE_PASSTHROUGH;
    for (size_t i = 0; !is_passed && i < sizeof(strict) / sizeof(strict[0]); i++) {
        for (size_t at = 0; at < listener->host_count; at++) {
            struct plan_host *host = &listener->hosts[at];
            if (host->endpoint != NULL && host->alpn_count == 0 && host->client_auth == strict[i])
                return host;
        }
    }
    return is_passed || listener->is_clear || own->endpoint != NULL ? own : NULL;
}

/* The host of this name, `otherwise` without one; NULL for nobody. */
static struct plan_host *named_host(const struct plan_listener *listener, const char *name,
                                    struct plan_host *otherwise) {
    if (name == NULL)
        return otherwise;
    return strcmp(name, SETTINGS_HOST_REFUSE) == 0 ? NULL : nameindex_get(listener->host_index, name);
}

static bool check_named(const struct front_context *context, const char *name, const struct plan_host *host,
                        struct error_place place) {
    return name == NULL || strcmp(name, SETTINGS_HOST_REFUSE) == 0 || host != NULL ||
        error_add(context->errors, place, "\"%s\" is no host of this listener", name);
}

/* Hosts that share a bad certificate would each complain of it. */
static void drop_repeated(struct error_list *errors, size_t from) {
    for (size_t at = from; at < errors->count;) {
        if (!is_repeated(errors, at)) {
            at++;
            continue;
        }
        errors->items[at] = errors->items[--errors->count];
        errors->total--;
    }
}

static bool is_repeated(const struct error_list *errors, size_t at) {
    const struct error *error = &errors->items[at];
    for (size_t i = 0; i < at; i++) {
        const struct error *earlier = &errors->items[i];
        if (earlier->line == error->line && earlier->column == error->column &&
            strcmp(earlier->sentence, error->sentence) == 0)
            return true;
    }
    return false;
}
