/* For tests: a bundle from the text of a configuration, with certificates made for the test, and a snapshot of it. */
#ifndef SALLYPORT_TESTS_PLANNING_H
#define SALLYPORT_TESTS_PLANNING_H

#include "../pki/minted.h"
#include "config/load.h"
#include "plan/bundle.h"
#include "plan/snapshot.h"
#include "tls/library.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

/* The files that a configuration may name: a CA and another, a server's certificate with its key, another with its. */
struct planning {
    struct arena arena;
    struct error_list errors;
    struct buf bundle;
    struct minted ca, other_ca, server, other_server;
    struct buf both_cas;
    struct snapshot_context context;
};

#define PLANNING_BACKENDS                                                                                              \
    "backends: {api: {servers: [127.0.0.1:8080, \"[::1]:8080\"]}, web: {servers: \"unix:/run/web\"}}\n"
#define PLANNING_LISTENER                                                                                              \
    PLANNING_BACKENDS                                                                                                  \
    "listeners:\n"                                                                                                     \
    "  - name: public\n"                                                                                               \
    "    bind: 127.0.0.1:8443\n"
#define PLANNING_CERTIFICATES "    certificates: [{certificate: server.pem, private_key: server.key}]\n"
#define PLANNING_ROUTES       "    routes: [{backend: api}]\n"

static inline int planning_set_up(void **state) {
    struct planning *planning = calloc(1, sizeof(*planning));
    tls_library_start();
    arena_init(&planning->arena, LOAD_ARENA_BLOCK_BYTES, LOAD_ARENA_BYTES_MAX);
    error_list_init(&planning->errors);
    buf_init(&planning->bundle, BUNDLE_BYTES_MAX);
    buf_init(&planning->both_cas, 65536);
    planning->ca = minted_make("Clients CA", MINT_CA, NULL);
    planning->other_ca = minted_make("Other CA", MINT_CA, NULL);
    planning->server = minted_make("server", MINT_SERVER, &planning->ca);
    planning->other_server = minted_make("other server", MINT_SERVER, &planning->ca);
    bug_on(!buf_append(&planning->both_cas, buf_view(&planning->ca.certificate)) ||
           !buf_append(&planning->both_cas, buf_view(&planning->other_ca.certificate)));
    planning->context = (struct snapshot_context){.cache = chaincache_new(16),
                                                  .tickets = tls_tickets_new(3600),
                                                  .upstream = upstream_new(),
                                                  .now = MINTED_EPOCH + MINTED_DAY};
    *state = planning;
    return 0;
}

static inline int planning_tear_down(void **state) {
    struct planning *planning = *state;
    chaincache_free(&planning->context.cache);
    tls_tickets_free(&planning->context.tickets);
    upstream_free(&planning->context.upstream);
    minted_fini(&planning->ca);
    minted_fini(&planning->other_ca);
    minted_fini(&planning->server);
    minted_fini(&planning->other_server);
    buf_fini(&planning->both_cas);
    buf_fini(&planning->bundle);
    error_list_fini(&planning->errors);
    arena_fini(&planning->arena);
    free(planning);
    return 0;
}

/* Serves the names below as a configuration in the directory "gate" would name them. */
static inline bool planning_read(void *owner, const char *path, struct error_place place, struct buf *to,
                                 struct error_list *errors) {
    struct planning *planning = owner;
    const struct {
        const char *path;
        struct slice bytes;
    } files[] = {
        {"gate/ca.pem", buf_view(&planning->ca.certificate)},
        {"gate/ca-copy.pem", buf_view(&planning->ca.certificate)},
        {"gate/other-ca.pem", buf_view(&planning->other_ca.certificate)},
        {"gate/both-cas.pem", buf_view(&planning->both_cas)},
        {"gate/server.pem", buf_view(&planning->server.certificate)},
        {"gate/server.key", buf_view(&planning->server.private_key)},
        {"gate/other.pem", buf_view(&planning->other_server.certificate)},
        {"gate/other.key", buf_view(&planning->other_server.private_key)},
        {"gate/garbage.pem", slice_text("garbage\n")},
        {"gate/names.txt", slice_text("# people\nalice\n\n  bob\r\n")},
        {"gate/nested.txt", slice_text("@names.txt\n")},
        {"gate/comments.txt", slice_text("# nobody\n")},
        {"gate/users", slice_text("alice:$2b$10$KBCwKxOzLha2MUDgW0PjXe5iC0KgerkTIWLGUoONajjj98vdFiyt2\n")},
        {"gate/weak-users", slice_text("\nalice:secret\n")},
    };
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        if (strcmp(path, files[i].path) == 0)
            return buf_append(to, files[i].bytes);
    }
    return error_add(errors, place, "%s: no such file", path);
}

/* Fails the test with the errors that are there. */
static inline void planning_no_errors(const struct planning *planning) {
    for (size_t i = 0; i < planning->errors.count; i++)
        fail_msg("%u:%u: %s", planning->errors.items[i].line, planning->errors.items[i].column,
                 planning->errors.items[i].sentence);
}

/* The settings of `text` with their files; the text has to be in order. */
static inline struct settings *planning_settings(struct planning *planning, const char *text) {
    struct load_source source = {.read = planning_read, .owner = planning};
    struct settings *settings = load_settings(&planning->arena, slice_text(text), "gate/a.yaml", &planning->errors);
    planning_no_errors(planning);
    assert_true(load_files(settings, &planning->arena, &source, &planning->errors) || planning->errors.total > 0);
    planning_no_errors(planning);
    return settings;
}

/* A snapshot of `text`, or NULL with errors. */
static inline struct snapshot *planning_try(struct planning *planning, const char *text) {
    buf_fini(&planning->bundle);
    assert_true(bundle_write(planning_settings(planning, text), &planning->bundle));
    return snapshot_new(buf_view(&planning->bundle), &planning->context, &planning->errors);
}

/* A snapshot of `text`; the bundle's bytes are gone, as they are for a worker. */
static inline struct snapshot *planning_snapshot(struct planning *planning, const char *text) {
    struct snapshot *snapshot = planning_try(planning, text);
    planning_no_errors(planning);
    assert_non_null(snapshot);
    buf_wipe(&planning->bundle);
    return snapshot;
}

#endif
