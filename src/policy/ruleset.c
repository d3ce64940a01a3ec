/* Each rule hangs either in the chain of those that are walked, or at the values of one of its conditions. A client's
 * own values lead to the chains to look at, and these are walked side by side, so that the order stays. */
#include "policy/ruleset.h"

#include "base/bug.h"

struct ruleset_link {
    size_t number;
    struct ruleset_link *next;
};

/* A chain for each value of a client at most, one for each fact that cannot be told, and the walked one. */
enum { CURSORS_MAX = CERTFACTS_VALUES_MAX + FACT_COUNT + 1 };

struct cursors {
    const struct ruleset_link *at[CURSORS_MAX];
    size_t count;
};

/* OPEN: no rule has spoken. DEFERRED: one may allow it, depending on the request. */
enum stand { OPEN, ALLOWED, REFUSED, DEFERRED };

struct standing {
    enum stand stand;
    const struct rule *rule;
};

static bool asks_path(const struct rule *rule);
static bool group_asks_path(const struct rule_group *group);
static bool hang(struct ruleset *set, size_t number, struct arena *arena);
static const struct condition *condition_to_index(const struct rule *rule);
static bool hang_at_values(struct ruleset *set, size_t number, const struct condition *condition, struct arena *arena);
static struct ruleset_chain *chain_of(struct ruleset *set, struct slice key, struct arena *arena);
static bool append(struct ruleset_chain *chain, size_t number, struct arena *arena);
static void note_fact(struct ruleset *set, enum fact fact);
static void judge_one(const struct ruleset *set, const struct facts *facts, struct ruleset_verdict *verdict);
static void conclude(const struct ruleset *set, const struct standing *standing, bool has_allow,
                     struct ruleset_outcome *outcome);
static void hear(struct standing *standing, const struct rule *rule, enum condition_answer answer);
static void find_chains(const struct ruleset *set, const struct facts *facts, struct cursors *cursors);
static void find_values(const struct ruleset *set, const struct certfacts *certificate, enum fact fact,
                        struct cursors *cursors);
static void add_chain(struct cursors *cursors, const struct ruleset_chain *chain);
static const struct rule *next_rule(const struct ruleset *set, struct cursors *cursors);

bool ruleset_init(struct ruleset *set, const struct rule *rules, size_t count, struct error_place place,
                  struct arena *arena) {
    *set = (struct ruleset){.place = place, .rules = rules, .count = count};
    map_init(&set->index, RULESET_KEYS_MAX, 0);
    for (size_t i = 0; i < count; i++) {
        set->has_allow = set->has_allow || rules[i].allows;
        set->has_live_allow = set->has_live_allow || (rules[i].allows && !rules[i].is_shadow);
        set->asks_path = set->asks_path || asks_path(&rules[i]);
        if (!hang(set, i, arena))
            return false;
    }
    return true;
}

void ruleset_fini(struct ruleset *set) {
    map_fini(&set->index);
}

void ruleset_judge(const struct ruleset *const *sets, size_t count, const struct facts *facts,
                   struct ruleset_verdict *verdict) {
    struct ruleset_verdict one;
    *verdict = (struct ruleset_verdict){.asked = 0};
    for (size_t i = 0; i < count; i++) {
        if (sets[i] == NULL)
            continue;
        judge_one(sets[i], facts, &one);
        verdict->asked += one.asked;
        if (one.is.refused && !verdict->is.refused)
            verdict->is = one.is;
        if (!verdict->would.refused && (one.would.refused || one.is.refused))
            verdict->would = one.would;
    }
}

static bool asks_path(const struct rule *rule) {
    bool asks = group_asks_path(&rule->when);
    for (size_t i = 0; i < rule->unless_count; i++)
        asks = asks || group_asks_path(&rule->unless[i]);
    return asks;
}

static bool group_asks_path(const struct rule_group *group) {
    for (size_t i = 0; i < group->count; i++) {
        if (group->conditions[i].fact == FACT_PATH)
            return true;
    }
    return false;
}

static bool hang(struct ruleset *set, size_t number, struct arena *arena) {
    const struct condition *condition = condition_to_index(&set->rules[number]);
    if (condition == NULL)
        return append(&set->walked, number, arena);
    note_fact(set, condition->fact);
    struct ruleset_chain *unknown = set->rules[number].allows ? &set->hoped : &set->doubted[condition->fact];
    return append(unknown, number, arena) && hang_at_values(set, number, condition, arena);
}

/* The one whose fact selects most: the table of facts is in this order. */
static const struct condition *condition_to_index(const struct rule *rule) {
    const struct condition *best = NULL;
    for (size_t i = 0; i < rule->when.count; i++) {
        const struct condition *condition = &rule->when.conditions[i];
        if (condition_is_indexable(condition) && (best == NULL || condition->fact < best->fact))
            best = condition;
    }
    return best;
}

static bool hang_at_values(struct ruleset *set, size_t number, const struct condition *condition, struct arena *arena) {
    for (size_t i = 0; i < condition->exact_count; i++) {
        struct ruleset_chain *chain = chain_of(set, condition->exact[i], arena);
        if (chain == NULL || !append(chain, number, arena))
            return false;
    }
    return true;
}

static struct ruleset_chain *chain_of(struct ruleset *set, struct slice key, struct arena *arena) {
    struct ruleset_chain *chain = map_get(&set->index, key);
    if (chain != NULL)
        return chain;
    chain = arena_alloc(arena, sizeof(*chain));
    return chain != NULL && map_set(&set->index, key, chain) ? chain : NULL;
}

static bool append(struct ruleset_chain *chain, size_t number, struct arena *arena) {
    struct ruleset_link *link = arena_alloc(arena, sizeof(*link));
    if (link == NULL)
        return false;
    *link = (struct ruleset_link){.number = number};
    if (chain->last != NULL)
        chain->last->next = link;
    else
        chain->first = link;
    chain->last = link;
    return true;
}

static void note_fact(struct ruleset *set, enum fact fact) {
    for (size_t i = 0; i < set->indexed_count; i++) {
        if (set->indexed[i] == fact)
            return;
    }
    set->indexed[set->indexed_count++] = fact;
}

static void judge_one(const struct ruleset *set, const struct facts *facts, struct ruleset_verdict *verdict) {
    struct cursors cursors;
    struct standing is = {.stand = OPEN};
    struct standing would = {.stand = OPEN};
    const struct rule *rule;
    verdict->asked = 0;
    find_chains(set, facts, &cursors);
    while ((is.stand == OPEN || would.stand == OPEN) && (rule = next_rule(set, &cursors)) != NULL) {
        enum condition_answer answer = rule_ask(rule, facts);
        verdict->asked++;
        if (!rule->is_shadow)
            hear(&is, rule, answer);
        hear(&would, rule, answer);
    }
    conclude(set, &is, set->has_live_allow, &verdict->is);
    conclude(set, &would, set->has_allow, &verdict->would);
}

static void hear(struct standing *standing, const struct rule *rule, enum condition_answer answer) {
    if (standing->stand != OPEN || answer == CONDITION_NO)
        return;
    if (answer == CONDITION_LATER && !rule->allows)
        return; /* whether it denies is not known; what comes behind it may deny in any case */
    *standing = (struct standing){.stand = answer == CONDITION_LATER ? DEFERRED
                                      : rule->allows                 ? ALLOWED
                                                                     : REFUSED,
                                  .rule = rule};
}

static void conclude(const struct ruleset *set, const struct standing *standing, bool has_allow,
                     struct ruleset_outcome *outcome) {
    *outcome = (struct ruleset_outcome){.refused = standing->stand == REFUSED || (standing->stand == OPEN && has_allow),
                                        .rule = standing->rule,
                                        .place = standing->rule != NULL ? standing->rule->place : set->place};
}

/* Rules about a certificate are about nobody who has none: only the walked ones are left. Of who is arriving nothing is
 * known: whether rules deny it will show, but those that may allow it count. */
static void find_chains(const struct ruleset *set, const struct facts *facts, struct cursors *cursors) {
    cursors->count = 0;
    add_chain(cursors, &set->walked);
    if (facts->is_arriving)
        add_chain(cursors, &set->hoped);
    for (size_t i = 0; facts->certificate != NULL && i < set->indexed_count; i++) {
        enum fact fact = set->indexed[i];
        bool is_told = fact_row(fact)->source == FACT_SOURCE_KEY || facts->is_verified;
        if (!is_told || facts->certificate->unreadable[fact])
            add_chain(cursors, &set->doubted[fact]);
        if (is_told)
            find_values(set, facts->certificate, fact, cursors);
    }
}

static void find_values(const struct ruleset *set, const struct certfacts *certificate, enum fact fact,
                        struct cursors *cursors) {
    for (size_t i = certificate->first[fact]; i < certificate->first[fact + 1]; i++) {
        const struct ruleset_chain *chain = map_get(&set->index, certificate->values[i]);
        if (chain != NULL)
            add_chain(cursors, chain);
    }
}

static void add_chain(struct cursors *cursors, const struct ruleset_chain *chain) {
    if (chain->first == NULL)
        return;
    bug_on(cursors->count == CURSORS_MAX);
    cursors->at[cursors->count++] = chain->first;
}

/* The rule with the least number of those that come next; NULL when all chains are at their end. */
static const struct rule *next_rule(const struct ruleset *set, struct cursors *cursors) {
    size_t least = SIZE_MAX;
    for (size_t i = 0; i < cursors->count; i++) {
        if (cursors->at[i] != NULL && cursors->at[i]->number < least)
            least = cursors->at[i]->number;
    }
    for (size_t i = 0; i < cursors->count; i++) {
        if (cursors->at[i] != NULL && cursors->at[i]->number == least)
            cursors->at[i] = cursors->at[i]->next;
    }
    return least != SIZE_MAX ? &set->rules[least] : NULL;
}
