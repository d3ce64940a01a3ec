/* Tests of plan/bundle: there and back again, and nothing else is taken. */
#include "planning.h"

/* Every kind of value, given and not given. */
#define RICH                                                                                                           \
    "workers: 3\nlog: {access: off, refusals: r.log}\ntickets: {lifetime: 1h}\n" PLANNING_LISTENER                     \
        PLANNING_CERTIFICATES "    proxy_protocol: {from: [10.0.0.0/8, \"::1/128\"]}\n"                                \
    "    client_auth: {mode: required, trust: [ca.pem, other-ca.pem], depth: 2}\n"                                     \
    "    tls: {min_version: 1.3, groups: X25519}\n"                                                                    \
    "    hosts: [{names: [a.example, \"*.b.example\"], client_auth: {mode: off}}]\n"                                   \
    "    default_host: a.example\n    limits: {body: 5MB}\n"                                                           \
    "    deny: {name: gone, subject.cn: [bob, \"@names.txt\"], unless: {time: mon}}\n"                                 \
    "    routes: [{host: a.example, path: /x/, backend: web}, {backend: api}]\n"

static void settings_come_back_as_they_were(void **state) {
    struct planning *planning = *state;
    struct error error;
    assert_true(bundle_write(planning_settings(planning, RICH), &planning->bundle));
    struct settings *settings = bundle_read(buf_view(&planning->bundle), &planning->arena, &error);
    assert_non_null(settings);
    const struct settings_listener *listener = &settings->listeners[0];
    char text[ADDR_TEXT_MAX];
    assert_string_equal(settings->place.file, "gate/a.yaml");
    assert_int_equal(settings->workers, 3);
    assert_string_equal(settings->log.access, "off");
    assert_string_equal(settings->log.refusals, "gate/r.log");
    assert_string_equal(listener->place.file, "gate/a.yaml");
    assert_int_equal(listener->place.line, 6);
    assert_int_equal(listener->place.column, 5);
    assert_int_equal(listener->proxy_protocol.from[0].prefix, 104);
    assert_int_equal(listener->client_auth.trust_count, 2);
    assert_int_equal(listener->client_auth.trust[1].place.line, 10);
    assert_null(listener->tls.ciphers);
    assert_string_equal(listener->hosts[0].names[1], "*.b.example");
    assert_int_equal(listener->hosts[0].client_auth.mode, TLS_CLIENT_AUTH_OFF);
    assert_int_equal(listener->limits.body_bytes, 5 << 20);
    const struct settings_condition *names = &listener->policy.deny[0].conditions[FACT_SUBJECT_CN];
    assert_string_equal(names->values[0].text, "bob");
    assert_null(names->values[1].text);
    assert_string_equal(names->values[1].file.path, "gate/names.txt");
    assert_int_equal(names->values[1].file.place.column, 42);
    assert_null(listener->routes[1].host);
    assert_string_equal(listener->routes[0].path, "/x/");
    addr_text(&settings->backends[1].servers[0].address.addr, text);
    assert_string_equal(text, "unix:/run/web");
    const struct settings_file *key = &listener->hosts[0].certificates[0].private_key;
    assert_true(slice_equal(settings->contents[key->content].bytes, buf_view(&planning->server.private_key)));
}

static void writing_again_gives_the_same_bytes(void **state) {
    struct planning *planning = *state;
    struct error error;
    struct buf again;
    buf_init(&again, BUNDLE_BYTES_MAX);
    assert_true(bundle_write(planning_settings(planning, RICH), &planning->bundle));
    assert_true(bundle_write(bundle_read(buf_view(&planning->bundle), &planning->arena, &error), &again));
    assert_true(slice_equal(buf_view(&planning->bundle), buf_view(&again)));
    buf_fini(&again);
}

/* Reads a copy of exactly this size, so that the sanitizer sees a read beyond it. */
static bool is_read(const uint8_t *bytes, size_t len, char *sentence) {
    struct arena arena;
    struct error error = {.sentence = ""};
    uint8_t *copy = malloc(len > 0 ? len : 1);
    memcpy(copy, bytes, len);
    arena_init(&arena, 4096, 16 << 20);
    bool done = bundle_read(slice_of(copy, len), &arena, &error) != NULL;
    snprintf(sentence, ERROR_SENTENCE_MAX, "%s", error.sentence);
    arena_fini(&arena);
    free(copy);
    return done;
}

static void every_shorter_bundle_is_refused(void **state) {
    struct planning *planning = *state;
    char sentence[ERROR_SENTENCE_MAX];
    assert_true(bundle_write(planning_settings(planning, RICH), &planning->bundle));
    struct slice whole = buf_view(&planning->bundle);
    for (size_t len = 0; len < whole.len; len++) {
        assert_false(is_read(whole.data, len, sentence));
        assert_true(strstr(sentence, "the bundle cannot be used: ") == sentence);
    }
    assert_true(is_read(whole.data, whole.len, sentence));
}

static void a_changed_byte_does_no_harm(void **state) {
    struct planning *planning = *state;
    char sentence[ERROR_SENTENCE_MAX];
    assert_true(bundle_write(planning_settings(planning, RICH), &planning->bundle));
    struct slice whole = buf_view(&planning->bundle);
    uint8_t *bytes = (uint8_t *)whole.data;
    for (size_t at = 0; at < whole.len; at++) {
        uint8_t before = bytes[at];
        for (unsigned change = 1; change < 256; change = change * 2 + 1) {
            bytes[at] = (uint8_t)(before ^ change);
            bool done = is_read(bytes, whole.len, sentence);
            assert_false(done && at < BUNDLE_HEADER_BYTES);
        }
        bytes[at] = before;
    }
}

static void bundles_of_other_versions_are_refused(void **state) {
    struct planning *planning = *state;
    char sentence[ERROR_SENTENCE_MAX];
    assert_true(bundle_write(planning_settings(planning, RICH), &planning->bundle));
    struct slice whole = buf_view(&planning->bundle);
    uint8_t *bytes = (uint8_t *)whole.data;
    bytes[8] = 9;
    assert_false(is_read(bytes, whole.len, sentence));
    assert_non_null(strstr(sentence, "it was made by another version of this program"));
    bytes[0] = 'X';
    assert_false(is_read(bytes, whole.len, sentence));
    assert_non_null(strstr(sentence, "it is none"));
}

static void bytes_behind_the_settings_are_refused(void **state) {
    struct planning *planning = *state;
    char sentence[ERROR_SENTENCE_MAX];
    assert_true(bundle_write(planning_settings(planning, RICH), &planning->bundle));
    uint64_t len = buf_len(&planning->bundle) + 1;
    assert_true(buf_append_byte(&planning->bundle, 0));
    assert_false(is_read(buf_view(&planning->bundle).data, len, sentence));
    assert_non_null(strstr(sentence, "its length is wrong"));
    /* little-endian machines run the tests */
    memcpy((uint8_t *)buf_view(&planning->bundle).data + 24, &len, sizeof(len));
    assert_false(is_read(buf_view(&planning->bundle).data, len, sentence));
    assert_non_null(strstr(sentence, "there is something behind the settings"));
}

static void a_full_buffer_or_arena_is_an_error(void **state) {
    struct planning *planning = *state;
    struct buf small;
    struct arena arena;
    struct error error;
    const struct settings *settings = planning_settings(planning, RICH);
    buf_init(&small, 100);
    assert_false(bundle_write(settings, &small));
    buf_fini(&small);
    assert_true(bundle_write(settings, &planning->bundle));
    arena_init(&arena, 256, 2048);
    assert_null(bundle_read(buf_view(&planning->bundle), &arena, &error));
    assert_non_null(strstr(error.sentence, "not enough memory"));
    arena_fini(&arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(settings_come_back_as_they_were, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(writing_again_gives_the_same_bytes, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(every_shorter_bundle_is_refused, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(a_changed_byte_does_no_harm, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(bundles_of_other_versions_are_refused, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(bytes_behind_the_settings_are_refused, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(a_full_buffer_or_arena_is_an_error, planning_set_up, planning_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
