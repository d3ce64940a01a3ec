#include "policy/rule.h"

static enum condition_answer ask_group(const struct rule_group *group, const struct facts *facts,
                                       struct condition_doubt doubt);

enum condition_answer rule_ask(const struct rule *rule, const struct facts *facts) {
    struct condition_doubt doubt = {.counts_as = rule->allows ? CONDITION_NO : CONDITION_YES};
    struct condition_doubt doubt_of_exception = {.counts_as = rule->allows ? CONDITION_YES : CONDITION_NO,
                                                 .is_exception = true};
    enum condition_answer answer = ask_group(&rule->when, facts, doubt);
    for (size_t i = 0; i < rule->unless_count && answer != CONDITION_NO; i++) {
        enum condition_answer exception = ask_group(&rule->unless[i], facts, doubt_of_exception);
        if (exception == CONDITION_YES)
            return CONDITION_NO;
        answer = exception == CONDITION_LATER ? CONDITION_LATER : answer;
    }
    return answer;
}

static enum condition_answer ask_group(const struct rule_group *group, const struct facts *facts,
                                       struct condition_doubt doubt) {
    enum condition_answer answer = CONDITION_YES;
    for (size_t i = 0; i < group->count && answer != CONDITION_NO; i++) {
        enum condition_answer one = condition_ask(&group->conditions[i], facts, doubt);
        answer = one == CONDITION_YES ? answer : one;
    }
    return answer;
}
