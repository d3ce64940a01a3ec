/* One row at a time: its key, what it takes, its default, its sentence. */
#include "config/describe.h"

#include "base/text.h"
#include "config/schema.h"
#include "config/value.h"

#include <stdio.h>

/* The structs lie some five deep, and there are some thirty of them. */
enum { PATH_MAX_BYTES = 256, STRUCTS_MAX = 128 };

/* Output that remembers whether anything did not fit, and of which structs an overview has the rows already. */
struct printer {
    struct buf *to;
    bool full;
    const struct schema_struct *shown[STRUCTS_MAX];
    size_t shown_count;
};

/* Where a struct is in the file; a struct may have several places. */
struct place {
    const struct schema_struct *type;
    char path[PATH_MAX_BYTES];
};

/* All places of structs in the order of the file. */
struct places {
    struct place items[STRUCTS_MAX];
    size_t count;
};

static const struct schema_field *find_row(struct slice path, char *full_path, struct error *error);
static struct slice next_part(const struct schema_struct *type, struct slice *path);
static bool has_key(const struct schema_struct *type, struct slice key);
static bool report_missing(const struct schema_struct *type, struct slice part, struct error *error);
static void print_row(struct printer *printer, const struct schema_field *field, const char *path);
static void print_overview(struct printer *printer, const struct schema_struct *type, unsigned depth);
static bool show_once(struct printer *printer, const struct schema_struct *type);
static void print_type(struct printer *printer, const struct schema_field *field);
static void print_words(struct printer *printer, const struct schema_field *field);
static void print_bounds(struct printer *printer, const struct schema_field *field);
static const char *type_name(const struct schema_field *field);
static void print_default(struct printer *printer, const struct schema_field *field);
static bool has_defaults(const struct schema_field *field);
static void collect_places(struct places *places, const struct schema_struct *type, const char *path);
static bool is_first_place(const struct places *places, size_t at);
static void print_section(struct printer *printer, const struct places *places, size_t at);
static void print_cell(struct printer *printer, const char *text);
static void print_definition(struct printer *printer, const struct schema_struct *type);
static void print_property(struct printer *printer, const struct schema_field *field);
static void print_item_schema(struct printer *printer, const struct schema_field *field);
static void print_choices(struct printer *printer, const struct schema_field *field);
static void print_reference(struct printer *printer, const struct schema_struct *type);
static void print_identifier(struct printer *printer, const struct schema_struct *type);
static bool is_given_by_key(const struct schema_struct *type, size_t row);
static void join_path(char *to, const char *path, const struct schema_field *field);
[[gnu::format(printf, 2, 3)]] static void print(struct printer *printer, const char *format, ...);
static void print_json(struct printer *printer, const char *text);

bool describe_key(struct slice path, struct buf *to, struct error *error) {
    struct printer printer = {.to = to};
    char full_path[PATH_MAX_BYTES] = "";
    *error = (struct error){.sentence = ""};
    if (path.len == 0) {
        print_overview(&printer, schema_root(), 0);
        return !printer.full;
    }
    const struct schema_field *field = find_row(path, full_path, error);
    if (field == NULL)
        return false;
    print_row(&printer, field, full_path);
    return !printer.full;
}

bool describe_markdown(struct buf *to) {
    struct printer printer = {.to = to};
    struct places places = {.count = 0};
    collect_places(&places, schema_root(), "");
    print(&printer,
          "# Settings\n\n<!-- Generated from src/config/schema.c by `sallyport describe --settings-md`. -->\n\n"
          "The configuration is one YAML file. Paths in it are relative to the file. An unknown or repeated key "
          "is an error, and so\nare aliases, anchors and tags. Durations have units (`500ms`, `10s`, `1m30s`, "
          "`8h`, `1d`), and so have sizes (`32KB`,\n`16MiB`; both count in 1024). `sallyport check -c FILE` "
          "reports all errors with their lines; `sallyport describe KEY`\nprints what stands here about one "
          "key.\n");
    for (size_t i = 0; i < places.count; i++) {
        if (is_first_place(&places, i))
            print_section(&printer, &places, i);
    }
    return !printer.full;
}

bool describe_json_schema(struct buf *to) {
    struct printer printer = {.to = to};
    struct places places = {.count = 0};
    collect_places(&places, schema_root(), "");
    print(&printer,
          "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
          "  \"title\": \"Sallyport configuration\",\n  ");
    print_reference(&printer, schema_root());
    print(&printer, ",\n  \"$defs\": {\n");
    const char *between = "";
    for (size_t i = 0; i < places.count; i++) {
        if (!is_first_place(&places, i))
            continue;
        print(&printer, "%s", between);
        print_definition(&printer, places.items[i].type);
        between = ",\n";
    }
    print(&printer, "\n  }\n}\n");
    return !printer.full;
}

/* Follows `path` through the table. Parts that only say which element (an index, the name of a backend) are passed
 * over. */
static const struct schema_field *find_row(struct slice path, char *full_path, struct error *error) {
    const struct schema_struct *type = schema_root();
    const struct schema_field *field = NULL;
    while (path.len > 0) {
        struct slice part = next_part(type, &path);
        char key[PATH_MAX_BYTES];
        if (part.len == 0 || part.len >= sizeof(key) || type == NULL) {
            error_set(error, (struct error_place){.file = NULL},
                      "there is no such key; `sallyport describe` lists all");
            return NULL;
        }
        memcpy(key, part.data, part.len);
        key[part.len] = '\0';
        const struct schema_field *found = schema_find(type, key);
        if (found == NULL && field != NULL && field->shape == SCHEMA_MAP && path.len > 0)
            continue;
        if (found == NULL) {
            report_missing(type, part, error);
            return NULL;
        }
        join_path(full_path, full_path, found);
        field = found;
        type = field->child;
    }
    return field;
}

/* Cuts the part before the next '.' off, without "[…]"; all of it when it is a key with a '.' of its own. */
static struct slice next_part(const struct schema_struct *type, struct slice *path) {
    bool is_key = type != NULL && has_key(type, *path);
    ptrdiff_t dot = is_key ? -1 : slice_find(*path, '.');
    struct slice part = dot < 0 ? *path : slice_sub(*path, 0, (size_t)dot);
    *path = slice_sub(*path, dot < 0 ? path->len : (size_t)dot + 1, path->len);
    ptrdiff_t bracket = slice_find(part, '[');
    return bracket < 0 ? part : slice_sub(part, 0, (size_t)bracket);
}

static bool has_key(const struct schema_struct *type, struct slice key) {
    for (size_t i = 0; i < type->field_count; i++) {
        if (slice_equal(key, slice_text(type->fields[i].key)))
            return true;
    }
    return false;
}

static bool report_missing(const struct schema_struct *type, struct slice part, struct error *error) {
    const char *nearest = NULL;
    unsigned least = part.len < 4 ? 2 : part.len < 8 ? 3 : 4; /* a third of the letters may be wrong */
    for (size_t i = 0; i < type->field_count && part.len <= 64; i++) {
        unsigned distance = text_distance(part, slice_text(type->fields[i].key));
        if (distance < least) {
            least = distance;
            nearest = type->fields[i].key;
        }
    }
    struct error_place nowhere = {.file = NULL};
    if (nearest != NULL)
        error_set(error, nowhere, "there is no key \"%.*s\" in %s; did you mean \"%s\"?", (int)part.len,
                  (const char *)part.data, type->name, nearest);
    else
        error_set(error, nowhere, "there is no key \"%.*s\" in %s", (int)part.len, (const char *)part.data, type->name);
    return false;
}

static void print_row(struct printer *printer, const struct schema_field *field, const char *path) {
    print(printer, "%s%s\n  %s\n\n  Value    ", path, field->required ? " (required)" : "", field->doc);
    print_type(printer, field);
    if (!field->required) {
        print(printer, "\n  Default  ");
        print_default(printer, field);
    }
    if (field->example != NULL)
        print(printer, "\n  Example  %s: %s", field->key, field->example);
    print(printer, "\n");
    if (field->child == NULL)
        return;
    print(printer, "\n");
    print_overview(printer, field->child, 1);
}

static void print_overview(struct printer *printer, const struct schema_struct *type, unsigned depth) {
    for (size_t i = 0; i < type->field_count; i++) {
        const struct schema_field *field = &type->fields[i];
        int width = 30 - 2 * (int)depth;
        if (is_given_by_key(type, i))
            continue;
        const char *end = strstr(field->doc, ". "); /* a first sentence is enough here */
        int len = (int)(end != NULL ? end - field->doc + 1 : (ptrdiff_t)strlen(field->doc));
        print(printer, "%*s%-*s %.*s\n", 2 * (int)depth, "", width, field->key, len, field->doc);
        if (field->child != NULL && show_once(printer, field->child))
            print_overview(printer, field->child, depth + 1);
    }
}

/* False when it was shown before: many structs have rules, and one enumeration of them is enough. */
static bool show_once(struct printer *printer, const struct schema_struct *type) {
    for (size_t i = 0; i < printer->shown_count; i++) {
        if (printer->shown[i] == type)
            return false;
    }
    if (printer->shown_count < STRUCTS_MAX)
        printer->shown[printer->shown_count++] = type;
    return true;
}

/* What the key takes: "a list of …", "… or a list of them", "1s to 1d". */
static void print_type(struct printer *printer, const struct schema_field *field) {
    const struct schema_field *alone = schema_short(field);
    if (alone != NULL)
        print(printer, "%s, or ", type_name(alone));
    if (field->shape == SCHEMA_MAP)
        print(printer, "a map of names to settings");
    else if (field->kind == SCHEMA_STRUCT)
        print(printer, "%s", field->shape == SCHEMA_LIST ? "a list of maps of settings" : "a map of settings");
    else if (field->kind == SCHEMA_CHOICE)
        print_words(printer, field);
    else
        print(printer, "%s", type_name(field));
    print_bounds(printer, field);
    if (field->kind != SCHEMA_CHOICE && field->words != NULL) {
        print(printer, ", or ");
        print_words(printer, field);
    }
    if (field->shape == SCHEMA_ONE_OR_LIST)
        print(printer, "; or a list of them");
}

static void print_words(struct printer *printer, const struct schema_field *field) {
    size_t count = schema_word_count(field);
    for (size_t i = 0; i < count; i++)
        print(printer, "%s%s", i == 0 ? "" : i + 1 == count ? " or " : ", ", field->words[i]);
}

static void print_bounds(struct printer *printer, const struct schema_field *field) {
    if (field->kind != SCHEMA_DURATION && field->kind != SCHEMA_SIZE && field->kind != SCHEMA_COUNT)
        return;
    uint64_t least = field->min == 0 && field->words != NULL ? 1 : field->min;
    print(printer, ", ");
    printer->full = printer->full || !value_print(printer->to, field->kind, least);
    print(printer, " to ");
    printer->full = printer->full || !value_print(printer->to, field->kind, field->max);
}

static const char *type_name(const struct schema_field *field) {
    static const char *const names[] = {
        [SCHEMA_TEXT] = "text",
        [SCHEMA_NAME] = "a name",
        [SCHEMA_HOST] = "a host name",
        [SCHEMA_PREFIX] = "a path prefix",
        [SCHEMA_PATH] = "a path",
        [SCHEMA_LOCATION] = "a path or URL",
        [SCHEMA_FILE] = "a file",
        [SCHEMA_DIRECTORY] = "a directory",
        [SCHEMA_DURATION] = "a duration",
        [SCHEMA_SIZE] = "a size",
        [SCHEMA_COUNT] = "a whole number",
        [SCHEMA_BOOL] = "true or false",
        [SCHEMA_CHOICE] = "a word",
        [SCHEMA_DATE] = "a date",
        [SCHEMA_DIGEST] = "a SHA-256 digest",
        [SCHEMA_OID] = "an object identifier",
        [SCHEMA_MATCH] = "a value, or @ and a file",
        [SCHEMA_ADDRESS] = "an address and port, or unix:PATH",
        [SCHEMA_TARGET] = "an address or name and port, or unix:PATH",
        [SCHEMA_NETWORK] = "a network",
        [SCHEMA_STRUCT] = "a map of settings",
    };
    return names[field->kind];
}

static void print_default(struct printer *printer, const struct schema_field *field) {
    if (field->inherited)
        print(printer, "the listener's");
    else if (field->initial != NULL)
        print(printer, "%s", field->initial);
    else
        print(printer, "%s", has_defaults(field) ? "the defaults in it" : "none");
}

/* A map that may be left out as a whole. */
static bool has_defaults(const struct schema_field *field) {
    if (field->kind != SCHEMA_STRUCT || schema_is_many(field))
        return false;
    for (size_t i = 0; i < field->child->field_count; i++) {
        if (field->child->fields[i].required)
            return false;
    }
    return true;
}

static void collect_places(struct places *places, const struct schema_struct *type, const char *path) {
    if (places->count == STRUCTS_MAX)
        return;
    struct place *place = &places->items[places->count++];
    place->type = type;
    join_path(place->path, path, NULL);
    for (size_t i = 0; i < type->field_count; i++) {
        char below[PATH_MAX_BYTES];
        if (type->fields[i].child == NULL)
            continue;
        join_path(below, path, &type->fields[i]);
        collect_places(places, type->fields[i].child, below);
    }
}

static bool is_first_place(const struct places *places, size_t at) {
    for (size_t i = 0; i < at; i++) {
        if (places->items[i].type == places->items[at].type)
            return false;
    }
    return true;
}

static void print_section(struct printer *printer, const struct places *places, size_t at) {
    const struct schema_struct *type = places->items[at].type;
    print(printer, "\n## %s\n\n%s", type->title, type->doc);
    const char *before = " In the file:";
    for (size_t i = at; i < places->count; i++) {
        if (places->items[i].type != type || places->items[i].path[0] == '\0')
            continue;
        print(printer, "%s `%s`", before, places->items[i].path);
        before = ",";
    }
    print(printer, "%s\n\n| key | value | default | meaning |\n|---|---|---|---|\n", before[0] == ',' ? "." : "");
    for (size_t i = 0; i < type->field_count; i++) {
        const struct schema_field *field = &type->fields[i];
        if (is_given_by_key(type, i))
            continue;
        print(printer, "| `%s` | ", field->key);
        print_type(printer, field);
        print(printer, " | ");
        if (field->required)
            print(printer, "**required**");
        else
            print_default(printer, field);
        print(printer, " | ");
        print_cell(printer, field->doc);
        print(printer, " |\n");
    }
}

/* A '*' in a sentence would begin an emphasis. */
static void print_cell(struct printer *printer, const char *text) {
    for (; *text != '\0'; text++)
        print(printer, *text == '*' ? "\\%c" : "%c", *text);
}

static void print_definition(struct printer *printer, const struct schema_struct *type) {
    const char *between = "";
    print(printer, "    \"");
    print_identifier(printer, type);
    print(printer, "\": {\n      \"description\": ");
    print_json(printer, type->doc);
    print(printer, ",\n      \"type\": \"object\",\n      \"additionalProperties\": false,\n      \"required\": [");
    for (size_t i = 0; i < type->field_count; i++) {
        if (!type->fields[i].required || is_given_by_key(type, i))
            continue;
        print(printer, "%s\"%s\"", between, type->fields[i].key);
        between = ", ";
    }
    print(printer, "],\n      \"properties\": {");
    between = "\n";
    for (size_t i = 0; i < type->field_count; i++) {
        if (is_given_by_key(type, i))
            continue;
        print(printer, "%s        \"%s\": ", between, type->fields[i].key);
        print_property(printer, &type->fields[i]);
        between = ",\n";
    }
    print(printer, "\n      }\n    }");
}

static void print_property(struct printer *printer, const struct schema_field *field) {
    print(printer, "{\"description\": ");
    print_json(printer, field->doc);
    if (field->initial != NULL && !schema_is_many(field)) {
        bool is_bare = field->kind == SCHEMA_BOOL || (field->kind == SCHEMA_COUNT && field->words == NULL);
        print(printer, ", \"default\": ");
        if (is_bare)
            print(printer, "%s", field->initial);
        else
            print_json(printer, field->initial);
    }
    print(printer, ", ");
    if (field->shape == SCHEMA_MAP)
        print(printer, "\"type\": \"object\", \"additionalProperties\": {");
    else if (field->shape == SCHEMA_LIST)
        print(printer, "\"type\": \"array\", \"items\": {");
    else if (field->shape == SCHEMA_ONE_OR_LIST)
        print(printer, "\"anyOf\": [{");
    print_item_schema(printer, field);
    if (field->shape == SCHEMA_ONE_OR_LIST) {
        print(printer, "}, {\"type\": \"array\", \"items\": {");
        print_item_schema(printer, field);
        print(printer, "}}]");
    } else if (schema_is_many(field)) {
        print(printer, "}");
    }
    print(printer, "}");
}

/* Editors read bare numbers as numbers: a duration or size may be 0, and versions look like fractions. */
static void print_item_schema(struct printer *printer, const struct schema_field *field) {
    const struct schema_field *alone = schema_short(field);
    if (alone != NULL) {
        print(printer, "\"anyOf\": [{");
        print_item_schema(printer, alone);
        print(printer, "}, {");
        print_reference(printer, field->child);
        print(printer, "}]");
    } else if (field->kind == SCHEMA_STRUCT)
        print_reference(printer, field->child);
    else if (field->kind == SCHEMA_CHOICE)
        print_choices(printer, field);
    else if (field->kind == SCHEMA_BOOL)
        print(printer, "\"type\": \"boolean\"");
    else if (field->kind == SCHEMA_COUNT)
        print(printer, "\"type\": %s, \"minimum\": %llu, \"maximum\": %llu",
              field->words != NULL ? "[\"integer\", \"string\"]" : "\"integer\"", (unsigned long long)field->min,
              (unsigned long long)field->max);
    else if (field->kind == SCHEMA_DURATION || field->kind == SCHEMA_SIZE)
        print(printer, "\"type\": [\"string\", \"integer\"]");
    else
        print(printer, "\"type\": \"string\"");
}

static void print_choices(struct printer *printer, const struct schema_field *field) {
    print(printer, "\"enum\": [");
    for (size_t i = 0; i < schema_word_count(field); i++) {
        const char *word = field->words[i];
        print(printer, "%s\"%s\"", i == 0 ? "" : ", ", word);
        if (word[0] >= '0' && word[0] <= '9')
            print(printer, ", %s", word);
    }
    print(printer, "]");
}

static void print_reference(struct printer *printer, const struct schema_struct *type) {
    print(printer, "\"$ref\": \"#/$defs/");
    print_identifier(printer, type);
    print(printer, "\"");
}

static void print_identifier(struct printer *printer, const struct schema_struct *type) {
    for (const char *at = type->title; *at != '\0'; at++)
        print(printer, "%c", *at == ' ' ? '_' : *at);
}

/* The name of a map's member is its key, not one of its settings. */
static bool is_given_by_key(const struct schema_struct *type, size_t row) {
    const struct schema_struct *root = schema_root();
    for (size_t i = 0; row == 0 && i < root->field_count; i++) {
        if (root->fields[i].shape == SCHEMA_MAP && root->fields[i].child == type)
            return true;
    }
    return false;
}

/* `path` (may be `to` itself) and the row's key, with what stands for an element. */
static void join_path(char *to, const char *path, const struct schema_field *field) {
    char joined[PATH_MAX_BYTES];
    if (field == NULL) {
        snprintf(joined, sizeof(joined), "%s", path);
    } else {
        bool of_structs = field->kind == SCHEMA_STRUCT;
        const char *element = !of_structs ? ""
            : field->shape == SCHEMA_MAP  ? ".NAME"
            : schema_is_many(field)       ? "[]"
                                          : "";
        snprintf(joined, sizeof(joined), "%s%s%s%s", path, path[0] != '\0' ? "." : "", field->key, element);
    }
    memcpy(to, joined, sizeof(joined));
}

static void print(struct printer *printer, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    printer->full = printer->full || !buf_vprintf(printer->to, format, arguments);
    va_end(arguments);
}

static void print_json(struct printer *printer, const char *text) {
    printer->full = printer->full || !text_json(printer->to, slice_text(text));
}
