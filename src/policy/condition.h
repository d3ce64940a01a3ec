/* A condition of a rule: a fact and the values that it may have. Pure. */
#ifndef SALLYPORT_POLICY_CONDITION_H
#define SALLYPORT_POLICY_CONDITION_H

#include "policy/facts.h"
#include "policy/rulevalue.h"

/* LATER: it depends on the certificate or the request, and there is none yet. */
enum condition_answer { CONDITION_NO, CONDITION_YES, CONDITION_LATER };

/* How to answer when the gateway cannot tell: a name that is no clean text, a name in a certificate whose chain was not
 * verified. counts_as: the answer then. is_exception: the condition stands under "unless", where "no certificate" is
 * not the same as "another certificate": it cannot be told either. */
struct condition_doubt {
    enum condition_answer counts_as;
    bool is_exception;
};

struct condition_glob;
struct condition_network;
struct condition_window;

/* The values of one fact, ORed. exact: sorted by condition_seal, each once. All of it is the arena's. */
struct condition {
    enum fact fact;
    unsigned presence;
    struct slice *exact;
    size_t exact_count;
    size_t exact_room;
    struct condition_glob *globs;
    struct condition_network *networks;
    struct condition_window *windows;
};

/* Begins a condition without values: it is met by nobody. */
void condition_init(struct condition *condition, enum fact fact);

/* Adds what `text` stands for. False and a complaint: see rulevalue_read. */
[[nodiscard]] bool condition_add(struct condition *condition, struct slice text, struct arena *arena,
                                 char complaint[RULEVALUE_COMPLAINT_MAX]);

/* Ends the adding; before that it cannot be asked. */
void condition_seal(struct condition *condition);

/* Whether the facts meet the condition. Costs, besides the client's own values of the fact, one step for each halving
 * of the exact values, and one pass for each pattern, network and window. */
enum condition_answer condition_ask(const struct condition *condition, const struct facts *facts,
                                    struct condition_doubt doubt);

/* True when the condition can be looked up: it is about the certificate, and all its values are exact. */
bool condition_is_indexable(const struct condition *condition);

#endif
