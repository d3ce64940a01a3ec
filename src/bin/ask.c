/* Asking a running gateway. */
#include "bin/ask.h"

#include "bin/adminclient.h"
#include "bin/options.h"
#include "bin/readconfig.h"
#include "control/admin.h"

#include <stdio.h>
#include <stdlib.h>

enum { SOCKET_ROOM = 256 };

static bool read_gateway(struct ask_gateway *gateway, char *const *arguments, bool *as_json);
static const char *find_socket(const struct ask_gateway *gateway, char room[SOCKET_ROOM]);

int ask_reload(char *const *arguments) {
    struct ask_gateway gateway = {.socket = NULL};
    return read_gateway(&gateway, arguments, NULL) ? ask_gateway(&gateway, "reload") : 2;
}

int ask_status(char *const *arguments) {
    struct ask_gateway gateway = {.socket = NULL};
    bool as_json = false;
    if (!read_gateway(&gateway, arguments, &as_json))
        return 2;
    return ask_gateway(&gateway, as_json ? "status json" : "status");
}

/* What was refused goes to stderr, so that a script's output is only what it asked for. */
int ask_gateway(const struct ask_gateway *gateway, const char *request) {
    struct buf answer;
    buf_init(&answer, 2 * ADMIN_ANSWER_BYTES_MAX);
    bool done = ask_answer(gateway, request, &answer);
    struct slice text = buf_view(&answer);
    if (done && text.len > 0)
        printf("%.*s%s", (int)text.len, (const char *)text.data, text.data[text.len - 1] == '\n' ? "" : "\n");
    buf_fini(&answer);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}

bool ask_answer(const struct ask_gateway *gateway, const char *request, struct buf *answer) {
    char room[SOCKET_ROOM];
    struct error error;
    bool done = false;
    const char *socket = find_socket(gateway, room);
    if (!socket)
        return false;
    bool answered = adminclient_ask(socket, request, answer, &done, &error);
    struct slice text = buf_view(answer);
    if (!answered)
        fprintf(stderr, "%s: %s\n", error.file, error.sentence);
    else if (!done && text.len > 0)
        fprintf(stderr, "%.*s%s", (int)text.len, (const char *)text.data, text.data[text.len - 1] == '\n' ? "" : "\n");
    return answered && done;
}

/* as_json: NULL where it makes no difference. */
static bool read_gateway(struct ask_gateway *gateway, char *const *arguments, bool *as_json) {
    bool ignored;
    const struct options_row rows[] = {
        {.name = "config", .letter = 'c', .text = &gateway->config_path},
        {.name = "socket", .text = &gateway->socket},
        {.name = "json", .flag = as_json ? as_json : &ignored},
        {0},
    };
    return options_read(arguments, rows, NULL);
}

/* NULL, with lines on stderr, when the configuration does not tell. */
static const char *find_socket(const struct ask_gateway *gateway, char room[SOCKET_ROOM]) {
    if (gateway->socket)
        return gateway->socket;
    if (!gateway->config_path)
        return READCONFIG_DEFAULT_SOCKET;
    return readconfig_socket(gateway->config_path, room, SOCKET_ROOM) ? room : NULL;
}
