/* Responses for our own certificates come from files and documents into the settings, and stay there until a better one
 * comes. */
#include "plan/staplecompile.h"

#include "../pki/answered.h"
#include "plan/staples.h"
#include "planning.h"

#define STAPLING(words)                                                                                                \
    PLANNING_BACKENDS                                                                                                  \
    "listeners:\n  - name: public\n    bind: 127.0.0.1:8443\n    certificates:\n"                                      \
    "      - {certificate: server.pem, private_key: server.key, ocsp_stapling: {" words "}}\n" PLANNING_ROUTES
#define FETCHED STAPLING("enabled: true, issuer: ca.pem, responder: \"http://ocsp.test/\"")

static struct sourcelist *sources;
static struct settings *settings;
static struct buf documents[4];
static size_t document_count;

static int set_up(void **state) {
    planning_set_up(state);
    struct planning *planning = *state;
    sources = calloc(1, sizeof(*sources));
    sourcelist_init(sources, &planning->arena);
    document_count = 0;
    return 0;
}

static int tear_down(void **state) {
    while (document_count)
        buf_fini(&documents[--document_count]);
    free(sources);
    return planning_tear_down(state);
}

/* A response about the server's certificate, made an hour before ANSWERED_NOW. */
static struct slice response(const struct planning *planning, int status, int this_hour, int next_hour) {
    struct answered answered = {.singles = {{&planning->server, &planning->ca, status, ANSWERED_NO_CODE, this_hour,
                                             next_hour, false, false}},
                                .signer = &planning->ca};
    documents[document_count] = answered_make(&answered);
    return buf_view(&documents[document_count++]);
}

static void compile(struct planning *planning) {
    if (!staplecompile(settings, &planning->arena, sources, ANSWERED_NOW, &planning->errors))
        planning_no_errors(planning);
}

/* The settings read again, with what was fetched. */
static const struct source *compile_with(struct planning *planning, struct slice former, struct slice fresh) {
    settings = planning_settings(planning, FETCHED);
    sourcelist_init(sources, &planning->arena);
    compile(planning);
    assert_int_equal(sources->count, 1);
    struct slice name = sources->sources[0].name;
    sourcelist_init(sources, &planning->arena);
    assert_true(sourcelist_add_document(sources,
                                        &(struct sourcelist_document){.name = name, .former = former, .fresh = fresh}));
    compile(planning);
    return &sources->sources[0];
}

static struct slice staple(int64_t *until) {
    return staples_get(settings, &settings->listeners[0].certificates[0], until);
}

static void source_asks_the_responder(void **state) {
    struct planning *planning = *state;
    int64_t until;
    settings = planning_settings(planning, FETCHED);
    compile(planning);
    assert_int_equal(sources->count, 1);
    const struct source *source = &sources->sources[0];
    assert_true(slice_equal(source->request.url, slice_text("http://ocsp.test/")));
    assert_true(slice_equal(source->request.content_type, slice_text("application/ocsp-request")));
    assert_true(source->request.body.len > 60);
    assert_int_equal(source->interval_ms, 10000);
    assert_int_equal(source->expires, 0);
    assert_true(slice_equal(sources->hosts[0], slice_text("ocsp.test:80")));
    assert_int_equal(staple(&until).len, 0);
}

static void good_response_is_stapled(void **state) {
    struct planning *planning = *state;
    int64_t until;
    struct slice good = response(planning, V_OCSP_CERTSTATUS_GOOD, -1, 24);
    const struct source *source = compile_with(planning, slice_text(""), good);
    assert_int_equal(source->verdict, SOURCE_VERDICT_TAKEN);
    assert_int_equal(source->interval_ms, 12 * 3600 * 1000);
    assert_int_equal(source->expires, ANSWERED_NOW + 24 * 3600);
    assert_true(slice_equal(staple(&until), good));
    assert_int_equal(until, ANSWERED_NOW + 24 * 3600);
}

static void bad_response_replaces_nothing(void **state) {
    struct planning *planning = *state;
    int64_t until;
    struct slice good = response(planning, V_OCSP_CERTSTATUS_GOOD, -1, 24);
    struct slice revoked = response(planning, V_OCSP_CERTSTATUS_REVOKED, 0, 48);
    struct slice older = response(planning, V_OCSP_CERTSTATUS_GOOD, -1, 23);
    const struct slice bad[] = {revoked, older, slice_text("garbage"), slice_sub(good, 0, good.len - 1)};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        const struct source *source = compile_with(planning, good, bad[i]);
        assert_int_equal(source->verdict, SOURCE_VERDICT_REFUSED);
        assert_true(source->why.len > 0);
        assert_true(slice_equal(staple(&until), good));
    }
}

static void refresh_begins_with_what_is_in_use(void **state) {
    struct planning *planning = *state;
    int64_t until;
    struct slice good = response(planning, V_OCSP_CERTSTATUS_GOOD, -1, 24);
    struct slice newer = response(planning, V_OCSP_CERTSTATUS_GOOD, 0, 48);
    struct slice name = compile_with(planning, slice_text(""), good)->name;
    size_t contents = settings->content_count;
    sourcelist_init(sources, &planning->arena);
    compile(planning); /* no document any more */
    assert_true(slice_equal(staple(&until), good));
    sourcelist_init(sources, &planning->arena);
    assert_true(sourcelist_add_document(sources, &(struct sourcelist_document){.name = name, .fresh = newer}));
    compile(planning);
    assert_true(slice_equal(staple(&until), newer));
    assert_int_equal(until, ANSWERED_NOW + 48 * 3600);
    assert_int_equal(settings->content_count, contents);
}

static void refuses(struct planning *planning, const char *text, const char *words) {
    settings = planning_settings(planning, text);
    assert_false(staplecompile(settings, &planning->arena, sources, ANSWERED_NOW, &planning->errors));
    if (!strstr(planning->errors.items[0].sentence, words))
        fail_msg("\"%s\" does not say \"%s\"", planning->errors.items[0].sentence, words);
    error_list_fini(&planning->errors);
    error_list_init(&planning->errors);
}

static void what_cannot_be_stapled_is_an_error(void **state) {
    struct planning *planning = *state;
    refuses(planning, STAPLING("enabled: true, issuer: ca.pem"), "it names no responder");
    refuses(planning, STAPLING("enabled: true, responder: \"http://ocsp.test/\""),
            "its issuer's certificate is not there");
    refuses(planning, STAPLING("enabled: true, issuer: other-ca.pem, responder: \"http://ocsp.test/\""),
            "another certificate");
    refuses(planning, STAPLING("enabled: true, issuer: ca.pem, response: garbage.pem"), "no DER-encoded OCSP response");
    settings = planning_settings(planning, STAPLING("enabled: false"));
    compile(planning);
    assert_int_equal(sources->count, 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(source_asks_the_responder, set_up, tear_down),
        cmocka_unit_test_setup_teardown(good_response_is_stapled, set_up, tear_down),
        cmocka_unit_test_setup_teardown(bad_response_replaces_nothing, set_up, tear_down),
        cmocka_unit_test_setup_teardown(refresh_begins_with_what_is_in_use, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_cannot_be_stapled_is_an_error, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
