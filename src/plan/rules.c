/* Rule by rule, condition by condition, value by value. */
#include "plan/rules.h"

#include "base/bug.h"
#include "plan/route.h"
#include "policy/valuelist.h"

/* One set that was made. */
struct rules_made {
    struct ruleset set;
    struct rules_made *next;
};

static bool make_set(struct rules *rules, const struct settings_policy *policy, struct plan_listener *listener,
                     const struct ruleset **set);
static size_t count_of(const struct settings_policy *policy);
static bool make_rules(struct rules *rules, const struct settings_policy *policy, struct rule *to);
static bool make_each(struct rules *rules, const struct settings_rule *from, size_t count, bool allows,
                      struct rule **to);
static bool make_rule(struct rules *rules, const struct settings_rule *from, bool allows, struct rule *to);
static bool make_group(struct rules *rules, const struct settings_condition *from, struct rule_group *to);
static bool make_condition(struct rules *rules, const struct settings_condition *from, struct condition *to);
static bool add_list(struct rules *rules, const struct settings_match *match, struct condition *to);
static bool add_text(struct rules *rules, struct slice text, struct error_place place, struct condition *to);
static struct error_place place_of(const struct rule *made, size_t count);
static bool no_memory(struct rules *rules, struct error_place place);

void rules_init(struct rules *rules, struct arena *arena, const struct settings *settings, struct error_list *errors) {
    *rules = (struct rules){.arena = arena, .settings = settings, .errors = errors};
}

void rules_fini(struct rules *rules) {
    for (struct rules_made *made = rules->made; made != NULL; made = made->next)
        ruleset_fini(&made->set);
    rules->made = NULL;
}

bool rules_build(struct rules *rules, const struct settings_listener *settings, struct plan_listener *listener) {
    bug_on(listener->host_count != settings->host_count + 1 || listener->route_count != settings->route_count);
    bool done = make_set(rules, &settings->policy, listener, &listener->rules);
    for (size_t i = 0; i < settings->host_count; i++)
        done = make_set(rules, &settings->hosts[i].policy, listener, &listener->hosts[i + 1].rules) && done;
    for (size_t i = 0; i < settings->route_count; i++)
        done = make_set(rules, &settings->routes[i].policy, listener, &listener->routes[i].rules) && done;
    return done;
}

/* A rule about paths protects only where a path has one meaning, like a route's prefix. */
static bool make_set(struct rules *rules, const struct settings_policy *policy, struct plan_listener *listener,
                     const struct ruleset **set) {
    size_t count = count_of(policy);
    if (count == 0)
        return true;
    struct rule *list = arena_array(rules->arena, count, sizeof(*list));
    struct rules_made *made = arena_alloc(rules->arena, sizeof(*made));
    if (list == NULL || made == NULL)
        return no_memory(rules, rules->settings->place);
    if (!make_rules(rules, policy, list))
        return false;
    bool done = ruleset_init(&made->set, list, count, place_of(list, count), rules->arena);
    made->next = rules->made;
    rules->made = made;
    *set = &made->set;
    if (made->set.asks_path)
        route_table_refuse_ambiguous(listener->route_index);
    return done || no_memory(rules, list[0].place);
}

static size_t count_of(const struct settings_policy *policy) {
    size_t count = policy->allow_count + policy->deny_count;
    for (size_t i = 0; i < policy->step_count; i++)
        count += policy->steps[i].allow_count + policy->steps[i].deny_count;
    return count;
}

/* What denies comes before what allows, unless steps say another order. */
static bool make_rules(struct rules *rules, const struct settings_policy *policy, struct rule *to) {
    bool done = make_each(rules, policy->deny, policy->deny_count, false, &to);
    done = make_each(rules, policy->allow, policy->allow_count, true, &to) && done;
    for (size_t i = 0; i < policy->step_count; i++) {
        const struct settings_rule_step *step = &policy->steps[i];
        done = make_each(rules, step->deny, step->deny_count, false, &to) && done;
        done = make_each(rules, step->allow, step->allow_count, true, &to) && done;
    }
    return done;
}

static bool make_each(struct rules *rules, const struct settings_rule *from, size_t count, bool allows,
                      struct rule **to) {
    bool done = true;
    for (size_t i = 0; i < count; i++)
        done = make_rule(rules, &from[i], allows, (*to)++) && done;
    return done;
}

static bool make_rule(struct rules *rules, const struct settings_rule *from, bool allows, struct rule *to) {
    *to = (struct rule){.place = from->place,
                        .name = from->name,
                        .allows = allows,
                        .is_shadow = from->shadow,
                        .unless = arena_array(rules->arena, from->unless_count, sizeof(*to->unless)),
                        .unless_count = from->unless_count};
    if (to->unless == NULL)
        return no_memory(rules, from->place);
    bool done = make_group(rules, from->conditions, &to->when);
    for (size_t i = 0; i < from->unless_count; i++)
        done = make_group(rules, from->unless[i].conditions, &to->unless[i]) && done;
    return done;
}

static bool make_group(struct rules *rules, const struct settings_condition *from, struct rule_group *to) {
    size_t count = 0;
    bool done = true;
    for (enum fact fact = 0; fact < FACT_COUNT; fact++)
        count += from[fact].count > 0;
    to->conditions = arena_array(rules->arena, count, sizeof(*to->conditions));
    if (to->conditions == NULL)
        return no_memory(rules, rules->settings->place);
    for (enum fact fact = 0; fact < FACT_COUNT; fact++) {
        if (from[fact].count == 0)
            continue;
        struct condition *condition = &to->conditions[to->count++];
        condition_init(condition, fact);
        done = make_condition(rules, &from[fact], condition) && done;
    }
    return done;
}

static bool make_condition(struct rules *rules, const struct settings_condition *from, struct condition *to) {
    bool done = true;
    for (size_t i = 0; i < from->count; i++) {
        const struct settings_match *match = &from->values[i];
        bool added = match->text != NULL ? add_text(rules, slice_text(match->text), match->file.place, to)
                                         : add_list(rules, match, to);
        done = added && done;
    }
    condition_seal(to);
    return done;
}

/* The first error in a list is enough: it may be a file of quite another kind. */
static bool add_list(struct rules *rules, const struct settings_match *match, struct condition *to) {
    struct valuelist list;
    struct valuelist_value value;
    const char *complaint = NULL;
    enum valuelist_status status;
    size_t count = 0;
    bug_on(match->file.content >= rules->settings->content_count);
    valuelist_init(&list, rules->settings->contents[match->file.content].bytes);
    while ((status = valuelist_next(&list, &value, &complaint)) == VALUELIST_VALUE) {
        struct error_place place = {.file = match->file.path, .line = value.line, .column = value.column};
        if (value.text.data[0] == '@')
            return error_add(rules->errors, place, "a list cannot name another one; \"\\@\" begins a value with \"@\"");
        if (!add_text(rules, value.text, place, to))
            return false;
        count++;
    }
    if (status == VALUELIST_BAD)
        return error_add(rules->errors,
                         (struct error_place){.file = match->file.path, .line = value.line, .column = value.column},
                         "%s", complaint);
    return count > 0 || error_add(rules->errors, match->file.place, "the list %s has no values", match->file.path);
}

static bool add_text(struct rules *rules, struct slice text, struct error_place place, struct condition *to) {
    char complaint[RULEVALUE_COMPLAINT_MAX];
    if (condition_add(to, text, rules->arena, complaint))
        return true;
    return error_add(rules->errors, place, "\"%s\": %s; found \"%.*s\"", fact_row(to->fact)->key, complaint,
                     text.len > 100 ? 100 : (int)text.len, (const char *)text.data);
}

/* Where somebody is sent whom no rule allows: to the first that could have. */
static struct error_place place_of(const struct rule *made, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (made[i].allows)
            return made[i].place;
    }
    return made[0].place;
}

static bool no_memory(struct rules *rules, struct error_place place) {
    return error_add(rules->errors, place, "not enough memory for the rules");
}
