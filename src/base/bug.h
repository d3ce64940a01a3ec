/* Broken invariants. A bug ends the process at once: the supervisor restarts it and keeps the line. */
#ifndef SALLYPORT_BASE_BUG_H
#define SALLYPORT_BASE_BUG_H

#include <stdbool.h>

/* Ends the process when `condition` holds: prints file, line and the condition to stderr, then aborts. */
#define bug_on(condition)                                                                                              \
    do {                                                                                                               \
        if (__builtin_expect(!!(condition), 0))                                                                        \
            bug_die(__FILE__, __LINE__, #condition);                                                                   \
    } while (0)

/* Writes one line about the broken invariant to stderr with write(2) only, and aborts. Never returns. */
[[gnu::noreturn, gnu::cold]] void bug_die(const char *file, int line, const char *condition);

#endif
