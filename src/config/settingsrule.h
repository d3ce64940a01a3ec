/* The settings of rules, and of the files that they and others name: part of config/settings. */
#ifndef SALLYPORT_CONFIG_SETTINGSRULE_H
#define SALLYPORT_CONFIG_SETTINGSRULE_H

#include "base/error.h"
#include "policy/fact.h"

/* A file that the compiler loads: its path (relative ones resolved) and the index of its bytes in settings.contents. */
struct settings_file {
    struct error_place place;
    const char *path;
    unsigned content;
};

/* A value of a condition: `text`, as it is written; or, when that is NULL, the lines of the file. The place in
 * `file` is the value's in both cases. */
struct settings_match {
    struct settings_file file;
    const char *text;
};

/* What a fact has to be, one of these values; none: anything. */
struct settings_condition {
    struct settings_match *values;
    size_t count;
};

/* Conditions that all have to be met. */
struct settings_exception {
    struct error_place place;
    struct settings_condition conditions[FACT_COUNT];
};

/* name: NULL when it has none. anyone: there are no conditions on purpose. */
struct settings_rule {
    struct error_place place;
    const char *name;
    bool shadow;
    bool anyone;
    struct settings_exception *unless;
    size_t unless_count;
    struct settings_condition conditions[FACT_COUNT];
};

/* One of the two. */
struct settings_rule_step {
    struct error_place place;
    struct settings_rule *allow;
    size_t allow_count;
    struct settings_rule *deny;
    size_t deny_count;
};

/* The rules of a listener, a host or a route: either `deny` before `allow`, or steps. A part of another struct. */
struct settings_policy {
    struct settings_rule *allow;
    size_t allow_count;
    struct settings_rule *deny;
    size_t deny_count;
    struct settings_rule_step *steps;
    size_t step_count;
};

#endif
