/* The gateway answers with its records, a line of JSON each; they are read and put together here, so that its processes
 * have less to do. */
#include "bin/recall.h"

#include "base/now.h"
#include "bin/ask.h"
#include "bin/breaks.h"
#include "bin/options.h"
#include "bin/refusalgroups.h"
#include "bin/story.h"
#include "config/value.h"
#include "control/admin.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

enum { MISUSED = 2, PRINTED_BYTES_MAX = 16 << 20 };

/* The options that all of them have, and those of some. */
struct recall {
    const char *config_path;
    const char *socket;
    bool as_json;
    bool as_records;
    const char *reason;
    const char *since;
    const char *within;
};

static bool ask_lines(const struct recall *recall, const char *request, struct buf *lines);
static int print_groups(const struct recall *recall, const struct refusalgroups_filter *filter, struct slice lines);
static bool read_within(const char *word, int64_t *until);
static int print(const struct buf *text, bool is_good);

int recall_why(char *const *arguments) {
    struct recall recall = {0};
    const char *id = NULL;
    char request[ADMIN_LINE_MAX];
    struct buf lines, text;
    const struct options_row rows[] = {{.name = "config", .letter = 'c', .text = &recall.config_path},
                                       {.name = "socket", .text = &recall.socket},
                                       {.name = "json", .flag = &recall.as_json},
                                       {0}};
    if (!options_read(arguments, rows, &id))
        return MISUSED;
    if (!id || strlen(id) > sizeof request - sizeof "why ") {
        fputs("usage: sallyport why ID [-c FILE | --socket PATH] [--json] (the id of a record or an error page)\n",
              stderr);
        return MISUSED;
    }
    snprintf(request, sizeof request, "why %s", id);
    buf_init(&lines, 2 * ADMIN_ANSWER_BYTES_MAX);
    buf_init(&text, PRINTED_BYTES_MAX);
    bool is_good = ask_lines(&recall, request, &lines);
    is_good = is_good && (recall.as_json ? buf_append(&text, buf_view(&lines)) : story_print(buf_view(&lines), &text));
    int code = print(&text, is_good);
    buf_fini(&text);
    buf_fini(&lines);
    return code;
}

int recall_refusals(char *const *arguments) {
    struct recall recall = {0};
    struct refusalgroups_filter filter = {0};
    struct buf lines;
    const struct options_row rows[] = {{.name = "config", .letter = 'c', .text = &recall.config_path},
                                       {.name = "socket", .text = &recall.socket},
                                       {.name = "json", .flag = &recall.as_json},
                                       {.name = "records", .flag = &recall.as_records},
                                       {.name = "reason", .text = &recall.reason},
                                       {.name = "since", .text = &recall.since},
                                       {0}};
    if (!options_read(arguments, rows, NULL))
        return MISUSED;
    filter.reason = slice_text(recall.reason);
    if (!options_time(recall.since, &filter.since)) {
        fprintf(stderr, "sallyport: %s: is no time (2026-01-31T12:00:00Z, or seconds since 1970)\n", recall.since);
        return MISUSED;
    }
    buf_init(&lines, 2 * ADMIN_ANSWER_BYTES_MAX);
    int code = ask_lines(&recall, "refusals", &lines) ? print_groups(&recall, &filter, buf_view(&lines)) : EXIT_FAILURE;
    buf_fini(&lines);
    return code;
}

int recall_who_breaks(char *const *arguments) {
    struct recall recall = {0};
    char request[ADMIN_LINE_MAX];
    struct buf lines, text;
    int64_t until;
    const struct options_row rows[] = {{.name = "config", .letter = 'c', .text = &recall.config_path},
                                       {.name = "socket", .text = &recall.socket},
                                       {.name = "json", .flag = &recall.as_json},
                                       {.name = "within", .text = &recall.within},
                                       {0}};
    if (!options_read(arguments, rows, NULL) || !read_within(recall.within, &until))
        return MISUSED;
    snprintf(request, sizeof request, "who-breaks %" PRId64, until);
    buf_init(&lines, 2 * ADMIN_ANSWER_BYTES_MAX);
    buf_init(&text, PRINTED_BYTES_MAX);
    bool is_good = ask_lines(&recall, request, &lines);
    is_good = is_good && breaks_print(buf_view(&lines), now_unix_ms() / 1000, recall.as_json, &text);
    int code = print(&text, is_good);
    buf_fini(&text);
    buf_fini(&lines);
    return code;
}

static bool ask_lines(const struct recall *recall, const char *request, struct buf *lines) {
    const struct ask_gateway gateway = {.config_path = recall->config_path, .socket = recall->socket};
    return ask_answer(&gateway, request, lines);
}

static int print_groups(const struct recall *recall, const struct refusalgroups_filter *filter, struct slice lines) {
    struct buf text;
    buf_init(&text, PRINTED_BYTES_MAX);
    bool is_good = recall->as_records ? refusalgroups_filter_lines(lines, filter, &text)
                                      : refusalgroups_print(lines, filter, recall->as_json, &text);
    int code = print(&text, is_good);
    buf_fini(&text);
    return code;
}

/* *until: seconds since 1970. */
static bool read_within(const char *word, int64_t *until) {
    uint64_t milliseconds;
    if (value_duration(slice_text(word ? word : "30d"), &milliseconds)) {
        *until = (now_unix_ms() + (int64_t)milliseconds) / 1000;
        return true;
    }
    fprintf(stderr, "sallyport: %s: is no duration such as 30d\n", word);
    return false;
}

static int print(const struct buf *text, bool is_good) {
    struct slice all = buf_view(text);
    if (is_good && all.len > 0)
        fwrite(all.data, 1, all.len, stdout);
    return is_good ? EXIT_SUCCESS : EXIT_FAILURE;
}
