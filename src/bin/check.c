/* Checking a configuration. */
#include "bin/check.h"

#include "base/now.h"
#include "bin/compiler.h"
#include "bin/options.h"
#include "bin/readconfig.h"
#include "config/advise.h"
#include "tls/library.h"

#include <stdio.h>
#include <stdlib.h>

/* ERROR_LIST_MAX errors with their places fit. */
enum { LINES_BYTES_MAX = 1 << 20 };

static void print_good(const char *path);
static void print_errors(const struct error_list *errors);
static void print_lines(const struct error_list *errors);

int check_command(char *const *arguments) {
    const char *path = NULL;
    const struct options_row rows[] = {{.name = "config", .letter = 'c', .text = &path}, {0}};
    if (!options_read(arguments, rows, NULL))
        return 2;
    if (!path) {
        fputs("usage: sallyport check -c FILE\n", stderr);
        return 2;
    }
    static struct order order; /* large, as is the result */
    static struct compiler_result result;
    struct error_list errors;
    error_list_init(&errors);
    order_init(&order);
    tls_library_start();
    bool good = compiler_compile(path, compiler_cores(), &order, &result, &errors);
    if (good)
        print_good(path);
    else
        print_errors(&errors);
    compiler_drop(&result);
    order_fini(&order);
    error_list_fini(&errors);
    return good ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* What is good may still not stay so. */
static void print_good(const char *path) {
    struct buf text;
    struct arena arena;
    struct error_list advice;
    buf_init(&text, READCONFIG_BYTES_MAX);
    arena_init(&arena, LOAD_ARENA_BLOCK_BYTES, LOAD_ARENA_BYTES_MAX);
    error_list_init(&advice);
    struct settings *settings = readconfig_settings(path, &text, &arena, &advice);
    if (settings && readconfig_files(settings, &arena, &advice))
        advise_settings(settings, now_unix_ms() / 1000, &advice);
    printf("%s: good\n", path);
    print_lines(&advice);
    if (settings)
        load_wipe(settings);
    error_list_fini(&advice);
    arena_fini(&arena);
    buf_fini(&text);
}

static void print_errors(const struct error_list *errors) {
    print_lines(errors);
    fprintf(stderr, "%zu error%s\n", errors->total, errors->total == 1 ? "" : "s");
}

static void print_lines(const struct error_list *errors) {
    struct buf lines;
    buf_init(&lines, LINES_BYTES_MAX);
    if (error_list_print(errors, &lines))
        fprintf(stderr, "%.*s", (int)buf_len(&lines), (const char *)buf_view(&lines).data);
    buf_fini(&lines);
}
