/* Finding and becoming the supervisor. */
#include "bin/run.h"

#include "bin/options.h"
#include "bin/self.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int run_command(char *const *arguments) {
    const char *config_path = NULL;
    const struct options_row rows[] = {{.name = "config", .letter = 'c', .text = &config_path}, {0}};
    if (!options_read(arguments, rows, NULL))
        return 2;
    if (!config_path) {
        fputs("usage: sallyport run -c FILE\n", stderr);
        return 2;
    }
    char self[PATH_MAX];
    char supervisor[PATH_MAX];
    if (!self_path(self) || !self_supervisor(self, supervisor)) {
        fputs("sallyport: sallyport-supervisor is missing: it stands next to sallyport, or in ../libexec/sallyport\n",
              stderr);
        return EXIT_FAILURE;
    }
    execl(supervisor, "sallyport-supervisor", self, config_path, (char *)NULL);
    fprintf(stderr, "sallyport: %s: %m\n", supervisor);
    return EXIT_FAILURE;
}
