/* Tests of config/describe: one key, all keys, and documents that name every row of the table. */
#include "config/describe.h"

#include "config/schema.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

static struct buf text;

static int set_up(void **state) {
    (void)state;
    buf_init(&text, 1 << 20);
    return 0;
}

static int tear_down(void **state) {
    (void)state;
    buf_fini(&text);
    return 0;
}

static void describes(const char *path, const char *expected) {
    struct error error;
    buf_fini(&text);
    if (!describe_key(slice_text(path), &text, &error))
        fail_msg("%s", error.sentence);
    assert_true(buf_append_byte(&text, '\0'));
    assert_string_equal((const char *)buf_view(&text).data, expected);
}

static void knows_not(const char *path, const char *expected) {
    struct error error;
    buf_fini(&text);
    assert_false(describe_key(slice_text(path), &text, &error));
    assert_string_equal(error.sentence, expected);
    assert_int_equal(buf_len(&text), 0);
}

static void one_key_is_explained(void **state) {
    (void)state;
    const char *connect = "backends.NAME.timeouts.connect\n  Until a connection to a server stands.\n\n"
                          "  Value    a duration, 1ms to 1d\n  Default  5s\n";
    describes("backends.timeouts.connect", connect);
    describes("backends.api.timeouts.connect", connect);
    describes("backends.NAME.timeouts.connect", connect);
    describes("workers",
              "workers\n  Number of worker processes; auto: one for each core.\n\n"
              "  Value    a whole number, 1 to 64, or auto\n  Default  auto\n");
    describes(
        "listeners[3].hosts[].names",
        "listeners[].hosts[].names\n  Server names (SNI) of this host; \"*.example.com\" stands for exactly "
        "one label more. With \"alpn\" they may be left out: then any name will do.\n\n  Value    a host name; or a list "
        "of them\n  Default  none\n  Example  names: [api.example.com]\n");
    describes("control",
              "control\n  How the running gateway is asked and told.\n\n  Value    a map of settings\n"
              "  Default  the defaults in it\n\n  socket                       Unix socket for `sallyport status` and "
              "`sallyport reload`; for root and the sallyport group.\n");
}

static void unknown_keys_are_told(void **state) {
    (void)state;
    knows_not("wrokers", "there is no key \"wrokers\" in the file; did you mean \"workers\"?");
    knows_not("listeners.zzzzzzzz", "there is no key \"zzzzzzzz\" in a listener");
    knows_not("backends.api.tiemouts", "there is no key \"tiemouts\" in a backend; did you mean \"timeouts\"?");
    knows_not("backends.tiemouts", "there is no key \"tiemouts\" in a backend; did you mean \"timeouts\"?");
    knows_not("workers.x", "there is no such key; `sallyport describe` lists all");
    knows_not(".", "there is no such key; `sallyport describe` lists all");
    knows_not("listeners..name", "there is no such key; `sallyport describe` lists all");
}

/* Every key, with what stands around it in the document. */
static void check_keys(const struct schema_struct *type, bool is_map_value, const char *before) {
    for (size_t i = is_map_value ? 1 : 0; i < type->field_count; i++) {
        char wanted[128];
        snprintf(wanted, sizeof(wanted), "%s%s", before, type->fields[i].key);
        if (memmem(buf_view(&text).data, buf_len(&text), wanted, strlen(wanted)) == NULL)
            fail_msg("%s is missing", wanted);
        if (type->fields[i].child != NULL)
            check_keys(type->fields[i].child, type->fields[i].shape == SCHEMA_MAP, before);
    }
}

/* "subject.ou" is a key, not one key in another; and a rule is enumerated once, wherever it may stand. */
static void keys_with_dots_are_found(void **state) {
    (void)state;
    struct error error;
    buf_fini(&text);
    assert_true(describe_key(slice_text("listeners.routes.allow.subject.ou"), &text, &error));
    assert_true(slice_starts(buf_view(&text), slice_text("listeners[].routes[].allow[].subject.ou\n")));
    buf_fini(&text);
    assert_false(describe_key(slice_text("listeners.allow.subject.oo"), &text, &error));
    buf_fini(&text);
    assert_true(describe_key(slice_text(""), &text, &error));
    size_t count = 0;
    for (struct slice rest = buf_view(&text); rest.len > 0; rest = slice_sub(rest, 1, rest.len))
        count += slice_starts(rest, slice_text(" root.fingerprint "));
    assert_int_equal(count, 2);
}

static void documents_name_every_row(void **state) {
    (void)state;
    struct error error;
    buf_fini(&text);
    assert_true(describe_key(slice_text(""), &text, &error));
    check_keys(schema_root(), false, "");
    buf_fini(&text);
    assert_true(describe_markdown(&text));
    check_keys(schema_root(), false, "| `");
    buf_fini(&text);
    assert_true(describe_json_schema(&text));
    check_keys(schema_root(), false, "        \"");
}

/* Brackets and braces close in order outside of strings, and strings end. */
static void the_editors_schema_is_json(void **state) {
    (void)state;
    char open[64];
    size_t depth = 0;
    bool in_string = false;
    buf_fini(&text);
    assert_true(describe_json_schema(&text));
    struct slice json = buf_view(&text);
    for (size_t i = 0; i < json.len; i++) {
        char byte = (char)json.data[i];
        if (in_string && byte == '\\')
            i++;
        else if (byte == '"')
            in_string = !in_string;
        else if (!in_string && (byte == '{' || byte == '[') && depth < sizeof(open))
            open[depth++] = byte;
        else if (!in_string && (byte == '}' || byte == ']'))
            assert_true(depth > 0 && open[--depth] == (byte == '}' ? '{' : '['));
        assert_false(in_string && (uint8_t)byte < 0x20);
    }
    assert_int_equal(depth, 0);
    assert_false(in_string);
}

static void a_full_buffer_is_told(void **state) {
    (void)state;
    struct buf small;
    struct error error;
    buf_init(&small, 100);
    assert_false(describe_markdown(&small));
    buf_fini(&small);
    assert_false(describe_json_schema(&small));
    buf_fini(&small);
    assert_false(describe_key(slice_text(""), &small, &error));
    assert_string_equal(error.sentence, "");
    buf_fini(&small);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(one_key_is_explained, set_up, tear_down),
        cmocka_unit_test_setup_teardown(unknown_keys_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(keys_with_dots_are_found, set_up, tear_down),
        cmocka_unit_test_setup_teardown(documents_name_every_row, set_up, tear_down),
        cmocka_unit_test_setup_teardown(the_editors_schema_is_json, set_up, tear_down),
        cmocka_unit_test_setup_teardown(a_full_buffer_is_told, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
