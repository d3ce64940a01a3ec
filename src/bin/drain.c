/* One word of the command line goes to the gateway; its answer is printed as it is. */
#include "bin/drain.h"

#include "bin/ask.h"
#include "bin/options.h"
#include "ipc/drain.h"

#include <stdio.h>
#include <string.h>

enum { MISUSED = 2 };

static int ask(const char *verb, char *const *arguments);
static bool is_name(const char *word);

int drain_drain(char *const *arguments) {
    return ask("drain", arguments);
}

int drain_enable(char *const *arguments) {
    return ask("enable", arguments);
}

static int ask(const char *verb, char *const *arguments) {
    struct ask_gateway gateway = {0};
    const char *name = NULL;
    char request[DRAIN_NAME_MAX + 16];
    const struct options_row rows[] = {
        {.name = "config", .letter = 'c', .text = &gateway.config_path},
        {.name = "socket", .text = &gateway.socket},
        {0},
    };
    if (!options_read(arguments, rows, &name))
        return MISUSED;
    if (!name || !is_name(name)) {
        fprintf(stderr, "usage: sallyport %s BACKEND/SERVER [-c FILE | --socket PATH]\n", verb);
        return MISUSED;
    }
    snprintf(request, sizeof(request), "%s %s", verb, name);
    return ask_gateway(&gateway, request);
}

static bool is_name(const char *word) {
    const char *slash = strchr(word, '/');
    return slash && slash > word && slash[1] != '\0' && strlen(word) < DRAIN_NAME_MAX;
}
