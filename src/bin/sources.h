/* The sources of documents that change without a reload, as the supervisor knows them: when each is fetched or
 * looked at next, how it fared, and its documents, which the supervisor passes on unread. A new document, or a file
 * that changed,
 * wants a refresh: the compiler makes the bundle in use anew with it, and judges it. */
#ifndef SALLYPORT_BIN_SOURCES_H
#define SALLYPORT_BIN_SOURCES_H

#include "bin/compilation.h"
#include "bin/relay.h"
#include "ipc/report.h"
#include "ipc/source.h"
#include "os/statefiles.h"

/* The pauses after a failure: SOURCES_PAUSE_MS, doubled up to SOURCES_PAUSE_MAX_MS, and never longer than the source's
 * own interval. Every pause is spread by a tenth. A list is fetched again when a tenth of the interval is left to its
 * end. */
enum { SOURCES_PAUSE_MS = 5000, SOURCES_PAUSE_MAX_MS = 600000, SOURCES_SPREAD = 10 };

/* One source. fact: as the compiler told it, its texts in `list`. former: in use; fresh: not judged yet; -1: none.
 * is_kept: the former one is in the state directory, and not in memory.
 * number: of the fetch under way, 0: none. given: the compiler has `fresh`, or looks at the changed path. is_dirty: to
 * be reported. Times to wait for are monotonic, others are milliseconds since 1970, 0: never. */
struct sources_entry {
    struct source fact;
    int former_fd;
    bool is_kept;
    int fresh_fd;
    uint32_t number;
    bool is_given;
    bool is_changed;
    bool is_tried;
    bool is_dirty;
    uint64_t fingerprint;
    unsigned failures;
    int64_t due_ms;
    int64_t good_ms;
    int64_t bad_ms;
    char why[SOURCE_WHY_MAX + 1];
};

/* list: the mapped file of facts. hosts_fd: for the fetcher. fetcher: the process that was told the hosts.
 * is_loaded: the numbers are of the state directory; is_unread: and no compilation had them yet. */
struct sources {
    struct relay *relay;
    struct statefiles *state;
    struct slice list;
    int hosts_fd;
    int numbers_fd;
    pid_t fetcher;
    uint32_t next_number;
    bool is_loaded;
    bool is_unread;
    bool is_count_dirty;
    struct sources_entry entries[SOURCE_MAX];
    size_t count;
};

/* Makes it without any; `relay` and `state` (whose directory may come later) outlive it. */
void sources_init(struct sources *sources, struct relay *relay, struct statefiles *state);
void sources_fini(struct sources *sources);

/* Takes over the lists of a compilation (all of them, or nothing when there are none) and what it says about the
 * documents that it was given; those go into force or are dropped. Sources that were known keep their documents and
 * times. */
void sources_adopt(struct sources *sources, int list_fds[COMPILATION_LIST_COUNT], int64_t now_ms);

/* Looks into such a list before it is adopted: true when anything that was given is to go into force. */
bool sources_bring_news(const struct sources *sources, int list_fd);

/* Takes the numbers of the state directory, before the first adoption: what is adopted then was made without them, so
 * its own numbers are left out. Takes the documents that are there, after it. */
void sources_load_numbers(struct sources *sources);
void sources_load_documents(struct sources *sources);

/* Gives the compiler the documents and numbers, and orders to compile, or to refresh the bundle in `bundle_fd`. */
void sources_order(struct sources *sources, struct compilation *compilation, int bundle_fd);

/* What was given came to nothing: `why` (a sentence) says so of each new document, NULL leaves them to be tried
 * again. */
void sources_refuse(struct sources *sources, const char *why, int64_t now_ms);

/* Fetches what is due and looks at the paths that are due. */
void sources_tick(struct sources *sources, int64_t now_ms);

/* Milliseconds until sources_tick has something to do; at most 1000. */
int sources_wait_ms(const struct sources *sources, int64_t now_ms);

/* Takes what the fetcher sent; false when it is malformed: end it then. */
[[nodiscard]] bool sources_take(struct sources *sources, struct channel_message *message, int64_t now_ms);

/* True when a refresh is wanted. */
bool sources_want_refresh(const struct sources *sources);

/* True while a URL has neither a document nor failed since the start; and when there are documents or numbers that the
 * compiler was not given. */
bool sources_are_awaited(const struct sources *sources);
bool sources_have_documents(const struct sources *sources);

/* Fills in the next report that is due, of source `*number` (of sources->count); false when none is. After
 * sources_report_all, every one is. */
[[nodiscard]] bool sources_next_report(struct sources *sources, uint32_t *number, struct report_source *report);
void sources_report_all(struct sources *sources);

#endif
