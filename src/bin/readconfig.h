/* Reading the configuration and the files that it names from disk: for the compiler and the commands, the only ones who
 * may. */
#ifndef SALLYPORT_BIN_READCONFIG_H
#define SALLYPORT_BIN_READCONFIG_H

#include "config/load.h"
#include "plan/revcompile.h"

/* Where a gateway is asked when nothing else is said; the schema's default of control.socket. */
#define READCONFIG_DEFAULT_SOCKET "/run/sallyport/control.sock"

/* A configuration is text that people or scripts wrote; 10,000 hosts take some MB. */
enum { READCONFIG_BYTES_MAX = 64 << 20 };

/* Reads the configuration at `path` into `text` and its settings into `arena`, without the files that it names. NULL
 * and every error. `path` and `text` must outlive the settings. */
[[nodiscard]] struct settings *readconfig_settings(const char *path, struct buf *text, struct arena *arena,
                                                   struct error_list *errors);

/* Reads all files that the settings name into `arena`; false and an error for each that cannot be read. */
[[nodiscard]] bool readconfig_files(struct settings *settings, struct arena *arena, struct error_list *errors);

/* Reads the revocation lists that the settings name and adds what they become to the contents, as plan/revcompile says
 * (how->source is not looked at); false and an error for each that cannot be used. After readconfig_files. */
[[nodiscard]] bool readconfig_lists(struct settings *settings, struct arena *arena, const struct revcompile *how,
                                    struct error_list *errors);

/* Looks at the state directory, where one is given; false and an error when it cannot be used. */
[[nodiscard]] bool readconfig_state_directory(const struct settings *settings, struct error_list *errors);

/* Writes the path of the configuration's admin socket to `to`; false with lines on stderr when it cannot be told. */
[[nodiscard]] bool readconfig_socket(const char *path, char *to, size_t room);

/* Writes `path` to `to` as an absolute path (by the working directory); false when it has no room. */
[[nodiscard]] bool readconfig_absolute(const char *path, char *to, size_t room);

/* Appends the whole file to `to`; false, with errno, when it cannot be read or is too large for `to`. */
[[nodiscard]] bool readconfig_file(const char *path, struct buf *to);

#endif
