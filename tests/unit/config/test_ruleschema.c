/* Tests of config/ruleschema: every fact is a row, at its own place, alike in rules and in their exceptions. */
#include "config/ruleschema.h"

#include "config/schema.h"
#include "config/settings.h"
#include "policy/fact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct schema_struct *child_of(const struct schema_struct *type, const char *key) {
    const struct schema_field *field = schema_find(type, key);
    assert_non_null(field);
    return field->child;
}

static void every_fact_is_a_condition(void **state) {
    (void)state;
    const struct schema_struct *exception = child_of(&ruleschema_rule, "unless");
    for (enum fact fact = 0; fact < FACT_COUNT; fact++) {
        const struct schema_field *of_rule = schema_find(&ruleschema_rule, fact_row(fact)->key);
        const struct schema_field *of_exception = schema_find(exception, fact_row(fact)->key);
        assert_non_null(of_rule);
        assert_non_null(of_exception);
        assert_int_equal(of_rule->kind, SCHEMA_MATCH);
        assert_int_equal(of_rule->offset,
                         offsetof(struct settings_rule, conditions) + (size_t)fact * sizeof(struct settings_condition));
        assert_int_equal(of_exception->offset,
                         offsetof(struct settings_exception, conditions) +
                             (size_t)fact * sizeof(struct settings_condition));
        assert_string_equal(of_rule->doc, of_exception->doc);
    }
}

static void listeners_hosts_and_routes_have_rules(void **state) {
    (void)state;
    const struct schema_struct *listener = child_of(schema_root(), "listeners");
    const struct schema_struct *having[] = {listener, child_of(listener, "hosts"), child_of(listener, "routes")};
    for (size_t i = 0; i < sizeof having / sizeof having[0]; i++) {
        assert_ptr_equal(child_of(having[i], "allow"), &ruleschema_rule);
        assert_ptr_equal(child_of(having[i], "deny"), &ruleschema_rule);
        assert_ptr_equal(child_of(having[i], "rules"), &ruleschema_step);
    }
    assert_ptr_equal(child_of(&ruleschema_step, "deny"), &ruleschema_rule);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_fact_is_a_condition),
        cmocka_unit_test(listeners_hosts_and_routes_have_rules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
