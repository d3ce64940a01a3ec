/* Answers are remembered for as long as they are good, asked for again in time, and forgotten when there are too
 * many. */
#include "proxy/ocspcache.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct loop *loop;
static struct ocspcache *cache;
static struct plan_ocsp rules = {.refresh_s = 3600};
static struct revocation_key key = {.serial_len = 3, .serial = {1, 2, 3}};
static struct ocspcache_holder holder;
static unsigned dues;
static int64_t now;

static void on_due(void *owner, struct ocspcache_entry *entry) {
    (void)owner;
    assert_ptr_equal(entry, holder.entry);
    dues++;
    loop_stop(loop);
}

static int set_up(void **state) {
    (void)state;
    loop = loop_new();
    cache = ocspcache_new(loop, (struct ocspcache_events){.due = on_due}, 7);
    holder = (struct ocspcache_holder){.entry = NULL};
    dues = 0;
    now = loop_unix_ms(loop) / 1000;
    assert_true(ocspcache_hold(cache, &rules, &key, &holder));
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    ocspcache_release(&holder);
    ocspcache_free(&cache);
    loop_free(&loop);
    return 0;
}

static struct ocspcache_view look(void) {
    return ocspcache_look(cache, &rules, &key, now);
}

static void answer(enum ocsp_status status, int64_t this_update, int64_t usable_until) {
    struct ocsp_answer given = {.status = status, .this_update = this_update, .usable_until = usable_until};
    assert_true(ocspcache_answer(holder.entry, &given, &rules, now));
}

static void nothing_is_known_at_first(void **state) {
    (void)state;
    struct ocspcache_view view = look();
    assert_true(view.is_due && !view.is_answer);
    assert_int_equal(view.reason, REASON_OCSP_UNAVAILABLE);
    view = ocspcache_look(NULL, &rules, &key, now);
    assert_true(view.is_due && !view.is_answer);
    assert_int_equal(view.reason, REASON_OCSP_UNAVAILABLE);
    assert_true(ocspcache_is_due(holder.entry, now));
}

static void answers_count_until_they_end(void **state) {
    (void)state;
    answer(OCSP_GOOD, now, now + 100);
    struct ocspcache_view view = look();
    assert_true(view.is_answer && !view.is_due);
    assert_int_equal(view.reason, REASON_NONE);
    now += 100;
    view = look();
    assert_true(view.is_answer && view.is_due);
    now++;
    view = look();
    assert_false(view.is_answer);
    assert_int_equal(view.reason, REASON_OCSP_STALE);
    answer(OCSP_UNKNOWN, now, now + 100);
    assert_int_equal(look().reason, REASON_OCSP_UNKNOWN);
    answer(OCSP_ON_HOLD, now, now + 100);
    assert_int_equal(look().reason, REASON_CERT_ON_HOLD);
    assert_true(look().is_answer);
}

static void revoked_stays_revoked(void **state) {
    (void)state;
    answer(OCSP_REVOKED, now, now + 100);
    now += 1000000;
    ocspcache_fail(holder.entry, "nobody is there", now);
    struct ocspcache_view view = look();
    assert_true(view.is_answer);
    assert_int_equal(view.reason, REASON_CERT_REVOKED);
}

static void answers_are_asked_for_again_at_half_their_life(void **state) {
    (void)state;
    answer(OCSP_GOOD, now, now + 1000);
    assert_in_range(holder.entry->next_ask_s, now + 430, now + 500);
    answer(OCSP_GOOD, now, now + 1000000);
    assert_in_range(holder.entry->next_ask_s, now + 3100, now + 3600);
    answer(OCSP_GOOD, now, now);
    assert_int_equal(holder.entry->next_ask_s, now + 1);
}

static void failures_are_not_repeated_at_once(void **state) {
    (void)state;
    int64_t wait_s = 0;
    for (unsigned i = 0; i < 12; i++) {
        ocspcache_fail(holder.entry, "http://a/: tryLater", now);
        assert_in_range(holder.entry->next_ask_s - now, wait_s > 0 ? wait_s : 5, 300);
        wait_s = holder.entry->next_ask_s - now;
        assert_false(ocspcache_is_due(holder.entry, now));
        now = holder.entry->next_ask_s;
        assert_true(ocspcache_is_due(holder.entry, now));
    }
    assert_int_equal(wait_s, 300);
    struct ocspcache_view view = look();
    assert_int_equal(view.reason, REASON_OCSP_UNAVAILABLE);
    assert_string_equal(view.detail, "http://a/: tryLater");
    answer(OCSP_GOOD, now, now + 1000);
    ocspcache_fail(holder.entry, "x", now);
    assert_int_equal(holder.entry->next_ask_s, now + 5);
}

static void good_answers_outlive_failures(void **state) {
    (void)state;
    answer(OCSP_GOOD, now, now + 100);
    now += 60;
    ocspcache_fail(holder.entry, "nobody is there", now);
    assert_true(look().is_answer && !look().is_due);
    assert_int_equal(look().reason, REASON_NONE);
}

static void older_answers_replace_none(void **state) {
    (void)state;
    struct ocsp_answer old = {.status = OCSP_GOOD, .this_update = now - 50, .usable_until = now + 1000};
    answer(OCSP_ON_HOLD, now, now + 100);
    assert_false(ocspcache_answer(holder.entry, &old, &rules, now));
    assert_int_equal(look().reason, REASON_CERT_ON_HOLD);
    assert_non_null(strstr(holder.entry->why, "older"));
}

static void entries_are_of_one_certificate_under_one_set_of_rules(void **state) {
    (void)state;
    struct plan_ocsp other_rules = {.refresh_s = 3600, .digest = {1}};
    struct revocation_key other_issuer = key;
    struct revocation_key other_serial = key;
    struct revocation_key longer_serial = key;
    other_issuer.issuer[0] = 1;
    other_serial.serial[0] = 2;
    longer_serial.serial_len = 4;
    answer(OCSP_GOOD, now, now + 100);
    assert_false(ocspcache_look(cache, &other_rules, &key, now).is_answer);
    assert_false(ocspcache_look(cache, &rules, &other_issuer, now).is_answer);
    assert_false(ocspcache_look(cache, &rules, &other_serial, now).is_answer);
    assert_false(ocspcache_look(cache, &rules, &longer_serial, now).is_answer);
}

static void who_is_held_is_asked_about_ahead(void **state) {
    (void)state;
    answer(OCSP_GOOD, now, now + 1);
    assert_true(loop_run(loop));
    assert_int_equal(dues, 1);
    ocspcache_release(&holder);
    assert_int_equal(ocspcache_count(cache), 1); /* the answer stays, for the next connection */
}

static void unused_entries_go_when_there_are_too_many(void **state) {
    (void)state;
    struct ocspcache_holder other = {.entry = NULL};
    struct revocation_key many = key;
    answer(OCSP_REVOKED, now, now + 100);
    for (uint32_t i = 0; i < OCSPCACHE_ENTRIES_MAX + 10; i++) {
        many.issuer[0] = 1;
        memcpy(many.issuer + 1, &i, sizeof i);
        assert_true(ocspcache_hold(cache, &rules, &many, &other));
        ocspcache_release(&other);
    }
    assert_int_equal(ocspcache_count(cache), OCSPCACHE_ENTRIES_MAX);
    assert_int_equal(look().reason, REASON_CERT_REVOKED); /* who is held stays */
}

static void scope_is_leaf_or_chain(void **state) {
    (void)state;
    rules.scope = REVOCATION_SCOPE_LEAF;
    assert_int_equal(ocspcache_scope(&rules, 3), 1);
    assert_int_equal(ocspcache_scope(&rules, 0), 0);
    rules.scope = REVOCATION_SCOPE_CHAIN;
    assert_int_equal(ocspcache_scope(&rules, 3), 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_is_known_at_first, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_count_until_they_end, set_up, tear_down),
        cmocka_unit_test_setup_teardown(revoked_stays_revoked, set_up, tear_down),
        cmocka_unit_test_setup_teardown(answers_are_asked_for_again_at_half_their_life, set_up, tear_down),
        cmocka_unit_test_setup_teardown(failures_are_not_repeated_at_once, set_up, tear_down),
        cmocka_unit_test_setup_teardown(good_answers_outlive_failures, set_up, tear_down),
        cmocka_unit_test_setup_teardown(older_answers_replace_none, set_up, tear_down),
        cmocka_unit_test_setup_teardown(entries_are_of_one_certificate_under_one_set_of_rules, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_is_held_is_asked_about_ahead, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unused_entries_go_when_there_are_too_many, set_up, tear_down),
        cmocka_unit_test(scope_is_leaf_or_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
