#include "plan/ocsphosts.h"

#include <stdio.h>

static bool allow_client_auth(const struct settings_client_auth *client_auth, struct sourcelist *sources);
static bool allow_url(const char *text, struct sourcelist *sources);

bool ocsphosts_allow(const struct settings *settings, struct sourcelist *sources) {
    bool done = true;
    for (size_t i = 0; i < settings->listener_count; i++) {
        const struct settings_listener *listener = &settings->listeners[i];
        done = done && allow_client_auth(&listener->client_auth, sources);
        for (size_t at = 0; at < listener->host_count; at++)
            done = done && allow_client_auth(&listener->hosts[at].client_auth, sources);
    }
    return done;
}

static bool allow_client_auth(const struct settings_client_auth *client_auth, struct sourcelist *sources) {
    const struct settings_ocsp *ocsp = &client_auth->revocation.ocsp;
    bool done = true;
    if (client_auth->mode == TLS_CLIENT_AUTH_OFF || ocsp->mode == SETTINGS_OCSP_OFF)
        return true;
    for (size_t i = 0; i < ocsp->responder_count; i++)
        done = done && allow_url(ocsp->responders[i], sources);
    for (size_t i = 0; i < ocsp->aia_host_count; i++)
        done = done && sourcelist_allow(sources, slice_text(ocsp->aia_hosts[i]));
    return done;
}

/* config/check has parsed it before. */
static bool allow_url(const char *text, struct sourcelist *sources) {
    char host[URL_HOST_MAX + sizeof(":65535")];
    struct url url;
    if (!url_parse(slice_text(text), &url))
        return false;
    int len = snprintf(host, sizeof(host), "%.*s:%u", (int)url.host.len, (const char *)url.host.data, url.port);
    return sourcelist_allow(sources, slice_of(host, (size_t)len));
}
