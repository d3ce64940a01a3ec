/* What a worker knows from OCSP responders: one entry for each certificate that was asked about, under the rules of a
 * host. Looking costs one hash look-up, whoever asks. Entries that somebody holds stay; of the others the one that was
 * used longest ago goes when there are too many. */
#ifndef SALLYPORT_PROXY_OCSPCACHE_H
#define SALLYPORT_PROXY_OCSPCACHE_H

#include "base/list.h"
#include "base/map.h"
#include "base/reason.h"
#include "io/loop.h"
#include "pki/ocsp.h"
#include "plan/plan.h"

/* ENTRIES_MAX: as many as a large worker has connections, each by another certificate; some 50 MB. KEY_BYTES: the
 * rules' digest, the issuer, the serial number behind its length. WHY_MAX: what the responders did, for the record.
 * RETRY_S, RETRY_MAX_S: after a failure nobody is asked for so long, doubling from the one to the other. */
enum {
    OCSPCACHE_ENTRIES_MAX = 100000,
    OCSPCACHE_KEY_BYTES = 32 + REVKEY_ISSUER_BYTES + 1 + REVKEY_SERIAL_MAX,
    OCSPCACHE_WHY_MAX = 400,
    OCSPCACHE_RETRY_S = 5,
    OCSPCACHE_RETRY_MAX_S = 300
};

struct ocspcache;
struct ocspask;

/* Who wants to know of an entry's news, embedded in its owner. depth: of the certificate in its path. */
struct ocspcache_holder {
    struct list link;
    struct ocspcache_entry *entry;
    size_t depth;
};

/* One certificate. answer: the last usable one, if has_answer. next_ask_s: when asking (again) is worth while, seconds
 * since 1970. why: what went wrong last, empty when nothing did. ask: a question under way, or NULL. holders: struct
 * ocspcache_holder. */
struct ocspcache_entry {
    struct list link;
    struct ocspcache *cache;
    uint8_t key[OCSPCACHE_KEY_BYTES];
    bool has_answer;
    struct ocsp_answer answer;
    int64_t next_ask_s;
    unsigned failures;
    char why[OCSPCACHE_WHY_MAX];
    struct ocspask *ask;
    struct list holders;
    struct deadline due;
};

/* What is known about a certificate. reason NONE: good. is_answer: a responder said so; otherwise nobody gave a usable
 * answer, and detail (the entry's, borrowed, or NULL) says why. is_due: it is worth while to ask before deciding. */
struct ocspcache_view {
    enum reason reason;
    const char *detail;
    bool is_answer;
    bool is_due;
};

/* Is called when somebody holds the entry and it should be asked about again. */
struct ocspcache_events {
    void (*due)(void *owner, struct ocspcache_entry *entry);
    void *owner;
};

/* Makes an empty cache. NULL when memory is short. */
[[nodiscard]] struct ocspcache *ocspcache_new(struct loop *loop, struct ocspcache_events events, uint64_t seed);

/* Frees it. Nobody may hold an entry, no question may be under way. */
void ocspcache_free(struct ocspcache **cache);

/* What is known about the certificate with this key at `now`. cache may be NULL: nothing is. Changes nothing. */
struct ocspcache_view ocspcache_look(const struct ocspcache *cache, const struct plan_ocsp *rules,
                                     const struct revocation_key *key, int64_t now);

/* Holds the entry of a certificate, which is made if it is not there. False when there is no room. */
[[nodiscard]] bool ocspcache_hold(struct ocspcache *cache, const struct plan_ocsp *rules,
                                  const struct revocation_key *key, struct ocspcache_holder *holder);

/* Lets go, if it is held. */
void ocspcache_release(struct ocspcache_holder *holder);

/* True when the entry should be asked about now and is not. */
bool ocspcache_is_due(const struct ocspcache_entry *entry, int64_t now);

/* Notes a usable answer, asked for under these rules. False, and nothing is noted but a failure, when it is older than
 * the one that is known: somebody repeats old answers. */
bool ocspcache_answer(struct ocspcache_entry *entry, const struct ocsp_answer *answer, const struct plan_ocsp *rules,
                      int64_t now);

/* Notes that nobody gave a usable answer; `why` is copied. */
void ocspcache_fail(struct ocspcache_entry *entry, const char *why, int64_t now);

/* Calls `visit` for each entry. */
void ocspcache_each(struct ocspcache *cache, void (*visit)(struct ocspcache_entry *entry));

/* How many certificates of a path with `len` of them the rules are about, from the leaf on. */
size_t ocspcache_scope(const struct plan_ocsp *rules, size_t len);

/* Entries in it. */
size_t ocspcache_count(const struct ocspcache *cache);

#endif
