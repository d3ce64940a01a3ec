/* Tests of plan/namelist: each name is listed once, behind how it is looked up. */
#include "planning.h"

#include "ipc/resolve.h"
#include "plan/namelist.h"

static const struct settings *settings_with(struct planning *planning, const char *backends) {
    static char text[2048];
    snprintf(text, sizeof(text), "%slisteners:\n  - name: l\n    bind: 127.0.0.1:1\n    routes: [{backend: a}]\n%s",
             backends, PLANNING_CERTIFICATES);
    return planning_settings(planning, text);
}

static void names_are_listed_once(void **state) {
    struct planning *planning = *state;
    struct resolve_settings how;
    struct wire_in in;
    struct buf list;
    const struct settings *settings =
        settings_with(planning,
                      "resolve: {servers: [127.0.0.1:53, \"[::1]:5353\"], family: ipv6, every: 2s}\n"
                      "backends: {a: {servers: [App.Internal:80, 1.2.3.4:5]}, b: {servers: [app.internal:81, x:1]}}\n");
    buf_init(&list, RESOLVE_LIST_BYTES_MAX);
    assert_true(namelist_is_used(settings));
    assert_true(namelist_write(settings, &list));
    wire_in_init(&in, buf_view(&list));
    resolve_get_settings(&how, &in);
    assert_int_equal(how.family, RESOLVE_IPV6);
    assert_int_equal(how.every_ms, 2000);
    assert_true(slice_equal(how.servers, slice_text("127.0.0.1:53,[::1]:5353")));
    assert_true(slice_equal(resolve_get_name(&in), slice_text("app.internal")));
    assert_true(slice_equal(resolve_get_name(&in), slice_text("x")));
    assert_true(wire_in_done(&in));
    buf_fini(&list);
}

static void addresses_need_no_list(void **state) {
    struct planning *planning = *state;
    assert_false(namelist_is_used(settings_with(planning, "backends: {a: {servers: [1.2.3.4:5, \"unix:/x\"]}}\n")));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names_are_listed_once, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(addresses_need_no_list, planning_set_up, planning_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
