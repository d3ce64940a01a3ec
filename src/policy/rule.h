/* One rule: whom and what it is about, and whether that is allowed. Pure. */
#ifndef SALLYPORT_POLICY_RULE_H
#define SALLYPORT_POLICY_RULE_H

#include "base/error.h"
#include "policy/condition.h"

/* Conditions that all have to be met. */
struct rule_group {
    struct condition *conditions;
    size_t count;
};

/* A rule is about a client and a request that meet all of `when` and none of the groups of `unless`. allows:
 * otherwise it denies. is_shadow: it is asked and its answer recorded, but it decides nothing. name: for records, or
 * NULL. All of it is the arena's of whoever made it. */
struct rule {
    struct error_place place;
    const char *name;
    bool allows;
    bool is_shadow;
    struct rule_group when;
    struct rule_group *unless;
    size_t unless_count;
};

/* Whether the rule is about these facts; LATER when that depends on what is not known yet. Where the
 * gateway cannot tell, the safe answer counts: a rule that allows is not about them, one that denies is. */
enum condition_answer rule_ask(const struct rule *rule, const struct facts *facts);

#endif
