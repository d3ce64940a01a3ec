/* Where this program stands, and the one that stands with it. */
#ifndef SALLYPORT_BIN_SELF_H
#define SALLYPORT_BIN_SELF_H

#include <limits.h>
#include <stdbool.h>

/* Writes the path of this very program (as the kernel knows it); false when /proc is not there. */
[[nodiscard]] bool self_path(char path[PATH_MAX]);

/* Writes the path of sallyport-supervisor: next to this program, or in ../libexec/sallyport. False when it is in
 * neither. */
[[nodiscard]] bool self_supervisor(const char *self, char path[PATH_MAX]);

#endif
