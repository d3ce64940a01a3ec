/* Fuzzes policy/ruleset with all below it: values of rules, certificates' facts, the order. Looking rules up decides as
 * asking each in its order does; and whom the ClientHello's refusal keeps out, the handshake
 * does, and whom the handshake refuses, every request refuses. The input is lines: '+' or '-'
 * begins a rule that allows or denies ('p', 'm' one that is a shadow), 'c' adds a condition and 'u' one to its
 * exception, 'f' adds a value to the certificate (each followed by the number of a fact and a text), '?' makes a fact
 * unreadable, '!' takes the proof of the chain, '0' the certificate. */
#include "base/bug.h"
#include "policy/ruleset.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { RULES_MAX = 32, CONDITIONS_MAX = 4, VALUES_MAX = 64 };

struct play {
    struct arena arena;
    struct rule rules[RULES_MAX];
    struct rule_group exceptions[RULES_MAX];
    size_t rule_count;
    struct slice keys[VALUES_MAX];
    size_t key_count;
    struct certfacts certificate;
    struct facts facts;
};

static void begin_rule(struct play *play, bool allows, bool is_shadow) {
    size_t at = play->rule_count;
    if (at == RULES_MAX)
        return;
    play->rules[at] = (struct rule){.allows = allows, .is_shadow = is_shadow, .place = {.line = (unsigned)at + 1}};
    play->rules[at].when.conditions = arena_array(&play->arena, CONDITIONS_MAX, sizeof(struct condition));
    play->exceptions[at] =
        (struct rule_group){.conditions = arena_array(&play->arena, CONDITIONS_MAX, sizeof(struct condition))};
    play->rules[at].unless = &play->exceptions[at];
    bug_on(play->rules[at].when.conditions == NULL || play->exceptions[at].conditions == NULL);
    play->rule_count++;
}

static void add_condition(struct play *play, struct slice line, bool is_exception) {
    char complaint[RULEVALUE_COMPLAINT_MAX];
    if (play->rule_count == 0)
        return;
    struct rule *rule = &play->rules[play->rule_count - 1];
    struct rule_group *group = is_exception ? rule->unless : &rule->when;
    if (group->count == CONDITIONS_MAX)
        return;
    struct condition *condition = &group->conditions[group->count];
    condition_init(condition, line.data[1] % FACT_COUNT);
    if (!condition_add(condition, slice_sub(line, 2, line.len), &play->arena, complaint)) {
        bug_on(strlen(complaint) == 0);
        return;
    }
    condition_seal(condition);
    group->count++;
    rule->unless_count = rule->unless->count > 0;
}

static void add_value(struct play *play, struct slice line) {
    if (play->key_count == VALUES_MAX)
        return;
    struct slice key = arena_copy(&play->arena, slice_sub(line, 1, line.len));
    bug_on(key.data == NULL);
    ((uint8_t *)key.data)[0] = line.data[1] % FACT_COUNT;
    play->keys[play->key_count++] = key;
}

static void play_line(struct play *play, struct slice line) {
    uint8_t what = line.data[0];
    if (what == '+' || what == 'p')
        begin_rule(play, true, what == 'p');
    else if (what == '-' || what == 'm')
        begin_rule(play, false, what == 'm');
    else if (what == '!')
        play->facts.is_verified = false;
    else if (what == '0')
        play->facts.certificate = NULL;
    else if (line.len < 2)
        return;
    else if (what == '?')
        play->certificate.unreadable[line.data[1] % FACT_COUNT] = true;
    else if (what == 'f')
        add_value(play, line);
    else if (what == 'c' || what == 'u')
        add_condition(play, line, what == 'u');
}

static void put_together(struct play *play) {
    size_t count = 0;
    play->certificate.values = arena_array(&play->arena, play->key_count, sizeof(struct slice));
    for (size_t fact = 0; fact < FACT_COUNT; fact++) {
        play->certificate.first[fact] = (uint16_t)count;
        for (size_t i = 0; i < play->key_count; i++) {
            if (play->keys[i].data[0] == fact)
                play->certificate.values[count++] = play->keys[i];
        }
    }
    play->certificate.first[FACT_COUNT] = (uint16_t)count;
}

/* What the rules say when each is asked in its order. */
static bool refuses(const struct play *play, bool with_shadows) {
    bool has_allow = false;
    for (size_t i = 0; i < play->rule_count; i++) {
        const struct rule *rule = &play->rules[i];
        if (rule->is_shadow && !with_shadows)
            continue;
        enum condition_answer answer = rule_ask(rule, &play->facts);
        has_allow = has_allow || rule->allows;
        if (answer == CONDITION_YES || (answer == CONDITION_LATER && rule->allows))
            return !rule->allows;
    }
    return has_allow;
}

static struct ruleset_verdict judge(struct play *play, const struct ruleset *set) {
    struct ruleset_verdict verdict;
    ruleset_judge(&set, 1, &play->facts, &verdict);
    bug_on(verdict.is.refused != refuses(play, false) || verdict.would.refused != refuses(play, true));
    bug_on(verdict.asked > play->rule_count);
    return verdict;
}

static void check(struct play *play) {
    struct ruleset set;
    struct addr_ip address = {.bytes = {[10] = 0xff, 0xff, 10, 0, 0, 1}, .family = AF_INET};
    struct facts_request request = {.host = slice_text("a.example"),
                                    .method = slice_text("GET"),
                                    .path = slice_text("/a/b")};
    play->facts.address = &address;
    play->facts.server_name = slice_text("a.example");
    bug_on(!ruleset_init(&set, play->rules, play->rule_count, (struct error_place){.line = 0}, &play->arena));
    const struct certfacts *certificate = play->facts.certificate;
    play->facts.certificate = NULL;
    play->facts.is_arriving = true;
    struct ruleset_verdict arriving = judge(play, &set);
    play->facts.certificate = certificate;
    play->facts.is_arriving = false;
    struct ruleset_verdict shaken = judge(play, &set);
    play->facts.request = &request;
    struct ruleset_verdict asked = judge(play, &set);
    bug_on(arriving.is.refused && !shaken.is.refused);
    bug_on(shaken.is.refused && !asked.is.refused);
    ruleset_fini(&set);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct slice rest = slice_of(data, size);
    struct play play = {.rule_count = 0};
    if (size > 65536)
        return 0;
    arena_init(&play.arena, 16 << 10, 64 << 20);
    play.facts = (struct facts){.certificate = &play.certificate, .is_verified = true, .now_s = 1767571200};
    while (rest.len > 0) {
        ptrdiff_t end = slice_find(rest, '\n');
        struct slice line = end < 0 ? rest : slice_sub(rest, 0, (size_t)end);
        rest = slice_sub(rest, line.len + 1, rest.len);
        if (line.len > 0)
            play_line(&play, line);
    }
    put_together(&play);
    check(&play);
    arena_fini(&play.arena);
    return 0;
}
