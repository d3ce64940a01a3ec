/* Tests of plan/revcompile and plan/revocations: from lists in the configuration to what a host asks. */
#include "../pki/listed.h"
#include "planning.h"

#include "os/fd.h"
#include "os/sealed.h"
#include "plan/revcompile.h"
#include "plan/revocations.h"

#define AUTH(rules)                                                                                                    \
    PLANNING_LISTENER PLANNING_CERTIFICATES PLANNING_ROUTES "    client_auth: {mode: required, trust: ca.pem" rules    \
                                                            "}\n"
#define LISTED AUTH(", revocation: {lists: a.crl}")

static struct buf list;

/* The lists beside what planning has. */
static bool read_list(void *owner, const char *path, struct error_place place, struct buf *to,
                      struct error_list *errors) {
    if (strcmp(path, "gate/a.crl") == 0)
        return buf_append(to, buf_view(&list));
    return planning_read(owner, path, place, to, errors);
}

static void make_list(const struct planning *planning, const struct minted *signer, long number) {
    buf_fini(&list);
    list = listed_make(&planning->ca, signer, &(struct listed_request){.number = number, .next_day = 9});
}

static bool compile(struct planning *planning, struct settings *settings) {
    struct load_source source = {.read = read_list, .owner = planning};
    static struct sourcelist sources; /* large */
    sourcelist_init(&sources, &planning->arena);
    const struct revcompile how = {.source = &source, .now = planning->context.now, .sources = &sources};
    return revcompile_lists(settings, &planning->arena, &how, &planning->errors);
}

/* A snapshot over a sealed bundle, whose bytes are unmapped as a worker does. */
static struct snapshot *sealed_snapshot(struct planning *planning, const char *text) {
    struct slice bytes;
    struct error error;
    struct settings *settings = planning_settings(planning, text);
    assert_true(compile(planning, settings));
    buf_fini(&planning->bundle);
    assert_true(bundle_write(settings, &planning->bundle));
    int fd = sealed_of("test", buf_view(&planning->bundle));
    buf_wipe(&planning->bundle);
    assert_true(sealed_map(fd, BUNDLE_BYTES_MAX, &bytes, &error));
    planning->context.bundle_fd = &fd;
    struct snapshot *snapshot = snapshot_new(bytes, &planning->context, &planning->errors);
    planning->context.bundle_fd = NULL;
    sealed_unmap(&bytes);
    fd_close(&fd);
    return snapshot;
}

static const struct plan_host *own_host(const struct snapshot *snapshot) {
    size_t count;
    return &snapshot_listeners(snapshot, &count)[0].hosts[0];
}

static enum revindex_status status_of(const struct snapshot *snapshot, const struct minted *certificate,
                                      const struct minted *issuer) {
    struct revocation_key key;
    X509 *one = cert_parse(buf_view(&certificate->der));
    X509 *above = cert_parse(buf_view(&issuer->der));
    assert_true(revkey_make(one, above, &key));
    X509_free(one);
    X509_free(above);
    return revindex_find(&own_host(snapshot)->revocation->index, &key).status;
}

static void the_index_outlives_the_bundle_s_mapping(void **state) {
    struct planning *planning = *state;
    make_list(planning, &planning->ca, 1);
    struct snapshot *snapshot = sealed_snapshot(planning, LISTED);
    planning_no_errors(planning);
    assert_int_equal(status_of(snapshot, &planning->server, &planning->ca), REVINDEX_GOOD);
    assert_int_equal(status_of(snapshot, &planning->server, &planning->other_ca), REVINDEX_NO_LIST);
    snapshot_unref(&snapshot);
    buf_fini(&list);
}

static void without_lists_nothing_is_asked(void **state) {
    struct planning *planning = *state;
    struct snapshot *snapshot = planning_snapshot(planning, AUTH(""));
    assert_null(own_host(snapshot)->revocation);
    snapshot_unref(&snapshot);
}

static void rules_are_part_of_the_policy_and_what_lists_say_is_not(void **state) {
    struct planning *planning = *state;
    uint8_t first[32];
    uint8_t second[32];
    struct settings *settings = planning_settings(planning, LISTED);
    revocations_digest_rules(&settings->listeners[0].client_auth, first);
    settings = planning_settings(planning, AUTH(", revocation: {lists: a.crl, missing: allow}"));
    revocations_digest_rules(&settings->listeners[0].client_auth, second);
    assert_memory_not_equal(first, second, sizeof(first));
}

static void a_list_that_went_back_is_refused(void **state) {
    struct planning *planning = *state;
    make_list(planning, &planning->ca, 2);
    struct snapshot *earlier = sealed_snapshot(planning, LISTED);
    planning->context.previous = earlier;
    make_list(planning, &planning->ca, 1);
    assert_null(sealed_snapshot(planning, LISTED));
    assert_non_null(strstr(planning->errors.items[0].sentence, "went back"));
    planning->context.previous = NULL;
    snapshot_unref(&earlier);
    buf_fini(&list);
}

static void a_bundle_without_its_index_is_refused(void **state) {
    struct planning *planning = *state;
    assert_null(planning_try(planning, LISTED));
    assert_non_null(strstr(planning->errors.items[0].sentence, "not in the bundle"));
}

static void a_bad_list_is_an_error_with_its_place(void **state) {
    struct planning *planning = *state;
    struct settings *settings = planning_settings(planning, LISTED);
    make_list(planning, &planning->other_ca, 1);
    assert_false(compile(planning, settings));
    assert_int_equal(planning->errors.items[0].line, 7);
    assert_non_null(strstr(planning->errors.items[0].sentence, "gate/a.crl"));
    buf_fini(&list);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_index_outlives_the_bundle_s_mapping, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(without_lists_nothing_is_asked, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(rules_are_part_of_the_policy_and_what_lists_say_is_not, planning_set_up,
                                        planning_tear_down),
        cmocka_unit_test_setup_teardown(a_list_that_went_back_is_refused, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(a_bundle_without_its_index_is_refused, planning_set_up, planning_tear_down),
        cmocka_unit_test_setup_teardown(a_bad_list_is_an_error_with_its_place, planning_set_up, planning_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
