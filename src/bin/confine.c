/* Giving up privileges, in the one right order: user, memory, sandbox. Before that, signals: those that a terminal
 * or systemd sends to all processes of the gateway are the supervisor's business. */
#include "bin/confine.h"

#include "base/log.h"
#include "os/spawn.h"

#include <signal.h>

static void ignore_signals(void);

bool confine_process(const char *user, const struct sandbox *sandbox) {
    struct error error;
    struct sandbox_warnings warnings = {0};
    ignore_signals();
    const char *name = user && *user != '\0' ? user : NULL;
    bool good = spawn_become(name, &error) && spawn_no_new_privileges(&error) && spawn_hide_memory(&error) &&
        sandbox_enter(sandbox, &warnings, &error);
    for (size_t i = 0; i < warnings.count; i++)
        log_line(LOG_LEVEL_WARNING, "%s", warnings.sentences[i]);
    if (!good)
        log_line(LOG_LEVEL_ERROR, "%s", error.sentence);
    return good;
}

static void ignore_signals(void) {
    static const int numbers[] = {SIGPIPE, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        signal(numbers[i], SIG_IGN);
}
