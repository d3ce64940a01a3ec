#include "config/rulecheck.h"

#include "config/hostname.h"
#include "config/modecheck.h"
#include "policy/fact.h"

/* What clients there can show at most: by the modes of client authentication. */
enum showing { SHOWS_NOTHING, SHOWS_KEY, SHOWS_NAMES };

/* The rules that are looked at, and what the clients can show that they are about. has_tunnels: some of them make no
 * requests. catch_all: the first rule that is
 * about everyone, when it was passed. */
struct checker {
    const struct bind_places *places;
    struct error_list *errors;
    enum showing showing;
    bool has_tunnels;
    const struct settings_rule *catch_all;
};

static void check_policy(struct checker *checker, const struct settings_policy *policy);
static void check_steps(struct checker *checker, const struct settings_policy *policy);
static void check_not_empty(struct checker *checker, const void *list, size_t count, const char *key);
static void check_each(struct checker *checker, const struct settings_rule *rules, size_t count);
static void check_rule(struct checker *checker, const struct settings_rule *rule);
static void check_group(struct checker *checker, const struct settings_condition *conditions);
static void check_serial(struct checker *checker, const struct settings_condition *conditions);
static void check_certificate(struct checker *checker, const struct settings_condition *conditions);
static void check_presence(struct checker *checker, const struct settings_condition *conditions);
static void check_request(struct checker *checker, const struct settings_condition *conditions);
static bool is_name(enum fact fact);
static const struct settings_condition *first_of(const struct settings_condition *conditions,
                                                 bool (*is_of_kind)(enum fact fact));
static size_t count_conditions(const struct settings_condition *conditions);
static bool has_any(const struct settings_condition *conditions, enum fact first, enum fact last);
static enum showing shown_to(enum settings_mode mode, const struct settings_client_auth *client_auth);
static bool has_tunnels(const struct settings_listener *listener);
static enum showing shown_at(const struct settings_listener *listener);
static enum showing shown_on(const struct settings_listener *listener, const struct settings_route *route);
static bool may_serve(const struct settings_host *host, const char *route_host);

void rulecheck_listener(const struct settings_listener *listener, const struct bind_places *places,
                        struct error_list *errors) {
    struct checker checker = {.places = places,
                              .errors = errors,
                              .showing = shown_at(listener),
                              .has_tunnels = has_tunnels(listener)};
    check_policy(&checker, &listener->policy);
    for (size_t i = 0; i < listener->host_count; i++) {
        checker.showing = shown_to(listener->hosts[i].mode, &listener->hosts[i].client_auth);
        checker.has_tunnels = listener->hosts[i].mode != SETTINGS_MODE_HTTP;
        check_policy(&checker, &listener->hosts[i].policy);
    }
    checker.has_tunnels = false;
    for (size_t i = 0; i < listener->route_count; i++) {
        checker.showing = shown_on(listener, &listener->routes[i]);
        check_policy(&checker, &listener->routes[i].policy);
    }
}

static void check_policy(struct checker *checker, const struct settings_policy *policy) {
    checker->catch_all = NULL;
    check_not_empty(checker, &policy->allow, policy->allow_count, "allow");
    check_not_empty(checker, &policy->deny, policy->deny_count, "deny");
    check_not_empty(checker, &policy->steps, policy->step_count, "rules");
    if (policy->step_count > 0 && policy->allow_count + policy->deny_count > 0)
        error_add(
            checker->errors, bind_place(checker->places, &policy->steps),
            "\"rules\" stand beside \"allow\" or \"deny\": nobody could tell their order; put all into \"rules\"");
    check_each(checker, policy->deny, policy->deny_count);
    check_each(checker, policy->allow, policy->allow_count);
    check_steps(checker, policy);
}

static void check_steps(struct checker *checker, const struct settings_policy *policy) {
    for (size_t i = 0; i < policy->step_count; i++) {
        const struct settings_rule_step *step = &policy->steps[i];
        check_not_empty(checker, &step->allow, step->allow_count, "allow");
        check_not_empty(checker, &step->deny, step->deny_count, "deny");
        if ((step->allow_count > 0) == (step->deny_count > 0))
            error_add(checker->errors, step->place,
                      "a step of \"rules\" is either \"allow\" or \"deny\", as in \"- deny: {subject.ou: guests}\"");
        check_each(checker, step->deny, step->deny_count);
        check_each(checker, step->allow, step->allow_count);
    }
}

/* list: the member, which says where it was given. */
static void check_not_empty(struct checker *checker, const void *list, size_t count, const char *key) {
    struct error_place place = bind_place(checker->places, list);
    if (place.line != 0 && count == 0)
        error_add(checker->errors, place,
                  "\"%s\" is empty: it would seem to say something; for everyone write {anyone: true}", key);
}

static void check_each(struct checker *checker, const struct settings_rule *rules, size_t count) {
    for (size_t i = 0; i < count; i++) {
        const struct settings_rule *rule = &rules[i];
        if (checker->catch_all != NULL)
            error_add(checker->errors, rule->place,
                      "this rule is never reached: the one in line %u is about everyone and stands before it",
                      checker->catch_all->place.line);
        check_rule(checker, rule);
        if (checker->catch_all == NULL && rule->anyone && !rule->shadow && rule->unless_count == 0)
            checker->catch_all = rule;
    }
}

static void check_rule(struct checker *checker, const struct settings_rule *rule) {
    size_t conditions = count_conditions(rule->conditions);
    if (conditions == 0 && !rule->anyone && rule->unless_count == 0)
        error_add(checker->errors, rule->place,
                  "this rule has no condition and would be about everyone; if that is meant, write \"anyone: true\"");
    if (conditions > 0 && rule->anyone)
        error_add(checker->errors, bind_place(checker->places, &rule->anyone),
                  "\"anyone\" stands beside conditions: the rule is about those who meet them, not about everyone");
    check_not_empty(checker, &rule->unless, rule->unless_count, "unless");
    check_group(checker, rule->conditions);
    for (size_t i = 0; i < rule->unless_count; i++) {
        const struct settings_exception *exception = &rule->unless[i];
        if (count_conditions(exception->conditions) == 0)
            error_add(checker->errors, exception->place,
                      "this exception has no condition: it would be about everyone, and the rule about nobody");
        check_group(checker, exception->conditions);
    }
}

static void check_group(struct checker *checker, const struct settings_condition *conditions) {
    for (enum fact fact = 0; fact < FACT_COUNT; fact++)
        check_not_empty(checker, &conditions[fact].values, conditions[fact].count, fact_row(fact)->key);
    check_serial(checker, conditions);
    check_certificate(checker, conditions);
    check_presence(checker, conditions);
    check_request(checker, conditions);
}

/* A rule that waits for a request would never be asked. */
static void check_request(struct checker *checker, const struct settings_condition *conditions) {
    const struct settings_condition *request = checker->has_tunnels ? first_of(conditions, fact_is_of_request) : NULL;
    if (request != NULL)
        error_add(checker->errors, bind_place(checker->places, &request->values),
                  "\"%s\" is of a request, but here are connections whose \"mode\" is not http: they make none",
                  fact_row((enum fact)(request - conditions))->key);
}

/* Two CAs give out the same numbers. */
static void check_serial(struct checker *checker, const struct settings_condition *conditions) {
    if (conditions[FACT_SERIAL].count == 0 || has_any(conditions, FACT_ISSUER_FINGERPRINT, FACT_ROOT_O))
        return;
    error_add(checker->errors, bind_place(checker->places, &conditions[FACT_SERIAL].values),
              "a \"serial\" without its issuer is no certificate's alone: add \"issuer.cn\", \"issuer.key\" or "
              "\"root.cn\", or give the \"fingerprint\"");
}

static void check_certificate(struct checker *checker, const struct settings_condition *conditions) {
    const struct settings_condition *of_certificate = first_of(conditions, fact_is_of_certificate);
    const struct settings_condition *name = first_of(conditions, is_name);
    if (of_certificate != NULL && checker->showing == SHOWS_NOTHING)
        error_add(checker->errors, bind_place(checker->places, &of_certificate->values),
                  "\"%s\" is of the client's certificate, but no client is asked for one here: \"mode\" of "
                  "\"client_auth\" is off",
                  fact_row((enum fact)(of_certificate - conditions))->key);
    if (name != NULL && checker->showing == SHOWS_KEY)
        error_add(checker->errors, bind_place(checker->places, &name->values),
                  "\"%s\" is said by the client's certificate, but no chain is judged here: anybody can say it; use "
                  "\"fingerprint\" or \"key\", which are proven",
                  fact_row((enum fact)(name - conditions))->key);
}

static bool is_name(enum fact fact) {
    return fact_row(fact)->source == FACT_SOURCE_NAME;
}

/* Who has no certificate has no names in it. */
static void check_presence(struct checker *checker, const struct settings_condition *conditions) {
    const struct settings_condition *presence = &conditions[FACT_CERTIFICATE];
    if (presence->count != 1 || presence->values[0].text == NULL || strcmp(presence->values[0].text, "none") != 0 ||
        !has_any(conditions, 0, FACT_SAN_IP))
        return;
    error_add(checker->errors, bind_place(checker->places, &presence->values),
              "\"certificate: none\" and a condition on the certificate: nobody meets both");
}

/* The first condition on a fact of this kind, or NULL. */
static const struct settings_condition *first_of(const struct settings_condition *conditions,
                                                 bool (*is_of_kind)(enum fact fact)) {
    for (enum fact fact = 0; fact < FACT_COUNT; fact++) {
        if (conditions[fact].count > 0 && is_of_kind(fact))
            return &conditions[fact];
    }
    return NULL;
}

static size_t count_conditions(const struct settings_condition *conditions) {
    size_t count = 0;
    for (enum fact fact = 0; fact < FACT_COUNT; fact++)
        count += conditions[fact].count > 0;
    return count;
}

static bool has_any(const struct settings_condition *conditions, enum fact first, enum fact last) {
    for (enum fact fact = first; fact <= last; fact++) {
        if (conditions[fact].count > 0)
            return true;
    }
    return false;
}

static bool has_tunnels(const struct settings_listener *listener) {
    bool has = modecheck_serves_itself(listener) && listener->mode != SETTINGS_MODE_HTTP;
    for (size_t i = 0; i < listener->host_count; i++)
        has = has || listener->hosts[i].mode != SETTINGS_MODE_HTTP;
    return has;
}

static enum showing shown_to(enum settings_mode mode, const struct settings_client_auth *client_auth) {
    if (mode == SETTINGS_MODE_PASSTHROUGH || client_auth->mode == TLS_CLIENT_AUTH_OFF)
        return SHOWS_NOTHING;
    return tls_endpoint_judges(client_auth->mode) ? SHOWS_NAMES : SHOWS_KEY;
}

static enum showing shown_at(const struct settings_listener *listener) {
    enum showing most = shown_to(listener->mode, &listener->client_auth);
    for (size_t i = 0; i < listener->host_count; i++) {
        enum showing one = shown_to(listener->hosts[i].mode, &listener->hosts[i].client_auth);
        most = one > most ? one : most;
    }
    return most;
}

/* To the hosts that the route can be reached by; who has none of their names comes to the default. */
static enum showing shown_on(const struct settings_listener *listener, const struct settings_route *route) {
    enum showing most = SHOWS_NOTHING;
    bool is_served = false;
    for (size_t i = 0; route->host != NULL && i < listener->host_count; i++) {
        const struct settings_host *host = &listener->hosts[i];
        enum showing one = shown_to(host->mode, &host->client_auth);
        if (!may_serve(host, route->host))
            continue;
        is_served = true;
        most = one > most ? one : most;
    }
    return is_served ? most : shown_at(listener);
}

static bool may_serve(const struct settings_host *host, const char *route_host) {
    struct slice wanted = slice_text(route_host);
    for (size_t i = 0; i < host->name_count; i++) {
        struct slice name = slice_text(host->names[i]);
        struct slice suffix = hostname_wildcard_suffix(name);
        struct slice wanted_suffix = hostname_wildcard_suffix(wanted);
        if (slice_equal(name, wanted) || (suffix.len > 0 && slice_equal(suffix, hostname_suffix(wanted))) ||
            (wanted_suffix.len > 0 && slice_equal(wanted_suffix, hostname_suffix(name))))
            return true;
    }
    return false;
}
