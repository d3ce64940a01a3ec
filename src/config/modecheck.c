/* Each setting that only some modes know is looked for where nobody is of such a mode. */
#include "config/modecheck.h"

struct checker {
    const struct bind_places *places;
    struct error_list *errors;
};

/* Who is there: clients in mode HTTP, those whose TLS ends here, those that go to one backend, and such whose TLS ends
 * here. */
struct census {
    bool http;
    bool tls;
    bool tunnel;
    bool tcp;
};

static struct census count_modes(const struct settings_listener *listener);
static void check_missing(struct checker *checker, const struct settings_listener *listener);
static void check_routes(struct checker *checker, const struct settings_listener *listener, bool has_http);
static void check_clear(struct checker *checker, const struct settings_listener *listener);
static void check_unused(struct checker *checker, const struct settings_listener *listener, struct census census);
static void check_unused_limits(struct checker *checker, const struct settings_listener *listener);
static void check_host(struct checker *checker, const struct settings_host *host);
static void check_http_host(struct checker *checker, const struct settings_host *host);
static void check_tunnel_host(struct checker *checker, const struct settings_host *host);
static void check_passed_through(struct checker *checker, const struct settings_host *host);
static void refuse_requests(struct checker *checker, const struct settings_client_limits *limits, const char *why);
static void refuse_page(struct checker *checker, const struct settings_client_auth *client_auth, const char *why);
static void refuse_given(struct checker *checker, const void *member, const char *key, const char *why);

static const char no_tls[] = "\"clear\" is true: clients do not speak TLS here";
static const char no_http[] = "no \"mode\" here is http: there are no requests";
static const char no_requests[] = "\"mode\" is not http: there are no requests";
static const char no_end_of_tls[] = "\"mode\" is passthrough: TLS does not end here";
static const char no_page[] = "\"mode\" is tcp: there is no page to answer with";

void modecheck_listener(const struct settings_listener *listener, const struct bind_places *places,
                        struct error_list *errors) {
    struct checker checker = {.places = places, .errors = errors};
    struct census census = count_modes(listener);
    check_missing(&checker, listener);
    check_routes(&checker, listener, census.http);
    if (listener->clear)
        check_clear(&checker, listener);
    check_unused(&checker, listener, census);
    for (size_t i = 0; i < listener->host_count; i++)
        check_host(&checker, &listener->hosts[i]);
}

bool modecheck_serves_itself(const struct settings_listener *listener) {
    bool can_speak = listener->clear || listener->certificate_count > 0;
    if (listener->mode == SETTINGS_MODE_HTTP)
        return can_speak;
    return listener->backend != NULL && (can_speak || listener->mode == SETTINGS_MODE_PASSTHROUGH);
}

static void count_mode(struct census *census, enum settings_mode mode, bool is_clear) {
    census->http = census->http || mode == SETTINGS_MODE_HTTP;
    census->tls = census->tls || (mode != SETTINGS_MODE_PASSTHROUGH && !is_clear);
    census->tunnel = census->tunnel || mode != SETTINGS_MODE_HTTP;
    census->tcp = census->tcp || mode == SETTINGS_MODE_TCP;
}

/* A listener that lacks something counts as what it was meant to be. */
static struct census count_modes(const struct settings_listener *listener) {
    struct census census = {.http = false};
    if (modecheck_serves_itself(listener) || listener->host_count == 0)
        count_mode(&census, listener->mode, listener->clear);
    for (size_t i = 0; i < listener->host_count; i++)
        count_mode(&census, listener->hosts[i].mode, false);
    return census;
}

static void check_missing(struct checker *checker, const struct settings_listener *listener) {
    if (modecheck_serves_itself(listener) || listener->host_count > 0)
        return;
    if (listener->mode != SETTINGS_MODE_PASSTHROUGH && !listener->clear && listener->certificate_count == 0)
        error_add(checker->errors, listener->place, "this listener has no certificates: give \"certificates\"");
    if (listener->mode != SETTINGS_MODE_HTTP && listener->backend == NULL)
        error_add(checker->errors, listener->place,
                  "\"backend\" is missing in a listener whose \"mode\" is not http: where connections go to");
}

static void check_routes(struct checker *checker, const struct settings_listener *listener, bool has_http) {
    if (has_http && listener->route_count == 0)
        error_add(checker->errors, listener->place,
                  "\"routes\" is missing in a listener: which backend answers which request");
    if (!has_http)
        refuse_given(checker, &listener->routes, "routes", "no \"mode\" here is http: give \"backend\" instead");
}

static void check_clear(struct checker *checker, const struct settings_listener *listener) {
    if (listener->mode == SETTINGS_MODE_PASSTHROUGH)
        error_add(
            checker->errors, bind_place(checker->places, &listener->clear),
            "\"clear\" does not go with \"mode: passthrough\", which is for TLS; for other bytes \"mode\" is tcp");
    refuse_given(checker, &listener->certificates, "certificates", no_tls);
    refuse_given(checker, &listener->tls, "tls", no_tls);
    refuse_given(checker, &listener->client_auth, "client_auth", no_tls);
    refuse_given(checker, &listener->hosts, "hosts", no_tls);
    refuse_given(checker, &listener->default_host, "default_host", no_tls);
    refuse_given(checker, &listener->no_sni_host, "no_sni_host", no_tls);
    refuse_given(checker, &listener->client_limits.address.handshakes_per_second, "handshakes_per_second", no_tls);
}

/* Settings of the listener that serve its hosts as well. */
static void check_unused(struct checker *checker, const struct settings_listener *listener, struct census census) {
    if (!census.tunnel)
        refuse_given(checker, &listener->backend, "backend", "\"mode\" is http: give \"routes\" instead");
    if (!census.tls && !listener->clear) {
        refuse_given(checker, &listener->certificates, "certificates", no_end_of_tls);
        refuse_given(checker, &listener->tls, "tls", no_end_of_tls);
        refuse_given(checker, &listener->client_auth, "client_auth", no_end_of_tls);
        refuse_given(checker, &listener->timeouts.handshake_ms, "handshake", no_end_of_tls);
    }
    if (census.tls && !census.http) {
        refuse_page(checker, &listener->client_auth, no_page);
        refuse_given(checker, &listener->tls.alpn, "alpn", "\"mode\" is tcp: give \"alpn\" to a host");
    }
    if (!census.http) {
        refuse_requests(checker, &listener->client_limits, no_http);
        refuse_given(checker, &listener->password, "password", no_http);
        check_unused_limits(checker, listener);
    }
}

static void check_unused_limits(struct checker *checker, const struct settings_listener *listener) {
    refuse_given(checker, &listener->limits, "limits", no_http);
    refuse_given(checker, &listener->timeouts.request_head_ms, "request_head", no_http);
    refuse_given(checker, &listener->timeouts.idle_ms, "idle", "no \"mode\" here is http: give \"tunnel\" instead");
}

static void check_host(struct checker *checker, const struct settings_host *host) {
    if (host->name_count == 0 && host->alpn_count == 0)
        error_add(checker->errors, host->place, "\"names\" is missing in a host: server names (SNI) of this host");
    if (host->mode != SETTINGS_MODE_PASSTHROUGH && host->certificate_count == 0)
        error_add(checker->errors, host->place,
                  "this host has no certificates: give \"certificates\" here or to its listener");
    if (host->mode == SETTINGS_MODE_HTTP)
        check_http_host(checker, host);
    else
        check_tunnel_host(checker, host);
}

static void check_http_host(struct checker *checker, const struct settings_host *host) {
    refuse_given(checker, &host->backend, "backend", "\"mode\" is http: give \"routes\" to the listener instead");
    refuse_given(checker, &host->alpn, "alpn", "\"mode\" is http: give \"tls.alpn\" instead");
}

static void check_tunnel_host(struct checker *checker, const struct settings_host *host) {
    if (host->backend == NULL)
        error_add(checker->errors, host->place,
                  "\"backend\" is missing in a host whose \"mode\" is not http: where connections go to");
    refuse_given(checker, &host->password, "password", no_requests);
    refuse_requests(checker, &host->client_limits, no_requests);
    if (host->mode == SETTINGS_MODE_PASSTHROUGH) {
        check_passed_through(checker, host);
        return;
    }
    refuse_page(checker, &host->client_auth, no_page);
    refuse_given(checker, &host->tls.alpn, "alpn", "\"mode\" is tcp: give the \"alpn\" of the host instead");
}

static void check_passed_through(struct checker *checker, const struct settings_host *host) {
    refuse_given(checker, &host->certificates, "certificates", no_end_of_tls);
    refuse_given(checker, &host->tls, "tls", no_end_of_tls);
    refuse_given(checker, &host->client_auth, "client_auth", no_end_of_tls);
}

static void refuse_requests(struct checker *checker, const struct settings_client_limits *limits, const char *why) {
    refuse_given(checker, &limits->address.requests_per_second, "requests_per_second", why);
    refuse_given(checker, &limits->identity.requests_per_second, "requests_per_second", why);
}

static void refuse_page(struct checker *checker, const struct settings_client_auth *client_auth, const char *why) {
    if (client_auth->refuse_with == SETTINGS_REFUSE_WITH_PAGE)
        refuse_given(checker, &client_auth->refuse_with, "refuse_with", why);
}

/* As everywhere: what is written has to have an effect. */
static void refuse_given(struct checker *checker, const void *member, const char *key, const char *why) {
    struct error_place place = bind_place(checker->places, member);
    if (place.line != 0)
        error_add(checker->errors, place, "\"%s\" has no effect: %s", key, why);
}
