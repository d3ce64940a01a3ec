/* The sources that a configuration leads to (ipc/source), gathered by the compiler while it makes the bundle, with the
 * documents that were fetched from them so far. */
#ifndef SALLYPORT_PLAN_SOURCELIST_H
#define SALLYPORT_PLAN_SOURCELIST_H

#include "base/arena.h"
#include "base/buf.h"
#include "ipc/source.h"

/* HOSTS: that may be dialled, of sources and others. */
enum { SOURCELIST_HOSTS_MAX = 1024, SOURCELIST_HOSTS_BYTES_MAX = SOURCELIST_HOSTS_MAX * (URL_HOST_MAX + 16) };

/* A document by the name of its source. former: in use already. fresh: new, to be judged. Empty: none. Borrowed. */
struct sourcelist_document {
    struct slice name;
    struct slice former;
    struct slice fresh;
};

/* The list. arena: of the texts. */
struct sourcelist {
    struct arena *arena;
    struct sourcelist_document documents[SOURCE_MAX];
    size_t document_count;
    struct source sources[SOURCE_MAX];
    size_t count;
    struct slice hosts[SOURCELIST_HOSTS_MAX];
    size_t host_count;
};

/* Makes an empty list; what is put into it goes into `arena`. */
void sourcelist_init(struct sourcelist *list, struct arena *arena);

/* Adds what was fetched; texts and bytes stay the caller's. False when there are too many. */
[[nodiscard]] bool sourcelist_add_document(struct sourcelist *list, const struct sourcelist_document *document);

/* The document of this name; an empty one when there is none. */
struct sourcelist_document sourcelist_document(const struct sourcelist *list, struct slice name);

/* The source of this name, or NULL. */
struct source *sourcelist_find(struct sourcelist *list, struct slice name);

/* Adds a source (copied) unless there is one of its name, whose interval becomes the shorter of both. A URL's host may
 * be dialled from then on. NULL when there are too many, or memory is short. */
[[nodiscard]] struct source *sourcelist_add(struct sourcelist *list, const struct source *source);

/* Allows a host ("host" or "host:port", see base/url). False when there are too many. */
[[nodiscard]] bool sourcelist_allow(struct sourcelist *list, struct slice host);

/* Says what became of a source's document; `why` is copied. */
void sourcelist_judge(struct sourcelist *list, struct source *source, enum source_verdict verdict, const char *why);

/* Appends the sources, or the hosts, as the supervisor and the fetcher read them; false when `to` has no room. */
[[nodiscard]] bool sourcelist_write(const struct sourcelist *list, struct buf *to);
[[nodiscard]] bool sourcelist_write_hosts(const struct sourcelist *list, struct buf *to);

#endif
