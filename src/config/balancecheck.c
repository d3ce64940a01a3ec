/* Servers, hash and cookie, one after the other. */
#include "config/balancecheck.h"

#include "config/hashby.h"
#include "http/octets.h"

struct checker {
    const struct bind_places *places;
    struct error_list *errors;
};

static void check_servers(struct checker *checker, const struct settings_backend *backend);
static void check_twice(struct checker *checker, const struct settings_backend *backend, size_t at);
static bool is_same_target(const struct settings_target *a, const struct settings_target *b);
static void check_hash(struct checker *checker, const struct settings_backend *backend);
static void check_sticky(struct checker *checker, const struct settings_sticky *sticky);
static void check_health(struct checker *checker, const struct settings_backend *backend);
static void refuse_twice(struct checker *checker, const void *member, const void *earlier, const char *what);
static struct error_place place_or(const struct checker *checker, const void *member, struct error_place otherwise);

void balancecheck_backend(const struct settings_backend *backend, const struct bind_places *places,
                          struct error_list *errors) {
    struct checker checker = {.places = places, .errors = errors};
    check_servers(&checker, backend);
    check_hash(&checker, backend);
    check_sticky(&checker, &backend->sticky);
    check_health(&checker, backend);
}

static void check_servers(struct checker *checker, const struct settings_backend *backend) {
    bool all_backups = backend->server_count > 0;
    for (size_t i = 0; i < backend->server_count; i++) {
        check_twice(checker, backend, i);
        all_backups = all_backups && backend->servers[i].backup;
    }
    if (all_backups)
        error_add(checker->errors, backend->place, "all servers of this backend are backups");
}

/* Neither an address nor a name twice: a server is known by them. */
static void check_twice(struct checker *checker, const struct settings_backend *backend, size_t at) {
    const struct settings_server *server = &backend->servers[at];
    bool address_seen = false, name_seen = false;
    for (size_t i = 0; i < at; i++) {
        const struct settings_server *earlier = &backend->servers[i];
        bool same_address = is_same_target(&earlier->address, &server->address);
        bool same_name = server->name && earlier->name && strcmp(server->name, earlier->name) == 0;
        if (same_address && !address_seen)
            refuse_twice(checker, &server->address, &earlier->address, "address");
        if (same_name && !name_seen)
            refuse_twice(checker, &server->name, &earlier->name, "name");
        address_seen = address_seen || same_address;
        name_seen = name_seen || same_name;
    }
}

static bool is_same_target(const struct settings_target *a, const struct settings_target *b) {
    if (a->host == NULL || b->host == NULL)
        return a->host == b->host && addr_equal(&a->addr, &b->addr);
    return a->port == b->port && strcmp(a->host, b->host) == 0;
}

static void check_hash(struct checker *checker, const struct settings_backend *backend) {
    struct error_place place = bind_place(checker->places, &backend->hash_by);
    struct hashby by;
    if (!hashby_read(backend->hash_by, &by))
        error_add(checker->errors, place,
                  "\"hash_by\": expected address, fingerprint, \"header NAME\" or \"cookie NAME\", found \"%s\"",
                  backend->hash_by);
    else if (place.line != 0 && backend->balance != SETTINGS_BALANCE_HASH)
        error_add(checker->errors, place, "\"hash_by\" has no effect: \"balance\" is not hash");
}

static void check_sticky(struct checker *checker, const struct settings_sticky *sticky) {
    if (sticky->cookie == NULL)
        return;
    if (!octets_is_token(slice_text(sticky->cookie)))
        error_add(checker->errors, bind_place(checker->places, &sticky->cookie),
                  "\"cookie\": the name of a cookie has no spaces and no separators in it");
    if (sticky->same_site == SETTINGS_SAME_SITE_NONE && !sticky->secure)
        error_add(checker->errors, place_or(checker, &sticky->same_site, sticky->place),
                  "browsers take a cookie with \"same_site: none\" only when it is secure");
}

static void check_health(struct checker *checker, const struct settings_backend *backend) {
    const struct settings_health_check *check = &backend->health_check;
    struct error_place place = place_or(checker, &check->type, check->place);
    if (check->type == SETTINGS_CHECK_TLS && !settings_backend_tls_is_on(&backend->tls))
        error_add(checker->errors, place, "\"type\" is tls, but this backend has no \"tls\"");
    bool is_given = bind_place(checker->places, check).line != 0;
    if (is_given && bind_place(checker->places, &check->type).line == 0)
        error_add(checker->errors, check->place, "\"health_check\" needs a \"type\"");
}

static void refuse_twice(struct checker *checker, const void *member, const void *earlier, const char *what) {
    error_add(checker->errors, bind_place(checker->places, member),
              "a server of this backend has this %s already; first in line %u", what,
              bind_place(checker->places, earlier).line);
}

static struct error_place place_or(const struct checker *checker, const void *member, struct error_place otherwise) {
    struct error_place place = bind_place(checker->places, member);
    return place.line != 0 ? place : otherwise;
}
