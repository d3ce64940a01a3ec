/* Finding and becoming the supervisor. */
#include "bin/run.h"

#include "bin/options.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool find_self(char path[PATH_MAX]);
static bool find_supervisor(const char *self, char path[PATH_MAX]);

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
    if (!find_self(self) || !find_supervisor(self, supervisor)) {
        fputs("sallyport: sallyport-supervisor is missing: it stands next to sallyport, or in ../libexec/sallyport\n",
              stderr);
        return EXIT_FAILURE;
    }
    execl(supervisor, "sallyport-supervisor", self, config_path, (char *)NULL);
    fprintf(stderr, "sallyport: %s: %m\n", supervisor);
    return EXIT_FAILURE;
}

static bool find_self(char path[PATH_MAX]) {
    ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (len <= 0)
        return false;
    path[len] = '\0';
    return true;
}

static bool find_supervisor(const char *self, char path[PATH_MAX]) {
    static const char *const places[] = {"", "../libexec/sallyport/"};
    int directory_len = (int)(strrchr(self, '/') - self);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        int len = snprintf(path, PATH_MAX, "%.*s/%ssallyport-supervisor", directory_len, self, places[i]);
        if (len < PATH_MAX && access(path, X_OK) == 0)
            return true;
    }
    return false;
}
