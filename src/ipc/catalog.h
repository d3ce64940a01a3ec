/* Which message one process may send to another, how large, with how many descriptors: one table (ipc/catalog_table.h)
 * that the channels enforce and docs/messages.md is printed from. A message outside of its row ends its sender. */
#ifndef SALLYPORT_IPC_CATALOG_H
#define SALLYPORT_IPC_CATALOG_H

#include "base/buf.h"

/* The roles that talk. The supervisor is one end of every channel. */
enum catalog_role {
    CATALOG_ROLE_SUPERVISOR,
    CATALOG_ROLE_COMPILER,
    CATALOG_ROLE_WORKER,
    CATALOG_ROLE_CONTROL,
    CATALOG_ROLE_FETCHER,
    CATALOG_ROLE_CHECKER,
};

enum catalog_message {
#define MESSAGE(name, label, from, to, bytes, fds, sentence) CATALOG_##name,
#include "ipc/catalog_table.h"
#undef MESSAGE
    CATALOG_COUNT
};

/* CATALOG_BYTES_MAX: the largest row; below what the kernel's default socket buffer takes in one message.
 * CATALOG_TEXT_MAX: the longest text in a message; it is cut beyond. CATALOG_FDS_MAX: most descriptors of a row. */
enum { CATALOG_BYTES_MAX = 98304, CATALOG_TEXT_MAX = 65536, CATALOG_FDS_MAX = 4 };

/* bytes: most that may follow the message's number. fds: descriptors that it carries, exactly. */
struct catalog_row {
    const char *label;
    enum catalog_role from;
    enum catalog_role to;
    size_t bytes;
    size_t fds;
    const char *sentence;
};

/* The row of a message; a value outside of the table is a bug. */
const struct catalog_row *catalog_row(enum catalog_message message);

/* "supervisor", "compiler", "worker", "control", "fetcher", "checker". */
const char *catalog_role_name(enum catalog_role role);

/* Prints docs/messages.md. */
[[nodiscard]] bool catalog_print_markdown(struct buf *to);

#endif
