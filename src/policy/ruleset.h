/* The rules of one place, a listener, a host or a route, in their order: the first that is about a client and its
 * request decides. Rules about exact values of certificates are looked up, not walked: ten thousand fingerprints cost
 * as one. Pure. */
#ifndef SALLYPORT_POLICY_RULESET_H
#define SALLYPORT_POLICY_RULESET_H

#include "base/map.h"
#include "policy/rule.h"

/* KEYS: all exact values of a set together; more than fit into the files that a configuration may name. */
enum { RULESET_KEYS_MAX = 16 << 20 };

struct ruleset_link;

/* Numbers of rules, growing. */
struct ruleset_chain {
    struct ruleset_link *first;
    struct ruleset_link *last;
};

/* place: of the rules as a whole; what a client meets that none of the allowing rules is about. asks_path: one of
 * them is about paths. walked: those that have to be asked one by one. index: from a value to the rules that are
 * about it; indexed: the facts that it knows. Of the indexed rules, doubted: for each fact those that deny: they are
 * about a client whose value cannot be told. hoped: those that allow: they may be about one who is arriving. */
struct ruleset {
    struct error_place place;
    const struct rule *rules;
    size_t count;
    bool has_allow;
    bool has_live_allow;
    bool asks_path;
    struct ruleset_chain walked;
    struct ruleset_chain hoped;
    struct ruleset_chain doubted[FACT_COUNT];
    enum fact indexed[FACT_COUNT];
    size_t indexed_count;
    struct map index;
};

/* What rules decided, or would have. rule: the one that decided; NULL when the client is refused because no rule allows
 * it, and when nothing was refused. place: of the rule, or of the set that has none. */
struct ruleset_outcome {
    bool refused;
    const struct rule *rule;
    struct error_place place;
};

/* asked: how many rules were looked at one by one. would: the same with the shadow rules in force; worth a record when
 * its `refused` is another. */
struct ruleset_verdict {
    struct ruleset_outcome is;
    struct ruleset_outcome would;
    unsigned asked;
};

/* Makes a set of rules that outlive it; links and keys are in `arena`. False when memory is short; ruleset_fini in
 * every case. */
[[nodiscard]] bool ruleset_init(struct ruleset *set, const struct rule *rules, size_t count, struct error_place place,
                                struct arena *arena);
void ruleset_fini(struct ruleset *set);

/* Asks the sets (NULL: nothing to say) in their order, which all have to agree. Without a rule that allows, who
 * meets no rule is allowed; with one, refused. Before there is a request (facts->request is NULL), or even a
 * handshake, only who would be refused whatever comes is. Allocates nothing. */
void ruleset_judge(const struct ruleset *const *sets, size_t count, const struct facts *facts,
                   struct ruleset_verdict *verdict);

#endif
