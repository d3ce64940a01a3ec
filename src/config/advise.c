/* One look at each client authentication; what hosts have from their listener is said once. */
#include "config/advise.h"

#include "base/text.h"

enum { DAY_SECONDS = 86400, DATE_LEN = 10 };

static void advise_client_auth(const struct settings_client_auth *client_auth, int64_t now, struct error_list *advice);
static void advise_usage(const struct settings_client_auth *client_auth, int64_t now, struct error_list *advice);

void advise_settings(const struct settings *settings, int64_t now, struct error_list *advice) {
    for (size_t i = 0; i < settings->listener_count; i++) {
        const struct settings_listener *listener = &settings->listeners[i];
        advise_client_auth(&listener->client_auth, now, advice);
        for (size_t at = 0; at < listener->host_count; at++) {
            const struct settings_client_auth *client_auth = &listener->hosts[at].client_auth;
            if (client_auth->place.line != listener->client_auth.place.line)
                advise_client_auth(client_auth, now, advice);
        }
    }
}

static void advise_client_auth(const struct settings_client_auth *client_auth, int64_t now, struct error_list *advice) {
    if (client_auth->mode != TLS_CLIENT_AUTH_OFF && client_auth->extended_key_usage_until != 0)
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
