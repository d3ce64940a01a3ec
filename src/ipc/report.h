/* What the supervisor knows and the control process shows: the content of the message REPORT. */
#ifndef SALLYPORT_IPC_REPORT_H
#define SALLYPORT_IPC_REPORT_H

#include "ipc/outline.h"
#include "ipc/resolve.h"
#include "ipc/source.h"

/* Texts longer than these are cut: REPORT goes over the wire after every change. */
enum { REPORT_TEXT_MAX = 2048, REPORT_REASON_MAX = 96, REPORT_ADDR_MAX = ADDR_TEXT_MAX };

/* WAITING: dead, will be started again. STARTING: builds its snapshot. RUNNING: serves. DRAINING: finishes. */
enum report_state { REPORT_WAITING, REPORT_STARTING, REPORT_RUNNING, REPORT_DRAINING };

/* One worker slot. pid 0: none. last_end: how its last worker ended, empty when none has. Times are milliseconds since
 * 1970. */
struct report_slot {
    enum report_state state;
    int32_t pid;
    uint32_t restarts;
    int64_t since_ms;
    char last_end[REPORT_REASON_MAX];
};

/* One address on which we listen. */
struct report_listen {
    char name[OUTLINE_NAME_MAX];
    char addr[REPORT_ADDR_MAX];
};

/* The whole. reload_ms 0: none was tried since the start. */
struct report {
    int32_t pid;
    int64_t started_ms;
    uint64_t generation;
    int64_t loaded_ms;
    char config_path[OUTLINE_PATH_MAX];
    int64_t reload_ms;
    bool reload_ok;
    char reload_text[REPORT_TEXT_MAX];
    bool draining;
    uint32_t slots_count;
    struct report_slot slots[OUTLINE_WORKERS_MAX];
    uint32_t listens_count;
    struct report_listen listens[OUTLINE_LISTENS_MAX];
};

enum report_source_kind { REPORT_SOURCE_URL, REPORT_SOURCE_PATH, REPORT_SOURCE_NAME };

/* One source of documents, or a name of servers that is looked up, in a message of its own. good_ms: when it last gave
 * a document that is in force or the same again. bad_ms: when it last failed; why: how, empty when it never did.
 * due_ms: when it is asked next. expires_ms: when what is in use becomes stale. 0: never, or not known. */
struct report_source {
    enum report_source_kind kind;
    char name[SOURCE_NAME_MAX + 1];
    int64_t good_ms;
    int64_t bad_ms;
    int64_t due_ms;
    int64_t expires_ms;
    char why[SOURCE_WHY_MAX + 1];
};

/* NAMES: of two configurations while one is being prepared. */
enum { REPORT_SOURCES_MAX = SOURCE_MAX + 2 * RESOLVE_NAMES_MAX };

/* All of them. */
struct report_sources {
    uint32_t count;
    struct report_source items[REPORT_SOURCES_MAX];
};

/* Writes and reads one source with its number, of SOURCE_COUNT of them. */
void report_put_source(uint32_t number, const struct report_source *source, struct wire_out *out);
[[nodiscard]] bool report_get_source(struct report_sources *sources, struct wire_in *in);

/* Writes the report to a message. */
void report_put(const struct report *report, struct wire_out *out);

/* Reads it; false when it is not one. */
[[nodiscard]] bool report_get(struct report *report, struct wire_in *in);

/* "url", "path", "name". */
const char *report_source_kind_name(enum report_source_kind kind);

/* "waiting", "starting", "running", "draining". */
const char *report_state_name(enum report_state state);

#endif
