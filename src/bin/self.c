/* Finding ourselves. */
#include "bin/self.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

bool self_path(char path[PATH_MAX]) {
    ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (len <= 0)
        return false;
    path[len] = '\0';
    return true;
}

bool self_supervisor(const char *self, char path[PATH_MAX]) {
    static const char *const places[] = {"", "../libexec/sallyport/"};
    int directory_len = (int)(strrchr(self, '/') - self);
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        int len = snprintf(path, PATH_MAX, "%.*s/%ssallyport-supervisor", directory_len, self, places[i]);
        if (len < PATH_MAX && access(path, X_OK) == 0)
            return true;
    }
    return false;
}
