/* For tests: settings from text, or the complaints about it. */
#ifndef SALLYPORT_TESTS_CONFIG_LOADING_H
#define SALLYPORT_TESTS_CONFIG_LOADING_H

#include "config/load.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

struct loading {
    struct arena arena;
    struct error_list errors;
};

/* What a listener and a backend need at least, to be followed by more rows of the listener. The listener's rows begin
 * in line 2, `more` in line 7. */
#define LOADING_BACKENDS "backends: {api: {servers: [127.0.0.1:8080]}}\n"
#define LOADING_LISTENER                                                                                               \
    "listeners:\n"                                                                                                     \
    "  - name: public\n"                                                                                               \
    "    bind: 0.0.0.0:8443\n"                                                                                         \
    "    routes: [{backend: api}]\n"
#define LOADING_CERTIFICATES "    certificates: [{certificate: g.pem, private_key: g.key}]\n"

static inline int loading_set_up(void **state) {
    struct loading *loading = calloc(1, sizeof(*loading));
    arena_init(&loading->arena, LOAD_ARENA_BLOCK_BYTES, LOAD_ARENA_BYTES_MAX);
    error_list_init(&loading->errors);
    *state = loading;
    return 0;
}

static inline int loading_tear_down(void **state) {
    struct loading *loading = *state;
    arena_fini(&loading->arena);
    error_list_fini(&loading->errors);
    free(loading);
    return 0;
}

/* Loads `text` as gate/a.yaml; fails the test with its errors when there are any. */
static inline struct settings *loading_accepts(struct loading *loading, const char *text) {
    struct settings *settings = load_settings(&loading->arena, slice_text(text), "gate/a.yaml", &loading->errors);
    for (size_t i = 0; i < loading->errors.count; i++)
        fail_msg("%u:%u: %s", loading->errors.items[i].line, loading->errors.items[i].column,
                 loading->errors.items[i].sentence);
    assert_non_null(settings);
    return settings;
}

/* `text` is refused with exactly the lines `expected`, each without "gate/a.yaml:". */
static inline void loading_refuses(struct loading *loading, const char *text, const char *expected) {
    struct buf printed;
    buf_init(&printed, 1 << 20);
    assert_null(load_settings(&loading->arena, slice_text(text), "gate/a.yaml", &loading->errors));
    for (size_t i = 0; i < loading->errors.count; i++) {
        const struct error *error = &loading->errors.items[i];
        assert_string_equal(error->file, "gate/a.yaml");
        assert_true(buf_printf(&printed, "%u:%u: %s\n", error->line, error->column, error->sentence));
    }
    assert_true(buf_append_byte(&printed, '\0'));
    assert_string_equal((const char *)buf_view(&printed).data, expected);
    buf_fini(&printed);
    error_list_fini(&loading->errors);
}

#endif
