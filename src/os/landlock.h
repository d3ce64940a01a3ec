/* The kernel's Landlock: what this process may still open, and where it may connect. Only os/sandbox uses it, which
 * explains the promises. */
#ifndef SALLYPORT_OS_LANDLOCK_H
#define SALLYPORT_OS_LANDLOCK_H

#include <stdbool.h>

/* What stays allowed; path lists end with NULL, and NULL is an empty one. further_paths are readable too. execute
 * lets programs be executed from readable paths. connect, bind: of TCP. signal: to processes outside. */
struct landlock_access {
    bool connect;
    bool bind;
    bool signal;
    bool execute;
    const char *const *readable_paths;
    const char *const *writable_paths;
    const char *const *further_paths;
};

/* The version of the kernel's interface, 0 when there is none. */
unsigned landlock_version(void);

/* Gives up everything else that this version can restrict, for good. False with errno. Paths that do not exist are
 * left out. */
[[nodiscard]] bool landlock_enter(const struct landlock_access *access);

#endif
