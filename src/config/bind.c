/* Walks table and tree side by side. */
#include "config/bind.h"

#include "base/bug.h"
#include "base/text.h"
#include "config/schema.h"
#include "config/value.h"

/* More places than nodes there cannot be. */
enum { PLACES_MAX = YAMLDOC_NODES_MAX };

/* A remembered place; `member` is the key in the map. */
struct place_entry {
    const void *member;
    struct error_place place;
};

struct binder {
    struct value_context values;
    struct bind_places *places;
    struct error_list *errors;
};

/* What a struct is bound to, and where it is bound: keeps: what is not given stays as it is (an inherited copy).
 * is_map_value: its name is the key. */
struct target {
    const struct schema_struct *type;
    void *object;
    const void *parent;
    struct error_place place;
    bool keeps;
    bool is_map_value;
};

static void bind_struct(struct binder *binder, const struct yamldoc_node *node, const struct target *target);
static void bind_given(struct binder *binder, const struct yamldoc_node *node, const struct schema_field *field,
                       const struct target *target);
static void bind_absent(struct binder *binder, const struct yamldoc_node *node, const struct schema_field *field,
                        const struct target *target);
static void bind_initial(struct binder *binder, const struct schema_field *field, const struct target *target);
static void bind_list(struct binder *binder, const struct yamldoc_node *node, const struct schema_field *field,
                      const struct target *target);
static void bind_one(struct binder *binder, const struct yamldoc_node *node, const struct schema_field *field,
                     const struct target *target, void *to);
static void bind_short(struct binder *binder, const struct yamldoc_node *node, const struct schema_field *field,
                       const struct target *target, void *to);
static void bind_scalar(struct binder *binder, const struct yamldoc_node *node, const struct schema_field *field,
                        void *to);
static void bind_map_key(struct binder *binder, const struct yamldoc_node *node, const struct schema_field *field,
                         void *to);
static void set_own_place(const struct schema_field *field, struct error_place place, void *to);
static bool has_shape(const struct schema_field *field, const struct yamldoc_node *node);
static void inherit(const struct schema_field *field, const struct target *target);
static void *make_list(struct binder *binder, const struct schema_field *field, void *object, size_t count);
static void report_unknown_keys(struct binder *binder, const struct yamldoc_node *node, const struct target *target);
static void report_unknown_key(struct binder *binder, const struct yamldoc_node *member, const struct target *target);
static const char *nearest_key(struct slice key, const struct target *target);
static unsigned distance_to_any(struct slice key, const char *words);
static void report_shape(struct binder *binder, const struct yamldoc_node *node, const struct schema_field *field);
static const char *found(const struct yamldoc_node *node);
static bool is_row_of(const struct schema_field *field, const struct target *target);
static void remember(struct binder *binder, const void *member, struct error_place place);

void bind_places_init(struct bind_places *places) {
    map_init(&places->places, PLACES_MAX, 0);
}

void bind_places_fini(struct bind_places *places) {
    map_fini(&places->places);
}

struct error_place bind_place(const struct bind_places *places, const void *member) {
    const struct place_entry *entry = map_get(&places->places, slice_of(&member, sizeof(member)));
    return entry != NULL ? entry->place : (struct error_place){.file = NULL};
}

struct settings *bind_settings(const struct yamldoc_node *root, struct slice directory, struct arena *arena,
                               struct bind_places *places, struct error_list *errors) {
    struct settings *settings = arena_alloc(arena, sizeof(*settings));
    if (settings == NULL)
        return NULL;
    struct binder binder = {.values = {.arena = arena, .directory = directory}, .places = places, .errors = errors};
    struct target whole = {.type = schema_root(), .object = settings, .place = root->place};
    if (root->kind == YAMLDOC_MAP)
        bind_struct(&binder, root, &whole);
    else
        error_add(errors, root->place, "expected a map of settings such as \"listeners: …\", found %s", found(root));
    return settings;
}

/* `node` is a MAP, or NULL when the file says nothing about this struct. */
static void bind_struct(struct binder *binder, const struct yamldoc_node *node, const struct target *target) {
    if (node != NULL || !target->keeps)
        memcpy(target->object, &target->place, sizeof(target->place));
    for (size_t i = 0; i < target->type->field_count; i++) {
        const struct schema_field *field = &target->type->fields[i];
        if (!is_row_of(field, target))
            continue;
        const struct yamldoc_node *member = node != NULL ? yamldoc_member(node, slice_text(field->key)) : NULL;
        if (member != NULL)
            bind_given(binder, member, field, target);
        else
            bind_absent(binder, node, field, target);
    }
    if (node != NULL)
        report_unknown_keys(binder, node, target);
}

static void bind_given(struct binder *binder, const struct yamldoc_node *node, const struct schema_field *field,
                       const struct target *target) {
    remember(binder, (char *)target->object + field->offset, node->place);
    if (!has_shape(field, node)) {
        report_shape(binder, node, field);
        return;
    }
    if (field->inherited && !schema_is_many(field))
        inherit(field, target);
    if (schema_is_many(field))
        bind_list(binder, node, field, target);
    else
        bind_one(binder, node, field, target, schema_value(field, target->object, 0));
}

static void bind_absent(struct binder *binder, const struct yamldoc_node *node, const struct schema_field *field,
                        const struct target *target) {
    if (target->keeps)
        return;
    if (field->inherited)
        inherit(field, target);
    else if (field->required && node != NULL)
        error_add(binder->errors, target->place, "\"%s\" is missing in %s: %s", field->key, target->type->name,
                  field->doc);
    else if (field->kind == SCHEMA_STRUCT && !schema_is_many(field))
        bind_struct(binder, NULL,
                    &(struct target){.type = field->child,
                                     .object = schema_value(field, target->object, 0),
                                     .parent = target->object,
                                     .place = target->place});
    else if (field->initial != NULL)
        bind_initial(binder, field, target);
}

/* The table's own default: that it is of the row's kind is a matter of the tests. */
static void bind_initial(struct binder *binder, const struct schema_field *field, const struct target *target) {
    char complaint[VALUE_COMPLAINT_MAX];
    void *to =
        schema_is_many(field) ? make_list(binder, field, target->object, 1) : schema_value(field, target->object, 0);
    if (to != NULL && !value_parse(field, slice_text(field->initial), &binder->values, to, complaint))
        error_add(binder->errors, target->place, "the default of \"%s\": %s", field->key, complaint);
}

static void bind_list(struct binder *binder, const struct yamldoc_node *node, const struct schema_field *field,
                      const struct target *target) {
    bool is_single = field->shape == SCHEMA_ONE_OR_LIST && node->kind != YAMLDOC_LIST;
    size_t count = is_single ? 1 : node->count;
    size_t max = field->items_max != 0 ? field->items_max : SCHEMA_ITEMS_MAX;
    if (count == 0 && field->required)
        error_add(binder->errors, node->place, "\"%s\" must not be empty", field->key);
    if (count > max)
        error_add(binder->errors, node->place, "\"%s\" has %zu elements; at most %zu are allowed", field->key, count,
                  max);
    if (count == 0 || count > max || make_list(binder, field, target->object, count) == NULL)
        return;
    const struct yamldoc_node *item = is_single ? node : node->first;
    for (size_t i = 0; i < count; i++, item = item->next)
        bind_one(binder, item, field, target, schema_value(field, target->object, i));
}

/* One value: a list's element, a map's member, or the row's only one. */
static void bind_one(struct binder *binder, const struct yamldoc_node *node, const struct schema_field *field,
                     const struct target *target, void *to) {
    if (field->kind != SCHEMA_STRUCT) {
        bind_scalar(binder, node, field, to);
        return;
    }
    struct error_place place = field->shape == SCHEMA_MAP ? node->key_place : node->place;
    if (node->kind == YAMLDOC_TEXT && schema_short(field)) {
        bind_short(binder, node, field, target, to);
        return;
    }
    if (node->kind != YAMLDOC_MAP) {
        error_add(binder->errors, node->place, "%s has to be a map of settings, found %s", field->child->name,
                  found(node));
        return;
    }
    if (field->shape == SCHEMA_MAP)
        bind_map_key(binder, node, field, to);
    bind_struct(binder, node,
                &(struct target){.type = field->child,
                                 .object = to,
                                 .parent = target->object,
                                 .place = place,
                                 .keeps = (field->inherited || target->keeps) && !schema_is_many(field),
                                 .is_map_value = field->shape == SCHEMA_MAP});
}

/* A single value where a map may stand: the map's defaults, and this one row. */
static void bind_short(struct binder *binder, const struct yamldoc_node *node, const struct schema_field *field,
                       const struct target *target, void *to) {
    const struct schema_field *row = schema_short(field);
    bind_struct(binder, NULL,
                &(struct target){.type = field->child, .object = to, .parent = target->object, .place = node->place});
    bind_scalar(binder, node, row, schema_value(row, to, 0));
}

static void bind_scalar(struct binder *binder, const struct yamldoc_node *node, const struct schema_field *field,
                        void *to) {
    char complaint[VALUE_COMPLAINT_MAX];
    remember(binder, to, node->place);
    set_own_place(field, node->place, to);
    if (node->kind != YAMLDOC_TEXT)
        error_add(binder->errors, node->place, "an element of \"%s\": expected %s, found %s", field->key,
                  value_expected(field->kind), found(node));
    else if (!value_parse(field, node->text, &binder->values, to, complaint))
        error_add(binder->errors, node->place, "\"%s\": %s", field->key, complaint);
}

/* The key of a map's member is the value of the child's first row. */
static void bind_map_key(struct binder *binder, const struct yamldoc_node *node, const struct schema_field *field,
                         void *to) {
    char complaint[VALUE_COMPLAINT_MAX];
    const struct schema_field *row = &field->child->fields[0];
    void *name = schema_value(row, to, 0);
    remember(binder, name, node->key_place);
    if (!value_parse(row, node->key, &binder->values, name, complaint))
        error_add(binder->errors, node->key_place, "the name of %s: %s", field->child->name, complaint);
}

static void set_own_place(const struct schema_field *field, struct error_place place, void *to) {
    if (field->kind == SCHEMA_FILE || field->kind == SCHEMA_DIRECTORY || field->kind == SCHEMA_MATCH)
        memcpy(to, &place, sizeof(place));
}

static bool has_shape(const struct schema_field *field, const struct yamldoc_node *node) {
    enum yamldoc_kind single = field->kind == SCHEMA_STRUCT ? YAMLDOC_MAP : YAMLDOC_TEXT;
    if (node->kind == YAMLDOC_TEXT && schema_short(field))
        return field->shape != SCHEMA_LIST && field->shape != SCHEMA_MAP;
    switch (field->shape) {
    case SCHEMA_LIST:
        return node->kind == YAMLDOC_LIST;
    case SCHEMA_ONE_OR_LIST:
        return node->kind == YAMLDOC_LIST || node->kind == single;
    case SCHEMA_MAP:
        return node->kind == YAMLDOC_MAP;
    case SCHEMA_ONE:
        break;
    }
    return node->kind == single;
}

/* Copies the enclosing struct's value: a list is shared, a struct is copied. */
static void inherit(const struct schema_field *field, const struct target *target) {
    struct schema_field from = *field;
    from.offset = field->inherited_offset;
    if (!schema_is_many(field)) {
        memcpy(schema_value(field, target->object, 0), schema_value(&from, target->parent, 0), field->bytes);
        return;
    }
    from.count_offset = field->inherited_count_offset;
    void *items = schema_count(&from, target->parent) > 0 ? schema_value(&from, target->parent, 0) : NULL;
    schema_set_list(field, target->object, items, schema_count(&from, target->parent));
}

/* Zeroed elements, set as the row's list; NULL and an error when memory is short. */
static void *make_list(struct binder *binder, const struct schema_field *field, void *object, size_t count) {
    void *items = arena_array(binder->values.arena, count, field->bytes);
    if (items == NULL)
        error_add(binder->errors, (struct error_place){.file = NULL}, "not enough memory for the settings");
    else
        schema_set_list(field, object, items, count);
    return items;
}

static void report_unknown_keys(struct binder *binder, const struct yamldoc_node *node, const struct target *target) {
    for (const struct yamldoc_node *member = node->first; member != NULL; member = member->next) {
        const struct schema_field *field = schema_find(target->type, (const char *)member->key.data);
        if (field == NULL || !is_row_of(field, target))
            report_unknown_key(binder, member, target);
    }
}

static void report_unknown_key(struct binder *binder, const struct yamldoc_node *member, const struct target *target) {
    bool is_kept = binder->errors->count < ERROR_LIST_MAX; /* beyond, the search would be in vain */
    const char *key = (const char *)member->key.data;
    const char *nearest = is_kept ? nearest_key(member->key, target) : NULL;
    if (nearest != NULL)
        error_add(binder->errors, member->key_place, "unknown key \"%.100s\" in %s; did you mean \"%s\"?", key,
                  target->type->name, nearest);
    else
        error_add(binder->errors, member->key_place, "unknown key \"%.100s\" in %s", key, target->type->name);
}

/* The key that is most like it, or that others call so; NULL when none is close. */
static const char *nearest_key(struct slice key, const struct target *target) {
    enum { WORD_MAX = 64 }; /* longer than any key; comparing costs the product of the lengths */
    if (key.len > WORD_MAX)
        return NULL;
    const char *nearest = NULL;
    unsigned least = key.len < 4 ? 2 : key.len < 8 ? 3 : 4; /* a third of the letters may be wrong */
    for (size_t i = 0; i < target->type->field_count; i++) {
        const struct schema_field *field = &target->type->fields[i];
        unsigned distance = text_distance(key, slice_text(field->key));
        unsigned also = field->also != NULL ? distance_to_any(key, field->also) : UINT8_MAX;
        distance = also < distance ? also : distance;
        if (is_row_of(field, target) && distance < least) {
            nearest = field->key;
            least = distance;
        }
    }
    return nearest;
}

static unsigned distance_to_any(struct slice key, const char *words) {
    unsigned least = UINT8_MAX;
    struct slice rest = slice_text(words);
    while (rest.len > 0) {
        ptrdiff_t space = slice_find(rest, ' ');
        size_t len = space < 0 ? rest.len : (size_t)space;
        unsigned distance = text_distance(key, slice_sub(rest, 0, len));
        least = distance < least ? distance : least;
        rest = slice_sub(rest, len + 1, rest.len);
    }
    return least;
}

static void report_shape(struct binder *binder, const struct yamldoc_node *node, const struct schema_field *field) {
    const char *expected = field->shape == SCHEMA_LIST ? "a list"
        : field->shape == SCHEMA_MAP                   ? "a map of names to settings"
                                                       : value_expected(field->kind);
    error_add(binder->errors, node->place, "\"%s\": expected %s%s, found %s", field->key, expected,
              field->shape == SCHEMA_ONE_OR_LIST ? " or a list of them" : "", found(node));
}

static const char *found(const struct yamldoc_node *node) {
    if (node->kind == YAMLDOC_LIST)
        return "a list";
    if (node->kind == YAMLDOC_MAP)
        return "a map";
    return node->text.len == 0 ? "nothing" : "a single value";
}

/* A map's value cannot give its own name: the key is it. */
static bool is_row_of(const struct schema_field *field, const struct target *target) {
    return !target->is_map_value || field != &target->type->fields[0];
}

static void remember(struct binder *binder, const void *member, struct error_place place) {
    struct place_entry *entry = arena_alloc(binder->values.arena, sizeof(*entry));
    if (entry != NULL) {
        *entry = (struct place_entry){.member = member, .place = place};
        if (map_set(&binder->places->places, slice_of(&entry->member, sizeof(entry->member)), entry))
            return;
    }
    error_add(binder->errors, place, "not enough memory for the settings");
}
