/* Asking a running gateway. */
#include "bin/ask.h"

#include "bin/adminclient.h"
#include "bin/options.h"
#include "bin/readconfig.h"
#include "control/admin.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Where the gateway is, and the flags and words of the commands. */
struct question {
    const char *config_path;
    const char *socket;
    bool json;
    const char *word;
    char socket_of_config[256];
};

static bool read_question(struct question *question, char *const *arguments, bool takes_word);
static bool find_socket(struct question *question);
static int ask(const struct question *question, const char *request);

int ask_gateway(const struct ask_gateway *gateway, const char *request) {
    struct question question = {.config_path = gateway->config_path, .socket = gateway->socket};
    return find_socket(&question) ? ask(&question, request) : EXIT_FAILURE;
}

int ask_reload(char *const *arguments) {
    struct question question = {0};
    if (!read_question(&question, arguments, false))
        return 2;
    return find_socket(&question) ? ask(&question, "reload") : EXIT_FAILURE;
}

int ask_status(char *const *arguments) {
    struct question question = {0};
    if (!read_question(&question, arguments, false))
        return 2;
    return find_socket(&question) ? ask(&question, question.json ? "status json" : "status") : EXIT_FAILURE;
}

int ask_refusals(char *const *arguments) {
    struct question question = {0};
    if (!read_question(&question, arguments, false))
        return 2;
    return find_socket(&question) ? ask(&question, "refusals") : EXIT_FAILURE;
}

int ask_why(char *const *arguments) {
    struct question question = {0};
    char request[ADMIN_LINE_MAX];
    if (!read_question(&question, arguments, true))
        return 2;
    if (!question.word || strlen(question.word) > sizeof(request) - sizeof("why ")) {
        fputs("usage: sallyport why ID (the id of a refusal record)\n", stderr);
        return 2;
    }
    snprintf(request, sizeof(request), "why %s", question.word);
    return find_socket(&question) ? ask(&question, request) : EXIT_FAILURE;
}

static bool read_question(struct question *question, char *const *arguments, bool takes_word) {
    const struct options_row rows[] = {
        {.name = "config", .letter = 'c', .text = &question->config_path},
        {.name = "socket", .text = &question->socket},
        {.name = "json", .flag = &question->json},
        {0},
    };
    return options_read(arguments, rows, takes_word ? &question->word : NULL);
}

static bool find_socket(struct question *question) {
    if (question->socket)
        return true;
    size_t room = sizeof(question->socket_of_config);
    if (question->config_path && !readconfig_socket(question->config_path, question->socket_of_config, room))
        return false;
    question->socket = question->config_path ? question->socket_of_config : READCONFIG_DEFAULT_SOCKET;
    return true;
}

/* What was refused goes to stderr, so that a script's output is only what it asked for. */
static int ask(const struct question *question, const char *request) {
    struct buf answer;
    struct error error;
    bool done = false;
    buf_init(&answer, 2 * ADMIN_ANSWER_BYTES_MAX);
    bool answered = adminclient_ask(question->socket, request, &answer, &done, &error);
    struct slice text = buf_view(&answer);
    FILE *to = answered && done ? stdout : stderr;
    if (!answered)
        fprintf(to, "%s: %s\n", error.file, error.sentence);
    else if (text.len > 0)
        fprintf(to, "%.*s%s", (int)text.len, (const char *)text.data, text.data[text.len - 1] == '\n' ? "" : "\n");
    buf_fini(&answer);
    return answered && done ? EXIT_SUCCESS : EXIT_FAILURE;
}
