/* From settings to rules; the bytes of the user file lie among the settings' contents. */
#include "plan/passwordplan.h"

#include "base/hash.h"

/* A wrong password is looked up again after so long at most: its user may have got a new one. */
enum { WRONG_MS = 5000, MINUTE_MS = 60000 };

static bool make(const struct passwordplan_context *context, const struct settings_password *settings,
                 const struct plan_password **made);
static bool is_asked_for(const struct settings_password *settings);
static bool is_own(const struct settings_password *settings, const struct settings_password *above);
static enum passwordbind bind_of(enum settings_password_bind bind);
static int64_t lesser(int64_t a, int64_t b);

/* What is the listener's is made once, for all who take it over. */
bool passwordplan_assign(const struct passwordplan_context *context, const struct settings_listener *settings,
                         struct plan_listener *listener) {
    const struct plan_password *common;
    bool good = make(context, &settings->password, &common);
    listener->hosts[0].password = common;
    for (size_t i = 0; i < settings->host_count; i++) {
        const struct settings_password *password = &settings->hosts[i].password;
        struct plan_host *host = &listener->hosts[i + 1];
        host->password = common;
        if (is_own(password, &settings->password))
            good = make(context, password, &host->password) && good;
    }
    for (size_t i = 0; i < settings->route_count; i++) {
        const struct settings_password *password = &settings->routes[i].password;
        listener->routes[i].says_password = is_own(password, &settings->password);
        if (listener->routes[i].says_password)
            good = make(context, password, &listener->routes[i].password) && good;
    }
    return good;
}

bool passwordplan_is_used(const struct settings *settings) {
    for (size_t i = 0; i < settings->listener_count; i++) {
        const struct settings_listener *listener = &settings->listeners[i];
        bool is_used = is_asked_for(&listener->password);
        for (size_t at = 0; at < listener->host_count; at++)
            is_used = is_used || is_asked_for(&listener->hosts[at].password);
        for (size_t at = 0; at < listener->route_count; at++)
            is_used = is_used || is_asked_for(&listener->routes[at].password);
        if (is_used)
            return true;
    }
    return false;
}

/* NULL when no password is asked for. */
static bool make(const struct passwordplan_context *context, const struct settings_password *settings,
                 const struct plan_password **made) {
    *made = NULL;
    if (!is_asked_for(settings))
        return true;
    struct plan_password *password = arena_alloc(context->arena, sizeof(*password));
    if (password == NULL)
        return error_add(context->errors, settings->place, "not enough memory for the users");
    *password = (struct plan_password){
        .scope = hash_keyed(0, slice_text(settings->file.path)),
        .realm = settings->realm,
        .bind = bind_of(settings->bind),
        .forward_user = settings->forward_user,
        .forward_password = settings->forward_password,
        .right_ms = settings->cache_ms,
        .wrong_ms = lesser(settings->cache_ms, WRONG_MS),
        .timeout_ms = settings->timeout_ms,
        .failures = limit_rate_of(settings->failures_per_minute, MINUTE_MS, 0),
        .place = settings->place,
    };
    struct slice bytes = context->settings->contents[settings->file.content].bytes;
    *made = password;
    return passwordfile_read(bytes, settings->file.path, password->bind == PASSWORDBIND_FINGERPRINT, context->arena,
                             &password->users, context->errors);
}

static bool is_asked_for(const struct settings_password *settings) {
    return settings->required && settings->file.path != NULL;
}

/* What was taken over from above has the place from there. */
static bool is_own(const struct settings_password *settings, const struct settings_password *above) {
    return settings->place.line != above->place.line || settings->place.column != above->place.column;
}

static enum passwordbind bind_of(enum settings_password_bind bind) {
    static const enum passwordbind known[] = {[SETTINGS_PASSWORD_BIND_NONE] = PASSWORDBIND_NONE,
                                              [SETTINGS_PASSWORD_BIND_FINGERPRINT] = PASSWORDBIND_FINGERPRINT,
                                              [SETTINGS_PASSWORD_BIND_SUBJECT_CN] = PASSWORDBIND_SUBJECT_CN,
                                              [SETTINGS_PASSWORD_BIND_SAN_MAIL] = PASSWORDBIND_SAN_MAIL,
                                              [SETTINGS_PASSWORD_BIND_SAN_PRINCIPAL] = PASSWORDBIND_SAN_PRINCIPAL};
    return known[bind];
}

static int64_t lesser(int64_t a, int64_t b) {
    return a < b ? a : b;
}
