/* The rows of rules: those of policy/fact_table.h, twice, and the few around them. */
#include "config/ruleschema.h"

#include "config/schemarow.h"
#include "config/settings.h"

/* Most values of a condition in the configuration itself: more belong into a file. */
enum { VALUES_MAX = 100000 };

/* The row of a fact's values in struct settings_`type`, which has them in `conditions`. */
#define CONDITION(type, fact, key_text, also_text, example_text, doc_text)                                             \
    ROW(key_text, LIST_AT(type, conditions[fact].values, conditions[fact].count), .kind = SCHEMA_MATCH,                \
        .shape = SCHEMA_ONE_OR_LIST, .items_max = VALUES_MAX, .also = also_text, .example = example_text,              \
        .doc = doc_text)

static const struct schema_field exception_fields[] = {
#define FACT(name, key_text, form, source, type, also_text, example_text, doc_text)                                    \
    CONDITION(settings_exception, FACT_##name, key_text, also_text, example_text, doc_text),
#include "policy/fact_table.h"
#undef FACT
};
STRUCT(exception, settings_exception, "Exception", "an exception",
       "Conditions of whom a rule is not about, under \"unless\": who meets all of them. They are those of a rule.");

static const struct schema_field rule_fields[] = {
    ROW("name", AT(settings_rule, name), .kind = SCHEMA_TEXT, .also = "id description comment",
        .example = "nobody from the old office", .doc = "Name in records."),
    ROW("shadow", AT(settings_rule, shadow), .kind = SCHEMA_BOOL, .initial = "false", .also = "dry_run report_only",
        .doc = "Try the rule out: it is asked and what it would change is recorded, but it decides nothing."),
    ROW("anyone", AT(settings_rule, anyone), .kind = SCHEMA_BOOL, .initial = "false", .also = "all any everyone",
        .doc = "The rule is about everyone; instead of conditions, so that none can be forgotten."),
    ROW("unless", LIST_AT(settings_rule, unless, unless_count), .kind = SCHEMA_STRUCT, .shape = SCHEMA_ONE_OR_LIST,
        .child = &exception_struct, .items_max = 100, .also = "not except exclude", .example = "[{subject.ou: guests}]",
        .doc = "Exceptions: the rule is not about whom any of them is about."),
#define FACT(name, key_text, form, source, type, also_text, example_text, doc_text)                                    \
    CONDITION(settings_rule, FACT_##name, key_text, also_text, example_text, doc_text),
#include "policy/fact_table.h"
#undef FACT
};
const struct schema_struct ruleschema_rule = STRUCT_OF(
    rule, settings_rule, "Rule", "a rule",
    "Whom and what a rule is about: who meets all its conditions. Several values of one condition are alternatives. In patterns "
    "\"*\" stands for any number of bytes up to the next separator, \"**\" also across separators; \"\\\\*\" is a star itself. "
    "A value \"@names.txt\" stands for the lines of that file.");

static const struct schema_field step_fields[] = {
    ROW("allow", LIST_AT(settings_rule_step, allow, allow_count), .kind = SCHEMA_STRUCT, .shape = SCHEMA_ONE_OR_LIST,
        .child = &ruleschema_rule, .also = "permit accept", .doc = "Rules about who is let in."),
    ROW("deny", LIST_AT(settings_rule_step, deny, deny_count), .kind = SCHEMA_STRUCT, .shape = SCHEMA_ONE_OR_LIST,
        .child = &ruleschema_rule, .also = "forbid refuse block reject", .doc = "Rules about who is refused."),
};
const struct schema_struct ruleschema_step =
    STRUCT_OF(step, settings_rule_step, "Step of rules", "a step", "Either \"allow\" or \"deny\", with its rules.");
