/* Tests of config/load: the steps together, and the files that settings name. */
#include "loading.h"

#include <stdio.h>

/* A file system of one directory for the loader: names map to their own text, but for two. */
struct files {
    unsigned reads;
};

static bool read_file(void *owner, const char *path, struct error_place place, struct buf *to,
                      struct error_list *errors) {
    struct files *files = owner;
    files->reads++;
    if (strcmp(path, "gate/missing.pem") == 0)
        return error_add(errors, place, "cannot read %s", path);
    return strcmp(path, "gate/empty.pem") == 0 || buf_append_text(to, path);
}

#define TWO_HOSTS                                                                                                      \
    LOADING_LISTENER LOADING_CERTIFICATES                                                                              \
        "    client_auth: {mode: required, trust: [ca.pem, g.pem]}\n"                                                  \
        "    hosts: [{names: a}, {names: b, certificates: [{certificate: b.pem, private_key: g.key}]}]\n" LOADING_BACKENDS

static void each_file_is_loaded_once(void **state) {
    struct loading *loading = *state;
    struct files files = {.reads = 0};
    struct load_source source = {.read = read_file, .owner = &files};
    struct settings *settings = loading_accepts(loading, TWO_HOSTS);
    assert_true(load_files(settings, &loading->arena, &source, &loading->errors));
    assert_int_equal(files.reads, 4);
    assert_int_equal(settings->content_count, 4);
    const struct settings_host *b = &settings->listeners[0].hosts[1];
    const struct settings_content *certificate = &settings->contents[b->certificates[0].certificate.content];
    const struct settings_content *key = &settings->contents[b->certificates[0].private_key.content];
    assert_true(slice_equal(certificate->bytes, slice_text("gate/b.pem")));
    assert_true(slice_equal(key->bytes, slice_text("gate/g.key")));
    assert_int_equal(settings->listeners[0].client_auth.trust[1].content,
                     settings->listeners[0].certificates[0].certificate.content);
}

static void every_bad_file_is_reported_once(void **state) {
    struct loading *loading = *state;
    struct files files = {.reads = 0};
    struct load_source source = {.read = read_file, .owner = &files};
    struct settings *settings =
        loading_accepts(loading,
                        LOADING_LISTENER
                        "    certificates:\n      - {certificate: missing.pem, private_key: missing.pem}\n"
                        "    hosts: [{names: a}]\n"
                        "    client_auth: {mode: optional, trust: empty.pem}\n" LOADING_BACKENDS);
    assert_false(load_files(settings, &loading->arena, &source, &loading->errors));
    assert_int_equal(loading->errors.total, 2);
    assert_string_equal(loading->errors.items[0].sentence, "cannot read gate/missing.pem");
    assert_int_equal(loading->errors.items[0].line, 6);
    assert_int_equal(loading->errors.items[0].column, 23);
    assert_string_equal(loading->errors.items[1].sentence, "gate/empty.pem is empty");
    assert_int_equal(loading->errors.items[1].line, 8);
    load_wipe(settings);
}

/* The directory "gate/cas" holds these, in no order; "gate/none" holds nothing that counts. */
static bool list_names(void *owner, const char *path, struct buf *names) {
    static const char cas[] = "z.crt\0a.PEM\0.hidden.pem\0README\0.pem\0b.cer\0notes.pem.old";
    static const char none[] = ".\0..\0x.txt";
    (void)owner;
    if (strcmp(path, "gate/cas") == 0)
        return buf_append(names, slice_of(cas, sizeof(cas)));
    return strcmp(path, "gate/none") == 0 && buf_append(names, slice_of(none, sizeof(none)));
}

static void a_directory_stands_for_its_files(void **state) {
    static const char *const expected[] = {"gate/ca.pem", "gate/cas/a.PEM", "gate/cas/b.cer", "gate/cas/z.crt",
                                           "gate/ca.pem"};
    struct loading *loading = *state;
    struct files files = {.reads = 0};
    struct load_source source = {.read = read_file, .list = list_names, .owner = &files};
    struct settings *settings =
        loading_accepts(loading,
                        LOADING_LISTENER LOADING_CERTIFICATES
                        "    client_auth: {mode: required, trust: [ca.pem, cas, ca.pem]}\n"
                        "    hosts: [{names: a}, {names: b, client_auth: {trust: cas}}]\n" LOADING_BACKENDS);
    assert_true(load_files(settings, &loading->arena, &source, &loading->errors));
    const struct settings_listener *listener = &settings->listeners[0];
    assert_int_equal(listener->client_auth.trust_count, 5);
    for (size_t i = 0; i < 5; i++)
        assert_string_equal(listener->client_auth.trust[i].path, expected[i]);
    assert_ptr_equal(listener->hosts[0].client_auth.trust, listener->client_auth.trust);
    assert_int_equal(listener->hosts[1].client_auth.trust_count, 3);
    assert_int_equal(listener->hosts[1].client_auth.trust[0].content, listener->client_auth.trust[1].content);
    assert_int_equal(files.reads, 6); /* two of the certificates, four of the trust */
}

static void a_directory_has_to_hold_something(void **state) {
    struct loading *loading = *state;
    struct files files = {.reads = 0};
    struct load_source source = {.read = read_file, .list = list_names, .owner = &files};
    struct settings *settings =
        loading_accepts(loading,
                        LOADING_LISTENER LOADING_CERTIFICATES
                        "    client_auth: {mode: required, trust: [ca.pem, none]}\n" LOADING_BACKENDS);
    assert_false(load_files(settings, &loading->arena, &source, &loading->errors));
    assert_int_equal(loading->errors.total, 1);
    assert_string_equal(loading->errors.items[0].sentence,
                        "the directory gate/none has no file that ends with one of .pem .crt .cer");
    assert_int_equal(loading->errors.items[0].line, 6);
}

static void contents_are_wiped(void **state) {
    struct loading *loading = *state;
    struct files files = {.reads = 0};
    struct load_source source = {.read = read_file, .owner = &files};
    struct settings *settings = loading_accepts(loading, TWO_HOSTS);
    assert_true(load_files(settings, &loading->arena, &source, &loading->errors));
    load_wipe(settings);
    for (size_t i = 0; i < settings->content_count; i++) {
        for (size_t at = 0; at < settings->contents[i].bytes.len; at++)
            assert_int_equal(settings->contents[i].bytes.data[at], 0);
    }
}

static void errors_are_in_the_order_of_the_file(void **state) {
    loading_refuses(*state, "zzz: 1\nworkers: 0\nlisteners: []\nyyy: 1\nbackends: {}\n",
                    "1:1: unknown key \"zzz\" in the file\n"
                    "2:10: \"workers\": has to be between 1 and 64, found \"0\"\n"
                    "3:12: \"listeners\" must not be empty\n"
                    "4:1: unknown key \"yyy\" in the file\n"
                    "5:11: \"backends\" must not be empty\n");
}

static void ten_thousand_hosts_load_quickly(void **state) {
    struct buf text;
    buf_init(&text, 8 << 20);
    assert_true(buf_append_text(&text, LOADING_BACKENDS LOADING_LISTENER LOADING_CERTIFICATES "    hosts:\n"));
    for (int i = 0; i < 10000; i++)
        assert_true(buf_printf(&text,
                               "      - names: [host%d.example.com]\n        certificates: [{certificate: c%d.pem, "
                               "private_key: c%d.key}]\n",
                               i, i, i));
    assert_true(buf_append_byte(&text, '\0'));
    struct settings *settings = loading_accepts(*state, (const char *)buf_view(&text).data);
    assert_int_equal(settings->listeners[0].host_count, 10000);
    buf_fini(&text);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_file_is_loaded_once, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(every_bad_file_is_reported_once, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_directory_stands_for_its_files, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(a_directory_has_to_hold_something, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(contents_are_wiped, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(errors_are_in_the_order_of_the_file, loading_set_up, loading_tear_down),
        cmocka_unit_test_setup_teardown(ten_thousand_hosts_load_quickly, loading_set_up, loading_tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
