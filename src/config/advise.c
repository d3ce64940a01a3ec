/* One look at each client authentication; what hosts have from their listener is said once. */
#include "config/advise.h"

#include "base/text.h"
#include "pki/staple.h"

enum { DAY_SECONDS = 86400, DATE_LEN = 10 };

static void advise_certificates(const struct settings *settings, const struct settings_certificate *certificates,
                                size_t count, struct error_list *advice);
static void advise_client_auth(const struct settings_client_auth *client_auth, int64_t now, struct error_list *advice);
static void advise_usage(const struct settings_client_auth *client_auth, int64_t now, struct error_list *advice);

void advise_settings(const struct settings *settings, int64_t now, struct error_list *advice) {
    for (size_t i = 0; i < settings->listener_count; i++) {
        const struct settings_listener *listener = &settings->listeners[i];
        advise_certificates(settings, listener->certificates, listener->certificate_count, advice);
        advise_client_auth(&listener->client_auth, now, advice);
        for (size_t at = 0; at < listener->host_count; at++) {
            const struct settings_host *host = &listener->hosts[at];
            const struct settings_client_auth *client_auth = &host->client_auth;
            if (host->certificates != listener->certificates)
                advise_certificates(settings, host->certificates, host->certificate_count, advice);
            if (client_auth->place.line != listener->client_auth.place.line)
                advise_client_auth(client_auth, now, advice);
        }
    }
    for (size_t i = 0; i < settings->backend_count; i++) {
        if (settings->backends[i].tls.insecure_skip_verify)
            error_add(advice, settings->backends[i].tls.place,
                      "\"insecure_skip_verify\" takes anybody for a server of backend \"%s\": give \"trust\" instead",
                      settings->backends[i].name);
    }
}

/* Whoever asked its CA for "must staple" meant it. Contents are there once the files are loaded. */
static void advise_certificates(const struct settings *settings, const struct settings_certificate *certificates,
                                size_t count, struct error_list *advice) {
    for (size_t i = 0; i < count && settings->content_count > 0; i++) {
        const struct settings_file *file = &certificates[i].certificate;
        if (!certificates[i].stapling.enabled && staple_is_demanded(settings->contents[file->content].bytes))
            error_add(advice, file->place,
                      "%s says that it is only good with a staple (RFC 7633): enable \"ocsp_stapling\"", file->path);
    }
}

static void advise_client_auth(const struct settings_client_auth *client_auth, int64_t now, struct error_list *advice) {
    enum tls_client_auth mode = client_auth->mode;
    if (mode == TLS_CLIENT_AUTH_REPORT_ONLY)
        error_add(
            advice, client_auth->place,
            "\"mode: report_only\" refuses nobody: look for would_refuse in the access log, then set it to required");
    if (mode == TLS_CLIENT_AUTH_REQUEST || mode == TLS_CLIENT_AUTH_ANY_WITH_PROOF)
        error_add(
            advice, client_auth->place,
            "by this \"mode\" no chain is checked: anybody can make a certificate that is taken; backends are told "
            "UNVERIFIED-POP");
    if (tls_endpoint_judges(mode) && client_auth->extended_key_usage_until != 0)
        advise_usage(client_auth, now, advice);
}

static void advise_usage(const struct settings_client_auth *client_auth, int64_t now, struct error_list *advice) {
    char date[24];
    int64_t ends = client_auth->extended_key_usage_until + DAY_SECONDS;
    text_time(date, client_auth->extended_key_usage_until * 1000);
    if (now >= ends)
        error_add(advice, client_auth->place,
                  "\"extended_key_usage_until\" %.*s is past: certificates without clientAuth are refused now",
                  DATE_LEN, date);
    else
        error_add(
            advice, client_auth->place,
            "after %.*s, in %lld days, certificates without clientAuth will be refused (\"extended_key_usage_until\")",
            DATE_LEN, date, (long long)((ends - now) / DAY_SECONDS));
}
