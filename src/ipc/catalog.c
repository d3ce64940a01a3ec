/* The table of messages, and the document printed from it. */
#include "ipc/catalog.h"

#include "base/bug.h"

#include <assert.h>

static const struct catalog_row rows[] = {
#define MESSAGE(name, label, from, to, bytes, fds, sentence)                                                           \
    [CATALOG_##name] = {label, CATALOG_ROLE_##from, CATALOG_ROLE_##to, bytes, fds, sentence},
#include "ipc/catalog_table.h"
#undef MESSAGE
};

#define MESSAGE(name, label, from, to, bytes, fds, sentence)                                                           \
    static_assert((bytes) <= CATALOG_BYTES_MAX && (fds) <= CATALOG_FDS_MAX, label);
#include "ipc/catalog_table.h"
#undef MESSAGE

static const char introduction[] =
    "# Messages between processes\n"
    "\n"
    "Generated from `src/ipc/catalog_table.h`; do not edit. The processes are described in [processes.md](processes.md).\n"
    "\n"
    "Every child begins with one descriptor, its channel to the supervisor (a `SOCK_SEQPACKET` pair); everything else "
    "comes over it. The receiver checks\nsender, size and number of descriptors against this table: a message outside of "
    "its row ends the process that sent it.\n"
    "\n"
    "| message | from | to | most bytes | descriptors | what it says |\n"
    "|---|---|---|--:|--:|---|\n";

const struct catalog_row *catalog_row(enum catalog_message message) {
    bug_on((unsigned)message >= CATALOG_COUNT);
    return &rows[message];
}

const char *catalog_role_name(enum catalog_role role) {
    static const char *const names[] = {
        [CATALOG_ROLE_SUPERVISOR] = "supervisor", [CATALOG_ROLE_COMPILER] = "compiler",
        [CATALOG_ROLE_WORKER] = "worker",         [CATALOG_ROLE_CONTROL] = "control",
        [CATALOG_ROLE_FETCHER] = "fetcher",       [CATALOG_ROLE_CHECKER] = "checker",
    };
    return names[role];
}

bool catalog_print_markdown(struct buf *to) {
    if (!buf_append_text(to, introduction))
        return false;
    for (size_t i = 0; i < CATALOG_COUNT; i++) {
        const struct catalog_row *row = &rows[i];
        if (!buf_printf(to, "| `%s` | %s | %s | %zu | %zu | %s |\n", row->label, catalog_role_name(row->from),
                        catalog_role_name(row->to), row->bytes, row->fds, row->sentence))
            return false;
    }
    return true;
}
