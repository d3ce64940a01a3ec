/* Bundles in JSON become PEM, once, and what is none is an error with its file. */
#include "plan/bundlefiles.h"

#include "pki/spiffebundle.h"
#include "planning.h"

static const char good[] = "{\"keys\": [{\"use\": \"x509-svid\", \"x5c\": [\"AAAA\"]}]}";

/* Settings of one listener and one host that share a trust domain whose bundle is content 0. */
static struct settings *settings_of(struct planning *planning, const char *text) {
    struct settings *settings = arena_alloc(&planning->arena, sizeof(*settings));
    struct settings_content *contents = arena_array(&planning->arena, 1, sizeof(*contents));
    struct settings_listener *listener = arena_alloc(&planning->arena, sizeof(*listener));
    struct settings_host *host = arena_alloc(&planning->arena, sizeof(*host));
    struct settings_trust_domain *domain = arena_alloc(&planning->arena, sizeof(*domain));
    contents[0] = (struct settings_content){.path = "b.json", .bytes = slice_text(text)};
    domain->name = "example.org";
    domain->bundle = (struct settings_file){.path = "b.json", .place = {.file = "a.yaml", .line = 3}};
    listener->client_auth.spiffe.trust_domains = domain;
    listener->client_auth.spiffe.trust_domain_count = 1;
    host->client_auth = listener->client_auth;
    listener->hosts = host;
    listener->host_count = 1;
    *settings = (struct settings){.contents = contents, .content_count = 1, .listeners = listener, .listener_count = 1};
    return settings;
}

static void json_becomes_pem_once(void **state) {
    struct planning *planning = *state;
    struct settings *settings = settings_of(planning, good);
    const struct settings_file *file = &settings->listeners[0].hosts[0].client_auth.spiffe.trust_domains[0].bundle;
    for (int turn = 0; turn < 2; turn++) {
        assert_true(bundlefiles_read(settings, &planning->arena, &planning->errors));
        assert_int_equal(settings->content_count, 2);
        assert_int_equal(file->content, 1);
    }
    assert_true(slice_starts(settings->contents[1].bytes, slice_text("-----BEGIN CERTIFICATE-----\nAAAA\n")));
    assert_string_equal(settings->contents[1].path, "b.json");
}

static void pem_stays_as_it_is(void **state) {
    struct planning *planning = *state;
    struct settings *settings = settings_of(planning, "-----BEGIN CERTIFICATE-----\n");
    assert_true(bundlefiles_read(settings, &planning->arena, &planning->errors));
    assert_int_equal(settings->content_count, 1);
}

static void what_is_no_bundle_is_an_error(void **state) {
    struct planning *planning = *state;
    struct settings *settings = settings_of(planning, "{\"keys\": []}");
    assert_false(bundlefiles_read(settings, &planning->arena, &planning->errors));
    assert_string_equal(planning->errors.items[0].sentence, "b.json is no SPIFFE bundle: it has no key for x509-svid");
    assert_int_equal(planning->errors.items[0].line, 3);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(json_becomes_pem_once, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(pem_stays_as_it_is, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(what_is_no_bundle_is_an_error, planning_set_up, planning_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
