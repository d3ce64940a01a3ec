/* Options to questions, one or a file of them; the explanations to standard output. */
#include "bin/explain.h"

#include "bin/explainmend.h"
#include "bin/explainreport.h"
#include "bin/offline.h"
#include "bin/options.h"
#include "bin/readconfig.h"

#include <stdio.h>
#include <stdlib.h>

enum { ALLOWED = 0, REFUSED = 1, MISUSED = 2, PRINTED_BYTES_MAX = 1 << 20, CASES_BYTES_MAX = 64 << 20 };

/* A case's texts. */
enum { ARENA_BLOCK_BYTES = 16 << 10, ARENA_BYTES_MAX = 1 << 20 };

/* The options. */
struct wanted {
    const char *config;
    const char *cases;
    bool as_json;
    struct explainquestion question;
};

static bool read_options(struct wanted *wanted, char *const *arguments);
static int explain_one(const struct wanted *wanted, const struct snapshot *snapshot, struct error_list *errors);
static int explain_cases(const char *path, const struct snapshot *snapshot, struct error_list *errors);
static int explain_lines(struct slice lines, const char *path, const struct snapshot *snapshot,
                         struct error_list *errors);
static int explain_case(struct slice line, struct error_place place, const struct snapshot *snapshot,
                        struct error_list *errors);
static int print(struct explanation *explanation, bool as_json);
static int code_of(const struct explanation *explanation);
static void print_errors(const struct error_list *errors);

int explain_command(char *const *arguments) {
    struct wanted wanted = {.config = NULL};
    struct offline offline;
    struct error_list errors;
    if (!read_options(&wanted, arguments))
        return MISUSED;
    error_list_init(&errors);
    int code = MISUSED;
    if (offline_open(&offline, wanted.config, &errors))
        code = wanted.cases ? explain_cases(wanted.cases, offline.snapshot, &errors)
                            : explain_one(&wanted, offline.snapshot, &errors);
    print_errors(&errors);
    offline_close(&offline);
    error_list_fini(&errors);
    return code;
}

static bool read_options(struct wanted *wanted, char *const *arguments) {
    struct explainquestion *question = &wanted->question;
    const struct options_row rows[] = {
        {.name = "config", .letter = 'c', .text = &wanted->config},
        {.name = "cases", .text = &wanted->cases},
        {.name = "json", .flag = &wanted->as_json},
        {.name = "cert", .text = &question->cert},
        {.name = "listener", .text = &question->listener},
        {.name = "host", .text = &question->host},
        {.name = "sni", .text = &question->sni},
        {.name = "path", .text = &question->path},
        {.name = "method", .text = &question->method},
        {.name = "time", .text = &question->time},
        {.name = "source", .text = &question->source},
        {0},
    };
    if (!options_read(arguments, rows, NULL))
        return false;
    if (wanted->config)
        return true;
    fputs("usage: sallyport explain -c FILE [--cert CHAIN] [--listener NAME] [--host NAME] [--sni NAME]\n"
          "           [--path PATH] [--method METHOD] [--time TIME] [--source ADDRESS] [--json]\n"
          "       sallyport explain -c FILE --cases FILE\n",
          stderr);
    return false;
}

static int explain_one(const struct wanted *wanted, const struct snapshot *snapshot, struct error_list *errors) {
    static struct explanation explanation; /* large */
    int code = MISUSED;
    if (explanation_make(&explanation, &wanted->question, snapshot, errors))
        code = print(&explanation, wanted->as_json);
    explanation_fini(&explanation);
    return code;
}

static int explain_cases(const char *path, const struct snapshot *snapshot, struct error_list *errors) {
    struct buf text;
    buf_init(&text, CASES_BYTES_MAX);
    int code = MISUSED;
    if (readconfig_file(path, &text))
        code = explain_lines(buf_view(&text), path, snapshot, errors);
    else
        error_add(errors, (struct error_place){.file = path}, "The file cannot be read: %m.");
    buf_fini(&text);
    return code;
}

/* The worst code of all; a case that cannot be asked ends it. Empty lines are passed over. */
static int explain_lines(struct slice lines, const char *path, const struct snapshot *snapshot,
                         struct error_list *errors) {
    struct error_place place = {.file = path};
    int worst = ALLOWED;
    while (lines.len > 0 && worst != MISUSED) {
        ptrdiff_t end = slice_find(lines, '\n');
        struct slice line = slice_sub(lines, 0, end < 0 ? lines.len : (size_t)end);
        lines = slice_sub(lines, line.len + 1, SIZE_MAX);
        place.line++;
        int code = line.len > 0 ? explain_case(line, place, snapshot, errors) : ALLOWED;
        worst = code > worst ? code : worst;
    }
    return worst;
}

static int explain_case(struct slice line, struct error_place place, const struct snapshot *snapshot,
                        struct error_list *errors) {
    static struct explanation explanation; /* large */
    struct explainquestion question;
    struct arena arena;
    int code = MISUSED;
    arena_init(&arena, ARENA_BLOCK_BYTES, ARENA_BYTES_MAX);
    if (explainquestion_read(&question, line, &arena, place, errors)) {
        if (explanation_make(&explanation, &question, snapshot, errors))
            code = print(&explanation, true);
        else
            error_add(errors, place, "The case cannot be asked.");
    }
    explanation_fini(&explanation);
    arena_fini(&arena);
    return code;
}

static int print(struct explanation *explanation, bool as_json) {
    struct buf text;
    explainmend_write(explanation);
    buf_init(&text, PRINTED_BYTES_MAX);
    if (as_json ? explainreport_json(explanation, &text) : explainreport_text(explanation, &text))
        fwrite(buf_view(&text).data, 1, buf_len(&text), stdout);
    buf_fini(&text);
    return code_of(explanation);
}

/* A case that came to what it was expected to is good, whatever that is. */
static int code_of(const struct explanation *explanation) {
    const char *expected = explanation->question->expect ? explanation->question->expect : "allowed";
    return strcmp(explanation_result(explanation), expected) == 0 ? ALLOWED : REFUSED;
}

static void print_errors(const struct error_list *errors) {
    struct buf lines;
    buf_init(&lines, PRINTED_BYTES_MAX);
    if (error_list_print(errors, &lines))
        fprintf(stderr, "%.*s", (int)buf_len(&lines), (const char *)buf_view(&lines).data);
    buf_fini(&lines);
}
