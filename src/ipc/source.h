/* A source: where a document comes from that changes without a reload (a revocation list, a staple), as the compiler
 * tells the supervisor. The compiler says how the newest documents fared, too; the supervisor reads none of them. */
#ifndef SALLYPORT_IPC_SOURCE_H
#define SALLYPORT_IPC_SOURCE_H

#include "ipc/fetch.h"

/* SOURCES: each has a document in memory and a place in the reports. NAME: a URL or a path. LIST_BYTES: all of them as
 * one sealed file. */
enum {
    SOURCE_MAX = 256,
    SOURCE_NAME_MAX = URL_MAX,
    SOURCE_WHY_MAX = 512,
    SOURCE_LIST_BYTES_MAX =
        SOURCE_MAX * (SOURCE_NAME_MAX + URL_MAX + FETCH_BODY_MAX + FETCH_TYPE_MAX + SOURCE_WHY_MAX + 128)
};

/* URL: fetched. PATH: a file or a directory that the compiler reads itself; the supervisor looks whether it changed. */
enum source_kind { SOURCE_URL, SOURCE_PATH };

/* What became of the newest document. NONE: there was no new one, or it was not judged. */
enum source_verdict { SOURCE_VERDICT_NONE, SOURCE_VERDICT_TAKEN, SOURCE_VERDICT_REFUSED };

/* name: tells sources apart; documents are kept by it. request: how to fetch it. interval_ms: pause between two
 * fetches or looks, 0: never again. expires: when what is in use becomes stale, seconds since 1970, 0: nothing is in
 * use, or it says no time. why: of REFUSED, a sentence. All texts are borrowed. */
struct source {
    enum source_kind kind;
    struct slice name;
    struct fetch_request request;
    int64_t interval_ms;
    int64_t expires;
    enum source_verdict verdict;
    struct slice why;
};

/* Writes a source. */
void source_put(const struct source *source, struct wire_out *out);

/* Reads it; `in` turns bad when it is none. */
void source_get(struct source *source, struct wire_in *in);

#endif
