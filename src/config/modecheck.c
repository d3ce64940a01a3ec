/* Each setting that only counts with TLS is looked for where there is none. */
#include "config/modecheck.h"

struct checker {
    const struct bind_places *places;
    struct error_list *errors;
};

static void check_certificates(struct checker *checker, const struct settings_listener *listener);
static void check_clear(struct checker *checker, const struct settings_listener *listener);
static void refuse_given(struct checker *checker, const void *member, const char *key, const char *why);

void modecheck_listener(const struct settings_listener *listener, const struct bind_places *places,
                        struct error_list *errors) {
    struct checker checker = {.places = places, .errors = errors};
    if (listener->clear)
        check_clear(&checker, listener);
    else
        check_certificates(&checker, listener);
}

static void check_certificates(struct checker *checker, const struct settings_listener *listener) {
    if (listener->certificate_count == 0 && listener->host_count == 0)
        error_add(checker->errors, listener->place, "this listener has no certificates: give \"certificates\"");
}

static void check_clear(struct checker *checker, const struct settings_listener *listener) {
    static const char why[] = "\"clear\" is true: clients do not speak TLS here";
    refuse_given(checker, &listener->certificates, "certificates", why);
    refuse_given(checker, &listener->tls, "tls", why);
    refuse_given(checker, &listener->client_auth, "client_auth", why);
    refuse_given(checker, &listener->hosts, "hosts", why);
    refuse_given(checker, &listener->default_host, "default_host", why);
    refuse_given(checker, &listener->client_limits.address.handshakes_per_second, "handshakes_per_second", why);
}

/* As everywhere: what is written has to have an effect. */
static void refuse_given(struct checker *checker, const void *member, const char *key, const char *why) {
    struct error_place place = bind_place(checker->places, member);
    if (place.line != 0)
        error_add(checker->errors, place, "\"%s\" has no effect: %s", key, why);
}
