/* sallyport: every command, and every role but the supervisor's, in one program. */
#include "base/version.h"
#include "bin/ask.h"
#include "bin/check.h"
#include "bin/checker.h"
#include "bin/compiler.h"
#include "bin/control.h"
#include "bin/demo.h"
#include "bin/deny.h"
#include "bin/describe.h"
#include "bin/drain.h"
#include "bin/explain.h"
#include "bin/recall.h"
#include "bin/run.h"
#include "bin/verify.h"
#include "bin/whoami.h"
#include "bin/worker.h"
#include "tls/library.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One command: `run` gets the arguments after its name (ending with NULL) and returns the exit code: 0 done, 1 refused
 * or failed, 2 used wrongly. */
struct command {
    const char *name;
    const char *usage;
    const char *help;
    int (*run)(char *const *arguments);
};

static int version_command(char *const *arguments);
static int help_command(char *const *arguments);

static const struct command commands[] = {
    {"run", "-c FILE", "Run the gateway in the foreground.", run_command},
    {"check", "-c FILE", "Check a configuration and the files it names: every error with line and column.",
     check_command},
    {"describe", "[KEY]", "Explain a setting, or list them all.", describe_command},
    {"reload", "[-c FILE | --socket PATH]", "Let the running gateway take its changed configuration.", ask_reload},
    {"status", "[-c FILE | --socket PATH] [--json]", "Show the running gateway: workers, listeners, counters.",
     ask_status},
    {"drain", "BACKEND/SERVER [-c FILE | --socket PATH]",
     "Give a server nothing new and let finish what is in progress there. SERVER: its name, or else its address. It\n"
     "      stays so over a reload, but not over a restart of the gateway.",
     drain_drain},
    {"enable", "BACKEND/SERVER [-c FILE | --socket PATH]", "Use a server again that was drained.", drain_enable},
    {"revoke", "WHO [--reason TEXT] [--for 2h | --until TIME] [-c FILE | --socket PATH] [--json]",
     "Let somebody in no more, and close their connections. WHO: alice@example.com, cn=alice, a whole subject,\n"
     "      dns:, uri: or ip: and a name, spiffe://..., a fingerprint, issuer=NAME serial=HEX, or --cert FILE.",
     deny_revoke},
    {"hold", "WHO ...", "As revoke, for the time being.", deny_hold},
    {"release", "WHO ...", "Let somebody in again who was revoked or put on hold here.", deny_release},
    {"denied", "[-c FILE | --socket PATH] [--json]", "Show who is revoked or on hold here.", deny_list},
    {"refusals", "[-c FILE | --socket PATH] [--reason LABEL] [--since TIME] [--json | --records]",
     "Show the last refusals of the running gateway by reason and identity.", recall_refusals},
    {"why", "ID [-c FILE | --socket PATH] [--json]", "Tell the whole story of one refusal or request.", recall_why},
    {"who-breaks", "[-c FILE | --socket PATH] [--within 30d] [--json]",
     "List who was seen of late and whose certificate expires, or who would have been refused.", recall_who_breaks},
    {"verify", "--trust FILE ... LEAF",
     "Judge certificates in files as the gateway would (see sallyport verify for its options).", verify_command},
    {"explain", "-c FILE [--cert CHAIN] [--host NAME] [--path PATH] ...",
     "Tell what a configuration decides about a client, check by check (see sallyport explain for its options).",
     explain_command},
    {"whoami", "--listen ADDRESS", "Run a small backend that answers with the identity it was told.", whoami_command},
    {"demo", "[--keep]", "Show the gateway at work, with a throw-away CA and backend.", demo_command},
    {"version", "", "Print the version, and that of the TLS library.", version_command},
    {"help", "", "Print this.", help_command},
};

static int run_role(char *const *arguments);

int main(int count, char **arguments) {
    const char *name = count > 1 ? arguments[1] : "help";
    if (strcmp(name, "--role") == 0 && count == 6)
        return run_role(arguments + 2);
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
        name = "help";
    if (strcmp(name, "--version") == 0)
        name = "version";
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        if (strcmp(name, commands[i].name) == 0)
            return commands[i].run(arguments + (count > 1 ? 2 : 1));
    fprintf(stderr, "sallyport: there is no command \"%s\" (see sallyport --help)\n", name);
    return 2;
}

/* For the supervisor only: ROLE SLOT USER CONFIG, on a channel at a fixed descriptor. */
static int run_role(char *const *arguments) {
    unsigned slot = (unsigned)strtoul(arguments[1], NULL, 10);
    if (strcmp(arguments[0], "worker") == 0)
        return worker_main(slot, arguments[2]);
    if (strcmp(arguments[0], "control") == 0)
        return control_main(arguments[2]);
    if (strcmp(arguments[0], "checker") == 0)
        return checker_main(arguments[2]);
    if (strcmp(arguments[0], "compiler") == 0)
        return compiler_main(arguments[3]);
    return 2;
}

static int version_command(char *const *arguments) {
    (void)arguments;
    printf("sallyport %s, %s\n", SALLYPORT_VERSION, tls_library_version());
    return EXIT_SUCCESS;
}

static int help_command(char *const *arguments) {
    (void)arguments;
    puts(
        "Sallyport is an mTLS gateway: clients prove themselves with a certificate, backends are told who they are.\n\n"
        "usage: sallyport COMMAND ...\n");
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
        printf("  %s %s\n      %s\n", commands[i].name, commands[i].usage, commands[i].help);
    puts("\nExit codes: 0 done, 1 refused or failed, 2 used wrongly. Signals to a running gateway: TERM drains, HUP\n"
         "reloads, USR1 reopens the logs. `sallyport describe` lists all settings of the configuration.");
    return EXIT_SUCCESS;
}
