/* Tests of config/schema: the table is sound, row by row, whatever rows are added. */
#include "config/schema.h"

#include "base/addr.h"
#include "config/settings.h"
#include "config/value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

/* Bytes of one value of a kind. */
static size_t bytes_of(const struct schema_field *field) {
    switch (field->kind) {
    case SCHEMA_TEXT:
    case SCHEMA_NAME:
    case SCHEMA_HOST:
    case SCHEMA_PREFIX:
    case SCHEMA_PATH:
    case SCHEMA_LOCATION:
        return sizeof(const char *);
    case SCHEMA_FILE:
        return sizeof(struct settings_file);
    case SCHEMA_MATCH:
        return sizeof(struct settings_match);
    case SCHEMA_DIRECTORY:
        return sizeof(struct settings_directory);
    case SCHEMA_DURATION:
    case SCHEMA_SIZE:
        return sizeof(int64_t);
    case SCHEMA_COUNT:
        return sizeof(unsigned);
    case SCHEMA_BOOL:
        return sizeof(bool);
    case SCHEMA_CHOICE:
        return sizeof(enum tls_client_auth);
    case SCHEMA_DATE:
        return sizeof(int64_t);
    case SCHEMA_DIGEST:
        return VERIFY_PIN_BYTES;
    case SCHEMA_OID:
        return sizeof(const char *);
    case SCHEMA_TARGET:
        return sizeof(struct settings_target);
    case SCHEMA_ADDRESS:
        return sizeof(struct addr);
    case SCHEMA_NETWORK:
        return sizeof(struct addr_net);
    case SCHEMA_STRUCT:
        return field->child->bytes;
    }
    return 0;
}

/* Calls `visit` for every row below `type`. */
static void walk(const struct schema_struct *type,
                 void (*visit)(const struct schema_struct *, const struct schema_field *)) {
    for (size_t i = 0; i < type->field_count; i++) {
        visit(type, &type->fields[i]);
        if (type->fields[i].kind == SCHEMA_STRUCT)
            walk(type->fields[i].child, visit);
    }
}

static void visit_place(const struct schema_struct *type, const struct schema_field *field) {
    assert_int_equal(field->bytes, bytes_of(field));
    assert_true(field->offset >= sizeof(struct error_place)); /* every struct begins with its place */
    size_t own = schema_is_many(field) ? sizeof(void *) : field->bytes;
    assert_true(field->offset + own <= type->bytes);
    assert_int_equal(schema_is_many(field), field->count_offset != 0);
    assert_true(field->count_offset + sizeof(size_t) <= type->bytes);
}

static void every_row_fits_its_member(void **state) {
    (void)state;
    walk(schema_root(), visit_place);
}

/* The bytes of a struct that are neither its place, nor padding, nor filled in by loading, belong to exactly one
 * row. */
static void check_cover(const struct schema_struct *type, size_t not_settings) {
    size_t covered = sizeof(struct error_place) + not_settings;
    for (size_t i = 0; i < type->field_count; i++) {
        const struct schema_field *field = &type->fields[i];
        covered += schema_is_many(field) ? sizeof(void *) + sizeof(size_t) : field->bytes;
        for (size_t before = 0; before < i; before++)
            assert_true(type->fields[before].offset != field->offset);
    }
    size_t padding_max = type->field_count * (sizeof(void *) - 1);
    assert_true(covered <= type->bytes && covered + padding_max >= type->bytes);
}

static void cover_child(const struct schema_struct *type, const struct schema_field *field) {
    (void)type;
    if (field->kind == SCHEMA_STRUCT)
        check_cover(field->child, 0);
}

static void rows_cover_the_structs(void **state) {
    (void)state;
    check_cover(schema_root(), sizeof(struct settings_content *) + sizeof(size_t));
    walk(schema_root(), cover_child);
}

static void visit_words(const struct schema_struct *type, const struct schema_field *field) {
    assert_non_null(field->doc);
    assert_int_equal(field->doc[strlen(field->doc) - 1], '.');
    assert_ptr_equal(schema_find(type, field->key), field); /* no key twice */
    assert_int_equal(field->kind == SCHEMA_STRUCT, field->child != NULL);
    if (field->kind == SCHEMA_CHOICE)
        assert_true(schema_word_count(field) > 0);
    if (field->kind == SCHEMA_DURATION || field->kind == SCHEMA_SIZE || field->kind == SCHEMA_COUNT)
        assert_true(field->min < field->max);
    if (field->kind == SCHEMA_COUNT)
        assert_true(field->max <= UINT32_MAX);
    assert_false(field->required && field->initial != NULL);
}

static void every_row_is_documented_and_bounded(void **state) {
    (void)state;
    walk(schema_root(), visit_words);
}

static void visit_initial(const struct schema_struct *type, const struct schema_field *field) {
    (void)type;
    char complaint[VALUE_COMPLAINT_MAX];
    struct addr value;
    struct arena arena;
    arena_init(&arena, 1024, 8192);
    struct value_context context = {.arena = &arena, .directory = slice_text("/")};
    if (field->initial != NULL && !value_parse(field, slice_text(field->initial), &context, &value, complaint))
        fail_msg("%s: %s", field->key, complaint);
    arena_fini(&arena);
}

static void every_default_is_valid(void **state) {
    (void)state;
    walk(schema_root(), visit_initial);
}

static void visit_map(const struct schema_struct *type, const struct schema_field *field) {
    (void)type;
    if (field->shape == SCHEMA_MAP) {
        assert_string_equal(field->child->fields[0].key, "name");
        assert_int_equal(field->child->fields[0].kind, SCHEMA_NAME);
    }
    if (field->inherited) /* it has to be bound before */
        assert_true(field->inherited_offset != 0);
}

static void maps_keep_their_key_in_the_first_row(void **state) {
    (void)state;
    walk(schema_root(), visit_map);
}

static void values_are_found_in_objects(void **state) {
    (void)state;
    struct settings settings = {.workers = 3};
    struct settings_listener listeners[2] = {{.name = "a"}, {.name = "b"}};
    const struct schema_field *workers = schema_find(schema_root(), "workers");
    const struct schema_field *list = schema_find(schema_root(), "listeners");
    assert_int_equal(schema_count(workers, &settings), 1);
    assert_ptr_equal(schema_value(workers, &settings, 0), &settings.workers);
    schema_set_list(list, &settings, listeners, 2);
    assert_int_equal(schema_count(list, &settings), 2);
    assert_ptr_equal(schema_value(list, &settings, 1), &listeners[1]);
    assert_int_equal(schema_word(workers, "auto"), 0);
    assert_int_equal(schema_word(workers, "none"), -1);
    assert_null(schema_find(schema_root(), "nothing"));
    assert_int_equal(schema_fingerprint(), schema_fingerprint());
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row_fits_its_member),
        cmocka_unit_test(rows_cover_the_structs),
        cmocka_unit_test(every_row_is_documented_and_bounded),
        cmocka_unit_test(every_default_is_valid),
        cmocka_unit_test(maps_keep_their_key_in_the_first_row),
        cmocka_unit_test(values_are_found_in_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
