/* The steps in their order, and the walk that loads files. */
#include "config/load.h"

#include "base/text.h"
#include "config/check.h"
#include "config/schema.h"
#include "config/yamldoc.h"

#include <stdlib.h>

/* Contents by path; indexes are kept with 1 added, because a map holds no NULL. */
struct loader {
    struct settings *settings;
    struct arena *arena;
    const struct load_source *source;
    struct error_list *errors;
    struct map indexes;
    size_t room;
    size_t bytes;
};

static struct settings *bind_and_check(struct arena *arena, const struct yamldoc_node *root, const char *file,
                                       struct error_list *errors);
static struct slice directory_of(const char *file);
static void sort_errors(struct error_list *errors);
static int compare_errors(const void *a, const void *b);
static void load_struct(struct loader *loader, const struct schema_struct *type, void *object);
static void load_file(struct loader *loader, struct settings_file *file);
static void add_content(struct loader *loader, struct settings_file *file);
static struct slice read_content(struct loader *loader, const struct settings_file *file);
static bool make_room(struct loader *loader);

struct settings *load_settings(struct arena *arena, struct slice text, const char *file, struct error_list *errors) {
    size_t errors_before = errors->total;
    struct arena nodes;
    arena_init(&nodes, LOAD_ARENA_BLOCK_BYTES, LOAD_ARENA_BYTES_MAX);
    const struct yamldoc_node *root = yamldoc_parse(&nodes, text, file, errors);
    struct settings *settings = root != NULL ? bind_and_check(arena, root, file, errors) : NULL;
    arena_fini(&nodes);
    sort_errors(errors);
    return errors->total == errors_before ? settings : NULL;
}

bool load_files(struct settings *settings, struct arena *arena, const struct load_source *source,
                struct error_list *errors) {
    size_t errors_before = errors->total;
    struct loader loader = {.settings = settings, .arena = arena, .source = source, .errors = errors};
    map_init(&loader.indexes, LOAD_FILES_MAX, 0);
    load_struct(&loader, schema_root(), settings);
    map_fini(&loader.indexes);
    return errors->total == errors_before;
}

void load_wipe(struct settings *settings) {
    for (size_t i = 0; i < settings->content_count; i++) {
        struct slice bytes = settings->contents[i].bytes;
        if (bytes.len > 0) /* a file that could not be read has none */
            text_wipe((void *)bytes.data, bytes.len);
    }
}

/* The checks across settings need whole settings: with errors in single values they would only echo these. */
static struct settings *bind_and_check(struct arena *arena, const struct yamldoc_node *root, const char *file,
                                       struct error_list *errors) {
    size_t errors_before = errors->total;
    struct bind_places places;
    bind_places_init(&places);
    struct settings *settings = bind_settings(root, directory_of(file), arena, &places, errors);
    if (settings == NULL)
        error_add(errors, root->place, "not enough memory for the settings");
    if (settings != NULL && errors->total == errors_before)
        check_settings(settings, &places, errors);
    bind_places_fini(&places);
    return settings;
}

/* The part before the last '/', without it; "." when there is none. */
static struct slice directory_of(const char *file) {
    const char *slash = strrchr(file, '/');
    return slash == NULL ? slice_text(".") : slice_of(file, (size_t)(slash - file));
}

static void sort_errors(struct error_list *errors) {
    if (errors->count > 1)
        qsort(errors->items, errors->count, sizeof(*errors->items), compare_errors);
}

static int compare_errors(const void *a, const void *b) {
    const struct error *first = a, *second = b;
    if (first->line != second->line)
        return first->line < second->line ? -1 : 1;
    if (first->column != second->column)
        return first->column < second->column ? -1 : 1;
    return strcmp(first->sentence, second->sentence);
}

static void load_struct(struct loader *loader, const struct schema_struct *type, void *object) {
    for (size_t i = 0; i < type->field_count; i++) {
        const struct schema_field *field = &type->fields[i];
        if (field->kind != SCHEMA_FILE && field->kind != SCHEMA_STRUCT)
            continue;
        for (size_t at = 0; at < schema_count(field, object); at++) {
            if (field->kind == SCHEMA_FILE)
                load_file(loader, schema_value(field, object, at));
            else
                load_struct(loader, field->child, schema_value(field, object, at));
        }
    }
}

static void load_file(struct loader *loader, struct settings_file *file) {
    if (file->path == NULL) /* not given */
        return;
    uintptr_t known = (uintptr_t)map_get(&loader->indexes, slice_text(file->path));
    if (known == 0)
        add_content(loader, file);
    else
        file->content = (unsigned)(known - 1);
}

/* A file that cannot be read is added without bytes, so that it is complained of only once. */
static void add_content(struct loader *loader, struct settings_file *file) {
    struct settings *settings = loader->settings;
    size_t index = settings->content_count;
    if (!make_room(loader) || !map_set(&loader->indexes, slice_text(file->path), (void *)(uintptr_t)(index + 1))) {
        error_add(loader->errors, file->place, "too many files, or not enough memory for them");
        return;
    }
    settings->contents[index] = (struct settings_content){.path = file->path, .bytes = read_content(loader, file)};
    settings->content_count++;
    file->content = (unsigned)index;
}

static struct slice read_content(struct loader *loader, const struct settings_file *file) {
    struct buf bytes;
    struct slice kept = slice_of(NULL, 0);
    buf_init(&bytes, LOAD_FILE_BYTES_MAX);
    if (loader->source->read(loader->source->owner, file->path, file->place, &bytes, loader->errors)) {
        size_t len = buf_len(&bytes);
        loader->bytes += len;
        if (len == 0)
            error_add(loader->errors, file->place, "%s is empty", file->path);
        else if (loader->bytes > LOAD_FILES_BYTES_MAX)
            error_add(loader->errors, file->place, "the files are larger than %d MiB together",
                      LOAD_FILES_BYTES_MAX >> 20);
        else if ((kept = arena_copy(loader->arena, buf_view(&bytes))).data == NULL)
            error_add(loader->errors, file->place, "not enough memory for %s", file->path);
    }
    buf_wipe(&bytes);
    return kept;
}

static bool make_room(struct loader *loader) {
    struct settings *settings = loader->settings;
    if (settings->content_count < loader->room)
        return true;
    size_t room = loader->room == 0 ? 16 : loader->room * 2;
    struct settings_content *contents = arena_array(loader->arena, room, sizeof(*contents));
    if (contents == NULL)
        return false;
    if (settings->content_count > 0)
        memcpy(contents, settings->contents, settings->content_count * sizeof(*contents));
    settings->contents = contents;
    loader->room = room;
    return true;
}
