/* The settings of rules, for the structs that have some: part of the table of config/schema. The conditions are the
 * rows of policy/fact_table.h. */
#ifndef SALLYPORT_CONFIG_RULESCHEMA_H
#define SALLYPORT_CONFIG_RULESCHEMA_H

#include "config/schematype.h"

/* A rule of "allow" or "deny", and a step of "rules". */
extern const struct schema_struct ruleschema_rule;
extern const struct schema_struct ruleschema_step;

/* The rows of the rules of a struct that has a member `policy` (struct settings_policy). Of config/schema. */
#define RULESCHEMA_ROWS(type)                                                                                          \
    ROW("allow", LIST_AT(type, policy.allow, policy.allow_count), .kind = SCHEMA_STRUCT, .shape = SCHEMA_ONE_OR_LIST,  \
        .child = &ruleschema_rule, .also = "permit require accept", .example = "[{subject.ou: ops}]",                  \
        .doc = "Who is let in: clients that one of these rules is about, and nobody else."),                           \
        ROW("deny", LIST_AT(type, policy.deny, policy.deny_count), .kind = SCHEMA_STRUCT, .shape = SCHEMA_ONE_OR_LIST, \
            .child = &ruleschema_rule, .also = "forbid refuse block reject",                                           \
            .example = "[{fingerprint: \"@banned.txt\"}]",                                                             \
            .doc = "Who is refused, also when \"allow\" has a rule about them."),                                      \
        ROW("rules", LIST_AT(type, policy.steps, policy.step_count), .kind = SCHEMA_STRUCT, .shape = SCHEMA_LIST,      \
            .child = &ruleschema_step, .also = "policy acl access",                                                    \
            .doc = "Instead of \"allow\" and \"deny\": both in an order of their own. The first rule that is about a " \
                   "client decides.")

#endif
