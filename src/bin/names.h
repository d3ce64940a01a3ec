/* The names of servers, as the supervisor knows them: when each is looked up next, how it fared, and its addresses,
 * which every worker is told. Workers never ask: a name that changes is told to all of them in the same turn, and a
 * worker that starts knows what the others know. The last good answer stays while lookups fail. */
#ifndef SALLYPORT_BIN_NAMES_H
#define SALLYPORT_BIN_NAMES_H

#include "bin/relay.h"
#include "bin/slot.h"
#include "ipc/report.h"
#include "ipc/resolve.h"

/* OPEN: lookups at the same time, fewer than the fetcher bears. PAUSE: after a failure, doubled up to PAUSE_MAX, and
 * never longer than what is usual for a good answer. PATIENCE: a start and a reload wait no longer for first
 * answers. */
enum { NAMES_OPEN_MAX = 32, NAMES_PAUSE_MS = 1000, NAMES_PAUSE_MAX_MS = 30000, NAMES_PATIENCE_MS = 3000 };

/* Names of the configuration in force, and of one that is being prepared. */
enum { NAMES_MAX = 2 * RESOLVE_NAMES_MAX };

/* One name. is_gone: dropped, and kept until all workers were told. number: of the lookup under way, 0: none. changed:
 * the round in which its addresses became others, 0: it never had any. Times to wait for are monotonic, others are
 * milliseconds since 1970, 0: never. */
struct names_entry {
    char name[RESOLVE_NAME_MAX + 1];
    bool is_current;
    bool is_next;
    bool is_gone;
    bool is_tried;
    bool is_dirty;
    uint32_t number;
    uint64_t changed;
    struct resolve_answer answer;
    unsigned failures;
    int64_t due_ms;
    int64_t good_ms;
    int64_t bad_ms;
    char why[RESOLVE_WHY_MAX + 1];
};

/* What a worker slot was told: all rounds up to this one, while this process was its worker. */
struct names_told {
    pid_t pid;
    uint64_t round;
};

/* settings: those expected last; its text is `servers`. fetcher: the process that was asked. */
struct names {
    struct relay *relay;
    struct resolve_settings settings;
    char servers[RESOLVE_SERVERS_MAX + 1];
    struct names_entry entries[NAMES_MAX];
    size_t count;
    size_t open;
    uint32_t next_number;
    uint64_t round;
    pid_t fetcher;
    bool is_count_dirty;
    struct names_told told[OUTLINE_WORKERS_MAX];
};

/* Makes it without any; `relay` outlives it. */
void names_init(struct names *names, struct relay *relay);

/* Takes the compiler's list (a sealed file, which stays the caller's; negative: none) of a configuration that is being
 * prepared: its names are looked up from now on beside those in use. A list that cannot be read is an empty one. */
void names_expect(struct names *names, int list_fd, int64_t now_ms);

/* The configuration that was expected is in force, or given up: the names of the other one are dropped. */
void names_settle(struct names *names, bool is_taken);

/* True while a name that is expected was never looked up. */
bool names_are_awaited(const struct names *names);

/* Looks up what is due, and tells the workers what is new. */
void names_tick(struct names *names, struct slot *slots, unsigned count, int64_t now_ms);

/* Milliseconds until names_tick has something to do; at most 1000. */
int names_wait_ms(const struct names *names, int64_t now_ms);

/* True for a message of the fetcher that is about names. names_take takes it; false when it is malformed: end it
 * then. */
bool names_are_meant(const struct channel_message *message);
[[nodiscard]] bool names_take(struct names *names, struct channel_message *message, int64_t now_ms);

/* Fills in the next report that is due, of name `*number` (of names->count); false when none is. After
 * names_report_all, every one is. */
[[nodiscard]] bool names_next_report(struct names *names, uint32_t *number, struct report_source *report);
void names_report_all(struct names *names);

#endif
