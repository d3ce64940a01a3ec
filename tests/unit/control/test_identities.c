/* Identities are counted, kept in the order in which they were seen, bounded, and those that break are told. */
#include "control/identities.h"

#include "base/jsonread.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct identities *identities;
static struct buf text;

static int set_up(void **state) {
    (void)state;
    identities = identities_new(7);
    buf_init(&text, 16 << 20);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    identities_free(&identities);
    assert_null(identities);
    identities_free(&identities);
    buf_fini(&text);
    return 0;
}

static void see(const char *fingerprint, const char *time, int not_after, const char *would_refuse) {
    char record[512];
    int len = snprintf(record, sizeof(record),
                       "{\"time\":\"%s\",\"listener\":\"public\",\"fingerprint\":\"%s\",\"subject\":\"CN=%s\","
                       "\"not_after\":%d%s%s%s}",
                       time, fingerprint, fingerprint, not_after, would_refuse ? ",\"would_refuse\":\"" : "",
                       would_refuse ? would_refuse : "", would_refuse ? "\"" : "");
    identities_take(identities, slice_of(record, (size_t)len));
}

static bool tells(int64_t until, const char *words) {
    buf_consume(&text, buf_len(&text));
    assert_true(identities_print_breaking(identities, until, &text));
    struct slice said = buf_view(&text);
    return said.len > 0 && memmem(said.data, said.len, words, strlen(words));
}

static void who_expires_in_time_is_told(void **state) {
    (void)state;
    see("aa", "2026-01-01T00:00:00.000Z", 1000, NULL);
    see("bb", "2026-01-02T00:00:00.000Z", 2000, NULL);
    assert_false(tells(999, "aa"));
    assert_true(
        tells(1000, "\"fingerprint\":\"aa\",\"not_after\":\"1970-01-01T00:16:40.000Z\",\"listener\":\"public\""));
    assert_false(tells(1000, "bb"));
    assert_true(tells(2000, "bb"));
}

static void sightings_are_counted(void **state) {
    (void)state;
    see("aa", "2026-01-01T00:00:00.000Z", 1000, NULL);
    see("bb", "2026-01-01T00:00:00.000Z", 1000, NULL);
    see("aa", "2026-01-03T00:00:00.000Z", 1000, NULL);
    assert_int_equal(identities_count(identities), 2);
    assert_true(
        tells(1000,
              "\"first_seen\":\"2026-01-01T00:00:00.000Z\",\"last_seen\":\"2026-01-03T00:00:00.000Z\",\"times\":2"));
    struct slice said = buf_view(&text);
    assert_true(slice_starts(said, slice_text("{\"subject\":\"CN=aa\"")));
}

static void who_would_be_refused_is_told_with_the_reasons(void **state) {
    (void)state;
    see("aa", "2026-01-01T00:00:00.000Z", 5000, "policy");
    see("aa", "2026-01-01T00:00:00.000Z", 5000, "certificate-revoked");
    see("aa", "2026-01-01T00:00:00.000Z", 5000, "policy");
    see("bb", "2026-01-01T00:00:00.000Z", 5000, NULL);
    assert_true(tells(0, "\"would_refuse\":{\"policy\":2,\"certificate-revoked\":1}"));
    assert_false(tells(0, "bb"));
    for (int i = 0; i < 2 * IDENTITIES_REASONS_MAX; i++) {
        char label[32];
        snprintf(label, sizeof(label), "reason-%d", i);
        see("bb", "2026-01-01T00:00:00.000Z", 5000, label);
    }
    assert_true(tells(0, "\"reason-2\":1,\"reason-3\":5}"));
}

static void malformed_records_change_nothing(void **state) {
    (void)state;
    static const char *const bad[] = {"",
                                      "{}",
                                      "nonsense",
                                      "{\"fingerprint\":\"aa\"",
                                      "{\"fingerprint\":7}",
                                      "{\"subject\":\"CN=x\"}",
                                      "{\"fingerprint\":\"\"}"};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        identities_take(identities, slice_text(bad[i]));
    assert_int_equal(identities_count(identities), 0);
    static const char odd[] = "{\"fingerprint\":\"aa\",\"not_after\":\"soon\",\"listener\":null,\"more\":[1]}";
    identities_take(identities, slice_text(odd));
    assert_int_equal(identities_count(identities), 1);
    assert_false(tells(INT64_MAX - 1, "aa"));
}

static void long_texts_are_cut(void **state) {
    (void)state;
    char record[2000] = "{\"fingerprint\":\"aa\",\"not_after\":1,\"subject\":\"";
    size_t len = strlen(record);
    memset(record + len, 'x', 1000);
    strcpy(record + len + 1000, "\"}");
    identities_take(identities, slice_text(record));
    assert_true(tells(1, "\"subject\":\"xxx"));
    assert_true(buf_len(&text) < 600);
}

static void the_one_not_seen_for_longest_goes(void **state) {
    (void)state;
    for (int i = 0; i <= IDENTITIES_MAX; i++) {
        char fingerprint[16];
        snprintf(fingerprint, sizeof(fingerprint), "f%d", i);
        see(fingerprint, "2026-01-01T00:00:00.000Z", 1, NULL);
        if (i == 1)
            see("f0", "2026-01-01T00:00:00.000Z", 1, NULL);
    }
    assert_int_equal(identities_count(identities), IDENTITIES_MAX);
    assert_true(tells(1, "\"f0\""));
    assert_false(tells(1, "\"f1\""));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(who_expires_in_time_is_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sightings_are_counted, set_up, tear_down),
        cmocka_unit_test_setup_teardown(who_would_be_refused_is_told_with_the_reasons, set_up, tear_down),
        cmocka_unit_test_setup_teardown(malformed_records_change_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(long_texts_are_cut, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_one_not_seen_for_longest_goes, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
